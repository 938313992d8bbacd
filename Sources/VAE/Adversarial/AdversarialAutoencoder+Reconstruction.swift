package import LinearAlgebra

extension AdversarialAutoencoder {
    /// The memory that inference works in, made once for a shape and used again and again.
    package struct Scratch: Sendable {
        let shape: Shape
        let layout: AdversarialLayout

        var rows: [Float]  // (16, D)
        var hidden: [Float]  // (H, 16)
        var latents: [Float]  // (L, 16)
        var outputs: [Float]  // (D, 16)

        /// Memory for networks of one shape.
        package init(for shape: Shape) {
            func zeros(_ features: Int) -> [Float] { [Float](repeating: 0, count: features * RowBlock.rowCount) }
            self.shape = shape
            layout = AdversarialLayout(shape)
            (rows, outputs) = (zeros(shape.inputCount), zeros(shape.inputCount))
            hidden = zeros(shape.hiddenCount)
            latents = zeros(shape.latentCount)
        }
    }

    /// Rebuilds windows once, AE1(w), and the result again, AE2(AE1(w)).
    ///
    /// `windows`, `reconstructions` and `secondPass` are (count × D), row by row. `mask` is as large as `windows` and 0
    /// where a cell is missing: such a cell enters the first pass as 0, whatever it holds; the second pass takes the first's
    /// result whole, as in training. A row's results depend on that row alone, to the last bit. Allocates nothing. Traps
    /// when a size does not fit or the scratch is for another shape.
    package func reconstruct(
        _ windows: Span<Float>, mask: Span<Float>? = nil, count: Int, reconstructions: inout MutableSpan<Float>,
        secondPass: inout MutableSpan<Float>, scratch: inout Scratch
    ) {
        let d = shape.inputCount
        precondition(windows.count == count * d, "\(windows.count) cells are not \(count) windows of \(d)")
        precondition(
            reconstructions.count == count * d, "room for \(reconstructions.count) outputs, not \(count) × \(d)")
        precondition(secondPass.count == count * d, "room for \(secondPass.count) outputs, not \(count) × \(d)")
        if let mask { precondition(mask.count == windows.count, "a mask of \(mask.count) for \(windows.count) cells") }
        precondition(scratch.shape == shape, "the scratch is for a network of another shape")

        let parameters = parameters.span
        for start in stride(from: 0, to: count, by: RowBlock.rowCount) {
            let end = min(start + RowBlock.rowCount, count)
            let cells = start * d..<end * d
            scratch.fill(with: windows.extracting(cells), mask: mask?.extracting(cells))
            scratch.encodeRows(parameters: parameters)
            scratch.decode(scratch.layout.first, parameters: parameters)
            var firstRows = reconstructions._mutatingExtracting(cells)
            RowBlock.scatter(scratch.outputs.span, count: end - start, columns: d, into: &firstRows)

            scratch.encodeOutputs(parameters: parameters)
            scratch.decode(scratch.layout.second, parameters: parameters)
            var secondRows = secondPass._mutatingExtracting(cells)
            RowBlock.scatter(scratch.outputs.span, count: end - start, columns: d, into: &secondRows)
        }
    }

    /// Rebuilds windows (count × D) once and twice, as above, into new matrices.
    package func reconstruct(
        _ windows: Matrix, mask: Matrix? = nil
    ) -> (reconstructions: Matrix, secondPass: Matrix) {
        var reconstructions = Matrix(rows: windows.rowCount, columns: shape.inputCount)
        var secondPass = reconstructions
        var scratch = Scratch(for: shape)
        var firstSpan = reconstructions.elements.mutableSpan
        var secondSpan = secondPass.elements.mutableSpan
        reconstruct(
            windows.elements.span, mask: mask?.elements.span, count: windows.rowCount, reconstructions: &firstSpan,
            secondPass: &secondSpan, scratch: &scratch)
        return (reconstructions, secondPass)
    }

    /// The paper's score of each window, α · (w − AE1(w))² + β · (w − AE2(AE1(w)))², averaged over its observed cells;
    /// 0 for a window without any.
    ///
    /// `windows` and what ``reconstruct(_:mask:count:reconstructions:secondPass:scratch:)`` made of them are (count × D),
    /// `scores` is (count). A larger `secondPassWeight` (the paper's β; α is 1 − β) finds more and raises more false
    /// alarms. A row's score depends on that row alone. Allocates nothing. Traps when a size does not fit.
    package func score(
        _ windows: Span<Float>, mask: Span<Float>? = nil, reconstructions: Span<Float>, secondPass: Span<Float>,
        secondPassWeight: Float = 0.5, into scores: inout MutableSpan<Float>
    ) {
        let (d, count) = (shape.inputCount, scores.count)
        precondition(windows.count == count * d, "\(windows.count) cells are not \(count) windows of \(d)")
        precondition(reconstructions.count == windows.count && secondPass.count == windows.count)
        if let mask { precondition(mask.count == windows.count, "a mask of \(mask.count) for \(windows.count) cells") }
        let firstWeight = 1 - secondPassWeight
        for row in 0..<count {
            let cells = row * d..<(row + 1) * d
            var sum: Float = 0
            var observedCount = 0
            if let mask {
                for cell in cells where mask[cell] != 0 {
                    let first = windows[cell] - reconstructions[cell]
                    let second = windows[cell] - secondPass[cell]
                    sum += firstWeight * first * first + secondPassWeight * second * second
                    observedCount += 1
                }
            } else {
                let window = windows.extracting(cells)
                sum = firstWeight * squaredDistance(window, reconstructions.extracting(cells))
                sum += secondPassWeight * squaredDistance(window, secondPass.extracting(cells))
                observedCount = d
            }
            scores[row] = sum / Float(max(1, observedCount))
        }
    }
}

private func squaredDistance(_ x: Span<Float>, _ y: Span<Float>) -> Float {
    sumEach(x, with: y) { ($0 - $1) * ($0 - $1) }
}

extension AdversarialAutoencoder.Scratch {
    /// Copies rows into the block, with 0 for what is missing and for the rows that are not there.
    fileprivate mutating func fill(with windows: Span<Float>, mask: Span<Float>?) {
        if let mask {
            for index in windows.indices { rows[index] = mask[index] != 0 ? windows[index] : 0 }
        } else {
            for index in windows.indices { rows[index] = windows[index] }
        }
        for index in windows.count..<rows.count { rows[index] = 0 }
    }

    /// From `rows` (16, D) to `latents` (L, 16).
    fileprivate mutating func encodeRows(parameters: Span<Float>) {
        let rows = rows
        layout.encoder.forward(rowsOfBlock: rows.span, parameters: parameters, into: &hidden)
        layout.latent.forward(featuresOfBlock: hidden, parameters: parameters, into: &latents)
    }

    /// From `outputs` (D, 16) to `latents` (L, 16).
    fileprivate mutating func encodeOutputs(parameters: Span<Float>) {
        layout.encoder.forward(featuresOfBlock: outputs, parameters: parameters, into: &hidden)
        layout.latent.forward(featuresOfBlock: hidden, parameters: parameters, into: &latents)
    }

    /// From `latents` (L, 16) to `outputs` (D, 16).
    fileprivate mutating func decode(_ decoder: AdversarialLayout.Decoder, parameters: Span<Float>) {
        decoder.hidden.forward(featuresOfBlock: latents, parameters: parameters, into: &hidden)
        decoder.output.forward(featuresOfBlock: hidden, parameters: parameters, into: &outputs)
        var block = outputs.mutableSpan
        AdversarialAutoencoder.clip(&block)
    }
}
