package import LinearAlgebra
import VAE

/// A part that compares features of windows of a few lengths with those that it remembers; how a feature is made is all that it adds.
///
/// The error of a window is in units of its 99 % quantile in training, the larger of the lengths.
package protocol FeatureMemory: EvidencePart, Equatable {
    /// The lengths, in slots; those over a third of the history are left out.
    static var lengths: [Int] { get }
    /// What is remembered of each length is at most so much.
    static var rememberedLimit: Int { get }
    /// What is learned of features is found from at most so many windows.
    static var sampleLimit: Int { get }

    /// What training learned of each length, ascending, at least one.
    var tables: [RememberedFeatures] { get set }
    /// The slots that remembered windows are cut from.
    var slots: RememberedSlots { get }

    /// A part from its tables.
    init(channels: [Int], slots: RememberedSlots, tables: [RememberedFeatures])

    /// The slots of the windows of a length.
    static func slotCount(length: Int) -> Int
    /// How many features a window of so many channels has: a feature of each channel after the other.
    static func featureCount(channelCount: Int) -> Int
    /// Writes the features of a window (slots × channels).
    static func writeFeatures(of window: Span<Float>, channelCount: Int, into features: inout MutableSpan<Float>)
    /// What training learned of one length from features (windows × features), at least two; windows that end in `ends` are remembered.
    ///
    /// Throws when LAPACK finds no eigenvectors, which finite features do not cause.
    static func table(
        length: Int, fittedTo features: Matrix, channelCount: Int, ends: [Int], slots: RememberedSlots
    ) throws(LinearAlgebraFailure) -> RememberedFeatures
}

extension FeatureMemory {
    package var rememberedSlots: RememberedSlots? { slots }
    package var weight: Float { 0.7 }

    /// The windows that lengths look at.
    package static func layout(of channels: [Int], lengths: [Int]) -> WindowLayout {
        WindowLayout(length: slotCount(length: lengths.max() ?? 1), channels: channels)
    }

    /// The features of the windows of a length that end in these slots, (windows × features).
    package static func features(of values: [Float], channelCount: Int, endingIn ends: [Int], length: Int) -> Matrix {
        let size = featureCount(channelCount: channelCount)
        var features = Matrix(rows: ends.count, columns: size)
        var all = features.elements.mutableSpan
        for (row, end) in ends.enumerated() {
            let window = ((end + 1 - slotCount(length: length)) * channelCount)..<((end + 1) * channelCount)
            var target = all._mutatingExtracting((row * size)..<((row + 1) * size))
            writeFeatures(of: values.span.extracting(window), channelCount: channelCount, into: &target)
        }
        return features
    }

    package func reserve(in scratch: inout EvidenceScratch) {
        scratch.reserve(
            features: Self.featureCount(channelCount: layout.channels.count),
            coordinates: tables.map(\.dimensionCount).max() ?? 0, remembered: tables.map(\.ends.count).max() ?? 0)
    }

    package func score(_ windows: WindowBlock, scratch: inout EvidenceScratch, into ratios: inout [Float]) {
        for row in 0..<windows.count { ratios[row] = 0 }
        for table in tables {
            lookUp(windows, table, &scratch)
            for row in 0..<windows.count {
                ratios[row] = max(ratios[row], table.nearest(row, scratch).error / table.scale)
            }
        }
    }

    /// The error of each window under one length, against what is remembered of windows alone of which `isApart` says that they share no
    /// slot with it; NaN where there is none.
    package func errorsApart(
        _ windows: WindowBlock, table index: Int, scratch: inout EvidenceScratch,
        isApart: (_ row: Int, _ remembered: Int) -> Bool
    ) -> [Float] {
        let table = tables[index]
        lookUp(windows, table, &scratch)
        return (0..<windows.count).map { row in
            scratch.keepApart(row, of: table.ends.count, isApart) ? table.nearest(row, scratch).error : .nan
        }
    }

    private func lookUp(_ windows: WindowBlock, _ table: RememberedFeatures, _ scratch: inout EvidenceScratch) {
        let (d, size) = (layout.channels.count, table.center.count)
        var features = scratch.features.mutableSpan
        for row in 0..<windows.count {
            let end = (row + 1) * windows.layout.width
            let window = windows.values.span.extracting((end - Self.slotCount(length: table.length) * d)..<end)
            var target = features._mutatingExtracting((row * size)..<((row + 1) * size))
            Self.writeFeatures(of: window, channelCount: d, into: &target)
        }
        table.lookUp(windows.count, &scratch)
    }

    package func explain(_ windows: WindowBlock, row: Int, scratch: inout EvidenceScratch) -> EvidenceExplanation {
        let d = layout.channels.count
        var worst = (ratio: -Float.infinity, shares: [Double](repeating: 0, count: d))
        for table in tables {
            lookUp(windows, table, &scratch)
            let (error, place) = table.nearest(row, scratch)
            guard error / table.scale > worst.ratio else { continue }
            worst = (error / table.scale, [Double](repeating: 0, count: d))
            let other = Self.features(
                of: slots.values, channelCount: d, endingIn: [table.ends[place]], length: table.length)
            for (index, square) in table.squaredDifferences(row, scratch, from: other).enumerated() {
                worst.shares[index % d] += Double(square)
            }
        }
        return EvidenceExplanation(shares: worst.shares)
    }
}
