import LinearAlgebra

/// One forward pass of a network over a few windows, with the memory for it: what all read-outs share.
///
/// Nothing is drawn: the latents are their means. A row's results depend on that row alone, to the last bit, whatever rows are beside
/// it. After ``init(for:rowLimit:)`` it allocates nothing.
package struct ForwardPass: Sendable {
    /// The shape of the networks that it is for.
    package let shape: NetworkShape
    /// The most windows of a pass.
    package let rowLimit: Int
    /// The number of windows of the last pass.
    package private(set) var rowCount = 0
    /// The windows' coordinates along the directions, a (rows × k).
    package private(set) var coordinates: [Float]
    /// For each window the sum of the squares of its cells less the center, |x − m|² (rows).
    package private(set) var energies: [Float]
    /// The means of the latents, μ (rows × k).
    package private(set) var latents: [Float]
    /// The rebuilt windows, x̂ (rows × D).
    package private(set) var rebuilt: [Float]
    /// What is to come after the windows (rows × H·d), horizon by horizon.
    package private(set) var foretold: [Float]

    private let layout: ParameterLayout
    private var centered: [Float]  // (rows, D)
    private var linearLatents: [Float]  // (rows, k)
    private var hidden: [Float]  // (rows, h)
    private var correction: [Float]  // (rows, 2k)
    private var output: [Float]  // (rows, D + H·d)
    private var newest: [Float]  // (rows, q)
    private var product: [Float]  // (rows, H·d)

    /// Memory for up to `rowLimit` windows of one shape.
    package init(for shape: NetworkShape, rowLimit: Int) {
        func zeros(_ columns: Int) -> [Float] { [Float](repeating: 0, count: rowLimit * columns) }
        self.shape = shape
        self.rowLimit = rowLimit
        layout = ParameterLayout(shape)
        let (width, h, k, targets) = (shape.inputCount, shape.hiddenCount, shape.latentCount, shape.foretoldCount)
        (coordinates, linearLatents, latents) = (zeros(k), zeros(k), zeros(k))
        (centered, rebuilt) = (zeros(width), zeros(width))
        (hidden, correction, output) = (zeros(h), zeros(2 * k), zeros(width + targets))
        (foretold, product, newest) = (zeros(targets), zeros(targets), zeros(shape.newestCount))
        energies = zeros(1)
    }

    /// Runs windows (count × D), at most ``rowLimit``, through a network of the shape. Traps when the sizes do not fit.
    package mutating func run(_ network: borrowing VariationalAutoencoder, on windows: Span<Float>, count: Int) {
        let k = shape.latentCount
        find(network, coordinatesOf: windows, count: count)
        let parameters = network.parameters.span
        for row in 0..<count {
            for index in 0..<k {
                linearLatents[row * k + index] =
                    network.linear.encoderGains[index] * coordinates[row * k + index]
            }
        }
        Self.forward(layout.encoder, linearLatents, parameters, into: &hidden, rows: rowCount)
        Self.forward(layout.correction, hidden, parameters, into: &correction, rows: rowCount)
        for row in 0..<count {
            for index in 0..<k {
                latents[row * k + index] = linearLatents[row * k + index] + correction[row * 2 * k + index]
            }
        }
        decode(network)
        foretell(network, windows)
    }

    /// Finds ``coordinates`` and ``energies`` of windows (count × D), at most ``rowLimit``, and nothing else. Traps when the
    /// sizes do not fit.
    package mutating func find(
        _ network: borrowing VariationalAutoencoder, coordinatesOf windows: Span<Float>, count: Int
    ) {
        let (width, k) = (shape.inputCount, shape.latentCount)
        precondition(network.shape == shape, "the pass is for a network of another shape")
        precondition(count <= rowLimit && windows.count == count * width, "\(windows.count) cells, \(count) windows")
        rowCount = count
        center(windows, by: network.linear.center)
        multiply(
            firstRowsOf: centered, by: network.linear.encodingDirections.span, rows: rowCount, inner: width, columns: k,
            into: &coordinates)
    }

    /// Decodes latents (count × k), at most ``rowLimit``, to ``rebuilt``; nothing is foretold.
    package mutating func decode(_ network: borrowing VariationalAutoencoder, latents: Span<Float>, count: Int) {
        precondition(network.shape == shape && count <= rowLimit && latents.count == count * shape.latentCount)
        rowCount = count
        for index in latents.indices { self.latents[index] = latents[index] }
        decode(network)
    }

    private mutating func center(_ windows: Span<Float>, by center: [Float]) {
        let (width, count) = (shape.inputCount, rowCount)
        var all = centered.mutableSpan
        for row in 0..<count {
            let cells = row * width..<(row + 1) * width
            var target = all._mutatingExtracting(cells)
            replaceEach(&target, with: windows.extracting(cells), center.span) { _, x, m in x - m }
        }
        for row in 0..<count {
            energies[row] = squaredNorm(of: centered, in: row * width..<(row + 1) * width)
        }
    }

    private mutating func decode(_ network: borrowing VariationalAutoencoder) {
        let (width, k, targets) = (shape.inputCount, shape.latentCount, shape.foretoldCount)
        Self.forward(layout.decoder, latents, network.parameters.span, into: &hidden, rows: rowCount)
        Self.forward(layout.output, hidden, network.parameters.span, into: &output, rows: rowCount)
        for row in 0..<rowCount {
            for index in 0..<k {
                linearLatents[row * k + index] = network.linear.decoderGains[index] * latents[row * k + index]
            }
        }
        multiply(
            firstRowsOf: linearLatents, by: network.linear.directions.span, rows: rowCount, inner: k, columns: width,
            into: &rebuilt)
        let (outputs, count) = (output, rowCount)
        var all = rebuilt.mutableSpan
        for row in 0..<count {
            var target = all._mutatingExtracting(row * width..<(row + 1) * width)
            let start = row * (width + targets)
            replaceEach(&target, with: outputs.span.extracting(start..<start + width), network.linear.center.span) {
                linear, residual, center in linear + residual + center
            }
        }
    }

    private mutating func foretell(_ network: borrowing VariationalAutoencoder, _ windows: Span<Float>) {
        let (width, k, targets, q) = (shape.inputCount, shape.latentCount, shape.foretoldCount, shape.newestCount)
        for row in 0..<rowCount {
            for cell in 0..<q { newest[row * q + cell] = windows[(row + 1) * width - q + cell] }
        }
        let parameters = network.parameters.span
        multiply(
            firstRowsOf: latents, by: parameters.extracting(layout.latentForesight), rows: rowCount, inner: k,
            columns: targets,
            into: &foretold)
        multiply(
            firstRowsOf: newest, by: parameters.extracting(layout.newestForesight), rows: rowCount, inner: q,
            columns: targets,
            into: &product)
        let (products, outputs, count) = (product, output, rowCount)
        let constants = parameters.extracting(layout.foresightConstant)
        var all = foretold.mutableSpan
        for row in 0..<count {
            let correction = row * (width + targets) + width
            for index in 0..<targets {
                all[row * targets + index] +=
                    products[row * targets + index] + outputs[correction + index] + constants[index]
            }
        }
    }

    /// y = f(x · W + b) for the rows of the pass.
    private static func forward(
        _ layer: DenseLayer, _ x: [Float], _ parameters: Span<Float>, into y: inout [Float],
        rows rowCount: Int
    ) {
        multiply(
            firstRowsOf: x, by: parameters.extracting(layer.weights), rows: rowCount, inner: layer.inputCount,
            columns: layer.outputCount, into: &y)
        var all = y.mutableSpan
        var target = all._mutatingExtracting(0..<rowCount * layer.outputCount)
        switch layer.activation {
        case .tanh: addBiasThenTanh(parameters.extracting(layer.bias), toEachRowOf: &target)
        case .identity: addBias(parameters.extracting(layer.bias), toEachRowOf: &target)
        }
    }
}
