package import LinearAlgebra

/// How far the course of the last hundreds of readings is from every remembered one.
///
/// The features are the mean of each of 32 blocks of slots, less the mean of all of them for each channel. The error is the squared
/// distance to the nearest remembered course in 16 principal coordinates, plus the energy outside these, for each cell.
package struct Context: FeatureMemory {
    package static let lengths = [128, 256]
    package static let rememberedLimit = 500
    package static let sampleLimit = 2_500
    /// The blocks of a course, or fewer where that would be over ``cellLimit`` cells.
    private static let blockCount = 32
    private static let cellLimit = 1_000
    /// The principal coordinates.
    private static let dimensionLimit = 16

    package let layout: WindowLayout
    package var kind: EvidenceKind { .context }
    package var tables: [RememberedFeatures]
    package let slots: RememberedSlots

    package init(channels: [Int], slots: RememberedSlots, tables: [RememberedFeatures]) {
        layout = Self.layout(of: channels, lengths: tables.map(\.length))
        self.slots = slots
        self.tables = tables
    }

    package static func slotCount(length: Int) -> Int { length }

    package static func featureCount(channelCount: Int) -> Int { blockCount(channelCount: channelCount) * channelCount }

    /// How many blocks a course of so many channels has.
    private static func blockCount(channelCount: Int) -> Int {
        var count = blockCount
        while count * channelCount > cellLimit, count > 4 { count /= 2 }
        return count
    }

    package static func writeFeatures(
        of window: Span<Float>, channelCount d: Int, into features: inout MutableSpan<Float>
    ) {
        ColumnSums.centeredBlockMeans(
            of: window, blocks: blockCount(channelCount: d), columns: d, into: &features)
    }

    package static func table(
        length: Int, fittedTo courses: Matrix, channelCount: Int, ends: [Int], slots: RememberedSlots
    ) throws(LinearAlgebraFailure) -> RememberedFeatures {
        let cells = courses.columnCount
        let subspace = try PrincipalSubspace(of: courses, dimensions: min(dimensionLimit, cells))
        let dimensions = subspace.dimensionCount
        let directions = (0..<(cells * dimensions)).map { index in
            Float(Float16(subspace.directions[index % dimensions * cells + index / dimensions]))
        }
        return RememberedFeatures(
            length: length, center: subspace.mean, directions: directions, ends: ends,
            features: features(of: slots.values, channelCount: channelCount, endingIn: ends, length: length))
    }
}
