package import LinearAlgebra

extension VariationalAutoencoder {
    /// Windows that are run at a time where all of them are wanted.
    private static let passRows = 64

    /// The latent means (count × k) of windows (count × D), the windows as the network rebuilds them (count × D), and what it foretells
    /// after them (count × H·d). Nothing is drawn.
    package func reconstruct(
        _ windows: Matrix
    ) -> (latents: Matrix, reconstructions: Matrix, foretold: Matrix) {
        let (count, width) = (windows.rowCount, shape.inputCount)
        var latents = Matrix(rows: count, columns: shape.latentCount)
        var rebuilt = Matrix(rows: count, columns: width)
        var foretold = Matrix(rows: count, columns: shape.foretoldCount)
        var pass = ForwardPass(for: shape, rowLimit: Self.passRows)
        for start in stride(from: 0, to: count, by: Self.passRows) {
            let rows = min(Self.passRows, count - start)
            pass.run(self, on: windows.elements.span.extracting(start * width..<(start + rows) * width), count: rows)
            latents.copyRows(rows, of: pass.latents, to: start)
            rebuilt.copyRows(rows, of: pass.rebuilt, to: start)
            foretold.copyRows(rows, of: pass.foretold, to: start)
        }
        return (latents, rebuilt, foretold)
    }

    /// The windows (count × D) that belong to latents (count × k): means, nothing drawn.
    package func decode(_ latents: Matrix) -> Matrix {
        precondition(latents.columnCount == shape.latentCount, "\(latents.columnCount) latent variables a row")
        var windows = Matrix(rows: latents.rowCount, columns: shape.inputCount)
        var pass = ForwardPass(for: shape, rowLimit: Self.passRows)
        let k = shape.latentCount
        for start in stride(from: 0, to: latents.rowCount, by: Self.passRows) {
            let rows = min(Self.passRows, latents.rowCount - start)
            pass.decode(
                self, latents: latents.elements.span.extracting(start * k..<(start + rows) * k), count: rows)
            windows.copyRows(rows, of: pass.rebuilt, to: start)
        }
        return windows
    }

    /// New windows (count × D) from the model: latents from the prior, decoded.
    ///
    /// With `isNoisy`, the default, each cell is drawn from its output's distribution, so that the windows scatter as the
    /// real ones do; without, it is the mean. The same seed gives the same windows.
    package func sample(count: Int, seed: UInt64, isNoisy: Bool = true) -> Matrix {
        var source = RandomSource(seed: seed)
        var latents = Matrix(rows: count, columns: shape.latentCount)
        for index in latents.elements.indices { latents.elements[index] = Float(source.normal()) }
        var windows = decode(latents)
        guard isNoisy else { return windows }
        let deviations = noiseVariances.map { $0.squareRoot() }
        for index in windows.elements.indices {
            windows.elements[index] += deviations[index % shape.inputCount] * Float(source.normal())
        }
        return windows
    }

    /// Windows (steps × D) on the way from one window to another, evenly spaced between their latent means.
    ///
    /// The first and the last are the reconstructions of the two. `first` and `second` are (D); at least two steps.
    package func interpolate(between first: [Float], and second: [Float], steps: Int) -> Matrix {
        precondition(steps >= 2, "\(steps) steps; the two ends alone are two")
        precondition(
            first.count == shape.inputCount && second.count == shape.inputCount,
            "windows of \(first.count) and \(second.count) cells, not \(shape.inputCount)")
        let ends = reconstruct(Matrix(rows: 2, columns: shape.inputCount, elements: first + second)).latents
        var latents = Matrix(rows: steps, columns: shape.latentCount)
        for step in 0..<steps {
            let share = Float(step) / Float(steps - 1)
            for column in 0..<shape.latentCount {
                latents[step, column] = (1 - share) * ends[0, column] + share * ends[1, column]
            }
        }
        return decode(latents)
    }

    /// The parts of the negative evidence lower bound of the windows of a series, averaged over them, in nats per window; NaN for no
    /// windows.
    ///
    /// z is drawn once a window, from the seed, so two networks are compared on the same draws. With β = 0 nothing is drawn.
    package func negativeELBO(of series: WindowSeries, beta: Float = 1, seed: UInt64) -> EvidenceLowerBound.Parts {
        var sum = EvidenceLowerBound.Parts(reconstruction: 0, divergence: 0, foresight: 0)
        forEachBatch(of: series, endingIn: series.ends, beta: beta, seed: seed) { _, parts in
            sum.reconstruction += parts.reconstruction
            sum.divergence += parts.divergence
            sum.foresight += parts.foresight
        }
        let count = Double(series.ends.count)
        return EvidenceLowerBound.Parts(
            reconstruction: sum.reconstruction / count, divergence: sum.divergence / count,
            foresight: sum.foresight / count)
    }

    /// Windows that go through the network and are weighed at a time.
    private static let batchRows = 256

    /// Calls `body` with batches of the windows of a series that end in these slots, gone through the network, and with
    /// what they come to.
    ///
    /// z is drawn once a window, from the seed; with β = 0 nothing is drawn.
    func forEachBatch(
        of series: WindowSeries, endingIn ends: [Int], beta: Float, seed: UInt64,
        _ body: (borrowing EvidenceLowerBound, EvidenceLowerBound.Parts) -> Void
    ) {
        var source = RandomSource(seed: seed)
        var bound = EvidenceLowerBound(of: self, rowLimit: min(Self.batchRows, max(1, ends.count)))
        for start in stride(from: 0, to: ends.count, by: bound.batch.rowLimit) {
            bound.batch.removeRows()
            for end in ends[start..<min(start + bound.batch.rowLimit, ends.count)] {
                bound.batch.append(series, endingIn: end)
            }
            if beta > 0 {
                for index in 0..<bound.batch.rowCount * shape.latentCount {
                    bound.epsilon[index] = Float(source.normal())
                }
            }
            let parts = bound.forward(parameters: parameters, beta: beta)
            body(bound, parts)
        }
    }
}

extension EvidenceLowerBound.Parts {
    /// The negative evidence lower bound, without what comes after the windows.
    package var negativeELBO: Double { reconstruction + divergence }
}

extension Matrix {
    /// Copies the first rows of another matrix, given as its elements, to the rows from a place on.
    fileprivate mutating func copyRows(_ count: Int, of elements: [Float], to row: Int) {
        let start = row * columnCount
        for index in 0..<count * columnCount { self.elements[start + index] = elements[index] }
    }
}
