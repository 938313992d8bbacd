import CAllocationCounter
import LinearAlgebra
import RealModule
import Testing
import VAE

struct CausalInferenceTests {
    private static let shape = CausalForecaster.Shape(
        channelCount: 2, slotCount: 20, binCount: 11, width: 12, headCount: 3)
    private static let shapes = [
        shape, CausalForecaster.Shape(channelCount: 1), CausalForecaster.Shape(channelCount: 3, slotCount: 33),
    ]

    @Test(arguments: UInt64(1)...3)
    func `a later reading changes no earlier forecast, to the last bit`(seed: UInt64) {
        let network = CausalSeries.network(Self.shape, seed: seed)
        let (windows, mask) = CausalSeries.noise(rows: 1, columns: 40, seed: seed + 10)
        var scratch = CausalForecaster.Scratch(for: Self.shape)
        let before = network.logits(of: windows.elements.span, mask: mask.elements.span, scratch: &scratch)
        for slot in 0..<20 {
            var (others, otherMask) = (windows.elements, mask.elements)
            for channel in 0..<2 {
                others[slot * 2 + channel] += 1.5
                otherMask[slot * 2 + channel] = 1
            }
            let after = network.logits(of: others.span, mask: otherMask.span, scratch: &scratch)
            let columns = before.columnCount
            // The forecast of the slot itself does not see it either.
            let border = (slot + 1) * columns
            #expect(after.elements.prefix(border).elementsEqual(before.elements.prefix(border)))
            if slot < 19 { #expect(after[slot + 1, 0] != before[slot + 1, 0]) }
        }
    }

    @Test(arguments: shapes.indices)
    func `a window's result does not depend on the others in the batch, to the last bit`(index: Int) {
        let shape = Self.shapes[index]
        let network = CausalSeries.network(shape, seed: 1)
        let columns = shape.slotCount * shape.channelCount
        let (windows, mask) = CausalSeries.noise(rows: 37, columns: columns, seed: 2)
        let together = network.negativeLogLikelihoods(of: windows, mask: mask, newest: 16)
        for row in 0..<37 {
            let cells = row * columns..<(row + 1) * columns
            let alone = network.negativeLogLikelihoods(
                of: Matrix(rows: 1, columns: columns, elements: Array(windows.elements[cells])),
                mask: Matrix(rows: 1, columns: columns, elements: Array(mask.elements[cells])), newest: 16)
            for channel in 0..<shape.channelCount {
                #expect(alone[0, channel].bitPattern == together[row, channel].bitPattern)
            }
        }
    }

    @Test(arguments: [1, 7, 20])
    func `the score of a window is the mean of its newest forecasts, without what is missing`(newest: Int) {
        let network = CausalSeries.network(Self.shape, seed: 3)
        let (windows, mask) = CausalSeries.noise(rows: 5, columns: 40, seed: 4)
        let results = network.negativeLogLikelihoods(of: windows, mask: mask, newest: newest)
        var scratch = CausalForecaster.Scratch(for: Self.shape)
        for row in 0..<5 {
            let cells = row * 40..<(row + 1) * 40
            let logits = network.logits(
                of: windows.elements.span.extracting(cells), mask: mask.elements.span.extracting(cells),
                scratch: &scratch)
            for channel in 0..<2 {
                var losses: [Double] = []
                for slot in 20 - newest..<20 where mask[row, slot * 2 + channel] != 0 {
                    let bins = (0..<11).map { Double(logits[slot, channel * 11 + $0]) }
                    let quantizer = network.quantizers[channel]
                    let bin = quantizer.bin(of: windows[row, slot * 2 + channel])
                    let whole = bins.map { Double.exp($0) }.reduce(0, +)
                    losses.append(Double.log(whole) - bins[bin] + Double(quantizer.logWidths[bin]))
                }
                let expected = losses.reduce(0, +) / Double(losses.count)
                let found = Double(results[row, channel])
                #expect(losses.isEmpty ? found.isNaN : abs(found - expected) < 1e-4)
            }
        }
    }

    @Test func `the training's loss is the score over whole windows`() {
        let network = CausalSeries.network(Self.shape, seed: 5)
        let windows = CausalSeries.noise(rows: 6, columns: 40, seed: 6).values
        var loss = CausalLoss(shape: Self.shape, quantizers: network.quantizers, windowLimit: 6)
        for row in 0..<6 { loss.append(windows.elements.span.extracting(row * 40..<(row + 1) * 40)) }
        let scores = network.negativeLogLikelihoods(of: windows, newest: 20)
        #expect(abs(loss.forward(parameters: network.parameters).mean - CausalSeries.mean(scores.elements)) < 1e-4)
    }

    @Test func `a forecast sees the newest readings that fit and adds up to 1`() {
        let network = CausalSeries.network(Self.shape, seed: 7)
        let (readings, mask) = CausalSeries.noise(rows: 30, columns: 2, seed: 8)
        let forecast = network.next(after: readings, mask: mask)
        #expect(forecast.rowCount == 2 && forecast.columnCount == 11)
        for channel in 0..<2 {
            let sum = (0..<11).map { forecast[channel, $0] }.reduce(0, +)
            #expect(abs(sum - 1) < 1e-5)
        }
        let newest = Matrix(rows: 19, columns: 2, elements: Array(readings.elements.suffix(38)))
        let newestMask = Matrix(rows: 19, columns: 2, elements: Array(mask.elements.suffix(38)))
        #expect(network.next(after: newest, mask: newestMask) == forecast)
        let fewer = Matrix(rows: 18, columns: 2, elements: Array(readings.elements.suffix(36)))
        #expect(network.next(after: fewer) != forecast)
        // Of no readings at all it is that of a window's first slot.
        var scratch = CausalForecaster.Scratch(for: Self.shape)
        let logits = network.logits(of: [Float](repeating: 0, count: 40).span, scratch: &scratch)
        let first = network.next(after: Matrix(rows: 0, columns: 2))
        let ratio = Double.log(Double(first[1, 3] / first[1, 4]))
        #expect(abs(ratio - Double(logits[0, 14] - logits[0, 15])) < 1e-4)
    }

    @Test func `a network that has learned nothing foretells the training values' shares`() {
        let values = CausalSeries.noise(rows: 300, columns: 1, seed: 1).values.elements
        let quantizer = ValueQuantizer(values: values, binCount: 11)
        let network = CausalForecaster(shape: Self.shape, quantizers: [quantizer, quantizer], seed: 1)
        let forecast = network.next(after: CausalSeries.noise(rows: 20, columns: 2, seed: 2).values)
        for bin in 0..<11 { #expect(abs(forecast[1, bin] - quantizer.shares[bin]) < 1e-6) }
    }

    @Test(.enabled(if: harken_allocation_counter_is_available(), "a sanitizer has an allocator of its own"))
    func `scoring windows allocates nothing`() {
        for shape in Self.shapes {
            let network = CausalSeries.network(shape, seed: 1)
            let (windows, mask) = CausalSeries.noise(rows: 5, columns: shape.slotCount * shape.channelCount, seed: 2)
            var scratch = CausalForecaster.Scratch(for: shape)
            var results = [Float](repeating: 0, count: 5 * shape.channelCount)
            func score() {
                var span = results.mutableSpan
                network.negativeLogLikelihoods(
                    of: windows.elements.span, mask: mask.elements.span, count: 5, newest: 10, into: &span,
                    scratch: &scratch)
            }
            score()
            let before = harken_allocation_count()
            for _ in 0..<10 { score() }
            #expect(harken_allocation_count() == before)
        }
    }
}
