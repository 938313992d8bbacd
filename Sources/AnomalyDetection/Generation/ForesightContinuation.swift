import LinearAlgebra
import RealModule
import VAE

/// What could follow a window by a network's foresight, one slot after the other and without end: each is drawn from the normal
/// distribution that the network foretells one slot ahead of those before, the drawn ones included.
///
/// The temperature multiplies the variance, as dividing a log density by it does. Of the mass `topP` is the central part, in which a
/// normal density is highest, so it is what nucleus sampling keeps. At temperature 0 a slot is its mean. Channels are taken for
/// independent, given the slots before.
struct ForesightContinuation: Sendable {
    private let window: WindowNetwork
    private let sampling: TokenSampling
    /// Where the next slot begins among what is foretold.
    private let firstForetold: Int
    /// The deviation of each channel's next value.
    private let deviations: [Float]
    private var pass: ForwardPass
    /// The newest window (slots × channels).
    private var cells: [Float]
    private var source: RandomSource

    /// What follows a window (slots × channels of the network's layout).
    ///
    /// Throws where the network foretells, but not the next slot, and where the sampling is by bins.
    init(
        of cells: [Float], by window: WindowNetwork, sampling: TokenSampling, seed: UInt64
    ) throws(GenerationFailure) {
        let shape = window.network.shape
        guard let index = shape.horizons.firstIndex(of: 1) else { throw .nothingForetells }
        guard sampling.topK == nil else { throw .noBins }
        precondition(cells.count == window.layout.width, "a window of \(cells.count) cells, not \(window.layout.width)")
        self.window = window
        self.sampling = sampling
        self.cells = cells
        firstForetold = index * shape.channelCount
        let variances = window.network.foresightVariances
        deviations = (0..<shape.channelCount).map { [firstForetold] channel in
            (variances[firstForetold + channel] * Float(sampling.temperature)).squareRoot()
        }
        pass = ForwardPass(for: shape, rowLimit: 1)
        source = RandomSource(seed: seed)
    }

    /// The values that come next, one a channel of the layout.
    mutating func next() -> [Float] {
        let (network, cells) = (window.network, cells)
        pass.run(network, on: cells.span, count: 1)
        return deviations.indices.map { channel in
            let mean = pass.foretold[firstForetold + channel]
            guard !sampling.isGreedy else { return mean }
            return mean + deviations[channel] * Float(source.normal(ofCentralMass: sampling.topP))
        }
    }

    /// Takes a slot for the newest; the oldest leaves the window.
    mutating func append(_ values: [Float]) {
        precondition(values.count == deviations.count, "\(values.count) values, not \(deviations.count)")
        cells.removeFirst(values.count)
        cells += values
    }
}

extension RandomSource {
    /// A number from the part of the standard normal distribution around 0 that has a mass of over 0 and up to 1.
    mutating func normal(ofCentralMass mass: Double) -> Double {
        guard mass < 1 else { return normal() }
        // The place in the distribution, from −mass to mass; what lies within ±x of 0 has the mass erf(x / √2).
        let share = (2 * uniform() - 1) * mass
        // Beyond 8.5 no mass is left that a number could tell from 0.
        var (low, high) = (0.0, 8.5)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if Double.erf(middle / Double.sqrt(2)) < abs(share) { low = middle } else { high = middle }
        }
        return share < 0 ? -low : low
    }
}
