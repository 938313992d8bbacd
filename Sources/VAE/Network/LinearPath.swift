package import LinearAlgebra
import RealModule

/// The linear path of a network: probabilistic principal component analysis in closed form (Tipping and Bishop 1999), which is the
/// optimum of a linear variational autoencoder (Lucas et al. 2019).
///
/// A window x (D) has the coordinates a = (x − m) Vᵀ along k orthonormal directions. Encoding multiplies them by
/// √(λ − s²)/λ, decoding the latents by √(λ − s²).
package struct LinearPath: Sendable, Equatable {
    /// So much of the variance the latents need not exceed.
    static let explainedVariance = 0.999
    /// Variances are no smaller than this.
    private static let leastVariance = 1e-6

    /// The mean window, m (D).
    package let center: [Float]
    /// The directions, V (k × D), those of the largest variance first.
    package let directions: [Float]
    /// The same the other way round, Vᵀ (D × k): products of single rows read a matrix in the order in which it lies.
    let encodingDirections: [Float]
    /// The variances along the directions, λ (k), descending.
    package let variances: [Float]
    /// The mean variance along all other directions, s².
    package let residualVariance: Float
    /// What takes coordinates to latents, √(λ − s²)/λ (k).
    package let encoderGains: [Float]
    /// What takes latents to coordinates, √(λ − s²) (k).
    package let decoderGains: [Float]

    /// The number of latent dimensions, k.
    package var latentCount: Int { variances.count }

    /// A path from its parts.
    package init(center: [Float], directions: [Float], variances: [Float], residualVariance: Float) {
        precondition(directions.count == variances.count * center.count, "directions are (k × D)")
        self.center = center
        self.directions = directions
        let (width, count) = (center.count, variances.count)
        var columns = [Float](repeating: 0, count: directions.count)
        for direction in 0..<count {
            for cell in 0..<width { columns[cell * count + direction] = directions[direction * width + cell] }
        }
        encodingDirections = columns
        self.variances = variances
        self.residualVariance = residualVariance
        let spreads = variances.map { max($0 - residualVariance, Float(Self.leastVariance)).squareRoot() }
        encoderGains = zip(spreads, variances).map {
            $0 / max($1, residualVariance + Float(Self.leastVariance))
        }
        decoderGains = spreads
    }

    /// The path of windows (windows × D), at least two; it has at most `latentLimit` dimensions.
    ///
    /// Throws when LAPACK finds no eigenvectors, which finite windows do not cause.
    package init(of windows: Matrix, latentLimit: Int) throws(LinearAlgebraFailure) {
        let width = windows.columnCount
        let limit = max(1, min(latentLimit, width - 1))
        let subspace = try PrincipalSubspace(of: windows, dimensions: limit)
        let found = subspace.variances.prefix(limit).map { max($0, 0) }
        let total = max(Self.totalVariance(of: windows), found.reduce(0, +))
        var kept = 0
        var explained = 0.0
        while kept < found.count, kept == 0 || explained < Self.explainedVariance * total {
            explained += found[kept]
            kept += 1
        }
        let rest = (total - explained) / Double(max(1, width - kept))
        self.init(
            center: subspace.mean, directions: Array(subspace.directions[..<(kept * width)]),
            variances: found[..<kept].map { Float($0) }, residualVariance: Float(max(rest, Self.leastVariance)))
    }

    /// The sum of the variances of all columns.
    private static func totalVariance(of rows: Matrix) -> Double {
        let (n, width) = (rows.rowCount, rows.columnCount)
        var (sums, squares) = ([Double](repeating: 0, count: width), [Double](repeating: 0, count: width))
        for row in 0..<n {
            for column in 0..<width { sums[column] += Double(rows.elements[row * width + column]) }
        }
        let means = sums.map { $0 / Double(n) }
        for row in 0..<n {
            for column in 0..<width {
                let difference = Double(rows.elements[row * width + column]) - means[column]
                squares[column] += difference * difference
            }
        }
        return squares.reduce(0, +) / Double(max(1, n - 1))
    }

    /// The logarithm of the variance that latents have given a window, s²/λ (k).
    package var logVariances: [Float] {
        variances.map { Float.log(min(max(residualVariance / max($0, .leastNormalMagnitude), 1e-5), 1)) }
    }

    /// The path with directions that half precision holds.
    package var halved: LinearPath {
        LinearPath(
            center: center, directions: directions.map { Float(Float16($0)) }, variances: variances,
            residualVariance: residualVariance)
    }
}
