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
            "only \(usable) readings since the last alert can be held out, a comparison with the live version needs \(needed)"
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
    private static let windowLengths = [16, 64]
    private static let widthLimit = 1_000
    private static let autoencoderWindowLimit = 8_192
    private static let comparedWindowLimit = 512

    private let settings: DetectorSettings
    private let training: TrainingSettings
    private let seed: UInt64
    /// Called between steps of training: a place to yield, and to stop by throwing.
    private let checkpoint: @Sendable () throws -> Void

    /// A fitter. `checkpoint` is called often; when it throws, fitting ends with ``FittingFailure/cancelled``.
    package init(
        settings: DetectorSettings, training: TrainingSettings = TrainingSettings(), seed: UInt64,
        checkpoint: @escaping @Sendable () throws -> Void = {}
    ) {
        self.settings = settings
        self.training = training
        self.seed = seed
        self.checkpoint = checkpoint
    }

    /// Fits a model. Readings with an alert are left out.
    package func fit(_ history: TrainingHistory) throws(FittingFailure) -> StreamModel {
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
            history, profiles: profiles, cadence: cadence, longestGap: StreamScoringState.keptSlots)
        var choices = Self.describe(cadence, profiles, windowed: windowed)
        var parts: [FittedPart] = []
        if settings.evidence.contains(.linear) {
            parts += try fitLinearParts(grid, channels: windowed, readingCount: history.count)
        }
        if settings.evidence.contains(.reconstruction) {
            let (part, choice) = try fitReconstruction(grid, channels: windowed, readingCount: history.count)
            if let part { parts.append(part) }
            choices.append(choice)
        }
        parts += fitStateParts(grid, profiles: profiles, windowed: windowed)
        let sums = Self.heldOutSums(of: parts, readingCount: history.count)
        guard sums.count >= Self.fewestWindows else {
            throw .tooFewReadings(usable: sums.count, needed: Self.fewestWindows)
        }
        let calibration = ScoreCalibration(sums: sums)
        let threshold = AlertThreshold(
            budget: settings.falseAlarms, interval: cadence.interval, sums: sums, calibration: calibration)
        choices.append(
            threshold.isProvisional
                ? "threshold: provisional, \(sums.count) held-out readings cannot support the false-alarm budget"
                : "threshold: from the false-alarm budget, on \(sums.count) held-out readings")
        return StreamModel(
            cadence: cadence, profiles: profiles, parts: parts.map(\.part), calibration: calibration,
            threshold: threshold, trainedReadings: clean, choices: choices)
    }

    /// A part and, for each reading, its held-out ratio; NaN where there is none.
    private struct FittedPart {
        var part: any EvidencePart
        var ratios: [Float]
    }

    /// The channels that enter windows: the continuous ones; without any, those that move at all; without any, all.
    private static func windowedChannels(of profiles: [ChannelProfile]) -> [Int] {
        let continuous = profiles.indices.filter { profiles[$0].role == .continuous }
        if !continuous.isEmpty { return continuous }
        let moving = profiles.indices.filter { profiles[$0].role != .constant }
        return moving.isEmpty ? Array(profiles.indices) : moving
    }

    private static func describe(_ cadence: Cadence, _ profiles: [ChannelProfile], windowed: [Int]) -> [String] {
        let states = profiles.count { $0.role == .state }
        let constants = profiles.count { $0.role == .constant }
        let seconds = Double(cadence.interval) / 1e9
        return [
            "interval: \(seconds) s, "
                + (cadence.isRegular ? "regular" : "irregular, so readings are taken one by one"),
            "channels: \(windowed.count) in windows, \(states) few-valued, \(constants) constant",
        ]
    }

    /// A window length that leaves enough windows and keeps the flattened window small enough.
    private static func bounded(_ length: Int, channelCount: Int, limit: Int) -> Int {
        var length = length
        while length * channelCount > widthLimit, length > 4 { length /= 2 }
        return max(2, min(length, limit))
    }

    // MARK: Linear window model

    private func fitLinearParts(
        _ grid: TrainingGrid, channels: [Int], readingCount: Int
    ) throws(FittingFailure) -> [FittedPart] {
        var lengths: [Int] = []
        for length in Self.windowLengths {
            let bounded = Self.bounded(length, channelCount: channels.count, limit: readingCount / 4)
            if !lengths.contains(bounded) { lengths.append(bounded) }
        }
        var parts: [FittedPart] = []
        for length in lengths {
            let layout = WindowLayout(length: length, channels: channels)
            parts.append(try fitLinearPart(grid, layout: layout, weight: 1 / Float(lengths.count), readingCount))
        }
        return parts
    }

    private func fitLinearPart(
        _ grid: TrainingGrid, layout: WindowLayout, weight: Float, _ readingCount: Int
    ) throws(FittingFailure) -> FittedPart {
        let readings = grid.readings(withWindow: layout.length)
        guard readings.count >= Self.fewestWindows else {
            throw .tooFewReadings(usable: readings.count, needed: Self.fewestWindows)
        }
        var inside = [Float](repeating: .nan, count: readingCount)
        var outside = inside
        let crossFitting = CrossFitting(readingCount: readingCount, length: layout.length, foldCount: 3)
        for fold in crossFitting.folds(of: readings) where fold.fitted.count >= Self.fewestWindows / 2 {
            try pause()
            let model = try linearModel(grid, layout: layout, weight: weight, readings: fold.fitted)
            measure(model, grid, fold.heldOut, &inside, &outside)
        }
        try pause()
        var model = try linearModel(grid, layout: layout, weight: weight, readings: readings)
        if inside.allSatisfy(\.isNaN) { measure(model, grid, readings, &inside, &outside) }
        model.insideScale = Self.highQuantile(of: inside)
        model.outsideScale = Self.highQuantile(of: outside)
        let ratios = zip(inside, outside).map { max($0 / model.insideScale, $1 / model.outsideScale) }
        return FittedPart(part: model, ratios: ratios)
    }

    private func linearModel(
        _ grid: TrainingGrid, layout: WindowLayout, weight: Float, readings: [Int]
    ) throws(FittingFailure) -> LinearWindowModel {
        let sample = readings.evenlySpaced(limit: LinearWindowModel.windowLimit)
        do {
            return try LinearWindowModel(
                fittedTo: grid.windows(layout, endingWith: sample).values, layout: layout, weight: weight)
        } catch {
            throw .degenerate(error)
        }
    }

    private func measure(
        _ model: LinearWindowModel, _ grid: TrainingGrid, _ readings: [Int], _ inside: inout [Float],
        _ outside: inout [Float]
    ) {
        var scratch = EvidenceScratch()
        scratch.reserve(width: model.layout.width, latent: model.dimensionCount)
        grid.forEachBlock(model.layout, endingWith: readings) { block, ends in
            model.measure(block, scratch: &scratch) { row, insideError, outsideError in
                inside[ends[ends.startIndex + row]] = insideError
                outside[ends[ends.startIndex + row]] = outsideError
            }
        }
    }

    /// What counts as one: the 99 % quantile of errors on normal readings.
    private static func highQuantile(of errors: [Float]) -> Float {
        let sorted = errors.filter { $0.isFinite }.map { Double($0) }.sorted()
        return sorted.isEmpty ? 1 : Float(quantile(ofSorted: sorted, 0.99)) + 1e-9
    }

    // MARK: Variational autoencoder

    private func fitReconstruction(
        _ grid: TrainingGrid, channels: [Int], readingCount: Int
    ) throws(FittingFailure) -> (FittedPart?, String) {
        let length = max(
            4,
            Self.bounded(
                CharacteristicLength.infer(from: channels.map { grid.column($0) }), channelCount: channels.count,
                limit: readingCount / 6))
        let layout = WindowLayout(length: length, channels: channels)
        let readings = grid.readings(withWindow: length)
        guard readingCount >= DetectorSettings.autoencoderReadings, readings.count >= readingCount / 2 else {
            return (
                nil,
                "autoencoder: not yet, it needs \(DetectorSettings.autoencoderReadings) readings and there are "
                    + "\(readings.count)"
            )
        }
        var errors = [Float](repeating: .nan, count: readingCount)
        var heldOut: [ReconstructionError] = []
        let crossFitting = CrossFitting(readingCount: readingCount, length: length, foldCount: 2)
        for fold in crossFitting.folds(of: readings) where fold.fitted.count >= Self.fewestWindows {
            let network = try train(grid, layout: layout, readings: fold.fitted, steps: training.stepCount / 2)
            let part = Reconstruction(network: network, layout: layout)
            measure(part, grid, fold.heldOut, &errors)
            heldOut.append(
                try compareWithLinear(
                    part, grid, fitted: fold.fitted, heldOut: fold.heldOut.evenlySpaced(limit: Self.comparedWindowLimit)
                ))
        }
        let network = try train(grid, layout: layout, readings: readings, steps: training.stepCount)
        var part = Reconstruction(network: network, layout: layout)
        if errors.allSatisfy(\.isNaN) { measure(part, grid, readings, &errors) }
        part.scale = Self.highQuantile(of: errors)
        let own = heldOut.map(\.network).reduce(0, +) / Double(max(1, heldOut.count))
        let linear = heldOut.map(\.linear).reduce(0, +) / Double(max(1, heldOut.count))
        let numbers = "held-out squared error \(rounded(own)) against \(rounded(linear)) of as many linear dimensions"
        guard own <= linear * Self.linearTolerance else {
            return (nil, "autoencoder: left out, it does not beat the linear model (\(numbers))")
        }
        let scale = part.scale
        return (
            FittedPart(part: part, ratios: errors.map { $0 / scale }),
            "autoencoder: windows of \(length) slots, \(network.shape.hiddenCount) hidden units, "
                + "\(network.shape.latentCount) latent dimensions (\(numbers))"
        )
    }

    /// The autoencoder counts when its held-out error is at most this multiple of that of the linear model: on a stream
    /// that is linear the two agree but for the noise of training, and the autoencoder still sees what T² and Q do not.
    private static let linearTolerance = 1.25

    private struct ReconstructionError {
        var network: Double
        var linear: Double
    }

    private func train(
        _ grid: TrainingGrid, layout: WindowLayout, readings: [Int], steps: Int
    ) throws(FittingFailure) -> VariationalAutoencoder {
        let sample = readings.evenlySpaced(limit: Self.autoencoderWindowLimit)
        let (windows, mask) = grid.windows(layout, endingWith: sample)
        var settings = training
        settings.stepCount = steps
        settings.heldOutGap = layout.length - 1
        let start = VariationalAutoencoder(shape: NetworkShape(inputCount: layout.width), seed: seed)
        var run: TrainingRun
        do {
            run = try TrainingRun(network: start, windows: windows, mask: mask, settings: settings, seed: seed)
        } catch {
            throw .untrainable(error)
        }
        while !run.isFinished {
            run.step()
            try pause()
        }
        return run.network
    }

    private func measure(
        _ part: Reconstruction, _ grid: TrainingGrid, _ readings: [Int], _ errors: inout [Float]
    ) {
        var scratch = EvidenceScratch()
        scratch.reserve(width: part.layout.width, latent: part.latentCount)
        var blockErrors = [Float](repeating: 0, count: WindowBlock.rowCount)
        grid.forEachBlock(part.layout, endingWith: readings) { block, ends in
            part.score(block, scratch: &scratch, into: &blockErrors)
            for row in 0..<block.count { errors[ends[ends.startIndex + row]] = blockErrors[row] }
        }
    }

    /// The mean squared errors with which the network and principal components of as many dimensions rebuild windows
    /// that neither has seen.
    private func compareWithLinear(
        _ part: Reconstruction, _ grid: TrainingGrid, fitted: [Int], heldOut: [Int]
    ) throws(FittingFailure) -> ReconstructionError {
        let layout = part.layout
        let linear: LinearWindowModel
        do {
            linear = try LinearWindowModel(
                fittedTo: grid.windows(layout, endingWith: fitted.evenlySpaced(limit: LinearWindowModel.windowLimit))
                    .values,
                layout: layout, weight: 1, dimensions: part.latentCount)
        } catch {
            throw .degenerate(error)
        }
        var sums = ReconstructionError(network: 0, linear: 0)
        var scratch = EvidenceScratch()
        scratch.reserve(width: layout.width, latent: max(part.latentCount, linear.dimensionCount))
        var errors = [Float](repeating: 0, count: WindowBlock.rowCount)
        grid.forEachBlock(layout, endingWith: heldOut) { block, _ in
            part.score(block, scratch: &scratch, into: &errors)
            sums.network += Self.squaredError(block, scratch.reconstruction)
            linear.score(block, scratch: &scratch, into: &errors)
            sums.linear += Self.squaredError(block, scratch.reconstruction)
        }
        let cells = Double(max(1, heldOut.count * layout.width))
        return ReconstructionError(network: sums.network / cells, linear: sums.linear / cells)
    }

    private static func squaredError(_ block: WindowBlock, _ rebuilt: [Float]) -> Double {
        var sum = 0.0
        for cell in 0..<(block.count * block.layout.width) where block.presence[cell] == Presence.observed {
            let difference = Double(block.values[cell] - rebuilt[cell])
            sum += difference * difference
        }
        return sum
    }

    // MARK: State

    private func fitStateParts(_ grid: TrainingGrid, profiles: [ChannelProfile], windowed: [Int]) -> [FittedPart] {
        var parts: [FittedPart] = []
        let readingCount = grid.slots.count
        if settings.evidence.contains(.novelty) {
            let part = Novelty(profiles: profiles, watched: Set(profiles.indices).subtracting(windowed))
            parts.append(FittedPart(part: part, ratios: [Float](repeating: 0, count: readingCount)))
        }
        if settings.evidence.contains(.stuck) {
            let layout = Stuck.layout(of: windowed)
            let readings = grid.readings(withWindow: layout.length)
            var blocks: [WindowBlock] = []
            grid.forEachBlock(layout, endingWith: readings) { block, _ in blocks.append(block) }
            let part = Stuck(fittedTo: blocks, channels: windowed)
            parts.append(FittedPart(part: part, ratios: fadedRatios(of: part, grid, readings)))
        }
        return parts
    }

    /// The ratios of a fading part, reading by reading in order; 0 where there is no whole window.
    private func fadedRatios(of part: Stuck, _ grid: TrainingGrid, _ readings: [Int]) -> [Float] {
        var ratios = [Float](repeating: 0, count: grid.slots.count)
        var scratch = EvidenceScratch()
        var errors = [Float](repeating: 0, count: WindowBlock.rowCount)
        var context: Float = 0
        grid.forEachBlock(part.layout, endingWith: readings) { block, ends in
            part.score(block, scratch: &scratch, into: &errors)
            for row in 0..<block.count {
                let ratio = errors[row] / part.scale
                context += (ratio - context) / Fading.readings
                ratios[ends[ends.startIndex + row]] = max(0, ratio - context)
            }
        }
        return ratios
    }

    /// The weighted sums of the readings for which every part has a held-out ratio, in the order of time.
    private static func heldOutSums(of parts: [FittedPart], readingCount: Int) -> [Float] {
        (0..<readingCount).compactMap { reading in
            var sum: Float = 0
            for fitted in parts { sum += fitted.part.weight * fitted.ratios[reading] }
            return sum.isFinite ? sum : nil
        }
    }

    private func pause() throws(FittingFailure) {
        do { try checkpoint() } catch { throw .cancelled }
    }
}

/// The number with four significant digits or so, for people.
func rounded(_ value: Double) -> Double {
    guard value.isFinite, value != 0 else { return value }
    let magnitude = Double.exp10(3 - Double.log10(abs(value)).rounded(.down))
    return (value * magnitude).rounded() / magnitude
}
