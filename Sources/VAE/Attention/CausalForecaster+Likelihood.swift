package import LinearAlgebra

extension CausalForecaster {
    /// The memory that inference works in, made once for a shape and used again and again.
    package struct Scratch: Sendable {
        var pass: CausalPass

        /// Memory for networks of one shape.
        package init(for shape: Shape) {
            pass = CausalPass(shape: shape, windowLimit: 1, keepsStates: false)
        }
    }

    /// How unlikely the newest readings of windows were, given what came before them in the window: for each window and
    /// channel the mean over the newest slots of −log density, in nats.
    ///
    /// `windows` is (count × T · d), row by row and slot by slot; `mask` is as large and 0 where a value is missing:
    /// such a value is not seen, whatever it holds, and not judged, and neither is one that is not a number. `newest`
    /// is the number of slots that are judged, 1…T. Writes (count × d), NaN where a channel has no value in the slots
    /// judged. A bin's probability is spread evenly over it. A window's results depend on that window alone, to the
    /// last bit. Allocates nothing. Traps when a size does not fit or the scratch is for another shape.
    package func negativeLogLikelihoods(
        of windows: Span<Float>, mask: Span<Float>? = nil, count: Int, newest: Int,
        into results: inout MutableSpan<Float>, scratch: inout Scratch
    ) {
        let (t, d, b) = (shape.slotCount, shape.channelCount, shape.binCount)
        precondition(windows.count == count * t * d, "\(windows.count) values are not \(count) windows of \(t) × \(d)")
        if let mask { precondition(mask.count == windows.count, "a mask of \(mask.count) for \(windows.count) values") }
        precondition(results.count == count * d, "room for \(results.count) results, not \(count) × \(d)")
        precondition(newest >= 1 && newest <= t, "the newest \(newest) slots of \(t)")
        precondition(scratch.pass.shape == shape, "the scratch is for a network of another shape")
        for window in 0..<count {
            let cells = window * t * d..<(window + 1) * t * d
            scratch.pass.batch.removeWindows()
            scratch.pass.batch.append(
                windows.extracting(cells), mask: mask?.extracting(cells), quantizers: quantizers)
            scratch.pass.forward(parameters: parameters, rows: t - newest..<t)
            for channel in 0..<d {
                var (sum, valueCount) = (Float(0), 0)
                for slot in t - newest..<t {
                    let cell = slot * d + channel
                    let target = Int(scratch.pass.batch.targets[cell])
                    guard target >= 0 else { continue }
                    sum += quantizers[channel].logWidths[target]
                    sum += scratch.pass.logits.negativeLogProbability(of: target, among: cell * b..<(cell + 1) * b)
                    valueCount += 1
                }
                results[window * d + channel] = valueCount == 0 ? .nan : sum / Float(valueCount)
            }
        }
    }

    /// The same for windows (count × T · d), as a new matrix (count × d).
    package func negativeLogLikelihoods(of windows: Matrix, mask: Matrix? = nil, newest: Int) -> Matrix {
        var results = Matrix(rows: windows.rowCount, columns: shape.channelCount)
        var scratch = Scratch(for: shape)
        var span = results.elements.mutableSpan
        negativeLogLikelihoods(
            of: windows.elements.span, mask: mask?.elements.span, count: windows.rowCount, newest: newest, into: &span,
            scratch: &scratch)
        return results
    }

    /// The logits (T × d · B) of each slot of a window (T · d), given the slots before it.
    package func logits(of window: Span<Float>, mask: Span<Float>? = nil, scratch: inout Scratch) -> Matrix {
        precondition(window.count == shape.slotCount * shape.channelCount, "a window of \(window.count) values")
        if let mask { precondition(mask.count == window.count, "a mask of \(mask.count) for \(window.count) values") }
        precondition(scratch.pass.shape == shape, "the scratch is for a network of another shape")
        scratch.pass.batch.removeWindows()
        scratch.pass.batch.append(window, mask: mask, quantizers: quantizers)
        scratch.pass.forward(parameters: parameters)
        return Matrix(
            rows: shape.slotCount, columns: shape.channelCount * shape.binCount, elements: scratch.pass.logits)
    }
}

extension [Float] {
    /// −log softmax of one of these logits, which are used up.
    fileprivate mutating func negativeLogProbability(of target: Int, among places: Range<Int>) -> Float {
        var all = mutableSpan
        var logits = all._mutatingExtracting(places)
        let logit = logits[target]
        return replaceBySoftmax(&logits) - logit
    }
}
