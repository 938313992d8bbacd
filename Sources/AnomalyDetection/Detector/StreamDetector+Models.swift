/// Which model scores a stream: how one takes over from another, and what waits for it.
extension StreamDetector {
    /// Takes the result of the training that was asked for; scores the readings that waited for it.
    func install(_ newResult: TrainingResult, _ output: inout DetectionOutput, _ surroundings: inout Surroundings) {
        guard schedule.pending == newResult.request else { return }
        result = newResult
        takeHeld(&output, &surroundings)
    }

    /// Goes on with the model that the stream has, where it waits for a better one: training must not hold up scoring for
    /// long. The candidate takes over when it is there.
    func giveUpWaiting(_ output: inout DetectionOutput, _ surroundings: inout Surroundings) -> Bool {
        guard live != nil, result == nil, !held.isEmpty else { return false }
        hasGivenUpWaiting = true
        takeHeld(&output, &surroundings)
        return true
    }

    private func takeHeld(_ output: inout DetectionOutput, _ surroundings: inout Surroundings) {
        if live == nil {
            surroundings.heldForFirstModel -= held.count
        } else {
            surroundings.heldForCandidate -= held.count
        }
        let waiting = held
        held = HeldReadings()
        for index in 0..<waiting.count {
            // Behind one that waits all wait, also when the limit for waiting is reached meanwhile: readings stay in order.
            if !held.isEmpty || isWaiting(surroundings) {
                hold(waiting.values(of: index), at: waiting.times[index], &surroundings)
                continue
            }
            output.scoredLater.append(
                DetectionOutput.Row(
                    stream: stream, time: waiting.times[index], valueStart: 0, valueCount: 0, score: .nan, modelID: 0,
                    isAlerting: false))
            let row = RowReference(index: output.scoredLater.count - 1, isLater: true)
            take(waiting.values(of: index), at: waiting.times[index], row, &output, &surroundings)
        }
        flush(&output, &surroundings)
        settleDue(&output)
    }

    func adopt(
        _ newResult: TrainingResult, at time: Timestamp, _ row: RowReference, _ output: inout DetectionOutput,
        _ surroundings: inout Surroundings
    ) {
        flush(&output, &surroundings)
        result = nil
        schedule.pending = nil
        hasGivenUpWaiting = false
        followBaseline(newResult, at: time, reading: row.index, &output, &surroundings)
        guard let promoted = newResult.promoted, newResult.comparedWith ?? live?.id ?? 0 == live?.id ?? 0 else {
            lastRefusal = newResult.reason
            if live == nil {
                // Only a fleet tries before the warm-up is over; after that the stream may have a model of its own.
                let warmUp = surroundings.settings.warmUpReadings
                schedule.firstTrainingReading =
                    processedCount < warmUp ? warmUp : processedCount + max(1, warmUp / 2)
            }
            return
        }
        if newResult.request.reason == .newNormal {
            schedule.nextAdaptation = processedCount + surroundings.settings.warmUpReadings
            // What fires is normal from now on.
            if openAlert?.startedAt == adaptingSince { endAlert(reading: output.rows.count, &output, &surroundings) }
            adaptingSince = nil
        }
        // What is normal from now on is not what the version before knows, so that cannot come back by itself.
        let isOnProbation = newResult.request.reason != .newNormal && newResult.request.reason != .rollback
        replaceModel(with: promoted, isOnProbation: isOnProbation, &output, &surroundings)
    }

    /// Ends what the model before began, and goes on with another, on probation where the one before may come back.
    func replaceModel(
        with new: LiveModel, isOnProbation: Bool, _ output: inout DetectionOutput,
        _ surroundings: inout Surroundings
    ) {
        tenure = ModelTenure(modelID: new.id, predecessor: isOnProbation ? tenure : nil)
        flush(&output, &surroundings)
        settleRest(&output)
        denoiseRest(&output)
        output.adoptedModels.append(new.id)
        use(new, &surroundings)
    }

    /// Scores with a model from the next reading on. The windows are filled from the newest readings, and what faded into
    /// the context of the model before stays there.
    func use(_ new: LiveModel, _ surroundings: inout Surroundings) {
        placement = surroundings.workspace.prepare(for: new.model)
        var state = StreamScoringState(model: new.model)
        // As many as a resumed stream has, no more, so that the windows are the same.
        for number in recent.numbers(through: recent.end - 1, limit: StreamScoringState.readingsToFill) {
            _ = state.history.append(
                recent.values(of: number).span, at: recent.time(of: number), profiles: new.model.profiles,
                cadence: new.model.cadence)
        }
        if let old = live?.model {
            for (index, part) in new.model.parts.enumerated() {
                if let before = old.parts.firstIndex(where: { $0.kind == part.kind && $0.fades }) {
                    state.context[index] = scoring.context[before]
                }
            }
        }
        state.held = scoring.held
        scoring = state
        // Sums of the same weights mean the same still, so what they have taught stays.
        let isSameFleet = new.model.fleet != nil && new.model.fleet?.version == live?.model.fleet?.version
        live = new
        let before = scale?.firingSum
        scale = LiveScale(
            new.model, calibration: isSameFleet ? scale?.calibration : nil,
            contextMean: isSameFleet ? scale?.context?.mean : nil)
        if let before, let now = scale?.firingSum { control.move(from: before, to: now) }
        settling = new.model.settledCalibration.map { _ in Settling(alertLevel: new.model.clearingSum) }
        drift = new.model.isYoung ? nil : ScoreDrift(new.model.calibration, cadence: new.model.cadence)
        lastRefusal = ""
    }
}
