package import LinearAlgebra
package import VAE

/// The ways of seeing that a window is odd.
package enum EvidenceKind: String, Sendable, CaseIterable {
    /// How badly an autoencoder rebuilds the window.
    case reconstruction
    /// How far the window lies inside and outside the subspace of normal windows.
    case linear
    /// How far the window is from every remembered window of normal times.
    case memory
    /// How badly the newest readings were forecast from those before them.
    case forecast
    /// A value never seen before on a constant or few-valued channel, or a channel that stopped reporting.
    case novelty
    /// A channel that has stopped moving.
    case stuck
}

/// One way of seeing that a window is odd: fitted on normal windows, scores windows in blocks, explains one window.
///
/// A part knows nothing of time, streams or other parts. Its error has a scale of its own, and ``scale`` says what counts
/// as one on the common scale. Fitting is an initializer of each part, for each needs something else.
package protocol EvidencePart: Sendable {
    /// Which way of seeing this is.
    var kind: EvidenceKind { get }
    /// The windows it looks at.
    var layout: WindowLayout { get }
    /// The error that counts as one: as odd as the oddest 1 % of normal windows.
    var scale: Float { get set }
    /// What one on the common scale counts in the sum of all parts.
    var weight: Float { get }
    /// Whether the error counts only by how far it rises above its own recent past.
    var fades: Bool { get }
    /// Whether the part cannot see a window of which many readings in a row are missing, for what stands in for them is odd.
    var needsReadings: Bool { get }
    /// Whether ``score(_:scratch:into:)`` leaves rebuilt windows in ``EvidenceScratch/reconstruction``.
    var reconstructs: Bool { get }

    /// Makes room for all that ``score(_:scratch:into:)`` needs.
    func reserve(in scratch: inout EvidenceScratch)

    /// Writes the error of each of the block's windows, not yet divided by ``scale``. Does not allocate.
    func score(_ windows: WindowBlock, scratch: inout EvidenceScratch, into errors: inout [Float])

    /// Writes all that the part learned, behind a tag of its kind.
    func encode(into writer: inout ByteWriter)

    /// Says which channels are behind a window's error. May allocate.
    func explain(_ windows: WindowBlock, row: Int, scratch: inout EvidenceScratch) -> EvidenceExplanation
}

extension EvidencePart {
    /// Most parts do.
    package var needsReadings: Bool { true }

    /// Most parts need no room.
    package func reserve(in scratch: inout EvidenceScratch) {}
}

/// Which channels are behind the error of one window.
package struct EvidenceExplanation: Sendable {
    /// For each channel of the layout its part of the error; not negative.
    package var shares: [Double]
    /// For each channel of the layout the value that was expected of the newest slot, normalized; nil where the part
    /// has no idea of one.
    package var expected: [Float]?
    /// For each channel of the layout the deviation of normal readings from what was expected, normalized.
    package var deviation: [Float]?

    /// An explanation.
    package init(shares: [Double], expected: [Float]? = nil, deviation: [Float]? = nil) {
        self.shares = shares
        self.expected = expected
        self.deviation = deviation
    }
}

