/// When one stream's next training is due, and whether it waits for a result.
struct TrainingSchedule: Sendable, Equatable {
    /// The training that was asked for and whose result is not yet in force.
    var pending: TrainingRequest?
    /// With this many readings the first model is tried.
    var firstTrainingReading: Int
    /// The number of readings when a training was last asked for.
    var lastReading = 0
    /// An alert that lasts is not asked to become normal before the stream has so many readings.
    var nextAdaptation = 0
    /// The time of the newest reading when a training was last asked for.
    var lastTime: Timestamp?

    /// The request that is due after a reading, if any; remembers it as pending.
    ///
    /// `processed` is the number of readings scored or passed over so far, the newest of them at `time`.
    mutating func dueRequest(
        stream: StreamID, processed: Int, time: Timestamp, hasModel: Bool, settings: DetectorSettings
    ) -> TrainingRequest? {
        guard pending == nil else { return nil }
        guard hasModel else {
            guard processed >= firstTrainingReading else { return nil }
            return request(.warmUp, stream: stream, processed: processed, time: time, lag: 0, settings: settings)
        }
        // A young stream has seen little of what is normal: it learns again whenever its history has doubled.
        if settings.retrainEvery != nil, lastReading < settings.historyReadings,
            processed >= max(DetectorSettings.growthReadings, 2 * lastReading)
        {
            return request(
                .growth, stream: stream, processed: processed, time: time, lag: DetectorSettings.takeOverLag,
                settings: settings)
        }
        guard settings.retrainsByEventTime, let every = settings.retrainEvery, let lastTime,
            processed - lastReading >= Self.readingsWorthTraining(processed, settings: settings),
            time.nanoseconds(since: lastTime) >= every
        else { return nil }
        return request(
            .schedule, stream: stream, processed: processed, time: time, lag: DetectorSettings.takeOverLag,
            settings: settings)
    }

    /// How many readings must have come since the last training: a quarter more than there were, so that a slow stream is
    /// not trained again and again on what it has learned already, up to a quarter of the history.
    private static func readingsWorthTraining(_ processed: Int, settings: DetectorSettings) -> Int {
        max(settings.warmUpReadings, min(processed, settings.historyReadings) / 4)
    }

    /// A request that was not due by itself; nil while another is pending.
    mutating func commandedRequest(
        stream: StreamID, processed: Int, time: Timestamp, reason: TrainingRequest.Reason, settings: DetectorSettings
    ) -> TrainingRequest? {
        guard pending == nil else { return nil }
        return request(reason, stream: stream, processed: processed, time: time, lag: 0, settings: settings)
    }

    /// Whether an alert that began at `start` has lasted so long that what it is about may be learned as normal. Where somebody
    /// declared it normal, there need only be enough readings.
    func isTimeToAdapt(
        since start: Timestamp, isDeclared: Bool, cadence: Cadence, processed: Int, time: Timestamp,
        settings: DetectorSettings
    ) -> Bool {
        let patience = isDeclared ? 0 : settings.retrainEvery == nil ? nil : settings.adaptAfter
        guard pending == nil, let after = patience, processed >= nextAdaptation else { return false }
        return time.nanoseconds(since: start)
            >= max(after, cadence.duration(ofReadings: Double(settings.warmUpReadings)))
    }

    /// The request to learn what an alert is about as normal; none may be pending.
    mutating func adaptationRequest(
        stream: StreamID, processed: Int, time: Timestamp, settings: DetectorSettings
    ) -> TrainingRequest {
        request(
            .newNormal, stream: stream, processed: processed, time: time, lag: DetectorSettings.takeOverLag,
            settings: settings)
    }

    private mutating func request(
        _ reason: TrainingRequest.Reason, stream: StreamID, processed: Int, time: Timestamp, lag: Int,
        settings: DetectorSettings
    ) -> TrainingRequest {
        lastReading = processed
        lastTime = time
        // A seed that depends on the stream and the reading only: a repeated training gives the same weights.
        let seed =
            settings.seed &+ UInt64(stream.index) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(processed) &* 0xD1B5_4A32_D192_ED03
        let request = TrainingRequest(
            stream: stream, reason: reason, throughTime: time, throughReading: processed,
            effectiveFromReading: processed + lag, seed: seed & 0x7FFF_FFFF_FFFF_FFFF)
        pending = request
        return request
    }
}

extension TrainingRequest {
    /// Whether the stream's readings wait for the result once they reach ``effectiveFromReading``. A training that nobody
    /// planned for takes over whenever it is done.
    var isWaitedFor: Bool { reason != .command }
}
