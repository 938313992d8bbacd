/// All that the detector knows of one stream, from its newest cells to its open alert.
///
/// It is a class so that a step changes it in place; one detector owns it and it never leaves that owner.
final class StreamDetector {
    let stream: StreamID
    var assembly = ReadingAssembly()
    /// Rows of the output that the batch in hand gave this stream.
    var batchRows: [Int] = []
    var schedule: TrainingSchedule
    /// The newest accepted reading's time.
    var newestTime: Timestamp?
    /// How many readings were scored or passed over, not counting those that wait.
    var processedCount = 0
    /// Why there is no model, where a training was tried.
    var lastRefusal = ""
    var live: LiveModel?
    /// From sums to scores and thresholds under that model.
    var scale: LiveScale?
    var openAlert: Alert?
    /// The alert of a silence that lasts.
    var silence: Alert?
    /// What the rules say of the stream.
    var rules = ResolvedRules()
    /// The alert of values that cannot be.
    var range = RangeWatch()
    /// What a rule holds back; nil where none does.
    var ruleHold: DetectionOutput.RuleHold?
    /// When something of the stream arrives, by the wall clock.
    var arrivals = ArrivalRhythm()
    /// The alert of a normal that has moved and that nobody accepted.
    var movedBaseline: Alert?
    /// The longest silence that was called a false alarm, in nanoseconds of the readings' time.
    var usualSilence: Int64 = 0
    /// The start of an open alert of which somebody said that it is the new normal.
    var newNormalStart: Timestamp?
    /// The start of the alert that a training under way learns as normal.
    var adaptingSince: Timestamp?
    /// Alerts of which somebody said that something was wrong: they never become normal by lasting.
    var confirmed: Set<Int64> = []
    /// What is known to be no alert. While such a thing lasts the machine fires, and no alert is open.
    var falseAlarms: [AlertPattern] = []
    var machine = AlertStateMachine()
    /// Tells when scores drift; nil without a model, and under a young one, which has not seen what is normal.
    var drift: ScoreDrift?
    /// Keeps the stream's alerts to what was asked for.
    var control = AlarmRateControl()
    /// How the live model has done so far; nil where there is none.
    var tenure: ModelTenure?
    /// The number of the stream's fleet; nil where it has none, or has too few readings yet to belong to one.
    var fleet: Int?
    /// The weights of that fleet that its trainings use.
    var fleetSightings = FleetSightings()

    var scoring = StreamScoringState()
    var placement = ScoringWorkspace.Placement()
    /// Readings that wait for their settled score; nil where there is no model that gives one.
    var settling: Settling?
    /// Alerts whose extent by settled scores is not known yet.
    var extents = SettledExtents()
    /// Readings that wait for their denoised values, where these are wanted.
    var denoising: Denoising?
    var recent: RecentReadings
    var held = HeldReadings()
    /// Whether the stream goes on with the model that it has, although it planned to wait for the candidate in training.
    var hasGivenUpWaiting = false
    var result: TrainingResult?
    var blockRows: [RowReference] = []

    /// Where the score of a reading is to be written.
    struct RowReference {
        /// The place in `rows`, or in `scoredLater` when ``isLater``.
        var index: Int
        var isLater: Bool
        /// The reading's number in ``recent``.
        var reading = 0
        /// The reading's slot in ``settling``.
        var slot = 0
        /// Whether the reading is a milestone of its stream.
        var isMilestone = false
        /// Whether it has a value that cannot be, so that nothing is learned from it.
        var isOutside = false
    }

    /// What all streams of a detector share, handed in by the owner for the length of a call.
    struct Surroundings {
        var settings: DetectorSettings
        var workspace = ScoringWorkspace()
        /// Readings that wait for the first model of their stream: nothing else can score them.
        var heldForFirstModel = 0
        /// Readings that wait for a better model than their stream has.
        var heldForCandidate = 0
        /// For each transition that the owner has not numbered yet the place in the output of the reading behind it.
        var transitionReadings: [Int] = []
        /// Counts the changes of the rules.
        var rulesGeneration = 0
        var streamName: @Sendable (StreamID) -> String
        var names: @Sendable (StreamID) -> [String]
        /// Whether nobody is told of a stream's alerts at a time, because of a silence or of maintenance.
        var isQuiet: @Sendable (StreamID, Timestamp) -> Bool = { _, _ in false }
    }

    init(stream: StreamID, settings: DetectorSettings) {
        self.stream = stream
        schedule = TrainingSchedule(firstTrainingReading: settings.warmUpReadings)
        // The oldest reading of a whole block can still be explained when the block is evaluated.
        recent = RecentReadings(keptCount: StreamScoringState.readingsToFill + WindowBlock.rowCount)
        batchRows.reserveCapacity(64)
        blockRows.reserveCapacity(64)
    }

    /// The readings that wait for a model.
    var heldCount: Int { held.count }

    /// The readings that were accepted, scored or not.
    var acceptedCount: Int { processedCount + held.count + batchRows.count }

