/// What the rules of the configuration make of a stream's readings and alerts.
extension StreamDetector {
    // MARK: Values that cannot be

    /// Matches the rules' patterns with the stream and its channels, where that was not done yet.
    func resolveRules(_ surroundings: Surroundings) {
        let said = surroundings.settings.rules
        let isKnown = said.isEmpty || rules.channels.count >= assembly.channelCount
        guard rules.generation != surroundings.rulesGeneration || !isKnown else { return }
        guard !said.isEmpty else {
            rules = ResolvedRules()
            rules.generation = surroundings.rulesGeneration
            return
        }
        var names = surroundings.names(stream)
        while names.count < assembly.channelCount { names.append("channel_\(names.count + 1)") }
        rules = ResolvedRules(
            said, stream: surroundings.streamName(stream), channels: names, generation: surroundings.rulesGeneration)
    }

    /// Begins, raises and ends the alert of values that cannot be. It needs no model, so it fires while the stream warms up, too.
    func watchRange(
        _ values: ArraySlice<Double>, at time: Timestamp, reading: Int, _ output: inout DetectionOutput,
        _ surroundings: inout Surroundings
    ) {
        guard rules.hasRanges || range.alert != nil else { return }
        if rules.excludes(values) {
            range.lastOutside = time
            range.insideCount = 0
            output.rows[reading].isAlerting = true
            output.rows[reading].isFiring = true
            tellOutside(values, at: time, reading: reading, &output, &surroundings)
        } else if range.alert != nil {
            // Under rules that have changed nothing may be left to wait for.
            let window = live?.model.longestWindow ?? 0
            guard
                !rules.hasRanges
                    || range.passInside(at: time, longestWindow: window, settings: surroundings.settings)
            else { return }
            guard var alert = range.alert else { return }
            alert.resolvedAt = max(range.lastOutside, alert.startedAt)
            range = RangeWatch()
            append(AlertTransition(kind: .resolved, alert: alert), reading: reading, &output, &surroundings)
        }
    }

    private func tellOutside(
        _ values: ArraySlice<Double>, at time: Timestamp, reading: Int, _ output: inout DetectionOutput,
        _ surroundings: inout Surroundings
    ) {
        let parts = (0..<min(values.count, rules.channels.count)).compactMap { channel -> ChannelContribution? in
            let (rule, value) = (rules.channels[channel], values[values.startIndex + channel])
            guard rule.excludes(value) else { return nil }
            return ChannelContribution(
                channel: rules.names[channel], share: 0, actual: value, expected: nil,
                lower: rule.validFrom > -.infinity ? rule.validFrom : nil,
                upper: rule.validThrough < .infinity ? rule.validThrough : nil)
        }
        guard let alert = range.alert else {
            // The same reading may begin an alert of its own, and a silence begins right behind a reading; alerts of a stream are
            // known by their beginnings, so this one begins behind both.
            let start = time.advanced(byNanoseconds: 2)
            let alert = Alert(
                id: 0, stream: stream, startedAt: start, firedAt: start, peakScore: 0, peakAt: start, threshold: 0,
                isProvisional: false, modelID: live?.id ?? 0, shape: .outOfRange, contributions: Self.shared(parts))
            range.alert = alert
            append(AlertTransition(kind: .fired, alert: alert), reading: reading, &output, &surroundings)
            return
        }
        // What another channel does meanwhile is part of it.
        let more = parts.filter { part in !alert.contributions.contains { $0.channel == part.channel } }
        guard !more.isEmpty else { return }
        var grown = alert
        grown.contributions = Self.shared(alert.contributions + more)
        range.alert = grown
        append(AlertTransition(kind: .updated, alert: grown), reading: reading, &output, &surroundings)
    }

    /// Parts that count alike.
    private static func shared(_ parts: [ChannelContribution]) -> [ChannelContribution] {
        parts.map { part in
            var part = part
            part.share = 1 / Double(parts.count)
            return part
        }
    }

    // MARK: What does not count

    /// The evidence of channels that the rules ignore.
    struct IgnoredEvidence {
        /// Its share of all evidence.
        var share = 0.0
        /// The leading channel, where that is one of them.
        var leading: String?
    }

    /// Takes the evidence of ignored channels out of an explanation.
    func withoutIgnored(_ shares: inout [Double]) -> IgnoredEvidence {
        var ignored = IgnoredEvidence()
        guard rules.mayHoldBack else { return ignored }
        let total = shares.reduce(0, +)
        let largest = shares.max() ?? 0
        for channel in shares.indices where channel < rules.channels.count && rules.channels[channel].isIgnored {
            if shares[channel] == largest, largest > 0 { ignored.leading = rules.names[channel] }
            ignored.share += total > 0 ? shares[channel] / total : 0
            shares[channel] = 0
        }
        return ignored
    }

