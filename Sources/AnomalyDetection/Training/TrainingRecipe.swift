/// What a candidate was fitted to and with: beside the readings, the ledger and the seed all that it takes to fit it again to the
/// same bits.
package struct TrainingRecipe: Sendable, Equatable, Codable {
    /// The number of channels that the stream had.
    package var channels: Int
    /// The first and the last of the readings that it was fitted to, in nanoseconds since the epoch.
    package var (fittedFromNs, fittedThroughNs): (Int64, Int64)
    /// The first and the last reading of each stretch, where they are several with readings between them that were not fitted; nil
    /// where there is one.
    package var stretchesNs: [[Int64]]?
    /// How many they are, those included that the ledger says were left out.
    package var fittedReadings: Int
    /// How far each channel was moved in the readings before ``levelOffsetsBeforeNs``; nil where none was.
    package var levelOffsets: [Double]?
    /// When the normal began to which the readings before were brought.
    package var levelOffsetsBeforeNs: Int64?
    /// The detector.
    package var detector: String
    /// The kinds of evidence in use, in alphabetical order.
    package var evidence: [String]
    /// The distance of readings in nanoseconds; nil where it was inferred.
    package var intervalNs: Int64?
    /// The false alarms asked for in the period.
    package var falseAlarms: Double
    /// Nanoseconds in which so many were asked for.
    package var falseAlarmPeriodNs: Int64
    /// The checksum of what could be carried over from the version that was live; nil where nothing could be, and of programs that
    /// trained every version anew.
    package var predecessorChecksum: UInt32?

    /// The recipe of what a fitter fits to a history; `newNormal` is what brought older readings to another level, if anything.
    init(_ fitted: TrainingHistory, newNormal: NewNormalHistory?, _ fitter: ModelFitter) {
        let settings = fitter.settings
        predecessorChecksum = fitter.predecessor?.checksum
        channels = fitted.channelCount
        (fittedFromNs, fittedThroughNs) = (fitted.times.first?.nanoseconds ?? 0, fitted.times.last?.nanoseconds ?? 0)
        fittedReadings = fitted.count
        if !fitted.stretchStarts.isEmpty {
            stretchesNs = fitted.stretches.map { [$0.lowerBound.nanoseconds, $0.upperBound.nanoseconds] }
        }
        if let newNormal, let start = newNormal.new.times.first, let first = fitted.times.first, first < start {
            levelOffsets = newNormal.offsets
            levelOffsetsBeforeNs = start.nanoseconds
        }
        detector = settings.detector.rawValue
        evidence = settings.evidence.map(\.rawValue).sorted()
        intervalNs = settings.interval
        falseAlarms = settings.falseAlarms.count
        falseAlarmPeriodNs = settings.falseAlarms.period
    }

    /// Whether a version is the one that the fit went on from, or it went on from none.
    package func isSuccessor(of live: StreamModel?) -> Bool {
        predecessorChecksum == nil || predecessorChecksum == live.flatMap(Predecessor.init)?.checksum
    }

    /// The times of the readings that it was fitted to.
    package var stretches: [ClosedRange<Timestamp>] {
        (stretchesNs ?? [[fittedFromNs, fittedThroughNs]]).compactMap { bounds in
            guard bounds.count == 2, bounds[0] <= bounds[1] else { return nil }
            return Timestamp(nanoseconds: bounds[0])...Timestamp(nanoseconds: bounds[1])
        }
    }

    /// The settings as far as they matter to a fit; nil where this program does not know the detector any more.
    package var settings: DetectorSettings? {
        guard let kind = DetectorKind(rawValue: detector) else { return nil }
        var settings = DetectorSettings()
        settings.detector = kind
        settings.evidence = Set(evidence.compactMap { EvidenceKind(rawValue: $0) })
        guard settings.evidence.count == evidence.count else { return nil }
        settings.interval = intervalNs
        settings.falseAlarms = FalseAlarmBudget(count: falseAlarms, period: falseAlarmPeriodNs)
        return settings
    }

    /// The readings as they were fitted: flagged where an entry of the ledger leaves them out, and moved where the recipe says so.
    /// `stored` are the readings from the first to the last, with at least as many channels.
    package func history(_ stored: TrainingHistory, ledger: [TrainingExclusion]) -> TrainingHistory {
        var history = stored.narrowed(to: channels)
        history.settledScores = []
        history.isAlerting = history.times.map { time in
            ledger.contains { $0.reason.isUnlearned && $0.times.contains(time) }
        }
        guard let levelOffsets, let start = levelOffsetsBeforeNs else { return history }
        for reading in 0..<history.count where history.times[reading].nanoseconds < start {
            for channel in 0..<min(channels, levelOffsets.count) {
                history.values[reading * channels + channel] += levelOffsets[channel]
            }
        }
        return history
    }
}