    // MARK: Taking readings

    /// Notes that a reading was accepted; readings must come in the order of time.
    func accept(at time: Timestamp) {
        newestTime = time
    }

    /// Takes the stream's readings of a batch, in order.
    func process(_ output: inout DetectionOutput, _ surroundings: inout Surroundings) {
        resolveRules(surroundings)
        for row in batchRows {
            let reading = output.rows[row]
            let values = output.values[reading.valueStart..<(reading.valueStart + reading.valueCount)]
            if silence != nil { endSilence(at: reading.time, reading: row, &output, &surroundings) }
            watchRange(values, at: reading.time, reading: row, &output, &surroundings)
            if !held.isEmpty || isWaiting(surroundings) {
                hold(values, at: reading.time, &surroundings)
            } else {
                take(values, at: reading.time, RowReference(index: row, isLater: false), &output, &surroundings)
            }
        }
        batchRows.removeAll(keepingCapacity: true)
        flush(&output, &surroundings)
        settleDue(&output)
    }

    /// Whether the next reading has to wait for the result of a training.
    func isWaiting(_ surroundings: Surroundings) -> Bool {
        guard let pending = schedule.pending, pending.isWaitedFor, result == nil,
            processedCount >= pending.effectiveFromReading
        else { return false }
        return live == nil
            || (!hasGivenUpWaiting && surroundings.heldForCandidate < surroundings.settings.heldReadingLimit)
    }

    func hold(_ values: ArraySlice<Double>, at time: Timestamp, _ surroundings: inout Surroundings) {
        held.append(values, at: time)
        if live == nil { surroundings.heldForFirstModel += 1 } else { surroundings.heldForCandidate += 1 }
    }

    func take(
        _ values: ArraySlice<Double>, at time: Timestamp, _ row: RowReference, _ output: inout DetectionOutput,
        _ surroundings: inout Surroundings
    ) {
        if let result, !result.request.isWaitedFor || processedCount >= result.request.effectiveFromReading {
            adopt(result, at: time, row, &output, &surroundings)
        }
        recent.append(values, at: time)
        if tenure?.since == nil { tenure?.since = time }
        var row = row
        row.isOutside = rules.excludes(values)
        if let live {
            let slot = settling?.advance(bySlots: slots(to: time, live.model.cadence)) ?? 0
            _ = scoring.history.append(
                values.span, at: time, profiles: live.model.profiles, cadence: live.model.cadence)
            if surroundings.workspace.add(newestOf: &scoring, model: live.model, placement) {
                (row.reading, row.slot) = (recent.end - 1, slot)
                row.isMilestone = processedCount % DetectionOutput.Row.milestoneReadings == 0
                blockRows.append(row)
                if surroundings.workspace.isFull { flush(&output, &surroundings) }
            } else {
                // What waits is settled before readings that are passed over push it out of sight.
                flush(&output, &surroundings)
                settleDue(&output)
                passOver(row, &output)
            }
        }
        processedCount += 1
        if tenure?.before != nil, processedCount.isMultiple(of: ModelTenure.checkedReadings) {
            flush(&output, &surroundings)
            judgeModel(at: time, &output, surroundings.settings)
        }
        if isTimeToAdapt(at: time, surroundings.settings) {
            // Whether the alert still fires must not depend on which readings came in one batch.
            flush(&output, &surroundings)
            adapt(at: time, &output, surroundings.settings)
        }
        if drift != nil, processedCount.isMultiple(of: ScoreDrift.checkedEvery) {
            // What was counted must not depend on which readings came in one batch either.
            flush(&output, &surroundings)
            askForDrift(at: time, &output, surroundings.settings)
        }
        if let request = schedule.dueRequest(
            stream: stream, processed: processedCount, time: time, live: live?.model.cadence,
            fleet: fleetReference(with: processedCount - 1), settings: surroundings.settings)
        {
            output.trainingRequests.append(request)
        }
    }

    // MARK: Scoring

