/// From readings to scores and alerts, for all streams: the pure core of Harken.
///
/// It has a single owner, does no I/O, knows no clock, and says everything through ``DetectionOutput``. The same readings and
/// the same models give the same scores and alerts, in one batch or in many.
package final class DetectionEngine {
    private var detectors: [StreamDetector] = []
    private var touched: [Int] = []
    private var surroundings: StreamDetector.Surroundings
    private var nextAlertID: Int64
    private var roster = FleetRoster()
    private let fleetKey: @Sendable (StreamID) -> FleetKey?

    /// A detector of no streams yet.
    ///
    /// `names` gives the channel names of a stream and `streamName` its own; they are asked only when an alert is explained, and
    /// for the rules. `nextAlertID` is the number of the first alert that fires. `fleetKey` says which streams share weights, nil for
    /// a stream that is alone; it is asked once for each stream, when its channels are known.
    package init(
        settings: DetectorSettings, nextAlertID: Int64 = 1,
        streamName: @escaping @Sendable (StreamID) -> String = { _ in "" },
        fleetKey: @escaping @Sendable (StreamID) -> FleetKey? = { _ in nil },
        names: @escaping @Sendable (StreamID) -> [String]
    ) {
        self.fleetKey = fleetKey
        surroundings = StreamDetector.Surroundings(settings: settings, streamName: streamName, names: names)
        self.nextAlertID = nextAlertID
    }

    /// Whether expected values are written to ``DetectionOutput/expected``; off by default.
    package var wantsExpected: Bool {
        get { surroundings.workspace.wantsExpected }
        set { surroundings.workspace.wantsExpected = newValue }
    }

    /// Whether denoised values are written to ``DetectionOutput/denoised``; off by default.
    package var wantsDenoised: Bool {
        get { surroundings.workspace.wantsRebuilt }
        set { surroundings.workspace.wantsRebuilt = newValue }
    }

    /// The settings in force. New ones apply from the next reading on, without touching models that are live.
    package var settings: DetectorSettings {
        get { surroundings.settings }
        set {
            if newValue.rules != surroundings.settings.rules { surroundings.rulesGeneration += 1 }
            surroundings.settings = newValue
        }
    }

    /// Says whether nobody is told of a stream's alerts at a time, because of a silence or of maintenance; by default no time is
    /// quiet. What is raised then does not speak against a model.
    package var isQuiet: @Sendable (StreamID, Timestamp) -> Bool {
        get { surroundings.isQuiet }
        set { surroundings.isQuiet = newValue }
    }

    /// The number of streams seen so far.
    package var streamCount: Int { detectors.count }

    /// Readings of all streams that wait for a model that is in training.
    package var heldReadingCount: Int { surroundings.heldForFirstModel + surroundings.heldForCandidate }

    /// Readings that wait for a candidate of a stream which has a model already.
    package var readingsWaitingForCandidates: Int { surroundings.heldForCandidate }

    /// Whether so many readings wait for first models that no more should be handed in before a training has ended.
    package var isSaturated: Bool { surroundings.heldForFirstModel >= surroundings.settings.heldReadingLimit }

    private func detector(for stream: StreamID) -> StreamDetector {
        while detectors.count <= stream.index {
            detectors.append(StreamDetector(stream: StreamID(detectors.count), settings: surroundings.settings))
        }
        return detectors[stream.index]
    }

    // MARK: Readings

    /// Takes a batch: puts readings together, scores those that are due, and moves alerts along.
    ///
    /// `arrival` is when it came, by the wall clock; without it silence raises no alert.
    package func ingest(_ batch: ReadingBatch, arrival: Timestamp? = nil, into output: inout DetectionOutput) {
        for reading in 0..<batch.count {
            let detector = detector(for: batch.streams[reading])
            let time = batch.times[reading]
            if let assembling = detector.assembly.time, assembling != time {
                if time < assembling {
                    output.lateCount += 1
                    continue
                }
                complete(detector, &output)
            }
            if let newest = detector.newestTime, time <= newest {
                output.lateCount += 1
                continue
            }
            if let arrival { detector.noteArrival(at: arrival) }
            if detector.assembly.time == nil { detector.assembly.begin(at: time) }
            for cell in batch.cells(of: reading) {
                detector.assembly.add(channel: Int(batch.channels[cell]), value: batch.values[cell])
            }
            if detector.assembly.isWhole { complete(detector, &output) }
        }
        processTouched(&output)
    }

    /// Ends readings of which some channels are still missing: at the end of input, or when nothing came for a while.
    package func completeReadings(into output: inout DetectionOutput) {
        for detector in detectors where detector.assembly.time != nil { complete(detector, &output) }
        processTouched(&output)
    }

    /// Says what all readings that wait for their settled score, or to be denoised, come to with the windows that were scored:
    /// at the end of input. They go on waiting, so that a stream that goes on settles them as if it had never ended.
    package func settleWaiting(into output: inout DetectionOutput) {
        for detector in detectors { detector.settleWaiting(&output) }
    }

    /// The time of a stream's reading that is still being put together; nil where there is none.
    package func assemblingTime(of stream: StreamID) -> Timestamp? {
        stream.index < detectors.count ? detectors[stream.index].assembly.time : nil
    }

    private func complete(_ detector: StreamDetector, _ output: inout DetectionOutput) {
        guard let time = detector.assembly.time else { return }
        if detector.batchRows.isEmpty { touched.append(detector.stream.index) }
        detector.batchRows.append(output.rows.count)
        output.rows.append(
            DetectionOutput.Row(
                stream: detector.stream, time: time, valueStart: output.values.count,
                valueCount: detector.assembly.channelCount, score: .nan, modelID: 0, isAlerting: false))
        for value in detector.assembly.values { output.values.append(value) }
        detector.accept(at: time)
        detector.assembly.end()
        followFleet(of: detector, at: time, &output)
    }

    // MARK: Fleets

    /// Counts an accepted reading for its stream's fleet, and asks for new weights where they are due with it.
    private func followFleet(of detector: StreamDetector, at time: Timestamp, _ output: inout DetectionOutput) {
        let count = detector.acceptedCount
        if let fleet = detector.fleet {
            roster.count(fleet)
        } else if count == FleetModel.coldStartReadings, let key = fleetKey(detector.stream) {
            detector.fleet = roster.join(detector.stream, key, readings: count)
        }
        guard let fleet = detector.fleet else { return }
        if let reason = roster.dueReason(fleet, memberReadings: count, time: time, settings: surroundings.settings) {
            requestWeights(of: fleet, reason: reason, time: time, &output)
        }
        detector.fleetSightings.see(roster.fleets[fleet].version, with: count - 1)
    }

    private func requestWeights(
        of fleet: Int, reason: TrainingRequest.Reason, time: Timestamp, _ output: inout DetectionOutput
    ) {
        let request = roster.request(fleet, reason: reason, time: time, seed: surroundings.settings.seed) { stream in
            detectors[stream.index].newestTime
        }
        if let request { output.fleetRequests.append(request) }
    }

    /// Goes on with the fleets that were known, each from its newest request, in the order of their numbers; before any stream is
    /// resumed.
    package func restore(fleets: [FleetRequest]) {
        for request in fleets { roster.restore(request) }
    }

    private func processTouched(_ output: inout DetectionOutput) {
        let firstTransition = output.transitions.count
        for index in touched {
            detectors[index].process(&output, &surroundings)
            output.changedStreams.append(StreamID(index))
        }
        touched.removeAll(keepingCapacity: true)
        numberAlerts(from: firstTransition, &output)
        if surroundings.heldForCandidate >= surroundings.settings.heldReadingLimit { giveUpWaiting(into: &output) }
    }

    /// Scores readings that wait for a candidate with the models that there are; the candidates take over when they are
    /// there. For an owner whose clock says that the wait has become too long.
    package func giveUpWaiting(into output: inout DetectionOutput) {
        let firstTransition = output.transitions.count
        for detector in detectors where detector.giveUpWaiting(&output, &surroundings) {
            output.changedStreams.append(detector.stream)
        }
        numberAlerts(from: firstTransition, &output)
    }

    /// Numbers new alerts in the order in which the readings that fired them were accepted, which is the same in one batch
    /// and in many, whatever order the streams were worked through in.
    private func numberAlerts(from first: Int, _ output: inout DetectionOutput) {
        guard first < output.transitions.count else { return }
        let readings = surroundings.transitionReadings
        surroundings.transitionReadings.removeAll(keepingCapacity: true)
        let order = readings.indices.sorted { (readings[$0], $0) < (readings[$1], $1) }
        var ordered = order.map { output.transitions[first + $0] }
        var newIDs: [AlertKey: Int64] = [:]
        for index in ordered.indices {
            let key = AlertKey(stream: ordered[index].alert.stream, startedAt: ordered[index].alert.startedAt)
            if ordered[index].kind == .fired {
                newIDs[key] = nextAlertID
                detectors[key.stream.index].number(openAlert: nextAlertID, startedAt: key.startedAt)
                nextAlertID += 1
            }
            if let id = newIDs[key] { ordered[index].alert.id = id }
        }
        output.transitions.replaceSubrange(first..., with: ordered)
        // An alert that fired and became normal within one batch got its number only now.
        for index in output.newNormals.indices where output.newNormals[index].id == 0 {
            let alert = output.newNormals[index]
            if let id = newIDs[AlertKey(stream: alert.stream, startedAt: alert.startedAt)] {
                output.newNormals[index].id = id
            }
        }
    }

    private struct AlertKey: Hashable {
        var stream: StreamID
        var startedAt: Timestamp
    }

    // MARK: Silence

    /// Begins to wait for all streams that are known: what was not listened to was not silent.
    package func listen(from now: Timestamp) {
        for detector in detectors { detector.arrivals.listen(from: now) }
    }

    /// Raises alerts of streams that used to report and of which nothing came for too long; `now` is the wall clock's.
    package func checkSilence(at now: Timestamp, into output: inout DetectionOutput) {
        let firstTransition = output.transitions.count
        for detector in detectors where detector.checkSilence(at: now, &output, &surroundings) {
            output.changedStreams.append(detector.stream)
        }
        numberAlerts(from: firstTransition, &output)
    }

    // MARK: Verdicts

    /// Takes in all that was said of alerts, in place of what was known of it. What was a false alarm does not fire again, and
    /// ends where it fires.
    package func take(_ verdicts: [AlertVerdict], into output: inout DetectionOutput) {
        let firstTransition = output.transitions.count
        let byStream = Dictionary(grouping: verdicts) { $0.alert.stream }
        for detector in detectors {
            let said = byStream[detector.stream] ?? []
            let isKnown =
                !detector.falseAlarms.isEmpty || !detector.confirmed.isEmpty || detector.usualSilence > 0
            guard !said.isEmpty || isKnown else { continue }
            if detector.take(said, &output, &surroundings) { output.changedStreams.append(detector.stream) }
        }
        numberAlerts(from: firstTransition, &output)
    }

    // MARK: Training

    /// Takes the result of a training; scores the readings that waited for it.
    package func install(_ result: TrainingResult, into output: inout DetectionOutput) {
        let firstTransition = output.transitions.count
        detector(for: result.request.stream).install(result, &output, &surroundings)
        output.changedStreams.append(result.request.stream)
        numberAlerts(from: firstTransition, &output)
    }

    /// Asks for a training of every stream that has a model, or of one; streams whose training is under way are left alone. With
    /// all streams the weights of all fleets are trained too.
    package func requestTraining(
        of stream: StreamID? = nil, reason: TrainingRequest.Reason, into output: inout DetectionOutput
    ) {
        if stream == nil {
            for fleet in roster.fleets.indices where roster.fleets[fleet].version > 0 {
                guard let time = roster.fleets[fleet].members.compactMap({ detectors[$0.index].newestTime }).max()
                else { continue }
                requestWeights(of: fleet, reason: reason, time: time, &output)
            }
        }
        let chosen = stream.map { detectors[...].dropFirst($0.index).prefix(1) } ?? detectors[...]
        for detector in chosen {
            if let fleet = detector.fleet {
                detector.fleetSightings.see(roster.fleets[fleet].version, with: max(0, detector.acceptedCount - 1))
            }
            guard detector.live != nil, let time = detector.newestTime,
                let request = detector.schedule.commandedRequest(
                    stream: detector.stream, processed: detector.processedCount, time: time, reason: reason,
                    fleet: reason == .newNormal
                        ? nil : detector.fleetReference(with: max(0, detector.processedCount - 1)),
                    settings: surroundings.settings)
            else { continue }
            output.trainingRequests.append(request)
            output.changedStreams.append(detector.stream)
        }
    }

    /// Asks for the trainings of one of so many parts of the streams, as a schedule has it.
    package func requestTraining(part: Int, of count: Int, into output: inout DetectionOutput) {
        for index in stride(from: part, to: detectors.count, by: count) {
            requestTraining(of: StreamID(index), reason: .schedule, into: &output)
        }
    }

    /// Has what an alert is about learned as normal from its start on: at once where it has ended, otherwise as soon as there
    /// are enough readings of it.
    package func learnNewNormal(of alert: Alert, into output: inout DetectionOutput) {
        guard alert.kind == .anomaly, alert.stream.index < detectors.count else { return }
        let detector = detectors[alert.stream.index]
        if detector.openAlert?.id == alert.id {
            detector.newNormalStart = alert.startedAt
        } else if detector.schedule.pending != nil {
            // The training under way may have read what was said before this was.
            detector.schedule.owesNewNormal = true
            output.changedStreams.append(alert.stream)
        } else {
            requestTraining(of: alert.stream, reason: .newNormal, into: &output)
        }
    }

    /// Scores a stream with another of its models from the next reading on. A candidate in training was compared with the one
    /// before, and does not take over.
    package func roll(_ stream: StreamID, backTo model: LiveModel, into output: inout DetectionOutput) {
        guard stream.index < detectors.count else { return }
        let firstTransition = output.transitions.count
        detectors[stream.index].replaceModel(with: model, isOnProbation: false, &output, &surroundings)
        output.changedStreams.append(stream)
        numberAlerts(from: firstTransition, &output)
    }

    /// Whether a stream's alert is not ended yet although what it is about seems over.
    package func isCooling(_ stream: StreamID) -> Bool {
        guard stream.index < detectors.count else { return false }
        return detectors[stream.index].openAlert != nil && !detectors[stream.index].machine.isFiring
    }

    /// The time of a stream's newest reading; nil where it has none.
    package func newestTime(of stream: StreamID) -> Timestamp? {
        stream.index < detectors.count ? detectors[stream.index].newestTime : nil
    }

    /// The model that scores a stream; nil during warm-up.
    package func liveModel(of stream: StreamID) -> LiveModel? {
        stream.index < detectors.count ? detectors[stream.index].live : nil
    }

    // MARK: State

    /// Where a stream stands.
    package func standing(of stream: StreamID) -> StreamStanding {
        detector(for: stream).standing(settings: surroundings.settings)
    }

    /// What has to be stored of a stream, beside its readings and alerts, to resume it.
    package func snapshot(of stream: StreamID) -> StreamSnapshot {
        detector(for: stream).snapshot
    }

    /// How many of a stream's newest readings ``resume(_:from:readings:live:scheduled:into:)`` needs beside those that wait.
    package static let readingsToResume = StreamScoringState.readingsToFill

    /// Goes on with a stream from what was stored; streams must come in the order of their numbers, before any reading.
    ///
    /// `readings` are the newest stored ones: ``readingsToResume`` and those that wait for a model, which go on waiting until
    /// ``goOn(into:)``. A training whose result was lost is asked for again.
    package func resume(
        _ stream: StreamID, from snapshot: StreamSnapshot, readings: TrainingHistory, live: LiveModel?,
        scheduled: LiveModel?, into output: inout DetectionOutput
    ) {
        let detector = detector(for: stream)
        if let request = detector.resume(
            snapshot, readings: readings, live: live, scheduled: scheduled, &surroundings)
        {
            output.trainingRequests.append(request)
        }
        let count = detector.acceptedCount
        if count >= FleetModel.coldStartReadings, let key = fleetKey(stream) {
            detector.fleet = roster.join(stream, key, readings: count)
        }
    }

    /// Scores the readings of resumed streams that waited for a model which is there. What people say of alerts counts for them
    /// when it was taken in before.
    package func goOn(into output: inout DetectionOutput) {
        let firstTransition = output.transitions.count
        for detector in detectors { detector.drain(&output, &surroundings) }
        numberAlerts(from: firstTransition, &output)
    }
}
