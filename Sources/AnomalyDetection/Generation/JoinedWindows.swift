import LinearAlgebra
import RealModule
import VAE

/// Windows that an autoencoder draws, joined to one endless series of normalized slots.
///
/// A window follows another where its head fits the other's tail: of many windows from the source of latent variables one
/// is chosen, each with the probability that the output noise gives to the tail if the window's head is the truth. That is
/// the network's own answer to what comes next (sampling importance resampling; Rubin 1987). Head and tail are then faded
/// into each other, over a few slots only: where two windows are mixed, what their sensors add partly cancels out.
struct JoinedWindows {
    /// So many windows are drawn to choose the next one from: with four latent variables a close one is among them.
    private static let candidateCount = 256

    /// The slot that comes next, as a place in a remembered window.
    struct Resemblance {
        /// The remembered window.
        var window: Int
        /// The slot in it.
        var slot: Int
    }

    private let network: VariationalAutoencoder
    private let latents: LatentSource
    private let channelCount: Int
    private let length: Int
    /// The slots of a window that the next one's head covers.
    private let overlap: Int
    /// The slots in the middle of the overlap in which one window fades into the next.
    private let fadeLength: Int
    /// The deviation of the cells of a window from what the network says, (length × channels).
    private let deviations: [Float]
    private var source: RandomSource
    /// The means of the window in hand, its head faded, (length × channels).
    private var window: [Float]
    /// What a sensor adds to the window in hand, its head faded, (length × channels).
    private var residual: [Float]
    /// The remembered window that the one in hand resembles.
    private var resembled: Int?
    /// The slot that comes next.
    private var slot = 0

    /// The series of an autoencoder with latent variables from a source.
    init(_ part: GenerativeNetwork, latents: LatentSource, seed: UInt64) {
        network = part.network
        self.latents = latents
        channelCount = part.layout.channels.count
        length = part.layout.length
        overlap = part.layout.length / 2
        fadeLength = max(1, part.layout.length / 8)
        deviations = part.deviations
        source = RandomSource(seed: seed)
        let first = latents.draw(1, dimensions: part.network.shape.latentCount, from: &source)
        window = part.network.decode(first.latents).elements
        resembled = first.resembling[0]
        residual = latents.residual(resembling: first.resembling[0], deviations: deviations, from: &source)
    }

    /// Writes the next slot, a value for each channel of the layout. Says where something like it is remembered, if anywhere.
    mutating func next(into values: inout [Float]) -> Resemblance? {
        if slot == length - overlap { goOn() }
        for channel in 0..<channelCount {
            let cell = slot * channelCount + channel
            values[channel] = window[cell] + residual[cell]
        }
        defer { slot += 1 }
        return resembled.map { Resemblance(window: $0, slot: slot) }
    }

    /// Takes the next window, whose head lies over the tail of this one.
    private mutating func goOn() {
        let drawn = latents.draw(Self.candidateCount, dimensions: network.shape.latentCount, from: &source)
        let candidates = network.decode(drawn.latents)
        let chosen = choose(from: candidates)
        let start = chosen * window.count
        let tail = window.count - overlap * channelCount
        var next = Array(candidates.elements[start..<(start + window.count)])
        var nextResidual = latents.residual(
            resembling: drawn.resembling[chosen], deviations: deviations, from: &source)
        for cell in 0..<(overlap * channelCount) {
            let faded = Float(cell / channelCount) + 0.5 - Float(overlap - fadeLength) / 2
            let share = min(max(faded / Float(fadeLength), 0), 1)
            next[cell] = (1 - share) * window[tail + cell] + share * next[cell]
            nextResidual[cell] = (1 - share) * residual[tail + cell] + share * nextResidual[cell]
        }
        (window, residual, resembled, slot) = (next, nextResidual, drawn.resembling[chosen], 0)
    }

    /// The row of one of the candidates, drawn with weights by how well its head fits the tail of the window in hand.
    private mutating func choose(from candidates: Matrix) -> Int {
        let tail = window.count - overlap * channelCount
        var best = (row: 0, key: -Double.infinity)
        for row in 0..<candidates.rowCount {
            let start = row * window.count
            var distance: Float = 0
            for cell in 0..<(overlap * channelCount) {
                let difference = (candidates.elements[start + cell] - window[tail + cell]) / deviations[cell]
                distance += difference * difference
            }
            // The largest of the logarithms of weights plus Gumbel noise is a draw with these weights (Gumbel 1954).
            let key = -0.5 * Double(distance) - Double.log(-Double.log(1 - source.uniform()))
            if key > best.key { best = (row, key) }
        }
        return best.row
    }
}
