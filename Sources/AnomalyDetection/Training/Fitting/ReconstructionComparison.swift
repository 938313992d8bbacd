/// The mean squared errors, per cell, with which an autoencoder and principal components of as many dimensions rebuild
/// windows that neither has seen.
struct ReconstructionComparison: CustomStringConvertible {
    /// The autoencoder's.
    let network: Double
    /// The principal components'.
    let linear: Double

    /// From the sums over so many cells.
    init(network: Double, linear: Double, count: Int) {
        self.network = network / Double(max(1, count))
        self.linear = linear / Double(max(1, count))
    }

    /// The mean of comparisons on as many windows each.
    init(meanOf comparisons: [ReconstructionComparison]) {
        self.init(
            network: comparisons.reduce(0) { $0 + $1.network }, linear: comparisons.reduce(0) { $0 + $1.linear },
            count: comparisons.count)
    }

    /// The share by which the autoencoder misses less; below zero where it misses more.
    var gain: Double { linear > 0 ? 1 - (network / linear).squareRoot() : 0 }

    var description: String {
        "held-out squared error \(rounded(network)) against \(rounded(linear)) of as many linear dimensions"
    }
}
