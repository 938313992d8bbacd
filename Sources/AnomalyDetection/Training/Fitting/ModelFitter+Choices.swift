import VAE

/// What training chose by itself and why, in words: a line a choice, which begins with its subject and a colon.
extension ModelFitter {
    /// The rhythm, the treatment of each channel, and what is not trained on.
    func describe(
        _ history: TrainingHistory, _ grid: TrainingGrid, _ cadence: Cadence, _ profiles: [ChannelProfile],
        windowed: [Int]
    ) -> [String] {
        let seconds = Self.text(Double(cadence.interval) / 1e9)
        let rhythm =
            settings.interval != nil
            ? "set by the configuration"
            : cadence.isRegular
                ? "inferred; regular, for readings keep to it and fill most of the slots"
                : "the usual one; irregular, for readings do not keep to it or leave slots empty, so they are taken one "
                    + "by one"
        let excluded = history.isAlerting.count { $0 }
        return ["interval: \(seconds) s, \(rhythm)"] + channelLines(profiles, windowed: windowed)
            + [missingLine(profiles, grid)]
            + (excluded > 0
                ? ["left out: \(excluded) of \(history.count) readings, for they were taken for abnormal"] : [])
    }

    /// The names of channels, or their positions where names are not known.
    private func names(_ channels: [Int]) -> String {
        channels.map(name).joined(separator: ", ")
    }

