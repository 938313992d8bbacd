package import LinearAlgebra

extension VariationalAutoencoder {
    /// Rebuilds windows by way of their latent means; nothing is drawn.
    ///
    /// `windows` is (count × D), `latents` (count × L), `reconstructions` (count × D), all row by row: for a Gaussian
    /// output its mean, for a Bernoulli one its probability. `mask` is as large as `windows` and 0 where a cell is
    /// missing: such a cell enters as 0, whatever it holds. A row's results depend on that row alone, to the last bit.
    /// Allocates nothing. Traps when a size does not fit or the scratch is for another shape.
    package func reconstruct(
        _ windows: Span<Float>, mask: Span<Float>? = nil, count: Int, latents: inout MutableSpan<Float>,
        reconstructions: inout MutableSpan<Float>, scratch: inout Scratch
    ) {
        let (d, l) = (shape.inputCount, shape.latentCount)
        precondition(windows.count == count * d, "\(windows.count) cells are not \(count) windows of \(d)")
        precondition(latents.count == count * l, "room for \(latents.count) latent means, not \(count) × \(l)")
        precondition(
            reconstructions.count == count * d, "room for \(reconstructions.count) outputs, not \(count) × \(d)")
        if let mask { precondition(mask.count == windows.count, "a mask of \(mask.count) for \(windows.count) cells") }
        precondition(scratch.shape == shape, "the scratch is for a network of another shape")

        let parameters = parameters.span
        for start in stride(from: 0, to: count, by: RowBlock.rowCount) {
            let end = min(start + RowBlock.rowCount, count)
            let block = windows.extracting(start * d..<end * d)
            if end - start == RowBlock.rowCount && mask == nil {
                scratch.layout.encoder.forward(rowsOfBlock: block, parameters: parameters, into: &scratch.hidden)
            } else {
                fill(&scratch.rows, with: block, mask: mask?.extracting(start * d..<end * d))
                encodePaddedRows(&scratch, parameters: parameters)
            }
            scratch.layout.mean.forward(
                featuresOfBlock: scratch.hidden, parameters: parameters, into: &scratch.latents)
            decodeBlock(&scratch, parameters: parameters)

            var latentRows = latents._mutatingExtracting(start * l..<end * l)
            RowBlock.scatter(scratch.latents.span, count: end - start, columns: l, into: &latentRows)
            var outputRows = reconstructions._mutatingExtracting(start * d..<end * d)
            RowBlock.scatter(scratch.outputs.span, count: end - start, columns: d, into: &outputRows)
        }
    }

    /// Rebuilds windows (count × D) by way of their latent means, as above, into new matrices.
    package func reconstruct(
        _ windows: Matrix, mask: Matrix? = nil
    ) -> (latents: Matrix, reconstructions: Matrix) {
        var latents = Matrix(rows: windows.rowCount, columns: shape.latentCount)
        var reconstructions = Matrix(rows: windows.rowCount, columns: shape.inputCount)
        var scratch = Scratch(for: shape)
        var latentSpan = latents.elements.mutableSpan
        var reconstructionSpan = reconstructions.elements.mutableSpan
        reconstruct(
            windows.elements.span, mask: mask?.elements.span, count: windows.rowCount, latents: &latentSpan,
            reconstructions: &reconstructionSpan, scratch: &scratch)
        return (latents, reconstructions)
    }

    /// The outputs (count × D) that belong to latent variables (count × L): means and probabilities, nothing drawn.
    package func decode(_ latents: Matrix) -> Matrix {
        precondition(latents.columnCount == shape.latentCount, "\(latents.columnCount) latent variables a row")
        let (d, l) = (shape.inputCount, shape.latentCount)
        var outputs = Matrix(rows: latents.rowCount, columns: d)
        var scratch = Scratch(for: shape)
        for start in stride(from: 0, to: latents.rowCount, by: RowBlock.rowCount) {
            let end = min(start + RowBlock.rowCount, latents.rowCount)
            for row in start..<end {
                for feature in 0..<l {
                    scratch.latents[feature * RowBlock.rowCount + row - start] = latents.elements[row * l + feature]
                }
            }
            decodeBlock(&scratch, parameters: parameters.span)
            var all = outputs.elements.mutableSpan
            var rows = all._mutatingExtracting(start * d..<end * d)
            RowBlock.scatter(scratch.outputs.span, count: end - start, columns: d, into: &rows)
        }
        return outputs
    }

    /// From `scratch.latents` (L, 16) to `scratch.outputs` (D, 16).
    private func decodeBlock(_ scratch: inout Scratch, parameters: Span<Float>) {
        scratch.layout.decoder.forward(featuresOfBlock: scratch.latents, parameters: parameters, into: &scratch.hidden)
        scratch.layout.output.forward(featuresOfBlock: scratch.hidden, parameters: parameters, into: &scratch.outputs)
        for column in scratch.bernoulliColumns {
            for index in column * RowBlock.rowCount..<(column + 1) * RowBlock.rowCount {
                scratch.outputs[index] = ReconstructionLoss.logistic(scratch.outputs[index])
            }
        }
    }

    private func encodePaddedRows(_ scratch: inout Scratch, parameters: Span<Float>) {
        let rows = scratch.rows
        scratch.layout.encoder.forward(rowsOfBlock: rows.span, parameters: parameters, into: &scratch.hidden)
    }

    /// Copies rows into a block, with 0 for what is missing and for the rows that are not there.
    private func fill(_ padded: inout [Float], with rows: Span<Float>, mask: Span<Float>?) {
        if let mask {
            for index in rows.indices { padded[index] = mask[index] != 0 ? rows[index] : 0 }
        } else {
            for index in rows.indices { padded[index] = rows[index] }
        }
        for index in rows.count..<padded.count { padded[index] = 0 }
    }
}
