package import LinearAlgebra
import VAE

/// How far the course of the last hundreds of readings is from every remembered one.
///
/// For each length: the mean of each of 32 blocks of slots, less the mean of all of them for each channel. The error is the squared
/// distance to the nearest remembered course in 16 principal coordinates, plus the energy outside these, for each cell, in
/// units of its 99 % quantile in training, the larger of the lengths.
package struct Context: EvidencePart, Equatable {
    /// The lengths, in slots; those over a third of the history are left out.
    package static let lengths = [128, 256]
    /// At most so many courses are remembered for each length.
    package static let rememberedLimit = 500
    /// The blocks of a course, or fewer where that would be over ``cellLimit`` cells.
    private static let blockCount = 32
    private static let cellLimit = 1_000
    /// The principal coordinates.
    static let dimensionLimit = 16
    /// Coordinates are found from at most so many courses.
    package static let sampleLimit = 2_500

    package let layout: WindowLayout
    package var kind: EvidenceKind { .context }
    package var rememberedSlots: RememberedSlots? { slots }
    package var weight: Float { 0.7 }

    /// What training learned of one length.
    package struct Table: Sendable, Equatable {
        /// The slots that are looked at.
        package let length: Int
        /// The error that counts as one.
        package var scale: Float
        /// The mean course (cells).
        package let mean: [Float]
        /// The principal directions (cells × dimensions).
        package let directions: [Float]
        /// The last slots of what is remembered.
        package let ends: [Int]

        /// The number of coordinates.
        var dimensionCount: Int { directions.count / mean.count }

        /// A length from its parts.
        package init(length: Int, scale: Float, mean: [Float], directions: [Float], ends: [Int]) {
            precondition(!ends.isEmpty && !mean.isEmpty && directions.count.isMultiple(of: mean.count))
            self.length = length
            self.scale = scale
            self.mean = mean
            self.directions = directions
            self.ends = ends
        }
    }

    /// The courses that are looked up, from the remembered slots.
    private struct Remembered: Equatable {
        var coordinates: [Float]  // dimensions × remembered
        var norms: [Float]  // (remembered)
    }

    /// The lengths, ascending.
    package private(set) var tables: [Table]
    /// The slots that the remembered courses come from.
    package let slots: RememberedSlots
    private let remembered: [Remembered]

    /// A part from its tables, at least one.
    package init(channels: [Int], slots: RememberedSlots, tables: [Table]) {
        layout = WindowLayout(length: tables.map(\.length).max() ?? 1, channels: channels)
        self.slots = slots
        self.tables = tables
        remembered = tables.map { Self.remember($0, slots: slots, channelCount: channels.count) }
    }

    /// What training learned of one length from courses (courses × cells), at least two; those that end in `ends` are remembered.
    ///
    /// Throws when LAPACK finds no eigenvectors, which finite courses do not cause.
    package static func table(length: Int, courses: Matrix, ends: [Int]) throws(LinearAlgebraFailure) -> Table {
        let cells = courses.columnCount
        let subspace = try PrincipalSubspace(of: courses, dimensions: min(dimensionLimit, cells))
        let dimensions = subspace.dimensionCount
        var directions = [Float](repeating: 0, count: cells * dimensions)
        for dimension in 0..<dimensions {
            for cell in 0..<cells {
                directions[cell * dimensions + dimension] =
                    Float(Float16(subspace.directions[dimension * cells + cell]))
            }
        }
        return Table(length: length, scale: 1, mean: subspace.mean, directions: directions, ends: ends)
    }

    /// The same with what counts as one of one of the lengths.
    package mutating func setScale(_ scale: Float, ofTable index: Int) { tables[index].scale = scale }

    /// How many blocks a course of so many channels has.
    private static func blockCount(channelCount: Int) -> Int {
        var count = blockCount
        while count * channelCount > cellLimit, count > 4 { count /= 2 }
        return count
    }

    /// How many cells a course of so many channels has.
    package static func cellCount(channelCount: Int) -> Int { blockCount(channelCount: channelCount) * channelCount }

    /// The courses of the windows that end in these slots, (windows × cells).
    package static func courses(
        of values: [Float], channelCount: Int, endingIn ends: [Int], length: Int
    ) -> Matrix {
        let cells = cellCount(channelCount: channelCount)
        var courses = Matrix(rows: ends.count, columns: cells)
        for (row, end) in ends.enumerated() {
            let window = ((end + 1 - length) * channelCount)..<((end + 1) * channelCount)
            write(
                values.span.extracting(window), channelCount: channelCount, to: &courses.elements, at: row * cells)
        }
        return courses
    }

    private static func remember(_ table: Table, slots: RememberedSlots, channelCount: Int) -> Remembered {
        let (count, dimensions, cells) = (table.ends.count, table.dimensionCount, table.mean.count)
        var courses = courses(
            of: slots.values, channelCount: channelCount, endingIn: table.ends, length: table.length)
        for index in courses.elements.indices { courses.elements[index] -= table.mean[index % cells] }
        var rows = [Float](repeating: 0, count: count * dimensions)
        Memory.product(
            of: courses.elements, rows: count, inner: cells, by: table.directions, columns: dimensions, into: &rows)
        var result = Remembered(coordinates: rows, norms: [Float](repeating: 0, count: count))
        for place in 0..<count {
            for index in 0..<dimensions {
                let value = rows[place * dimensions + index]
                result.coordinates[index * count + place] = value
                result.norms[place] += value * value
            }
        }
        return result
    }

    /// Writes the course of a window (slots × channels): block means, less the mean of all blocks.
    private static func write(_ window: Span<Float>, channelCount d: Int, to courses: inout [Float], at place: Int) {
        let blocks = blockCount(channelCount: d)
        let length = window.count / d / blocks
        for channel in 0..<d {
            var total: Float = 0
            for block in 0..<blocks {
                var sum: Float = 0
                for slot in (block * length)..<((block + 1) * length) { sum += window[slot * d + channel] }
                courses[place + block * d + channel] = sum / Float(length)
                total += sum / Float(length)
            }
            for block in 0..<blocks { courses[place + block * d + channel] -= total / Float(blocks) }
        }
    }

    package func reserve(in scratch: inout EvidenceScratch) {
        scratch.reserve(
            features: tables.map(\.mean.count).max() ?? 0, coordinates: tables.map(\.dimensionCount).max() ?? 0,
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

    /// The error of each window under one length, against remembered courses alone of which `isApart` says that they share no slot with
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

    /// Writes the courses of the windows less their mean to `scratch.features`, their coordinates, and the products of these with what is
    /// remembered.
    private func lookUp(_ windows: WindowBlock, _ index: Int, _ scratch: inout EvidenceScratch) {
        let (d, table) = (layout.channels.count, tables[index])
        let cells = table.mean.count
        for row in 0..<windows.count {
            let end = (row + 1) * windows.layout.width
            let window = windows.values.span.extracting((end - table.length * d)..<end)
            Self.write(window, channelCount: d, to: &scratch.features, at: row * cells)
            for cell in 0..<cells { scratch.features[row * cells + cell] -= table.mean[cell] }
        }
        Memory.product(
            of: scratch.features, rows: windows.count, inner: cells, by: table.directions,
            columns: table.dimensionCount, into: &scratch.coordinates)
        Memory.product(
            of: scratch.coordinates, rows: windows.count, inner: table.dimensionCount,
            by: remembered[index].coordinates, columns: table.ends.count, into: &scratch.products)
    }

    private func nearest(_ row: Int, _ index: Int, _ scratch: EvidenceScratch) -> (error: Float, place: Int) {
        let table = tables[index]
        let (cells, dimensions, count) = (table.mean.count, table.dimensionCount, table.ends.count)
        let (products, norms) = (scratch.products, remembered[index].norms)
        let found = NearestRow.smallest(
            products: products.span.extracting((row * count)..<((row + 1) * count)),
            offsets: norms.span)
        let energy = squaredNorm(of: scratch.features, in: (row * cells)..<((row + 1) * cells))
        let inside = squaredNorm(of: scratch.coordinates, in: (row * dimensions)..<((row + 1) * dimensions))
        return ((max(found.value + inside, 0) + max(energy - inside, 0)) / Float(cells), found.place)
    }

    package func explain(_ windows: WindowBlock, row: Int, scratch: inout EvidenceScratch) -> EvidenceExplanation {
        let d = layout.channels.count
        var worst = (ratio: -Float.infinity, shares: [Double](repeating: 0, count: d))
        for (index, table) in tables.enumerated() {
            lookUp(windows, index, &scratch)
            let (error, place) = nearest(row, index, scratch)
            guard error / table.scale > worst.ratio else { continue }
            worst = (error / table.scale, [Double](repeating: 0, count: d))
            let cells = table.mean.count
            let other = Self.courses(
                of: slots.values, channelCount: d, endingIn: [table.ends[place]], length: table.length)
            for cell in 0..<cells {
                let difference = scratch.features[row * cells + cell] - (other.elements[cell] - table.mean[cell])
                worst.shares[cell % d] += Double(difference * difference)
            }
        }
        return EvidenceExplanation(shares: worst.shares)
    }
}