/// Memory in which parts compute; one serves all streams of a detector, one after the other.
package struct EvidenceScratch: Sendable {
    /// Centered windows or masks, (rows × width).
    package var window: [Float] = []
    /// Latent coordinates, (rows × dimensions).
    package var latent: [Float] = []
    /// The rebuilt windows of the last part that rebuilds, (rows × width).
    package var reconstruction: [Float] = []
    /// Latent coordinates of sixteen windows, feature by feature, (dimensions × 16).
    var latentBlock: [Float] = []
    /// Products of sixteen windows and remembered ones, (remembered × 16).
    var distances: [Float] = []
    /// What bringing windows to a memory's form needs.
    var formTile: [Float] = []
    /// What forecasts are made from, (slots × inputs).
    var lagCells: [Float] = []
    /// Forecasts of the newest slots of windows that follow each other, (slots × channels).
    var forecasts: [Float] = []
    /// What was read less these forecasts, (slots × channels).
    var residuals: [Float] = []
    /// The slots of windows that follow each other, (slots × channels).
    var course: [Float] = []
    /// What products of a fixed number of rows need.
    package var product = BlockScratch()
    /// What an adversarial autoencoder makes of the windows that it rebuilt, (rows × width).
    var secondPass: [Float] = []
    /// The memory of adversarial autoencoders, one for each shape that was met.
    var adversarialNetworks: [(shape: AdversarialAutoencoder.Shape, memory: AdversarialAutoencoder.Scratch)] = []
    /// The memory of networks, one for each shape that was met.
    var networks: [(shape: NetworkShape, memory: VariationalAutoencoder.Scratch)] = []

    /// Empty scratch; it grows with ``reserve(width:latent:)``.
    package init() {}

    /// Makes room for a part whose windows have this many cells and whose latent space has this many dimensions.
    package mutating func reserve(width: Int, latent dimensions: Int) {
        let cells = WindowBlock.rowCount * width
        if window.count < cells {
            window = [Float](repeating: 0, count: cells)
            reconstruction = [Float](repeating: 0, count: cells)
        }
        if latent.count < WindowBlock.rowCount * dimensions {
            latent = [Float](repeating: 0, count: WindowBlock.rowCount * dimensions)
        }
    }

    /// Makes room to compare sixteen windows with remembered ones.
    mutating func reserve(latentBlock dimensions: Int, remembered count: Int) {
        latentBlock.grow(to: dimensions * RowBlock.rowCount)
        distances.grow(to: count * RowBlock.rowCount)
    }

    /// Makes room to bring windows to a memory's form.
    mutating func reserve(formTile count: Int) { formTile.grow(to: count) }

    /// Makes room to forecast so many slots of so many channels, at once from so many cells, of a course of so many.
    mutating func reserve(forecastSlots slots: Int, channels: Int, inputs: Int, course cells: Int) {
        lagCells.grow(to: inputs)
        forecasts.grow(to: slots * channels)
        residuals.grow(to: slots * channels)
        course.grow(to: cells)
    }

    /// The place in ``networks`` of the memory for a shape, which is made when the shape is met for the first time.
    mutating func networkIndex(of shape: NetworkShape) -> Int {
        if let index = networks.firstIndex(where: { $0.shape == shape }) { return index }
        networks.append((shape, VariationalAutoencoder.Scratch(for: shape)))
        return networks.count - 1
    }

    /// The place in ``adversarialNetworks`` of the memory for a shape, which is made when the shape is met for the first time.
    mutating func networkIndex(of shape: AdversarialAutoencoder.Shape) -> Int {
        secondPass.grow(to: WindowBlock.rowCount * shape.inputCount)
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

/// The sum of x² over a stretch, in the order of ``sumOfSquaredRatios(_:_:_:)``.
func sumOfSquares(_ x: Span<Float>) -> Float {
    var sums = SIMD4<Float>()
    let wholeEnd = x.count - x.count % 4
    for start in stride(from: 0, to: wholeEnd, by: 4) {
        let values = SIMD4(x[start], x[start + 1], x[start + 2], x[start + 3])
        sums += values * values
    }
    var sum = sums.sum()
    for index in wholeEnd..<x.count { sum += x[index] * x[index] }
    return sum
}

/// The sum of ((x − y) / deviation)² over three stretches of one length.
///
/// Four sums run beside each other, for one alone would wait for each addition. Their order is fixed, so the result is.
func sumOfSquaredRatios(_ x: Span<Float>, _ y: Span<Float>, _ deviations: Span<Float>) -> Float {
    precondition(x.count == y.count && x.count == deviations.count, "stretches of different lengths")
    var sums = SIMD4<Float>()
    let wholeEnd = x.count - x.count % 4
    for start in stride(from: 0, to: wholeEnd, by: 4) {
        let left = SIMD4(x[start], x[start + 1], x[start + 2], x[start + 3])
        let right = SIMD4(y[start], y[start + 1], y[start + 2], y[start + 3])
        let scale = SIMD4(
            deviations[start], deviations[start + 1], deviations[start + 2], deviations[start + 3])
        let ratio = (left - right) / scale
        sums += ratio * ratio
    }
    var sum = sums.sum()
    for index in wholeEnd..<x.count {
        let ratio = (x[index] - y[index]) / deviations[index]
        sum += ratio * ratio
    }
    return sum
}
