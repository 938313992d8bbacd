import LinearAlgebra
package import VAE

/// How far a window is from every remembered window of normal times.
///
/// The nearest is looked for by the distance of the network's coordinates, once of courses (windows less the mean of each channel) and
/// once of shapes (brought to the same scale as well): one product of a window's coordinates with those of all remembered windows
/// gives both. The error is then the mean squared difference of the two windows themselves, evenly and weighted to the newest slots,
/// each in units of its own 99 % quantile in training, the larger; and of courses and shapes the mean.
package struct Memory: EvidencePart, Equatable {
    /// At most so many windows are remembered.
    package static let rememberedLimit = 1_500
    /// A window that moves less than this is not brought to a scale of one, for what is left then is noise.
    static let leastDeviation: Float = 0.2

    package let layout: WindowLayout
    package var kind: EvidenceKind { .memory }
    package var rememberedSlots: RememberedSlots? { slots }
    package var weight: Float { 1.4 }

    /// What counts as one: of courses evenly and to the newest, and of shapes likewise, (4).
    package var scales: [Float]
    /// The slots that the remembered windows are cut from.
    package let slots: RememberedSlots
    /// The last slots of the remembered windows.
    package let ends: [Int]

    private let newestWeights: [Float]  // (slots of a window), they sum to one
    private let table: Table

    /// What is looked up, from the remembered windows and the network.
    private struct Table: Equatable {
        /// Coordinates and, times −√W, means of the remembered windows, (k + d) × remembered.
        var features: [Float]
        /// For each remembered window its energy, less that of its means.
        var bases: [Float]
        /// For each remembered window the energy of its course.
        var energies: [Float]
        /// For each remembered window what brings its course to a deviation of one.
        var gains: [Float]
        /// For each remembered window the mean of each channel, (remembered × channels).
        var means: [Float]
    }

    /// A memory of windows that end in these slots, at least one, looked up by a network of the layout.
    package init(
        layout: WindowLayout, slots: RememberedSlots, ends: [Int], network: VariationalAutoencoder,
        scales: [Float] = [1, 1, 1, 1]
    ) {
        precondition(!ends.isEmpty && scales.count == 4)
        self.layout = layout
        self.slots = slots
        self.ends = ends
        self.scales = scales
        let weights = (1...layout.length).map { Float($0 * $0) }
        let sum = weights.reduce(0, +)
        newestWeights = weights.map { $0 / sum }
        table = Self.table(layout: layout, slots: slots, ends: ends, network: network)
    }

    private static func table(
        layout: WindowLayout, slots: RememberedSlots, ends: [Int], network: VariationalAutoencoder
    ) -> Table {
        let (k, d, count) = (network.shape.latentCount, layout.channels.count, ends.count)
        var table = Table(
            features: [Float](repeating: 0, count: (k + d) * count), bases: [Float](repeating: 0, count: count),
            energies: [Float](repeating: 0, count: count), gains: [Float](repeating: 0, count: count), means: [])
        var pass = ForwardPass(for: network.shape, rowLimit: 1)
        var moments = [Float](repeating: 0, count: 2 * d)
        let root = Float(layout.length).squareRoot()
        for (place, end) in ends.enumerated() {
            let cells = slots.window(endingIn: end, length: layout.length)
            let window = slots.values.span.extracting(cells)
            pass.find(network, coordinatesOf: window, count: 1)
            for index in 0..<k { table.features[index * count + place] = pass.coordinates[index] }
            var target = moments.mutableSpan
            ColumnSums.moments(of: window, into: &target)
            for channel in 0..<d {
                let mean = moments[channel]
                table.features[(k + channel) * count + place] = -root * mean
                table.means.append(mean)
                table.bases[place] -= Float(layout.length) * mean * mean
                table.energies[place] += moments[d + channel]
            }
            table.bases[place] += pass.energies[0]
            table.gains[place] = gain(ofEnergy: table.energies[place], width: layout.width)
        }
        return table
    }

    /// What brings a course of so many cells to a deviation of one, or of less where it has less than ``leastDeviation``.
    private static func gain(ofEnergy energy: Float, width: Int) -> Float {
        1 / max((energy / Float(width)).squareRoot(), leastDeviation)
    }

    package func reserve(in scratch: inout EvidenceScratch) {
        let dimensions = table.features.count / ends.count
        scratch.reserve(features: dimensions, coordinates: 2 * layout.channels.count, remembered: ends.count)
        scratch.reserve(channels: layout.channels.count)
    }

    package func score(_ windows: WindowBlock, scratch: inout EvidenceScratch, into ratios: inout [Float]) {
        lookUp(windows, &scratch)
        for row in 0..<windows.count {
            let errors = errors(windows, row: row, &scratch)
            ratios[row] =
                (max(errors[0] / scales[0], errors[1] / scales[1])
                    + max(errors[2] / scales[2], errors[3] / scales[3])) / 2
        }
    }

    /// The errors of each window that the scales are found from, (rows × 4), against remembered windows alone of which `isApart` says
    /// that they share no slot with it; NaN where there is none.
    package func errorsApart(
        _ windows: WindowBlock, scratch: inout EvidenceScratch, isApart: (_ row: Int, _ remembered: Int) -> Bool
    ) -> [SIMD4<Float>] {
        lookUp(windows, &scratch)
        return (0..<windows.count).map { row in
            scratch.keepApart(row, of: ends.count, isApart)
                ? errors(windows, row: row, &scratch) : SIMD4(repeating: .nan)
        }
    }

    /// Writes the moments of each channel of the windows to `scratch.coordinates` (rows × 2 × channels), and the products of the windows
    /// with the remembered ones to `scratch.products` (rows × remembered).
    private func lookUp(_ windows: WindowBlock, _ scratch: inout EvidenceScratch) {
        guard let k = scratch.pass?.shape.latentCount, let coordinates = scratch.pass?.coordinates else { return }
        let d = layout.channels.count
        let root = Float(layout.length).squareRoot()
        for row in 0..<windows.count {
            let start = row * (k + d)
            var all = scratch.coordinates.mutableSpan
            var moments = all._mutatingExtracting((2 * row * d)..<(2 * (row + 1) * d))
            ColumnSums.moments(of: windows.values.span.extracting(cells(ofRow: row)), into: &moments)
            for index in 0..<k { scratch.features[start + index] = coordinates[row * k + index] }
            for channel in 0..<d {
                scratch.features[start + k + channel] = root * scratch.coordinates[2 * row * d + channel]
            }
        }
        multiply(
            firstRowsOf: scratch.features, by: table.features.span, rows: windows.count, inner: k + d,
            columns: ends.count, into: &scratch.products)
    }

    private func cells(ofRow row: Int) -> Range<Int> { (row * layout.width)..<((row + 1) * layout.width) }

    /// A window's errors against the nearest remembered windows: of courses evenly and to the newest, and of shapes.
    private func errors(
        _ windows: WindowBlock, row: Int, _ scratch: inout EvidenceScratch
    ) -> SIMD4<Float> {
        guard var base = scratch.pass?.energies[row] else { return SIMD4(repeating: .nan) }
        let (count, d) = (ends.count, layout.channels.count)
        var energy: Float = 0
        for channel in (2 * row * d)..<((2 * row + 1) * d) {
            base -= Float(layout.length) * scratch.coordinates[channel] * scratch.coordinates[channel]
            energy += scratch.coordinates[d + channel]
        }
        let gain = Self.gain(ofEnergy: energy, width: layout.width)
        let (course, shape) = NearestRow.nearestWindows(
            products: scratch.products.span.extracting((row * count)..<((row + 1) * count)), bases: table.bases.span,
            energies: table.energies.span, gains: table.gains.span, base: base, energy: energy, gain: gain)
        scratch.nearest[2 * row] = course
        scratch.nearest[2 * row + 1] = shape
        let means = scratch.coordinates.span.extracting((2 * row * d)..<((2 * row + 1) * d))
        let window = windows.values.span.extracting(cells(ofRow: row))
        let first = difference(window, means, gain: 1, from: course, gain: 1)
        let second = difference(window, means, gain: gain, from: shape, gain: table.gains[shape])
        return SIMD4(first.evenly, first.toNewest, second.evenly, second.toNewest)
    }

    /// The mean squared difference of a window from a remembered one, evenly and weighted to the newest slots.
    private func difference(
        _ window: Span<Float>, _ means: Span<Float>, gain: Float, from remembered: Int, gain otherGain: Float
    ) -> (evenly: Float, toNewest: Float) {
        let d = layout.channels.count
        let cells = slots.window(endingIn: ends[remembered], length: layout.length)
        let found = ColumnSums.squaredDifferences(
            of: window, means: means, factor: gain, from: slots.values.span.extracting(cells),
            means: table.means.span.extracting((remembered * d)..<((remembered + 1) * d)), factor: otherGain,
            weights: newestWeights.span)
        return (found.even / Float(layout.width), found.weighted / Float(d))
    }

    package func explain(_ windows: WindowBlock, row: Int, scratch: inout EvidenceScratch) -> EvidenceExplanation {
        let d = layout.channels.count
        let window = windows.values.span.extracting(cells(ofRow: row))
        var moments = [Float](repeating: 0, count: 2 * d)
        var target = moments.mutableSpan
        ColumnSums.moments(of: window, into: &target)
        let gain = Self.gain(ofEnergy: moments[d...].reduce(0, +), width: layout.width)
        var shares = [Double](repeating: 0, count: d)
        for (nearest, isShape) in [(scratch.nearest[2 * row], false), (scratch.nearest[2 * row + 1], true)] {
            let first = slots.window(endingIn: ends[nearest], length: layout.length).lowerBound
            for cell in window.indices {
                let channel = cell % d
                let own = (window[cell] - moments[channel]) * (isShape ? gain : 1)
                let its =
                    (slots.values[first + cell] - table.means[nearest * d + channel])
                    * (isShape ? table.gains[nearest] : 1)
                shares[channel] += Double((own - its) * (own - its) / scales[isShape ? 2 : 0])
            }
        }
        return EvidenceExplanation(shares: shares)
    }
}