    private func name(_ channel: Int) -> String {
        guard channelNames.indices.contains(channel) else { return "channel \(channel + 1)" }
        return channelNames[channel].split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    private func channelLines(_ profiles: [ChannelProfile], windowed: [Int]) -> [String] {
        let watched = profiles.indices.filter { !windowed.contains($0) }
        let treated = windowed.allSatisfy { profiles[$0].role == .continuous }
        let values = { (channel: Int) -> String in
            let known = profiles[channel].knownValues.map(Self.text)
            return name(channel) + (known.isEmpty ? " (never reported)" : " (\(known.joined(separator: ", ")))")
        }
        var lines = [
            "in windows: \(names(windowed)), "
                + (treated
                    ? "continuous: more than \(ChannelProfile.stateValueLimit) values were seen"
                    : "for no channel is continuous")
        ]
        for (role, reason) in [
            (ChannelRole.state, "few-valued, watched for a new value"), (.constant, "constant, watched for a change"),
        ] {
            let channels = watched.filter { profiles[$0].role == role }
            if !channels.isEmpty {
                lines.append("out of windows: \(channels.map(values).joined(separator: ", ")), \(reason)")
            }
        }
        return lines
    }

    private func missingLine(_ profiles: [ChannelProfile], _ grid: TrainingGrid) -> String {
        let gaps = "\(Self.percent(grid.gapShare)) of the slots have no reading"
        let missing = profiles.indices.filter { profiles[$0].missingShare > 0 }
        guard !missing.isEmpty else { return "missing: no value; \(gaps)" }
        let shares = missing.map { "\(name($0)) \(Self.percent(profiles[$0].missingShare))" }
        return "missing: \(shares.joined(separator: ", ")) of values; \(gaps)"
    }

    /// A number with few digits, and without a fraction where it has none.
    private static func text(_ value: Double) -> String {
        Int32(exactly: value).map { "\($0)" } ?? "\(rounded(value))"
    }

    /// A share in percent.
    private static func percent(_ share: Double) -> String { text(100 * share) + " %" }

    // MARK: Windows

    /// The length of the windows that show a stream's shape.
    static func describe(_ found: CharacteristicLength.Finding, usedLength: Int, channelCount: Int) -> String {
        var text = "window length: \(usedLength) slots, "
        let channels = "\(found.periodicCount) of \(found.channelCount) channels have a period"
        if let period = found.period {
            let times = found.length / period
            text += "\(channels), of \(period) slots in the middle"
            if found.length < period {
                text += ", and \(found.length) is the longest"
            } else if times > 1 {
                text += ", taken \(times) times"
            }
        } else {
            text += "the usual, for \(channels), fewer than half"
        }
        return text + cut(from: found.length, to: usedLength, channelCount: channelCount)
    }

    /// Why a length became a shorter one; nothing where it did not.
    static func cut(from wanted: Int, to length: Int, channelCount: Int) -> String {
        guard length < wanted else { return "" }
        return "; cut from \(wanted) for "
            + (length * channelCount > widthLimit - channelCount ? "its \(channelCount) channels" : "a short history")
    }

    // MARK: Parts

    /// The kinds of evidence that are not fitted at all.
    func describeLeftOut(_ evidence: Set<EvidenceKind>) -> [String] {
        EvidenceKind.allCases.filter { !evidence.contains($0) }.map { kind in
            "\(kind.rawValue): left out, "
                + (settings.detector.evidence.contains(kind)
                    ? "the configuration says so" : "the detector \(settings.detector.rawValue) has none")
        }
    }

    /// A part that looks at several lengths: which, and what it remembers.
    static func describe(_ kind: EvidenceKind, wanted: [Int], used: [(length: Int, count: Int)]) -> String {
        let lengths = used.map { "\($0.length) slots (\($0.count) remembered)" }
        let missing = wanted.filter { length in !used.contains { $0.length == length } }
        let rest =
            missing.isEmpty
            ? "" : "not of \(missing.map(String.init).joined(separator: " and ")), for a short history"
        return "\(kind.rawValue): \((lengths + (rest.isEmpty ? [] : [rest])).joined(separator: ", "))"
    }

    /// How a network's training went.
    static func describe(_ report: TrainingReport) -> String {
        switch report.outcome {
        case .running, .completed: "trained for \(report.stepCount) steps"
        case .stoppedEarly: "training stopped early after \(report.stepCount) of \(report.stepLimit) steps"
        case .diverged:
            "training ended after \(report.stepCount) of \(report.stepLimit) steps, for the loss was no longer finite"
        }
    }

    /// The network that was fitted, and what its residual path gained over its closed form on windows that neither had seen, in nats a
    /// cell of the evidence lower bound. A retraining holds the newest windows out from the residual path alone.
    func describe(
        _ network: VariationalAutoencoder, _ trained: NetworkTraining?, readingCount: Int
    ) -> String {
        let kind =
            switch settings.detector {
            case .vae, .attn: "variational"
            case .pca: "linear, probabilistic principal components"
            case .ar: "linear, autoregression on principal components"
            case .ae: "plain"
            case .dae: "denoising"
            case .usad: "variational, beside an adversarial one with two decoders that rebuilds"
            }
        let shape = network.shape
        var text =
            "network: \(kind), windows of \(shape.slotCount) slots, \(shape.latentCount) latent dimensions, "
            + "\(shape.hiddenCount) hidden units; foretells \(shape.horizons.map(String.init).joined(separator: " and ")) ahead; "
        guard let trained else {
            return text
                + (isTrained && readingCount < DetectorSettings.residualReadings
                    ? "in closed form, for a residual path needs \(DetectorSettings.residualReadings) readings"
                    : "in closed form")
        }
        if trained.goesOn { text += "went on from the live version's weights, " }
        text += Self.describe(trained.report)
        if trained.goesOn { text += ", the best after \(trained.report.bestStep)" }
        if let why = trained.whyAnew { text += " anew, for \(why)" }
        guard let gain = trained.gain else { return text }
        return text + "; on windows that it had not seen its residual path gained \(rounded(gain)) nats a cell"
    }

    // MARK: Threshold

    /// The score at which alerts fire.
    static func describe(_ threshold: AlertThreshold, sumCount: Int) -> String {
        "threshold: \(rounded(Double(threshold.firing))), "
            + (threshold.isProvisional
                ? "provisional, for \(sumCount) held-out readings cannot support the false-alarm budget"
                : "from the false-alarm budget, on \(sumCount) held-out readings")
    }
}
