import VAE

/// Which readings of a stream a training sees where there are more than it may hold.
///
/// The newest readings are the ones that matter, but of a stream by the second 20,000 of them are five hours, in which it has
/// shown one time of day. So where they reach back less than the span that is wanted, only a quarter of the history is the
/// newest readings, enough to hold a tail out from; the rest are stretches spread evenly over the span. They are stretches and not
/// single readings, for what a model learns is how one reading follows from those before it.
///
/// It is a pure function of what is stored: the same readings give the same history again.
package struct HistoryPlan: Sendable, Equatable {
    /// A stretch has so many readings: of windows as long as they get, which begin within it, it has as many again four times.
    static let stretchLength = 512
    /// The newest readings are one in so many.
    private static let newestShare = 4
    /// Where less than so many times what the stretches hold is there, gaps between them would be many and short; the newest
    /// readings reach back nearly as far then.
    private static let leastThinning = 2.0

    /// At most so many readings.
    package let limit: Int
    /// Nanoseconds that they reach back, where there are readings so old.
    package let span: Int64

    /// A plan for at most so many readings that reach back so far.
    package init(limit: Int, span: Int64) {
        self.limit = limit
        self.span = span
    }

    /// The plan that settings ask for; of a stream with so many channels, a training may hold fewer readings than of others.
    ///
    /// To learn what is the new normal, the newest readings are what counts.
    package init(_ settings: DetectorSettings, channelCount: Int, reason: TrainingRequest.Reason) {
        let affordable = Self.readings(in: settings.trainingMemory, channelCount: channelCount)
        self.init(
            limit: min(settings.historyReadings, max(affordable, settings.warmUpReadings)),
            span: reason == .newNormal ? 0 : settings.historySpan)
    }

    /// How many readings a training may hold in so many bytes.
    ///
    /// Each takes its values, as they are stored, on the grid, in the series that the network is fitted to and among what is
    /// remembered, and what is foretold with it. Windows are taken from a sample of bounded size.
    static func readings(in byteCount: Int, channelCount: Int) -> Int {
        let channels = max(1, channelCount)
        let cell = 2 * MemoryLayout<Float>.size
        let window = cell * min(ModelFitter.widthLimit, CharacteristicLength.longest * channels)
        let foretold = NetworkShape.standardHorizons.count * MemoryLayout<Float>.size
        let reading = channels * (MemoryLayout<Double>.size + 4 * MemoryLayout<Float>.size + 1 + foretold) + 64
        let sampled = window * ModelFitter.windowLimit
        return byteCount >= sampled + ModelFitter.windowLimit * reading
            ? (byteCount - sampled) / reading : byteCount / (window + reading)
    }

    /// How many of the newest readings belong to a history with stretches before them.
    package var newestCount: Int { max(1, limit / Self.newestShare) }

    /// The times of the stretches before the newest readings, oldest first, each of at most ``readingsInStretch`` readings; nil
    /// where the newest readings alone are the history.
    ///
    /// `oldest` is the stream's first reading. `newest` are the newest readings, ``limit`` of them or all there are. `pinned` is a
    /// moment around which readings must not be missing: when normal changed.
    package func stretches(
        oldest: Timestamp, newest times: [Timestamp], pinned: Timestamp? = nil
    ) -> [ClosedRange<Timestamp>]? {
        guard times.count >= limit, let last = times.last, limit >= 2 * Self.newestShare * Self.stretchLength,
            last.nanoseconds(since: times[0]) < span
        else { return nil }
        let interval = Double(last.nanoseconds(since: times[0])) / Double(times.count - 1)
        let start = max(oldest, last.advanced(byNanoseconds: -span))
        let end = times[times.count - newestCount]
        let count = (limit - newestCount) / Self.stretchLength
        let length = Int64(Double(Self.stretchLength - 1) * interval)
        let room = Double(end.nanoseconds(since: start))
        guard room >= Self.leastThinning * Double(count) * Double(Self.stretchLength) * interval else { return nil }
        let distance = room / Double(count)
        return (0..<count).map { index in
            var first = start.advanced(byNanoseconds: Int64(Double(index) * distance))
            if let pinned, pinned >= first, Double(pinned.nanoseconds(since: first)) < distance {
                first = min(
                    max(first, pinned.advanced(byNanoseconds: -length / 2)),
                    first.advanced(byNanoseconds: Int64(distance) - length - 1))
            }
            return first...first.advanced(byNanoseconds: length)
        }
    }

    /// The most readings of a stretch.
    package var readingsInStretch: Int { Self.stretchLength }

    /// What it comes to, for people; nil where the history is simply the newest readings that the configuration asks for.
    package func choice(for times: [Timestamp], asked: Int) -> String? {
        guard let first = times.first, let last = times.last, times.count >= min(limit, asked) - Self.stretchLength
        else { return nil }
        var text: [String] = []
        if limit < asked {
            text.append(
                "\(limit) readings of the \(asked) that retrain.history_readings asks for, for retrain.memory allows no more"
            )
        }
        let days = Double(last.nanoseconds(since: first)) / 86_400e9
        let gaps = zip(times, times.dropFirst()).map { $1.nanoseconds(since: $0) }
        let usual = gaps.sorted()[gaps.count / 2]
        let count = gaps.count { $0 > Int64(StreamScoringState.longestGap) * usual }
        if count >= 4 { text.append("\(count + 1) stretches over \(rounded(days)) days") }
        return text.isEmpty ? nil : "history: " + text.joined(separator: "; ")
    }
}

extension TrainingHistory {
    /// How long a time the readings that are learned from tell of, in nanoseconds: what lies between two of them counts as known
    /// where it is not longer than a quarter of a day.
    var knownSpan: Int64 {
        let longest: Int64 = 6 * 3_600 * 1_000_000_000
        var (sum, last): (Int64, Timestamp?) = (0, nil)
        for (time, isLeftOut) in zip(times, isAlerting) where !isLeftOut {
            if let last { sum += min(max(0, time.nanoseconds(since: last)), longest) }
            last = time
        }
        return sum
    }
}
