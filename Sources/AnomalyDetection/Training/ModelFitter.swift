package import LinearAlgebra
import RealModule
package import VAE

/// Why no model could be fitted.
package enum FittingFailure: Error, Equatable, CustomStringConvertible {
    /// There are fewer usable readings than a model needs.
    case tooFewReadings(usable: Int, needed: Int)
    /// The newest stretch without an alert is too short to compare versions on.
    case shortTail(usable: Int, needed: Int)
    /// LAPACK found no eigenvectors.
    case degenerate(LinearAlgebraFailure)
    /// The windows cannot be trained on.
    case untrainable(TrainingFailure)
    /// The caller's checkpoint asked to stop.
    case cancelled

    package var description: String {
        switch self {
        case .tooFewReadings(let usable, let needed):
            "only \(usable) readings have a whole normal window before them, a model needs \(needed)"
        case .shortTail(let usable, let needed):
            "only \(usable) of the newest readings without an alert can be held out, a comparison with the live version needs \(needed)"
        case .degenerate(let failure): "the linear window model cannot be fitted: \(failure)"
        case .untrainable(let failure): "the autoencoder cannot be trained: \(failure)"
        case .cancelled: "the training was cancelled"
        }
    }
}

/// Fits a model to a stream's history.
///
/// The weights see every reading. What they are calibrated on they did not see: each block of time is scored by a fit to
/// other blocks (``CrossFitting``), and the scales of the parts, the calibration and the threshold come from these sums.
package struct ModelFitter: Sendable {
    /// Fewer windows than this say too little about what is normal.
    package static let fewestWindows = 64
    static let widthLimit = 1_000
    /// A window has at least so many slots, whatever the number of channels.
    private static let shortestWindow = 8
    /// There are at least so many readings for each cell of a window.
    private static let readingsPerCell = 4
    /// What is fitted to windows one by one takes at most so many, evenly spaced.
    static let windowLimit = 8_192

    let settings: DetectorSettings
    let training: TrainingSettings
    let seed: UInt64
    /// The names of the stream's channels, as far as they are known.
    let channelNames: [String]
    /// For each reading the stream that it is of, where the history is of several; empty where it is of one. What is calibrated on
    /// a stream's readings then comes from fits to other streams.
    var members: [Int] = []
    /// The version that a residual path goes on from; nil where it begins anew.
    var predecessor: Predecessor?
    /// Networks in closed form that were fitted to the same history under other settings; nil where there are none.
    var knownFit: ClosedNetworkFit?
    /// Called between steps of training: a place to yield, and to stop by throwing.
    let checkpoint: @Sendable () throws -> Void

    /// A fitter. `checkpoint` is called often; when it throws, fitting ends with ``FittingFailure/cancelled``.
    ///
    /// `channelNames` are for ``StreamModel/choices`` alone, which says positions where they are not given.
    package init(
        settings: DetectorSettings, training: TrainingSettings = TrainingSettings(), seed: UInt64,
        channelNames: [String] = [],
        checkpoint: @escaping @Sendable () throws -> Void = {}
    ) {
        self.settings = settings
        self.training = training
        self.seed = seed
        self.channelNames = channelNames
        self.checkpoint = checkpoint
    }

    /// A model with what its training held out.
    struct Fit {
        /// The model.
        var model: StreamModel
        /// For each reading the sum of evidence from fits that did not see it; NaN where there is none.
        var heldOutSums: [Float]
        /// How readings are forecast by fits that did not see them; nil where no network was fitted, or to too few readings.
        var heldOut: HeldOutForecast?
        /// For each reading why no window that ends with it was learned from, although it was not left out.
        var passedOver: [TrainingExclusion.Reason?]
        /// Its networks in closed form; nil where no network was fitted.
        var closed: ClosedNetworkFit?
    }

    /// Fits a model. Readings with an alert are left out.
    package func fit(_ history: TrainingHistory) throws(FittingFailure) -> StreamModel {
        try fitHoldingOut(history).model
    }

    /// Fits a model, and says what it was calibrated on.
    func fitHoldingOut(_ history: TrainingHistory) throws(FittingFailure) -> Fit {
        let clean = history.isAlerting.count { !$0 }
        guard clean >= Self.fewestWindows else {
            throw .tooFewReadings(usable: clean, needed: Self.fewestWindows)
        }
        let cadence =
            settings.interval.map { Cadence(interval: $0, isRegular: true) } ?? Cadence(inferredFrom: history.times)
        let profiles = (0..<history.channelCount).map { channel in
            ChannelProfile(
                learnedFrom: history.column(channel).enumerated().compactMap { index, value in
                    history.isAlerting[index] ? nil : value
                })
        }
        let windowed = Self.windowedChannels(of: profiles)
        let grid = TrainingGrid(
            history, profiles: profiles, cadence: cadence, longestGap: StreamScoringState.longestGap)
        var choices = describe(history, grid, cadence, profiles, windowed: windowed)
        let (fit, parts) = try fitParts(grid, profiles: profiles, windowed: windowed, &choices)
        let heldOutSums = Self.heldOutSums(of: parts, readingCount: history.count)
        let sums = heldOutSums.filter { $0.isFinite }
        guard sums.count >= Self.fewestWindows else {
            throw .tooFewReadings(usable: sums.count, needed: Self.fewestWindows)
        }
        let calibration = ScoreCalibration(sums: sums)
        let basis = AlertThreshold.Basis(sums: sums, weight: parts.reduce(0) { $0 + $1.part.weight })
        let threshold = AlertThreshold(
            budget: settings.falseAlarms, interval: cadence.interval, basis: basis, calibration: calibration)
        choices.append(Self.describe(threshold, sumCount: sums.count))
        var held = HeldEvidence()
        let settledSums = Settling.settledSums(of: sums.map { held.follow($0) })
        let model = StreamModel(
            cadence: cadence, profiles: profiles, network: fit?.parts.window, parts: parts.map(\.part),
            calibration: calibration, settledCalibration: ScoreCalibration(sums: settledSums), threshold: threshold,
            thresholdBasis: basis, trainedReadings: clean,
            knownSpan: max(history.knownSpan, cadence.duration(ofReadings: Double(clean))), usualGap: grid.usualGap,
            choices: choices)
        return Fit(
            model: model, heldOutSums: heldOutSums, heldOut: fit?.heldOut,
            passedOver: grid.passedOver(withWindow: model.scoredWindow), closed: fit?.closed)
    }

    /// The kinds of evidence that the configuration leaves on and the detector has.
    var wantedEvidence: Set<EvidenceKind> { settings.evidence.intersection(settings.detector.evidence) }

    /// Fits the parts that detector and configuration want and history supports, and notes what was chosen.
    private func fitParts(
        _ grid: TrainingGrid, profiles: [ChannelProfile], windowed: [Int], _ choices: inout [String]
    ) throws(FittingFailure) -> (NetworkFit?, [FittedPart]) {
        let evidence = wantedEvidence
        let readingCount = grid.slots.count
        let series = grid.series(of: windowed)
        var parts: [FittedPart] = []
        var fit: NetworkFit?
        if !evidence.isDisjoint(with: [.rebuild, .foresight, .memory]) {
            let newest = grid.readingsInOneStretch
            let found = CharacteristicLength.find(in: windowed.map { Array(grid.column($0)[newest]) })
            let length = Self.windowLength(found.length, channelCount: windowed.count, readingCount: readingCount)
            choices.append(Self.describe(found, usedLength: length, channelCount: windowed.count))
            let layout = WindowLayout(length: length, channels: windowed)
            let network = try fitNetwork(
                grid, series, layout: layout, profiles: profiles, readingCount: readingCount, &choices)
            if evidence.contains(.rebuild) {
                parts.append(FittedPart(part: network.parts.rebuild, ratios: network.rebuild))
            }
            if evidence.contains(.foresight) {
                parts.append(
                    try fitAttention(grid, series, channels: windowed, readingCount: readingCount, &choices)
                        ?? FittedPart(part: network.parts.foresight, ratios: network.foresight))
            }
            fit = network
        }
        parts += try fitMemories(
            grid, series, channels: windowed, network: fit?.parts.window, readingCount: readingCount, &choices)
        choices += describeLeftOut(evidence)
        parts += fitStateParts(evidence, grid, profiles: profiles, windowed: windowed)
        return (fit, parts)
    }

    /// The channels that enter windows: the continuous ones; without any, those that move at all; without any, all.
    private static func windowedChannels(of profiles: [ChannelProfile]) -> [Int] {
        let continuous = profiles.indices.filter { profiles[$0].role == .continuous }
        if !continuous.isEmpty { return continuous }
        let moving = profiles.indices.filter { profiles[$0].role != .constant }
        return moving.isEmpty ? Array(profiles.indices) : moving
    }

    /// A window length that leaves enough windows and keeps the flattened window small enough.
    static func windowLength(_ length: Int, channelCount: Int, readingCount: Int) -> Int {
        let bounded = max(4, min(length, readingCount / 6, max(4, widthLimit / max(1, channelCount))))
        return max(shortestWindow, min(bounded, readingCount / (readingsPerCell * max(1, channelCount))))
    }

    /// For each reading the weighted sum of held-out ratios, where most parts have one; NaN elsewhere. A part that could not see counts as
    /// it usually does, as it does live.
    private static func heldOutSums(of parts: [FittedPart], readingCount: Int) -> [Float] {
        (0..<readingCount).map { reading in
            var sum: Float = 0
            for fitted in parts {
                let ratio = fitted.ratios[reading]
                if ratio.isNaN, !fitted.mayRest { return .nan }
                sum += fitted.part.weight * (ratio.isNaN ? ScoringWorkspace.usualRatio : ratio)
            }
            return sum
        }
    }

    /// How readings are dealt out so that each one's error comes from a fit that saw neither it nor its neighbors.
    func crossFitting(readingCount: Int, length: Int, foldCount: Int) -> CrossFitting {
        members.isEmpty
            ? CrossFitting(readingCount: readingCount, length: length, foldCount: foldCount)
            : CrossFitting(members: members, length: length, foldCount: foldCount)
    }

    /// What counts as one: the 99 % quantile of errors on normal readings.
    package static func highQuantile(of errors: [Float]) -> Float {
        let sorted = errors.filter { $0.isFinite }.map { Double($0) }.sorted()
        return sorted.isEmpty ? 1 : Float(quantile(ofSorted: sorted, 0.99)) + 1e-9
    }

    func pause() throws(FittingFailure) {
        do { try checkpoint() } catch { throw .cancelled }
    }
}

/// The number with four significant digits or so, for people.
func rounded(_ value: Double) -> Double {
    guard value.isFinite, value != 0 else { return value }
    let magnitude = Double.exp10(3 - Double.log10(abs(value)).rounded(.down))
    return (value * magnitude).rounded() / magnitude
}
