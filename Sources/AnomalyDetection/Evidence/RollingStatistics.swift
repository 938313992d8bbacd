package import LinearAlgebra

/// How far level, spread, extremes and pace of the newest readings are from every remembered combination of them.
///
/// The features are mean, deviation, range, largest, smallest and mean absolute step of each channel, each standardized on training;
/// the error is the mean squared difference from the nearest remembered ones.
package struct RollingStatistics: FeatureMemory {
    package static let lengths = [32, 64]
    package static let rememberedLimit = 500
    package static let sampleLimit = ModelFitter.windowLimit
    /// The features of each channel.
    private static let numberCount = 6
    /// A feature is divided by at least this deviation.
    private static let leastDeviation = 0.02

    package let layout: WindowLayout
    package var kind: EvidenceKind { .statistics }
    package var tables: [RememberedFeatures]
    package let slots: RememberedSlots

    package init(channels: [Int], slots: RememberedSlots, tables: [RememberedFeatures]) {
        layout = Self.layout(of: channels, lengths: tables.map(\.length))
        self.slots = slots
        self.tables = tables
    }

    /// The step into the first slot is among the steps.
    package static func slotCount(length: Int) -> Int { length + 1 }

    package static func featureCount(channelCount: Int) -> Int { channelCount * numberCount }

    package static func writeFeatures(
        of window: Span<Float>, channelCount: Int, into features: inout MutableSpan<Float>
    ) {
        ColumnSums.statistics(of: window, into: &features)
    }

    package static func table(
        length: Int, fittedTo features: Matrix, channelCount: Int, ends: [Int], slots: RememberedSlots
    ) throws(LinearAlgebraFailure) -> RememberedFeatures {
        let (rows, columns) = (features.rowCount, features.columnCount)
        var (sums, squares) = ([Double](repeating: 0, count: columns), [Double](repeating: 0, count: columns))
        for row in 0..<rows {
            for column in 0..<columns {
                let number = Double(features.elements[row * columns + column])
                sums[column] += number
                squares[column] += number * number
            }
        }
        let means = sums.map { $0 / Double(rows) }
        let factors = zip(means, squares).map { mean, square in
            Float(1 / max(max(square / Double(rows) - mean * mean, 0).squareRoot(), leastDeviation))
        }
        return RememberedFeatures(
            length: length, center: means.map { Float($0) }, factors: factors, ends: ends,
            features: self.features(of: slots.values, channelCount: channelCount, endingIn: ends, length: length))
    }
}
