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
    package var readsNetwork: Bool { true }

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
        let root = Float(layout.length).squareRoot()
        for (place, end) in ends.enumerated() {
            let cells = slots.window(endingIn: end, length: layout.length)
            let window = slots.values.span.extracting(cells)
            pass.find(network, coordinatesOf: window, count: 1)
            for index in 0..<k { table.features[index * count + place] = pass.coordinates[index] }
            let course = Course(window, channelCount: d)
            for channel in 0..<d {
                let mean = course.mean(window, channel: channel, channelCount: d)
                table.features[(k + channel) * count + place] = -root * mean
                table.means.append(mean)
                table.bases[place] -= Float(layout.length) * mean * mean
            }
            table.bases[place] += pass.energies[0]
            table.energies[place] = course.energy
            table.gains[place] = course.gain
        }
        return table
    }

    /// What brings a window to its course and shape.
    struct Course {
        /// The sum of the squares of the window less the mean of each channel.
        private(set) var energy: Float = 0
        /// One over the deviation of that, which is at least ``Memory/leastDeviation``.
        private(set) var gain: Float = 0

        /// The course of a window (slots × channels).
        init(_ window: Span<Float>, channelCount: Int) {
            for channel in 0..<channelCount {
                let mean = mean(window, channel: channel, channelCount: channelCount)
                for cell in stride(from: channel, to: window.count, by: channelCount) {
                    let difference = window[cell] - mean
                    energy += difference * difference
                }
            }
            gain = 1 / max((energy / Float(window.count)).squareRoot(), Memory.leastDeviation)
        }

        /// The mean of one channel.
        func mean(_ window: Span<Float>, channel: Int, channelCount: Int) -> Float {
            var sum: Float = 0
            for cell in stride(from: channel, to: window.count, by: channelCount) { sum += window[cell] }
            return sum / Float(window.count / channelCount)
        }
    }

    package func reserve(in scratch: inout EvidenceScratch) {
        let dimensions = table.features.count / ends.count
        scratch.reserve(features: dimensions, coordinates: layout.channels.count, remembered: ends.count)
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

    /// Writes the products of the windows with the remembered ones to `scratch.products`, (rows × remembered).
    private func lookUp(_ windows: WindowBlock, _ scratch: inout EvidenceScratch) {
        guard let pass = scratch.pass else { return }
        let (k, d) = (pass.shape.latentCount, layout.channels.count)
        let root = Float(layout.length).squareRoot()
        for row in 0..<windows.count {
            let start = row * (k + d)
            for index in 0..<k { scratch.features[start + index] = pass.coordinates[row * k + index] }
            for channel in 0..<d {
                var sum: Float = 0
                for slot in 0..<layout.length {
                    sum += windows.values[row * layout.width + slot * d + channel]
                }
                let mean = sum / Float(layout.length)
                scratch.coordinates[row * d + channel] = mean
                scratch.features[start + k + channel] = root * mean
            }
        }
        multiplyRows(
            scratch.features, by: table.features, rows: windows.count, inner: k + d, columns: ends.count,
            into: &scratch.products)
    }

    /// A window's errors against the nearest remembered windows: of courses evenly and to the newest, and of shapes.
    private func errors(
        _ windows: WindowBlock, row: Int, _ scratch: inout EvidenceScratch
    ) -> SIMD4<Float> {
        guard let pass = scratch.pass else { return SIMD4(repeating: .nan) }
        let (count, d) = (ends.count, layout.channels.count)
        let window = windows.values.span.extracting((row * layout.width)..<((row + 1) * layout.width))
        let products = (row * count)..<((row + 1) * count)
        let coordinates = scratch.coordinates
        let means = coordinates.span.extracting((row * d)..<((row + 1) * d))
        var energy: Float = 0
        var base = pass.energies[row]
        for channel in 0..<d {
            base -= Float(layout.length) * means[channel] * means[channel]
            for slot in 0..<layout.length {
                let difference = window[slot * d + channel] - means[channel]
                energy += difference * difference
            }
        }
        let gain = 1 / max((energy / Float(layout.width)).squareRoot(), Self.leastDeviation)
        let (centered, shape) = NearestRow.nearestWindows(
            products: scratch.products.span.extracting(products), bases: table.bases.span,
            energies: table.energies.span, gains: table.gains.span, base: base, energy: energy, gain: gain)
        scratch.nearest[2 * row] = centered
        scratch.nearest[2 * row + 1] = shape
        let first = difference(window, means, gain: 1, from: centered, ofShape: false)
        let second = difference(window, means, gain: gain, from: shape, ofShape: true)
        return SIMD4(first.evenly, first.toNewest, second.evenly, second.toNewest)
    }

    /// The mean squared difference of a window from a remembered one, evenly and weighted to the newest slots.
    private func difference(
        _ window: Span<Float>, _ means: Span<Float>, gain: Float, from remembered: Int, ofShape: Bool
    ) -> (evenly: Float, toNewest: Float) {
        let d = layout.channels.count
        let cells = slots.window(endingIn: ends[remembered], length: layout.length)
        let other = slots.values.span.extracting(cells)
        let otherGain = ofShape ? table.gains[remembered] : 1
        var (evenly, toNewest): (Float, Float) = (0, 0)
        for slot in 0..<layout.length {
            var sum: Float = 0
            for channel in 0..<d {
                let own = (window[slot * d + channel] - means[channel]) * gain
                let its = (other[slot * d + channel] - table.means[remembered * d + channel]) * otherGain
                sum += (own - its) * (own - its)
            }
            evenly += sum
            toNewest += sum * newestWeights[slot]
        }
        return (evenly / Float(layout.width), toNewest / Float(d))
    }

    package func explain(_ windows: WindowBlock, row: Int, scratch: inout EvidenceScratch) -> EvidenceExplanation {
        let d = layout.channels.count
        let window = windows.values.span.extracting((row * layout.width)..<((row + 1) * layout.width))
        let gain = Course(window, channelCount: d).gain
        var shares = [Double](repeating: 0, count: d)
        for (nearest, isShape) in [(scratch.nearest[2 * row], false), (scratch.nearest[2 * row + 1], true)] {
            let cells = slots.window(endingIn: ends[nearest], length: layout.length)
            let other = slots.values.span.extracting(cells)
            let scale = scales[isShape ? 2 : 0]
            for channel in 0..<d {
                let mean = Course(window, channelCount: d).mean(window, channel: channel, channelCount: d)
                for slot in 0..<layout.length {
                    let own = (window[slot * d + channel] - mean) * (isShape ? gain : 1)
                    let its =
                        (other[slot * d + channel] - table.means[nearest * d + channel])
                        * (isShape ? table.gains[nearest] : 1)
                    shares[channel] += Double((own - its) * (own - its) / scale)
                }
            }
        }
        return EvidenceExplanation(shares: shares)
    }
}
