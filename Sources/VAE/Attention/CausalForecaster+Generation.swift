package import LinearAlgebra

extension CausalForecaster {
    /// How likely each bin of the next slot is (d × B), given the readings before it; of each channel the probabilities
    /// add up to 1.
    ///
    /// `readings` is (slots × d), oldest first, of any number of slots, of which the newest T − 1 are seen; `mask`, of
    /// the same shape, is 0 where a value is missing.
    package func next(after readings: Matrix, mask: Matrix? = nil) -> Matrix {
        var scratch = Scratch(for: shape)
        var history = History(readings, mask: mask, shape: shape)
        var probabilities = Matrix(
            rows: shape.channelCount, columns: shape.binCount,
            elements: Array(nextLogits(after: &history, scratch: &scratch)))
        var all = probabilities.elements.mutableSpan
        for channel in 0..<shape.channelCount {
            var bins = all._mutatingExtracting(channel * shape.binCount..<(channel + 1) * shape.binCount)
            replaceBySoftmax(&bins)
        }
        return probabilities
    }

    /// Readings (steps × d) that could come next, as a ``CausalContinuation`` gives them one by one.
    package func continuation(
        of readings: Matrix, mask: Matrix? = nil, steps: Int, sampling: TokenSampling, seed: UInt64
    ) -> Matrix {
        precondition(steps >= 0, "\(steps) steps")
        var following = CausalContinuation(of: readings, mask: mask, by: self, sampling: sampling, seed: seed)
        var elements: [Float] = []
        elements.reserveCapacity(steps * shape.channelCount)
        for _ in 0..<steps { elements += following.next() }
        return Matrix(rows: steps, columns: shape.channelCount, elements: elements)
    }

    /// The logits (d · B) of the slot that comes next.
    fileprivate func nextLogits(after history: inout History, scratch: inout Scratch) -> ArraySlice<Float> {
        let slot = history.keepNewest(shape.slotCount - 1, channelCount: shape.channelCount)
        scratch.pass.batch.removeWindows()
        scratch.pass.batch.append(history.values.span, mask: history.mask.span, quantizers: quantizers)
        scratch.pass.forward(parameters: parameters, rows: slot..<slot + 1)
        let columns = shape.channelCount * shape.binCount
        return scratch.pass.logits[slot * columns..<(slot + 1) * columns]
    }
}

/// Readings that could come next, one by one and without end: each is drawn given those before it, the drawn ones included, of
/// which the newest T − 1 are seen.
///
/// A channel's bin is drawn as `sampling` says and the value evenly within it; at temperature 0 it is the center (the mean of its
/// training values) of the bin of the highest probability, which need not be that of the highest density. The same seed gives the
/// same readings.
package struct CausalContinuation: Sendable {
    private let network: CausalForecaster
    private let sampling: TokenSampling
    private var source: RandomSource
    private var scratch: CausalForecaster.Scratch
    private var history: History

    /// What follows readings (slots × d), oldest first, of any number of slots; `mask`, of the same shape, is 0 where a value is
    /// missing.
    package init(
        of readings: Matrix, mask: Matrix? = nil, by network: CausalForecaster, sampling: TokenSampling, seed: UInt64
    ) {
        self.network = network
        self.sampling = sampling
        source = RandomSource(seed: seed)
        scratch = CausalForecaster.Scratch(for: network.shape)
        history = History(readings, mask: mask, shape: network.shape)
    }

    /// The next reading, a value a channel.
    package mutating func next() -> [Float] {
        let binCount = network.shape.binCount
        let logits = network.nextLogits(after: &history, scratch: &scratch)
        var values: [Float] = []
        values.reserveCapacity(network.shape.channelCount)
        for (channel, quantizer) in network.quantizers.enumerated() {
            let start = logits.startIndex + channel * binCount
            let bin = sampling.draw(from: logits[start..<start + binCount].span, using: &source)
            if sampling.isGreedy {
                values.append(quantizer.centers[bin])
            } else {
                let width = quantizer.edges[bin + 1] - quantizer.edges[bin]
                values.append(quantizer.edges[bin] + width * Float(source.uniform()))
            }
        }
        for value in values { history.append(value) }
        return values
    }
}

/// What a forecaster has seen, slot by slot.
private struct History {
    var values: [Float]
    var mask: [Float]

    init(_ readings: Matrix, mask: Matrix?, shape: CausalForecaster.Shape) {
        precondition(readings.columnCount == shape.channelCount, "\(readings.columnCount) channels")
        if let mask { precondition(mask.rowCount == readings.rowCount && mask.columnCount == readings.columnCount) }
        values = readings.elements
        self.mask = mask?.elements ?? [Float](repeating: 1, count: values.count)
    }

    mutating func append(_ value: Float) {
        values.append(value)
        mask.append(1)
    }

    /// Forgets all but the newest slots and gives how many there are.
    mutating func keepNewest(_ limit: Int, channelCount: Int) -> Int {
        let surplus = max(0, values.count - limit * channelCount)
        values.removeFirst(surplus)
        mask.removeFirst(surplus)
        return values.count / channelCount
    }
}