    /// Why an alert that is about to fire does not, and the leading channel of those that are to blame; nil where it fires.
    ///
    /// The evidence of channels that do not count, or do not count this way, is taken out of the sum, and what is left has to reach
    /// the threshold by itself. That is not enough: a fault spills over into what is expected of the other channels, and their
    /// evidence can be the larger part of it. So where channels have visibly moved by themselves, one of these has to count.
    func objection(
        to alert: Alert, without ignored: IgnoredEvidence, sum: Float, threshold: AlertThreshold, reading: Int
    ) -> (channel: String, rule: String)? {
        // What is held back already stays so until a channel that counts moves: a fault that has passed is still in the windows.
        let held = ruleHold.flatMap { $0.startedAt == alert.startedAt ? (channel: $0.channel, rule: $0.rule) : nil }
        guard rules.mayHoldBack || range.alert != nil || held != nil, let scale else { return nil }
        var countedShare = 0.0
        var excluded = ignored.leading.map { (channel: $0, rule: "ignore") }
        var movedExcluded: (channel: String, rule: String)?
        var movedCounts = false
        for part in alert.contributions {
            let isOutside = range.alert?.contributions.contains { $0.channel == part.channel } ?? false
            // What is expected of a channel follows a fault that is held back, so that its end looks like a fault the other way.
            let stillHeld = held.flatMap { $0.channel == part.channel ? $0.rule : nil }
            let reason = isOutside ? "valid_range" : rules.rule(of: part.channel)?.objection(to: part) ?? stillHeld
            let moved = hasMoved(part.channel, since: alert.startedAt, through: reading)
            if let reason {
                if part.share > 0 { excluded = excluded ?? (part.channel, reason) }
                if moved { movedExcluded = movedExcluded ?? (part.channel, reason) }
            } else {
                countedShare += part.share
                movedCounts = movedCounts || moved
            }
        }
        if let movedExcluded, !movedCounts { return movedExcluded }
        // Where only channels that count have moved, what the others show is spilt over from these.
        if movedExcluded == nil, movedCounts { return nil }
        if let held, !movedCounts { return held }
        guard let excluded else { return nil }
        let counted = sum * Float((1 - ignored.share) * countedShare)
        let isLedByCounting = ignored.leading == nil && excluded.channel != alert.contributions.first?.channel
        return (movedCounts || isLedByCounting) && scale.score(counted) >= threshold.firing ? nil : excluded
    }

    /// Whether a channel by itself left what it showed before a moment: with several of the newest readings since, or one by far, or
    /// by being missing or standing still. Where that time is out of sight, what it shows usually stands in for it.
    private func hasMoved(_ channel: String, since start: Timestamp, through reading: Int) -> Bool {
        guard let live, let place = rules.names.firstIndex(of: channel), place < live.model.channelCount else {
            return false
        }
        func value(_ number: Int) -> Double {
            let values = recent.values(of: number)
            return place < values.count ? values[values.startIndex + place] : .nan
        }
        let numbers = recent.numbers(through: reading, limit: AlertExplanation.readingLimit)
        let onset = numbers.first { recent.time(of: $0) >= start } ?? numbers.upperBound
        // A fault begins a little before the score has risen.
        let reference = numbers.prefix { $0 < onset - Movement.lead }.suffix(Movement.referenceLength).map(value)
            .filter(\.isFinite)
        let newest = numbers.drop { $0 < onset - Movement.lead }.suffix(Movement.newestLength).map(value)
        let profile = live.model.profiles[place]
        var (center, reach) = (profile.center, Movement.usualReach * profile.spread)
        if reference.count >= Movement.leastReference, let low = reference.min(), let high = reference.max() {
            (center, reach) = ((low + high) / 2, (high - low) / 2)
        }
        if 2 * newest.count(where: \.isNaN) > newest.count { return true }
        let present = newest.filter(\.isFinite)
        if reach > 0, present.count >= 4, present.allSatisfy({ $0 == present[0] }) { return true }
        let distances = present.map { abs($0 - center) }
        return distances.count { $0 > Movement.margin * reach } >= 2
            || distances.contains { $0 > 2 * Movement.margin * reach }
    }

    /// From when on a channel counts as having moved.
    private enum Movement {
        /// So many readings before the onset belong to the fault.
        static let lead = 3
        /// Readings before that which say what was usual, and the fewest of them that do: the range of few is small by chance.
        static let (referenceLength, leastReference) = (64, 48)
        /// The newest readings of the fault that are looked at.
        static let newestLength = 8
        /// Half the range of 64 normal values is 2.4 standard deviations on average.
        static let usualReach = 2.4
        /// So many times half of the range before lies a value that is beyond chance: 3.6 standard deviations.
        static let margin = 1.5
    }

    /// Keeps an alert pending that was about to fire.
    func holdBack(
        _ alert: Alert, because objection: (channel: String, rule: String), _ output: inout DetectionOutput
    ) {
        machine.fireAnew()
        if var hold = ruleHold, hold.startedAt == alert.startedAt {
            hold.through = alert.firedAt
            hold.peakScore = max(hold.peakScore, alert.peakScore)
            ruleHold = hold
            return
        }
        let hold = DetectionOutput.RuleHold(
            stream: stream, startedAt: alert.startedAt, through: alert.firedAt, channel: objection.channel,
            rule: objection.rule, peakScore: alert.peakScore)
        ruleHold = hold
        output.ruleHolds.append(hold)
    }

    /// Notes that what a rule held back is over, or is an alert after all.
    func endRuleHold(_ output: inout DetectionOutput) {
        guard var hold = ruleHold else { return }
        if case .pending(let since) = machine.state, since == hold.startedAt { return }
        hold.isOver = true
        ruleHold = nil
        output.ruleHolds.append(hold)
    }
}
