import VAE

/// Networks in closed form, fitted to a history and to parts of it. They do not depend on the detector, so that one fit serves all
/// that are fitted to the same history.
struct ClosedNetworkFit: Sendable {
    /// A fit to all but some blocks of time, and what it makes of these.
    struct Fold: Sendable {
        /// The readings that it was fitted to, and those that it did not see.
        var (fitted, heldOut): ([Int], [Int])
        /// The network.
        var network: VariationalAutoencoder
        /// For each held-out reading the ratios of the network's read-outs; NaN where nothing can be said.
        var (rebuild, foresight): ([Float], [Float])
    }

    /// The windows.
    let layout: WindowLayout
    /// The readings that windows end with.
    let readings: [Int]
    /// The network of all of them.
    let network: VariationalAutoencoder
    /// Networks of some.
    var folds: [Fold] = []
    /// How these forecast readings that they did not see; nil where there are too few.
    var heldOut: HeldOutForecast?
}
