/// When one stream's next training is due, and whether it waits for a result.
package struct TrainingSchedule: Sendable, Equatable {
    private static let week: Int64 = 7 * 86_400 * 1_000_000_000

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
    /// Whether somebody called something normal while another training was pending, so that one has to follow it.
    var owesNewNormal = false

    /// The request that is due after a reading, if any; remembers it as pending.
    ///
    /// `processed` is the number of readings scored or passed over so far, the newest of them at `time`. The rhythm is the live
    /// model's; nil where there is none.
    mutating func dueRequest(
        stream: StreamID, processed: Int, time: Timestamp, live cadence: Cadence?, fleet: FleetReference? = nil,
        settings: DetectorSettings
    ) -> TrainingRequest? {
        guard pending == nil else { return nil }
        if owesNewNormal, cadence != nil {
            owesNewNormal = false
            return request(.newNormal, stream: stream, processed: processed, time: time, lag: 0, settings: settings)
        }
        guard let cadence else {
            // Where there are weights already, only a first try can come too early.
            let first =
                fleet != nil && lastReading == 0
                ? min(FleetModel.coldStartReadings, firstTrainingReading) : firstTrainingReading
            guard processed >= first else { return nil }
            return request(
                .warmUp, stream: stream, processed: processed, time: time, lag: 0, fleet: fleet, settings: settings)
        }
        // A young stream has seen little of what is normal: it learns again whenever its history has doubled.
        // In a fleet that is a normalizer alone, which is there soon.
        let isYoungMember = fleet != nil && processed < DetectorSettings.growthReadings
        if settings.retrainEvery != nil, lastReading < settings.historyReadings,
            processed >= max(fleet == nil ? DetectorSettings.growthReadings : 0, 2 * lastReading)
        {
            return request(
                .growth, stream: stream, processed: processed, time: time,
                lag: isYoungMember ? DetectorSettings.memberLag : DetectorSettings.takeOverLag(cadence), fleet: fleet,
                settings: settings)
        }
        guard settings.retrainsByEventTime, let every = settings.retrainEvery, let lastTime,
            processed - lastReading >= readingsWorthTraining(processed, at: time, settings: settings),
            Self.isDue(at: time, after: lastTime, every: every, phase: Self.phase(of: stream, every: every))
        else { return nil }
        return request(
            .schedule, stream: stream, processed: processed, time: time, lag: DetectorSettings.takeOverLag(cadence),
            fleet: fleet, settings: settings)
    }

    /// Whether the time of trainings has come round since the last one, which is at least half the time between them ago.
    private static func isDue(at time: Timestamp, after last: Timestamp, every: Int64, phase: Int64) -> Bool {
        guard time.nanoseconds(since: last) >= every / 2 else { return false }
        return round(at: time, every: every, phase: phase) > round(at: last, every: every, phase: phase)
    }

    private static func round(at time: Timestamp, every: Int64, phase: Int64) -> Int64 {
        let (quotient, remainder) = time.advanced(byNanoseconds: -phase).nanoseconds
            .quotientAndRemainder(dividingBy: every)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// Where in the time between trainings those of a stream lie. Streams that began together would else be trained together,
    /// and the processor would be busy for an hour and idle for the next five.
    package static func phase(of stream: StreamID, every: Int64) -> Int64 {
        // The finalizer of SplitMix64 (Steele, Lea and Flood 2014): neighboring numbers end up far apart.
        var bits = UInt64(stream.index) &+ 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        bits ^= bits >> 31
        return Int64(bits % UInt64(max(1, every)))
    }

    /// How many readings must have come since the last training: a quarter more than there were, so that a stream is not trained
    /// again and again on what it has learned already, up to a quarter of the history. What a slow stream has shown in a week is worth
    /// it sooner: by the hour a quarter of the history is half a year.
    private func readingsWorthTraining(_ processed: Int, at time: Timestamp, settings: DetectorSettings) -> Int {
        let more = max(settings.warmUpReadings, min(processed, settings.historyReadings) / 4)
        guard let lastTime, time.nanoseconds(since: lastTime) >= Self.week else { return more }
        return min(more, max(1, settings.warmUpReadings / 4))
    }

    /// The request that follows from scores that have drifted, if one is due.
    mutating func driftRequest(
        stream: StreamID, processed: Int, time: Timestamp, cadence: Cadence, settings: DetectorSettings
    ) -> TrainingRequest? {
        guard pending == nil, settings.retrainsOnDrift, settings.retrainEvery != nil else { return nil }
        return request(
            .drift, stream: stream, processed: processed, time: time, lag: DetectorSettings.takeOverLag(cadence),
            settings: settings)
    }

    /// A request that was not due by itself; nil while another is pending.
    mutating func commandedRequest(
        stream: StreamID, processed: Int, time: Timestamp, reason: TrainingRequest.Reason,
        fleet: FleetReference? = nil, settings: DetectorSettings
    ) -> TrainingRequest? {
        guard pending == nil else { return nil }
        return request(
            reason, stream: stream, processed: processed, time: time, lag: 0, fleet: fleet, settings: settings)
    }

    /// Whether an alert that began at `start` has lasted so long that what it is about may be learned as normal. Where somebody
    /// declared it normal, there need only be enough readings.
    func isTimeToAdapt(
        since start: Timestamp, isDeclared: Bool, cadence: Cadence, processed: Int, time: Timestamp,
        settings: DetectorSettings
    ) -> Bool {
        guard pending == nil, processed >= nextAdaptation,
            let patience = Self.adaptationPatience(isDeclared: isDeclared, cadence: cadence, settings: settings)
        else { return false }
        return time.nanoseconds(since: start) >= patience
    }

    /// Nanoseconds that an alert has to last until what it is about may be learned as normal; nil where it never is.
    static func adaptationPatience(isDeclared: Bool, cadence: Cadence, settings: DetectorSettings) -> Int64? {
        let patience = isDeclared ? 0 : settings.retrainEvery == nil ? nil : settings.adaptAfter
        return patience.map { max($0, cadence.duration(ofReadings: Double(NewNormalHistory.neededReadings(settings)))) }
    }

    /// The request to learn what an alert is about as normal; none may be pending.
    mutating func adaptationRequest(
        stream: StreamID, processed: Int, time: Timestamp, cadence: Cadence, settings: DetectorSettings
    ) -> TrainingRequest {
        request(
            .newNormal, stream: stream, processed: processed, time: time, lag: DetectorSettings.takeOverLag(cadence),
            settings: settings)
    }

    /// The request to go back to the version before; none may be pending.
    mutating func rollbackRequest(
        _ plan: RollbackPlan, stream: StreamID, processed: Int, time: Timestamp, settings: DetectorSettings
    ) -> TrainingRequest {
        var request = request(
            .rollback, stream: stream, processed: processed, time: time, lag: 0, settings: settings)
        request.rollback = plan
        pending = request
        return request
    }

    private mutating func request(
        _ reason: TrainingRequest.Reason, stream: StreamID, processed: Int, time: Timestamp, lag: Int,
        fleet: FleetReference? = nil, settings: DetectorSettings
    ) -> TrainingRequest {
        lastReading = processed
        lastTime = time
        // A seed that depends on the stream and the reading only: a repeated training gives the same weights.
        let seed =
            settings.seed &+ UInt64(stream.index) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(processed) &* 0xD1B5_4A32_D192_ED03
        let request = TrainingRequest(
            stream: stream, reason: reason, throughTime: time, throughReading: processed,
            effectiveFromReading: processed + lag, seed: seed & 0x7FFF_FFFF_FFFF_FFFF, fleet: fleet)
        pending = request
        return request
    }
}

extension TrainingRequest {
    /// Whether the stream's readings wait for the result once they reach ``effectiveFromReading``. A training that nobody
    /// planned for takes over whenever it is done.
    var isWaitedFor: Bool { reason != .command }
}
