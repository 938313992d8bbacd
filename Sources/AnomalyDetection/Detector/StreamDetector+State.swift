/// Where a stream stands, for people and for going on after a stop.
extension StreamDetector {
    /// Where the stream stands, for people.
    func standing(settings: DetectorSettings) -> StreamStanding {
        let needed = live == nil && schedule.pending == nil ? schedule.firstTrainingReading - processedCount : 0
        let explanation: String
        if let scale {
            explanation =
                scoringExplanation(scale)
                + (scale.threshold.isProvisional
                    ? "; the threshold is provisional until more readings support the false-alarm budget" : "")
        } else if schedule.pending != nil {
            explanation = "warming up: the first model is in training"
        } else {
            explanation =
                "warming up: \(max(0, needed)) more readings are needed for a model"
                + (lastRefusal.isEmpty ? "" : " (\(lastRefusal))")
        }
        return StreamStanding(
            readings: processedCount + held.count, readingsNeeded: max(0, needed), readingsWaiting: held.count,
            modelID: live?.id ?? 0, threshold: thresholdInForce(settings),
            isProvisional: scale?.threshold.isProvisional ?? false, falseAlarms: settings.falseAlarms,
            explanation: explanation)
    }

    /// What scores the stream.
    private func scoringExplanation(_ scale: LiveScale) -> String {
        guard let fleet = live?.model.fleet else { return "scoring" }
        let streams = fleet.memberCount == 1 ? "1 stream" : "\(fleet.memberCount) streams"
        let missing = LiveCalibration.blockLength - scale.calibration.blockCount
        return "scored by a fleet model of \(streams), with a normalizer from \(fleet.readings) readings of its own"
            + (scale.calibration.hasChanged ? "" : "; own calibration after \(missing) more normal readings")
    }

    /// The score at which an alert would begin now.
    private func thresholdInForce(_ settings: DetectorSettings) -> Double? {
        guard let live, var scale else { return nil }
        let alarmShare = settings.falseAlarms.share(of: live.model.cadence.interval)
        return Double(scale.inForce(control, alarmShare: alarmShare).threshold.firing)
    }

    /// What has to be stored beside readings and alerts to go on as if nothing had happened.
    var snapshot: StreamSnapshot {
        StreamSnapshot(
            processedCount: processedCount, heldCount: held.count, channelCount: assembly.channelCount,
            machine: machine, openAlert: openAlert, context: scoring.context, schedule: schedule,
            waitingSums: waitingSums, extents: extents, calibration: movedCalibration,
            silence: silence, range: range, ruleHold: ruleHold, usualGap: arrivals.usualGap,
            adaptingSince: adaptingSince,
            control: control, slowContext: scale?.context?.mean, movedBaseline: movedBaseline, drift: savedDrift,
            tenure: tenure, fleetSightings: fleetSightings, heldEvidence: scoring.held)
    }

    private var savedDrift: StreamSnapshot.Drift? {
        guard let live, let drift else { return nil }
        return StreamSnapshot.Drift(modelID: live.id, counts: drift.counts)
    }

    private var movedCalibration: StreamSnapshot.MovedCalibration? {
        guard let live, let scale, !scale.calibration.isUntouched else { return nil }
        return StreamSnapshot.MovedCalibration(modelID: live.id, calibration: scale.calibration)
    }

    /// Goes on from a snapshot, the stream's newest stored readings (those that wait for a model last), and its models.
    ///
    /// Returns the request whose result is still missing, to be asked for again.
    func resume(
        _ snapshot: StreamSnapshot, readings: TrainingHistory, live stored: LiveModel?, scheduled: LiveModel?,
        _ surroundings: inout Surroundings
    ) -> TrainingRequest? {
        assembly.restore(channelCount: snapshot.channelCount)
        processedCount = snapshot.processedCount
        machine = snapshot.machine
        openAlert = snapshot.openAlert
        extents = snapshot.extents
        silence = snapshot.silence
        movedBaseline = snapshot.movedBaseline
        range = snapshot.range
        ruleHold = snapshot.ruleHold
        adaptingSince = snapshot.adaptingSince
        control = snapshot.control
        fleetSightings = snapshot.fleetSightings
        arrivals = ArrivalRhythm(usualGap: snapshot.usualGap)
        schedule = snapshot.schedule
        newestTime = readings.times.last
        let firstHeld = max(0, readings.count - snapshot.heldCount)
        func values(_ index: Int) -> ArraySlice<Double> {
            readings.values[(index * readings.channelCount)..<((index + 1) * readings.channelCount)]
        }
        for index in 0..<firstHeld { recent.append(values(index), at: readings.times[index]) }
        if let stored {
            use(stored, &surroundings)
            if scoring.context.count == snapshot.context.count { scoring.context = snapshot.context }
            scoring.held = snapshot.heldEvidence
            restore(snapshot.waitingSums, of: stored)
            tenure =
                snapshot.tenure.flatMap { $0.modelID == stored.id ? $0 : nil } ?? ModelTenure(modelID: stored.id)
            let moved = snapshot.calibration.flatMap { $0.modelID == stored.id ? $0.calibration : nil }
            scale = LiveScale(stored.model, calibration: moved, contextMean: snapshot.slowContext)
            if let saved = snapshot.drift, saved.modelID == stored.id, drift != nil {
                drift = ScoreDrift(
                    stored.model.calibration, cadence: stored.model.cadence, counts: saved.counts)
            }
        }
        for index in firstHeld..<readings.count { hold(values(index), at: readings.times[index], &surroundings) }
        if let scheduled {
            // A version that was promoted while no daemon ran takes over with the next reading.
            let time = newestTime ?? Timestamp(nanoseconds: 0)
            let request =
                schedule.pending
                ?? schedule.commandedRequest(
                    stream: stream, processed: processedCount, time: time, reason: .command,
                    settings: surroundings.settings)
            result = request.map { TrainingResult(request: $0, promoted: scheduled, comparedWith: live?.id ?? 0) }
            return nil
        }
        return schedule.pending
    }

    /// Scores readings that waited and now have their result, after resuming.
    func drain(_ output: inout DetectionOutput, _ surroundings: inout Surroundings) {
        guard let result, !held.isEmpty else { return }
        install(result, &output, &surroundings)
    }
}
