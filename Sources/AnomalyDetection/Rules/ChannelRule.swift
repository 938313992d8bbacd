/// What all rules together say of one channel of one stream; of two rules that say the same, the later one counts.
struct ChannelRule: Sendable, Equatable {
    var direction = StreamRule.Direction.both
    var minDeviation = 0.0
    var minRelativeDeviation = 0.0
    var validFrom = -Double.infinity
    var validThrough = Double.infinity
    var isIgnored = false

    /// The rule of a channel of which nothing is said.
    init() {}

    mutating func apply(_ rule: StreamRule) {
        direction = rule.direction ?? direction
        minDeviation = rule.minDeviation ?? minDeviation
        minRelativeDeviation = rule.minRelativeDeviation ?? minRelativeDeviation
        validFrom = rule.validFrom ?? validFrom
        validThrough = rule.validThrough ?? validThrough
        isIgnored = rule.ignores ?? isIgnored
    }

    /// Whether a value is one that cannot be; a missing one can.
    func excludes(_ value: Double) -> Bool { value < validFrom || value > validThrough }

    /// Why a channel's part in an alert does not count, in words; nil where it counts. What is not known counts.
    func objection(to part: ChannelContribution) -> String? {
        if isIgnored { return "ignore" }
        guard let actual = part.actual, let expected = part.expected else { return nil }
        switch direction {
        case .up where actual < expected: return "direction: up"
        case .down where actual > expected: return "direction: down"
        case .up, .down, .both: break
        }
        let deviation = abs(actual - expected)
        if deviation < minDeviation { return "min_deviation: \(minDeviation)" }
        if deviation < minRelativeDeviation * abs(expected) { return "min_relative_deviation: \(minRelativeDeviation)" }
        return nil
    }
}

/// What the rules say of one stream's channels: the patterns are matched once, not with every reading.
struct ResolvedRules: Sendable, Equatable {
    /// Counts the settings that it was made of.
    var generation = -1
    /// The names of the channels.
    var names: [String] = []
    /// For each channel what is said of it.
    var channels: [ChannelRule] = []
    /// Whether a value of any channel may be one that cannot be.
    var hasRanges = false
    /// Whether anything is said that may hold back an alert.
    var mayHoldBack = false

    /// The rules for a stream that is unknown yet.
    init() {}

    /// What rules say of a stream and its channels.
    init(_ rules: [StreamRule], stream: String, channels names: [String], generation: Int) {
        self.generation = generation
        self.names = names
        let concerned = rules.filter { $0.covers(stream: stream) }
        let usual = ChannelRule()
        channels = names.map { name in
            var rule = usual
            for said in concerned where said.covers(channel: name) { rule.apply(said) }
            return rule
        }
        hasRanges = channels.contains { $0.validFrom > -.infinity || $0.validThrough < .infinity }
        mayHoldBack = channels.contains { rule in
            rule.isIgnored || rule.direction != .both || rule.minDeviation > 0 || rule.minRelativeDeviation > 0
        }
    }

    /// What is said of a channel; nil where nothing is known of it.
    func rule(of channel: String) -> ChannelRule? {
        names.firstIndex(of: channel).map { channels[$0] }
    }

    /// Whether any value of a reading is one that cannot be.
    func excludes(_ values: ArraySlice<Double>) -> Bool {
        guard hasRanges else { return false }
        for channel in 0..<min(values.count, channels.count)
        where channels[channel].excludes(values[values.startIndex + channel]) { return true }
        return false
    }
}
