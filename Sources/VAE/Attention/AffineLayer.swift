import LinearAlgebra

/// y = x · W + b row by row, its weights and biases lying in the network's array of parameters.
struct AffineLayer: Sendable {
    let inputCount: Int
    let outputCount: Int
    /// The weights' place among the parameters (input × output).
    let weights: Range<Int>
    /// The biases' place among the parameters (output); empty where there are none.
    let bias: Range<Int>
    /// Where the next layer's parameters can begin.
    var end: Int { bias.upperBound }

    init(startingAt start: Int, inputCount: Int, outputCount: Int, hasBias: Bool = true) {
        self.inputCount = inputCount
        self.outputCount = outputCount
        weights = start..<start + inputCount * outputCount
        bias = weights.upperBound..<weights.upperBound + (hasBias ? outputCount : 0)
    }

    /// y = x · W + b, or y += x · W + b; x is (…, input), y is (…, output), of both these rows.
    func forward(
        _ x: [Float], rows: Range<Int>, parameters: [Float], accumulating: Bool = false, into y: inout [Float]
    ) {
        var allRows = y.mutableSpan
        var y = allRows._mutatingExtracting(rows.lowerBound * outputCount..<rows.upperBound * outputCount)
        multiply(
            x.span.extracting(rows.lowerBound * inputCount..<rows.upperBound * inputCount),
            by: parameters.span.extracting(weights), rows: rows.count, inner: inputCount, columns: outputCount,
            accumulating: accumulating, into: &y)
        addBias(parameters: parameters, to: &y)
    }

    /// Adds the biases, if there are any, to each row of y (rows, output).
    func addBias(parameters: [Float], to y: inout MutableSpan<Float>) {
        guard !bias.isEmpty else { return }
        LinearAlgebra.addBias(parameters.span.extracting(bias), toEachRowOf: &y)
    }

    /// The gradients of W and b from that of y: dW = xᵀ · dy, db = Σ dy; dy is (rows, output), x is (rows, input).
    func addUp(_ dy: [Float], x: [Float], rows: Int, into gradient: inout [Float]) {
        let dy = dy.span.extracting(0..<rows * outputCount)
        var gradient = gradient.mutableSpan
        var dW = gradient._mutatingExtracting(weights)
        multiply(
            x.span.extracting(0..<rows * inputCount), .transposed, by: dy, rows: inputCount, inner: rows,
            columns: outputCount, into: &dW)
        guard !bias.isEmpty else { return }
        var db = gradient._mutatingExtracting(bias)
        sumRows(dy, into: &db)
    }

    /// The gradient of x from that of y: dx = dy · Wᵀ; dy is (rows, output), dx is (rows, input).
    func backward(_ dy: [Float], rows: Int, parameters: [Float], into dx: inout [Float]) {
        var allRows = dx.mutableSpan
        var dx = allRows._mutatingExtracting(0..<rows * inputCount)
        multiply(
            dy.span.extracting(0..<rows * outputCount), by: parameters.span.extracting(weights), .transposed,
            rows: rows, inner: outputCount, columns: inputCount, into: &dx)
    }
}