    func flush(_ output: inout DetectionOutput, _ surroundings: inout Surroundings) {
        guard let live, !blockRows.isEmpty else { return }
        surroundings.workspace.evaluate(live.model, placement, state: &scoring)
        let timing = AlertTiming(
            settings: surroundings.settings, cadence: live.model.cadence, knownSpan: live.model.knownSpan)
        // A peak changes the open alert at once, so that the alert is the same in one batch and in many; it is told of once.
        var peakRow: Int?
        for row in blockRows.indices {
            let reference = blockRows[row]
            let time = reference.isLater ? output.scoredLater[reference.index].time : output.rows[reference.index].time
            guard
                let observation = scale?.observe(
                    surroundings.workspace.sums[row], held: surroundings.workspace.heldSums[row], at: time,
                    timing: timing, coolsDown: openAlert != nil, learns: !reference.isOutside, &machine, &control)
            else { return }
            let (score, threshold) = (observation.score, observation.threshold)
            var action = observation.action
            if !machine.isActive, !reference.isOutside { drift?.count(surroundings.workspace.sums[row]) }
            var firing: Alert?
            if case .fire(let since) = action,
                let (alert, ignored) = alert(
                    since: since, at: time, score: Double(score), threshold: threshold, row: row, &surroundings)
            {
                let objection = objection(
                    to: alert, without: ignored, sum: surroundings.workspace.sums[row], threshold: threshold,
                    reading: reference.reading)
                if let objection {
                    holdBack(alert, because: objection, &output)
                    action = .none
                } else if !isKnownFalseAlarm(alert) {
                    firing = alert
                }
            }
            if ruleHold != nil { endRuleHold(&output) }
            write(
                observation, row: row, to: reference, isTold: openAlert != nil || firing != nil, &output, surroundings)
            if settling != nil { extents.follow(action, machine.state) }
            settle(
                reference, sum: surroundings.workspace.heldSums[row], evidence: surroundings.workspace.sums[row],
                &output)
            denoise(reference, row: row, at: time, &output, surroundings)
            switch action {
            case .none:
                break
            case .fire:
                if let firing { fire(firing, row: row, &output, &surroundings) }
            case .sustain:
                guard let openAlert else {
                    watchKnownFalseAlarm(score: Double(score), at: time)
                    break
                }
                guard Double(score) > openAlert.peakScore else { break }
                raisePeak(to: Double(score), at: time, under: threshold, row: row, &surroundings)
                peakRow = row
            case .resolve(let end):
                if let peakRow { tellOfPeak(row: peakRow, &output, &surroundings) }
                peakRow = nil
                if let openAlert, !confirmed.contains(openAlert.id) {
                    control.endAlert(
                        startedAt: openAlert.startedAt, lastedShare: timing.share(from: openAlert.startedAt, to: end))
                }
                resolve(at: end, row: row, &output, &surroundings)
            }
        }
        if let peakRow { tellOfPeak(row: peakRow, &output, &surroundings) }
        surroundings.workspace.clear(placement)
        blockRows.removeAll(keepingCapacity: true)
    }

    private func write(
        _ observation: LiveScale.Observation, row: Int, to reference: RowReference, isTold: Bool,
        _ output: inout DetectionOutput, _ surroundings: Surroundings
    ) {
        var expectedStart = -1
        if surroundings.workspace.wantsExpected, let live {
            expectedStart = output.expected.count
            for channel in 0..<live.model.channelCount {
                let value = surroundings.workspace.expected[row * live.model.channelCount + channel]
                output.expected.append(
                    value.isFinite ? live.model.profiles[channel].denormalized(value) : .nan)
            }
        }
        change(reference, &output) { target in
            target.score = observation.heldScore
            target.sum = surroundings.workspace.sums[row]
            target.threshold = observation.threshold.firing
            target.isMilestone = reference.isMilestone
            target.restraint = restraint(of: observation, isTold: isTold, rests: surroundings.workspace.rests[row])
            target.modelID = live?.id ?? 0
            // What the rules hold back is no alert, and is learned from.
            target.isAlerting = (machine.isActive && ruleHold == nil) || reference.isOutside
            target.isFiring = (machine.isFiring && isTold) || reference.isOutside
            target.expectedStart = expectedStart
        }
    }

    /// What kept a scored reading from beginning an alert. `isTold` says that an alert fires of which people know, `rests` that a
    /// part of the evidence could not see.
    private func restraint(of observation: LiveScale.Observation, isTold: Bool, rests: Bool) -> AlertRestraint? {
        if ruleHold != nil, observation.score >= observation.threshold.firing { return .rule }
        if let restraint = observation.restraint { return restraint }
        guard observation.score < observation.threshold.firing else {
            return machine.isFiring && !isTold ? .falseAlarm : nil
        }
        return rests && !machine.isFiring ? .missingData : nil
    }

    /// A reading that has no score does not interrupt an alert.
    private func passOver(_ reference: RowReference, _ output: inout DetectionOutput) {
        change(reference, &output) { target in
            target.restraint = .missingData
            target.isAlerting = (machine.isActive && ruleHold == nil) || reference.isOutside
            target.isFiring = (machine.isFiring && openAlert != nil) || reference.isOutside
        }
    }

    private func change(
        _ reference: RowReference, _ output: inout DetectionOutput, _ body: (inout DetectionOutput.Row) -> Void
    ) {
        if reference.isLater {
            body(&output.scoredLater[reference.index])
        } else {
            body(&output.rows[reference.index])
        }
    }

    /// The weights that a training asked for with a reading uses; nil where the stream is trained alone.
    func fleetReference(with reading: Int) -> FleetReference? {
        guard let fleet else { return nil }
        let version = fleetSightings.version(with: reading)
        return version > 0 ? FleetReference(fleet: fleet, version: version) : nil
    }

    /// How many slots a reading lies behind the newest one of the window.
    private func slots(to time: Timestamp, _ cadence: Cadence) -> Int {
        scoring.history.newest.map { cadence.slots(from: $0, to: time) } ?? 1
    }
}
