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

    /// Readings (steps × d) that could come next: each is drawn given those before it, the drawn ones included, of
    /// which the newest T − 1 are seen.
    ///
    /// `readings` is (slots × d), oldest first, of any number of slots; `mask`, of the same shape, is 0 where a value
    /// is missing. A channel's bin is drawn as `sampling` says and the value evenly within it; at temperature 0 it is
    /// the center (the mean of its training values) of the bin of the highest probability, which need not be that of
    /// the highest density. The same seed gives the same readings.
    package func continuation(
        of readings: Matrix, mask: Matrix? = nil, steps: Int, sampling: TokenSampling, seed: UInt64
    ) -> Matrix {
        precondition(steps >= 0, "\(steps) steps")
        var source = RandomSource(seed: seed)
        var scratch = Scratch(for: shape)
        var history = History(readings, mask: mask, shape: shape)
        var continuation = Matrix(rows: steps, columns: shape.channelCount)
        for step in 0..<steps {
            let logits = nextLogits(after: &history, scratch: &scratch)
            for channel in 0..<shape.channelCount {
                let start = logits.startIndex + channel * shape.binCount
                let bin = sampling.draw(from: logits[start..<start + shape.binCount].span, using: &source)
                let quantizer = quantizers[channel]
                let value: Float
                if sampling.isGreedy {
                    value = quantizer.centers[bin]
                } else {
                    let width = quantizer.edges[bin + 1] - quantizer.edges[bin]
                    value = quantizer.edges[bin] + width * Float(source.uniform())
                }
                continuation[step, channel] = value
                history.append(value)
            }
        }
        return continuation
    }

    /// The logits (d · B) of the slot that comes next.
    private func nextLogits(after history: inout History, scratch: inout Scratch) -> ArraySlice<Float> {
        let slot = history.keepNewest(shape.slotCount - 1, channelCount: shape.channelCount)
        scratch.pass.batch.removeWindows()
        scratch.pass.batch.append(history.values.span, mask: history.mask.span, quantizers: quantizers)
        scratch.pass.forward(parameters: parameters, rows: slot..<slot + 1)
        let columns = shape.channelCount * shape.binCount
        return scratch.pass.logits[slot * columns..<(slot + 1) * columns]
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
