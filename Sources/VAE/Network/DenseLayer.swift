import LinearAlgebra

/// A fully connected layer, y = f(x · W + b), whose weights lie in the network's array of parameters.
struct DenseLayer: Sendable {
    let inputCount: Int
    let outputCount: Int
    let activation: Activation
    /// The weights' place among the parameters (input × output).
    let weights: Range<Int>
    /// The biases' place among the parameters (output).
    let bias: Range<Int>
    /// Where the next layer's parameters can begin.
    var end: Int { bias.upperBound }

    init(startingAt start: Int, inputCount: Int, outputCount: Int, activation: Activation) {
        self.inputCount = inputCount
        self.outputCount = outputCount
        self.activation = activation
        weights = start..<start + inputCount * outputCount
        bias = weights.upperBound..<weights.upperBound + outputCount
    }

    /// y = f(x · W + b); x is (rows, input), y is (rows, output).
    func forward(_ x: [Float], rows: Int, parameters: [Float], into y: inout [Float]) {
        var allRows = y.mutableSpan
        var y = allRows._mutatingExtracting(0..<rows * outputCount)
        multiply(
            x.span.extracting(0..<rows * inputCount), by: parameters.span.extracting(weights), rows: rows,
            inner: inputCount, columns: outputCount, into: &y)
        switch activation {
        case .tanh: addBiasThenTanh(parameters.span.extracting(bias), toEachRowOf: &y)
        case .identity: addBias(parameters.span.extracting(bias), toEachRowOf: &y)
        }
    }

    /// The gradients of W and b from that of y. `dy` (rows, output) is turned from the gradient of the outputs into that
    /// of the sums, which ``backward(_:rows:parameters:accumulating:into:)`` takes; x is (rows, input).
    func backward(_ dy: inout [Float], x: [Float], y: [Float], rows: Int, gradient: inout [Float]) {
        differentiateActivation(&dy, y: y, rows: rows)
        addUp(dy, x: x, rows: rows, accumulating: false, into: &gradient)
    }

    /// Turns `dy` (rows, output) from the gradient of the outputs into that of the sums.
    func differentiateActivation(_ dy: inout [Float], y: [Float], rows: Int) {
        guard activation == .tanh else { return }
        var allRows = dy.mutableSpan
        var dy = allRows._mutatingExtracting(0..<rows * outputCount)
        multiplyByTanhDerivative(&dy, output: y.span.extracting(0..<rows * outputCount))
    }

    /// The gradients of W and b from that of the sums, added to what `gradient` holds if `accumulating`.
    ///
    /// dy is (rows, output), x is (rows, input).
    func addUp(_ dy: [Float], x: [Float], rows: Int, accumulating: Bool, into gradient: inout [Float]) {
        let dy = dy.span.extracting(0..<rows * outputCount)
        var gradient = gradient.mutableSpan
        var dW = gradient._mutatingExtracting(weights)  // dW = xᵀ · dy
        multiply(
            x.span.extracting(0..<rows * inputCount), .transposed, by: dy, rows: inputCount, inner: rows,
            columns: outputCount, accumulating: accumulating, into: &dW)
        var db = gradient._mutatingExtracting(bias)  // db = Σ dy
        sumRows(dy, accumulating: accumulating, into: &db)
    }

    /// The gradient of x from that of the sums: dx = dy · Wᵀ, added to what `dx` holds if `accumulating`.
    ///
    /// dy is (rows, output), dx is (rows, input).
    func backward(_ dy: [Float], rows: Int, parameters: [Float], accumulating: Bool = false, into dx: inout [Float]) {
        var allRows = dx.mutableSpan
        var dx = allRows._mutatingExtracting(0..<rows * inputCount)
        multiply(
            dy.span.extracting(0..<rows * outputCount), by: parameters.span.extracting(weights), .transposed,
            rows: rows,
            inner: outputCount, columns: inputCount, accumulating: accumulating, into: &dx)
    }
}

/// The forward pass in row blocks, where a row's result depends on that row alone; see ``RowBlock``.
extension DenseLayer {
    /// y = f(x · W + b) for a block stored row by row: x is (16, input), y is (output, 16).
    func forward(rowsOfBlock x: Span<Float>, parameters: Span<Float>, into y: inout [Float]) {
        var y = y.mutableSpan
        RowBlock.multiply(
            rows: x, by: parameters.extracting(weights), inner: inputCount, columns: outputCount, into: &y)
        activate(&y, parameters: parameters)
    }

    /// y = f(x · W + b) for a block stored feature by feature: x is (input, 16), y is (output, 16).
    func forward(featuresOfBlock x: [Float], parameters: Span<Float>, into y: inout [Float]) {
        var y = y.mutableSpan
        RowBlock.multiply(
            features: x.span, by: parameters.extracting(weights), inner: inputCount, columns: outputCount, into: &y)
        activate(&y, parameters: parameters)
    }

    private func activate(_ y: inout MutableSpan<Float>, parameters: Span<Float>) {
        switch activation {
        case .tanh: RowBlock.addBiasThenTanh(parameters.extracting(bias), to: &y)
        case .identity: RowBlock.addBias(parameters.extracting(bias), to: &y)
        }
    }
}
