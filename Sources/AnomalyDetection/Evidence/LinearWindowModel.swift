package import LinearAlgebra
import RealModule

/// Probabilistic principal components of the flattened window in closed form (Tipping and Bishop 1999).
///
/// It is the optimum of a linear variational autoencoder (Lucas et al. 2019), needs few windows, and carries the score while
/// history is short. T² measures how far a window lies inside the subspace of normal windows, Q how far outside
/// (Jackson and Mudholkar 1979); the error is the larger of the two, each on its own scale.
package struct LinearWindowModel: EvidencePart, Equatable {
    /// The subspace holds this share of the variance.
    package static let explainedVariance = 0.95
    /// A residual cell is divided by at least this deviation.
    private static let deviationFloor: Float = 0.05
    /// A direction along which windows vary less is scaled by this variance.
    package static let leastVariance = 1e-6
    /// At most so many windows enter the covariance.
    package static let windowLimit = 2_500

    package let layout: WindowLayout
    package var kind: EvidenceKind { .linear }
    package var scale: Float = 1
    package var weight: Float
    package var fades: Bool { false }
    package var reconstructs: Bool { true }

    /// The mean window, (width).
    package let mean: [Float]
    /// The principal directions, (dimensions × width).
    package let directions: [Float]
    /// The standard deviation along each direction, (dimensions).
    package let deviations: [Float]
    /// The deviation of each cell from its rebuilt value in training, (width).
    package private(set) var residualDeviations: [Float]
    /// The T² that counts as one.
    package var insideScale: Float = 1
    /// The Q that counts as one.
    package var outsideScale: Float = 1

    /// The number of directions that are kept.
    package var dimensionCount: Int { deviations.count }

    /// A model from its stored parts.
    package init(
        layout: WindowLayout, weight: Float, scale: Float, mean: [Float], directions: [Float], deviations: [Float],
        residualDeviations: [Float], insideScale: Float, outsideScale: Float
    ) {
        self.layout = layout
        self.weight = weight
        self.scale = scale
        self.mean = mean
        self.directions = directions
        self.deviations = deviations
        self.residualDeviations = residualDeviations
        self.insideScale = insideScale
        self.outsideScale = outsideScale
    }

    /// Fits the model to normal windows, (windows × width). Traps when there are more than ``windowLimit``.
    ///
    /// Throws when LAPACK finds no eigenvectors, which finite windows do not cause.
    package init(fittedTo windows: Matrix, layout: WindowLayout, weight: Float) throws(LinearAlgebraFailure) {
        precondition(
            windows.columnCount == layout.width, "windows have \(windows.columnCount) cells, not \(layout.width)")
        precondition(windows.rowCount <= Self.windowLimit, "\(windows.rowCount) windows are too many to fit to")
        let width = layout.width
        let subspace = try PrincipalSubspace(of: windows, keeping: Self.dimensionCount)
        let kept = subspace.dimensionCount
        let rest = subspace.variances[kept...].map { max($0, 0) }
        let floor = max(rest.reduce(0, +) / Double(max(1, rest.count)), Self.leastVariance)
        self.layout = layout
        self.weight = weight
        mean = subspace.mean
        directions = subspace.directions
        deviations = subspace.variances[..<kept].map { Float(max($0, floor).squareRoot()) }
        residualDeviations = [Float](repeating: 1, count: width)
        residualDeviations = measureResidualDeviations(of: windows)
    }

    /// How many of the variances along the principal directions hold ``explainedVariance``; at least one.
    private static func dimensionCount(of variances: [Double]) -> Int {
        let total = max(variances.reduce(0) { $0 + max($1, 0) }, 1e-12)
        var sum = 0.0
        for (index, variance) in variances.enumerated() {
            sum += max(variance, 0)
            if sum >= explainedVariance * total { return index + 1 }
        }
        return variances.count
    }

    private func measureResidualDeviations(of windows: Matrix) -> [Float] {
        let width = layout.width
        var sums = [Double](repeating: 0, count: width)
        var squares = [Double](repeating: 0, count: width)
        var scratch = EvidenceScratch()
        scratch.reserve(width: width, latent: dimensionCount)
        var start = 0
        while start < windows.rowCount {
            let rows = min(WindowBlock.rowCount, windows.rowCount - start)
            for index in 0..<(rows * width) {
                scratch.window[index] = windows.elements[start * width + index] - mean[index % width]
            }
            rebuild(&scratch, rows: rows)
            for row in 0..<rows {
                for cell in 0..<width {
                    let residual = Double(
                        scratch.window[row * width + cell] - scratch.reconstruction[row * width + cell])
                    sums[cell] += residual
                    squares[cell] += residual * residual
                }
            }
            start += rows
        }
        let count = Double(max(1, windows.rowCount))
        return (0..<width).map { cell in
            let mean = sums[cell] / count
            return max(Float(max(squares[cell] / count - mean * mean, 0).squareRoot()), Self.deviationFloor)
        }
    }

    /// From centered windows in `scratch.window` to latent coordinates in `scratch.latent` and what the subspace holds of
    /// the windows in `scratch.reconstruction`.
    private func rebuild(_ scratch: inout EvidenceScratch, rows: Int) {
        project(
            scratch.window, rows: rows, latent: &scratch.latent, rebuilt: &scratch.reconstruction,
            product: &scratch.product)
    }

    private func project(
        _ windows: [Float], rows: Int, latent: inout [Float], rebuilt: inout [Float], product: inout BlockScratch
    ) {
        let (width, dimensions) = (layout.width, dimensionCount)
        var allLatents = latent.mutableSpan
        var latents = allLatents._mutatingExtracting(0..<(rows * dimensions))
        // latents (rows, dimensions) = windows (rows, width) · directionsᵀ (width, dimensions)
        multiplyRows(
            windows.span.extracting(0..<(rows * width)), by: directions.span, .transposed, rows: rows, inner: width,
            columns: dimensions, into: &latents, scratch: &product)
        var allRebuilt = rebuilt.mutableSpan
        var reconstructions = allRebuilt._mutatingExtracting(0..<(rows * width))
        // reconstructions (rows, width) = latents (rows, dimensions) · directions (dimensions, width)
        multiplyRows(
            latent.span.extracting(0..<(rows * dimensions)), by: directions.span, rows: rows, inner: dimensions,
            columns: width, into: &reconstructions, scratch: &product)
    }

    private func center(_ windows: WindowBlock, into scratch: inout EvidenceScratch) {
        let width = layout.width
        let mean = mean.span.extracting(0..<width)
        var all = scratch.window.mutableSpan
        for row in 0..<windows.count {
            let window = windows.values.span.extracting((row * width)..<((row + 1) * width))
            var centered = all._mutatingExtracting((row * width)..<((row + 1) * width))
            for cell in window.indices { centered[cell] = window[cell] - mean[cell] }
        }
    }

    package func reserve(in scratch: inout EvidenceScratch) {
        scratch.reserve(width: layout.width, latent: dimensionCount)
    }

    package func score(_ windows: WindowBlock, scratch: inout EvidenceScratch, into errors: inout [Float]) {
        measure(windows, scratch: &scratch) { row, inside, outside in
            errors[row] = max(inside / insideScale, outside / outsideScale)
        }
        let width = layout.width
        let mean = mean.span.extracting(0..<width)
        var all = scratch.reconstruction.mutableSpan
        for row in 0..<windows.count {
            var rebuilt = all._mutatingExtracting((row * width)..<((row + 1) * width))
            for cell in mean.indices { rebuilt[cell] += mean[cell] }
        }
    }

    /// Calls `body` with the row, T² and Q, both per dimension, of each of the block's windows; leaves the centered windows
    /// in `scratch.window` and what the subspace holds of them in `scratch.reconstruction`.
    package func measure(
        _ windows: WindowBlock, scratch: inout EvidenceScratch, body: (Int, Float, Float) -> Void
    ) {
        center(windows, into: &scratch)
        rebuild(&scratch, rows: windows.count)
        let (width, dimensions) = (layout.width, dimensionCount)
        for row in 0..<windows.count {
            var inside: Float = 0
            for dimension in 0..<dimensions {
                let coordinate = scratch.latent[row * dimensions + dimension] / deviations[dimension]
                inside += coordinate * coordinate
            }
            let cells = (row * width)..<((row + 1) * width)
            let (outside, observed) = outsideSum(
                scratch.window.span.extracting(cells), scratch.reconstruction.span.extracting(cells),
                windows.isComplete(row: row) ? nil : windows.presence.span.extracting(cells))
            body(row, inside / Float(dimensions), outside / Float(max(1, observed)))
        }
    }

    /// The sum of squared residuals over the observed cells, each in units of its deviation, and how many cells that are.
    private func outsideSum(
        _ window: Span<Float>, _ rebuilt: Span<Float>, _ presence: Span<Int8>?
    ) -> (sum: Float, observed: Int) {
        let deviations = residualDeviations.span.extracting(0..<layout.width)
        guard let presence else { return (sumOfSquaredRatios(window, rebuilt, deviations), layout.width) }
        var sum: Float = 0
        var observed = 0
        for cell in window.indices where presence[cell] == Presence.observed {
            let residual = (window[cell] - rebuilt[cell]) / deviations[cell]
            sum += residual * residual
            observed += 1
        }
        return (sum, observed)
    }

    package func explain(
        _ windows: WindowBlock, row: Int, scratch: inout EvidenceScratch
    ) -> EvidenceExplanation {
        var inside: Float = 0
        var outside: Float = 0
        measure(windows, scratch: &scratch) { index, insideError, outsideError in
            if index == row { (inside, outside) = (insideError / insideScale, outsideError / outsideScale) }
        }
        let (width, dimensions, channelCount) = (layout.width, dimensionCount, layout.channels.count)
        var shares = [Double](repeating: 0, count: channelCount)
        for cell in 0..<width where windows.presence[row * width + cell] == Presence.observed {
            if outside >= inside {
                let residual =
                    (scratch.window[row * width + cell] - scratch.reconstruction[row * width + cell])
                    / residualDeviations[cell]
                shares[cell % channelCount] += Double(residual * residual)
            } else {
                // A cell's part of T² is its own value times what the whitened coordinates pull on it; the parts sum to T².
                // Single parts can be negative, so a channel's are summed before that is ruled out.
                var pull: Float = 0
                for dimension in 0..<dimensions {
                    let deviation = deviations[dimension]
                    pull +=
                        directions[dimension * width + cell] * scratch.latent[row * dimensions + dimension]
                        / (deviation * deviation)
                }
                shares[cell % channelCount] += Double(pull * scratch.window[row * width + cell])
            }
        }
        for channel in 0..<channelCount { shares[channel] = max(0, shares[channel]) }
        let newest = width - channelCount
        let expected = (0..<channelCount).map { channel in
            scratch.reconstruction[row * width + newest + channel] + mean[newest + channel]
        }
        return EvidenceExplanation(
            shares: shares, expected: expected, deviation: Array(residualDeviations[newest...]))
    }
}
