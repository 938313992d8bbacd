package import VAE

/// Memory in which parts compute; one serves all streams of a detector, one after the other.
package struct EvidenceScratch: Sendable {
    /// The network's pass over the windows at hand.
    package var pass: ForwardPass?
    /// What the network foretold of the stream at hand, and how that turned out.
    package var foresight = ForesightState()
    /// For each window at hand the number of its newest slot, counted along the stream.
    package var slots: [Int] = []
    /// The model's ``StreamModel/usualGap``.
    package var usualGap = 0
    /// For each window at hand and each channel how badly it was foretold, (rows × channels); 0 where nothing can be said.
    var foresightShares: [Float] = []
    /// For each channel how badly it was foretold at one horizon, (channels).
    var foresightSums: [Float] = []
    /// For each window at hand the remembered windows that are nearest, (rows × 2).
    var nearest: [Int] = []
    /// What is looked up in a memory, (rows × features).
    var features: [Float] = []
    /// Coordinates along directions, (rows × dimensions).
    var coordinates: [Float] = []
    /// Products with what is remembered, (rows × remembered).
    var products: [Float] = []
    /// The windows as an adversarial autoencoder rebuilds them, and then once more, (rows × width).
    var firstPass: [Float] = []
    var secondPass: [Float] = []
    /// 1 where a cell was observed, (rows × width).
    var mask: [Float] = []

    /// For each window at hand and each channel the mean negative log density of its newest values, (rows × channels).
    var likelihoods: [Float] = []

    /// The passes of networks, one for each shape that was met, but for the one in ``pass``.
    private var passes: [NetworkShape: ForwardPass] = [:]
    /// The memory of adversarial autoencoders, one for each shape that was met.
    var adversarialNetworks: [(shape: AdversarialAutoencoder.Shape, memory: AdversarialAutoencoder.Scratch)] = []

    /// The memory of attention forecasters, one for each shape that was met.
    var forecasters: [(shape: CausalForecaster.Shape, memory: CausalForecaster.Scratch)] = []

    /// Empty scratch; it grows when parts reserve room.
    package init() {
        slots = [Int](repeating: 0, count: WindowBlock.rowCount)
    }

    /// Puts the memory for networks of a shape into ``pass``; makes it where the shape was not met before.
    package mutating func use(_ shape: NetworkShape) {
        if pass?.shape == shape { return }
        if let other = pass { passes[other.shape] = other }
        pass = passes.removeValue(forKey: shape) ?? ForwardPass(for: shape, rowLimit: WindowBlock.rowCount)
    }

    /// Makes room to look so many features up among so many remembered.
    mutating func reserve(features count: Int, coordinates dimensions: Int, remembered: Int) {
        features.grow(to: WindowBlock.rowCount * count)
        coordinates.grow(to: WindowBlock.rowCount * dimensions)
        products.grow(to: WindowBlock.rowCount * remembered)
    }

    /// Puts those of so many remembered ones out of a row's reach that are not apart from it; says whether any is left.
    mutating func keepApart(_ row: Int, of count: Int, _ isApart: (_ row: Int, _ remembered: Int) -> Bool) -> Bool {
        var isAnyLeft = false
        for place in 0..<count {
            if isApart(row, place) { isAnyLeft = true } else { products[row * count + place] = -1e12 }
        }
        return isAnyLeft
    }

    /// Makes room for what is told of each window and channel.
    mutating func reserve(channels count: Int) {
        foresightShares.grow(to: WindowBlock.rowCount * count)
        foresightSums.grow(to: count)
        if nearest.isEmpty { nearest = [Int](repeating: 0, count: 2 * WindowBlock.rowCount) }
    }

    /// Makes room for windows of an adversarial autoencoder.
    mutating func reserve(rebuilt width: Int) {
        firstPass.grow(to: WindowBlock.rowCount * width)
        secondPass.grow(to: WindowBlock.rowCount * width)
        mask.grow(to: WindowBlock.rowCount * width)
    }

    /// Makes room for what an attention forecaster says of windows of a layout.
    mutating func reserve(likelihoods layout: WindowLayout) {
        likelihoods.grow(to: WindowBlock.rowCount * layout.channels.count)
        mask.grow(to: WindowBlock.rowCount * layout.width)
    }

    /// Where the memory of attention forecasters of a shape is; it is made where the shape was not met before.
    mutating func forecasterIndex(of shape: CausalForecaster.Shape) -> Int {
        if let index = forecasters.firstIndex(where: { $0.shape == shape }) { return index }
        forecasters.append((shape, CausalForecaster.Scratch(for: shape)))
        return forecasters.count - 1
    }

    /// Where the memory of adversarial autoencoders of a shape is; it is made where the shape was not met before.
    mutating func adversarialIndex(of shape: AdversarialAutoencoder.Shape) -> Int {
        if let index = adversarialNetworks.firstIndex(where: { $0.shape == shape }) { return index }
        adversarialNetworks.append((shape, AdversarialAutoencoder.Scratch(for: shape)))
        return adversarialNetworks.count - 1
    }
}

extension [Float] {
    /// Appends zeros up to a count.
    fileprivate mutating func grow(to count: Int) {
        if self.count < count { append(contentsOf: repeatElement(0, count: count - self.count)) }
    }
}
