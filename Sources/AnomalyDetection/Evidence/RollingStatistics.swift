import LinearAlgebra
import VAE

/// How far level, spread, extremes and pace of the newest readings are from every remembered combination of them.
///
/// For each length and channel: mean, deviation, range, largest, smallest and mean absolute step, each standardized on training; the
/// error is the mean squared difference from the nearest remembered vector, in units of its 99 % quantile in training, the larger of
/// the lengths.
package struct RollingStatistics: EvidencePart, Equatable {
    /// The lengths, in slots; those over a third of the history are left out.
    package static let lengths = [32, 64]
    /// At most so many vectors are remembered for each length.
    package static let rememberedLimit = 500
    /// The numbers of each channel.
    static let numberCount = 6
    /// A number is divided by at least this deviation.
    private static let leastDeviation = 0.02
    /// A standardized number is brought into ± this.
    private static let limit: Float = 20

    package let layout: WindowLayout
    package var kind: EvidenceKind { .statistics }
    package var rememberedSlots: RememberedSlots? { slots }
    package var weight: Float { 0.7 }

    /// What training learned of one length.
    package struct Table: Sendable, Equatable {
        /// The slots that are looked at.
        package let length: Int
        /// The error that counts as one.
        package var scale: Float
        /// The mean of each number in training (channels · 6).
        package let means: [Float]
        /// One over the deviation of each number (channels · 6).
        package let factors: [Float]
        /// The last slots of what is remembered.
        package let ends: [Int]

        /// A length from its parts.
        package init(length: Int, scale: Float, means: [Float], factors: [Float], ends: [Int]) {
            precondition(!ends.isEmpty && means.count == factors.count)
            self.length = length
            self.scale = scale
            self.means = means
            self.factors = factors
            self.ends = ends
        }
    }

    /// The vectors that are looked up, from the remembered slots.
    private struct Remembered: Equatable {
        var vectors: [Float]  // (channels · 6) × remembered
        var norms: [Float]  // (remembered)
    }

    /// The lengths, ascending.
    package private(set) var tables: [Table]
    /// The slots that the remembered vectors come from.
    package let slots: RememberedSlots
    private let remembered: [Remembered]

    /// A part from its tables, at least one.
    package init(channels: [Int], slots: RememberedSlots, tables: [Table]) {
        layout = Self.layout(of: channels, length: tables.map(\.length).max() ?? 1)
        self.slots = slots
        self.tables = tables
        remembered = tables.map { Self.remember($0, slots: slots, channelCount: channels.count) }
    }

    /// The windows that one length looks at: the step into its first slot is among its steps.
    package static func layout(of channels: [Int], length: Int) -> WindowLayout {
        WindowLayout(length: length + 1, channels: channels)
    }

    /// What training learned of one length from blocks of windows of its layout, of which those that end in `ends` are remembered.
    package static func table(length: Int, channelCount: Int, blocks: [WindowBlock], ends: [Int]) -> Table {
        let count = channelCount * numberCount
        var (sums, squares) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
        var numbers = [Float](repeating: 0, count: count)
        var total = 0.0
        for block in blocks {
            for row in 0..<block.count {
                let cells = (row * block.layout.width)..<((row + 1) * block.layout.width)
                write(block.values.span.extracting(cells), channelCount: channelCount, to: &numbers, at: 0)
                for index in 0..<count {
                    sums[index] += Double(numbers[index])
                    squares[index] += Double(numbers[index]) * Double(numbers[index])
                }
                total += 1
            }
        }
        let means = sums.map { $0 / total }
        let factors = zip(means, squares).map { mean, square in
            Float(1 / max(max(square / total - mean * mean, 0).squareRoot(), leastDeviation))
        }
        return Table(length: length, scale: 1, means: means.map { Float($0) }, factors: factors, ends: ends)
    }

    /// The same with what counts as one of one of the lengths.
    package mutating func setScale(_ scale: Float, ofTable index: Int) { tables[index].scale = scale }

    private static func remember(_ table: Table, slots: RememberedSlots, channelCount: Int) -> Remembered {
        let (size, count) = (channelCount * numberCount, table.ends.count)
        var result = Remembered(
            vectors: [Float](repeating: 0, count: size * count), norms: [Float](repeating: 0, count: count))
        var numbers = [Float](repeating: 0, count: size)
        for (place, end) in table.ends.enumerated() {
            let cells = slots.window(endingIn: end, length: table.length + 1)
            write(slots.values.span.extracting(cells), channelCount: channelCount, to: &numbers, at: 0)
            standardize(&numbers, at: 0, table)
            for index in 0..<size {
                result.vectors[index * count + place] = numbers[index]
                result.norms[place] += numbers[index] * numbers[index]
            }
        }
        return result
    }

    /// Writes the numbers of a window (length + 1 slots × channels), channel by channel: mean, deviation, range, largest, smallest,
    /// mean absolute step.
    private static func write(_ window: Span<Float>, channelCount: Int, to numbers: inout [Float], at place: Int) {
        let length = window.count / channelCount - 1
        for channel in 0..<channelCount {
            var (sum, steps): (Float, Float) = (0, 0)
            var (largest, smallest) = (-Float.infinity, Float.infinity)
            var before = window[channel]
            for cell in stride(from: channelCount + channel, to: window.count, by: channelCount) {
                let value = window[cell]
                sum += value
                largest = max(largest, value)
                smallest = min(smallest, value)
                steps += abs(value - before)
                before = value
            }
            let mean = sum / Float(length)
            var squares: Float = 0
            for cell in stride(from: channelCount + channel, to: window.count, by: channelCount) {
                squares += (window[cell] - mean) * (window[cell] - mean)
            }
            let first = place + channel * numberCount
            numbers[first] = mean
            numbers[first + 1] = (squares / Float(length)).squareRoot()
            numbers[first + 2] = largest - smallest
            numbers[first + 3] = largest
            numbers[first + 4] = smallest
            numbers[first + 5] = steps / Float(length)
        }
    }

    private static func standardize(_ numbers: inout [Float], at place: Int, _ table: Table) {
        for index in table.means.indices {
            let value = (numbers[place + index] - table.means[index]) * table.factors[index]
            numbers[place + index] = min(max(value, -limit), limit)
        }
    }

    package func reserve(in scratch: inout EvidenceScratch) {
        scratch.reserve(
            features: layout.channels.count * Self.numberCount, coordinates: 1,
            remembered: tables.map(\.ends.count).max() ?? 0)
    }

    package func score(_ windows: WindowBlock, scratch: inout EvidenceScratch, into ratios: inout [Float]) {
        for row in 0..<windows.count { ratios[row] = 0 }
        for (index, table) in tables.enumerated() {
            lookUp(windows, index, &scratch)
            for row in 0..<windows.count {
                ratios[row] = max(ratios[row], nearest(row, index, scratch).error / table.scale)
            }
        }
    }

    /// The error of each window under one length, against remembered vectors alone of which `isApart` says that they share no slot with
    /// it; NaN where there is none.
    package func errorsApart(
        _ windows: WindowBlock, table index: Int, scratch: inout EvidenceScratch,
        isApart: (_ row: Int, _ remembered: Int) -> Bool
    ) -> [Float] {
        lookUp(windows, index, &scratch)
        let count = tables[index].ends.count
        return (0..<windows.count).map { row in
            var known = 0
            for place in 0..<count {
                if isApart(row, place) { known += 1 } else { scratch.products[row * count + place] = -1e12 }
            }
            return known > 0 ? nearest(row, index, scratch).error : .nan
        }
    }

    /// Writes the standardized numbers of the windows to `scratch.features` and their products with what is remembered.
    private func lookUp(_ windows: WindowBlock, _ index: Int, _ scratch: inout EvidenceScratch) {
        let (d, table) = (layout.channels.count, tables[index])
        let size = d * Self.numberCount
        for row in 0..<windows.count {
            let end = (row + 1) * windows.layout.width
            let cells = (end - (table.length + 1) * d)..<end
            Self.write(windows.values.span.extracting(cells), channelCount: d, to: &scratch.features, at: row * size)
            Self.standardize(&scratch.features, at: row * size, table)
        }
        Memory.product(
            of: scratch.features, rows: windows.count, inner: size, by: remembered[index].vectors,
            columns: table.ends.count, into: &scratch.products)
    }

    private func nearest(_ row: Int, _ index: Int, _ scratch: EvidenceScratch) -> (error: Float, place: Int) {
        let (size, count) = (layout.channels.count * Self.numberCount, tables[index].ends.count)
        let (products, norms) = (scratch.products, remembered[index].norms)
        let found = NearestRow.smallest(
            products: products.span.extracting((row * count)..<((row + 1) * count)),
            offsets: norms.span)
        let norm = squaredNorm(of: scratch.features, in: (row * size)..<((row + 1) * size))
        return (max(found.value + norm, 0) / Float(size), found.place)
    }

    package func explain(_ windows: WindowBlock, row: Int, scratch: inout EvidenceScratch) -> EvidenceExplanation {
        let d = layout.channels.count
        let size = d * Self.numberCount
        var worst = (ratio: -Float.infinity, shares: [Double](repeating: 0, count: d))
        for (index, table) in tables.enumerated() {
            lookUp(windows, index, &scratch)
            let (error, place) = nearest(row, index, scratch)
            guard error / table.scale > worst.ratio else { continue }
            worst = (error / table.scale, [Double](repeating: 0, count: d))
            for number in 0..<size {
                let other = remembered[index].vectors[number * table.ends.count + place]
                let difference = Double(scratch.features[row * size + number] - other)
                worst.shares[number / Self.numberCount] += difference * difference
            }
        }
        return EvidenceExplanation(shares: worst.shares)
    }
}
