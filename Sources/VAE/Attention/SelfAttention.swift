import LinearAlgebra

/// Causal attention with several heads (Vaswani et al. 2017): each position gathers from itself and earlier ones.
///
/// Queries, keys and values have no biases: a key's would change nothing at all. The products are made window by window
/// with features as rows, so that a head's part of them lies in one piece.
struct SelfAttention: Sendable {
    /// What one pass leaves behind.
    struct State: Sendable {
        var projections: [Float]  // (windows, 3W, T): queries, keys and values, head by head, feature by feature
        var weights: [Float]  // (windows, heads, T, T): how much a position (row) takes from each position (column)
        var gathered: [Float]  // (windows, W, T), feature by feature

        init(windowLimit: Int, shape: CausalForecaster.Shape) {
            let (w, t) = (shape.width, shape.slotCount)
            projections = [Float](repeating: 0, count: windowLimit * 3 * w * t)
            weights = [Float](repeating: 0, count: windowLimit * shape.headCount * t * t)
            gathered = [Float](repeating: 0, count: windowLimit * w * t)
        }
    }

    /// Memory for the way back.
    struct Gradients: Sendable {
        fileprivate var dGathered: [Float]  // (W, T)
        fileprivate var dProjections: [Float]  // (3W, T)
        fileprivate var dScores: [Float]  // (T, T)

        init(shape: CausalForecaster.Shape) {
            let (w, t) = (shape.width, shape.slotCount)
            dGathered = [Float](repeating: 0, count: w * t)
            dProjections = [Float](repeating: 0, count: 3 * w * t)
            dScores = [Float](repeating: 0, count: t * t)
        }
    }

    let width: Int
    let headCount: Int
    let slotCount: Int
    /// From a row to its queries, keys and values.
    let projection: AffineLayer
    /// From what the heads gathered back to a row.
    let output: AffineLayer
    /// Where the next layer's parameters can begin.
    var end: Int { output.end }

    private var headWidth: Int { width / headCount }
    private var scale: Float { 1 / Float(headWidth).squareRoot() }

    init(startingAt start: Int, shape: CausalForecaster.Shape) {
        width = shape.width
        headCount = shape.headCount
        slotCount = shape.slotCount
        projection = AffineLayer(startingAt: start, inputCount: width, outputCount: 3 * width, hasBias: false)
        output = AffineLayer(startingAt: projection.end, inputCount: width, outputCount: width)
    }

    /// The place of a head's features in a window's projections: part 0 is its queries, 1 its keys, 2 its values.
    private func place(ofPart part: Int, head: Int) -> Range<Int> {
        let start = (part * width + head * headWidth) * slotCount
        return start..<start + headWidth * slotCount
    }

    /// x += attention(input) · W + b; both are (windows · T, W).
    func forward(
        _ input: [Float], windowCount: Int, parameters: [Float], state: inout State, addingTo x: inout [Float]
    ) {
        forward(
            input, windowCount: windowCount, parameters: parameters, projections: &state.projections,
            weights: &state.weights, gathered: &state.gathered, addingTo: &x)
    }

    private func forward(
        _ input: [Float], windowCount: Int, parameters: [Float], projections allProjections: inout [Float],
        weights allWeights: inout [Float], gathered allGathered: inout [Float], addingTo x: inout [Float]
    ) {
        let (w, t) = (width, slotCount)
        var allProjections = allProjections.mutableSpan
        var allWeights = allWeights.mutableSpan
        var allGathered = allGathered.mutableSpan
        var allX = x.mutableSpan
        for window in 0..<windowCount {
            let rows = window * t * w..<(window + 1) * t * w
            var projections = allProjections._mutatingExtracting(3 * rows.lowerBound..<3 * rows.upperBound)
            multiply(
                parameters.span.extracting(projection.weights), .transposed, by: input.span.extracting(rows),
                .transposed, rows: 3 * w, inner: w, columns: t, into: &projections)
            var gathered = allGathered._mutatingExtracting(rows)
            for head in 0..<headCount {
                let start = (window * headCount + head) * t * t
                var weights = allWeights._mutatingExtracting(start..<start + t * t)
                attend(projections.span, head: head, weights: &weights, gathered: &gathered)
            }
            var x = allX._mutatingExtracting(rows)
            multiply(
                gathered.span, .transposed, by: parameters.span.extracting(output.weights), rows: t, inner: w,
                columns: w, accumulating: true, into: &x)
            output.addBias(parameters: parameters, to: &x)
        }
    }

    /// One head of one window: weights = softmax(queries · keysᵀ), gathered = weights · values.
    private func attend(
        _ projections: Span<Float>, head: Int, weights: inout MutableSpan<Float>, gathered: inout MutableSpan<Float>
    ) {
        let (h, t) = (headWidth, slotCount)
        multiply(
            projections.extracting(place(ofPart: 0, head: head)), .transposed,
            by: projections.extracting(place(ofPart: 1, head: head)), rows: t, inner: h, columns: t, into: &weights)
        for row in 0..<t {
            var earlier = weights._mutatingExtracting(row * t..<row * t + row + 1)
            replaceBySoftmax(&earlier, scale: scale)
            var later = weights._mutatingExtracting(row * t + row + 1..<(row + 1) * t)
            replaceEach(&later) { _ in SIMD8() }
        }
        var features = gathered._mutatingExtracting(head * h * t..<(head + 1) * h * t)
        multiply(
            projections.extracting(place(ofPart: 2, head: head)), by: weights.span, .transposed, rows: h, inner: t,
            columns: t, into: &features)
    }

    /// The gradients of all weights and of the input, from that of what was added to x; all are (windows · T, W).
    func backward(
        _ dy: [Float], input: [Float], windowCount: Int, parameters: [Float], state: State,
        memory: inout Gradients, gradient: inout [Float], into dInput: inout [Float]
    ) {
        let (w, t) = (width, slotCount)
        var gradient = gradient.mutableSpan
        var db = gradient._mutatingExtracting(output.bias)
        sumRows(dy.span.extracting(0..<windowCount * t * w), into: &db)
        var allDInput = dInput.mutableSpan
        for window in 0..<windowCount {
            let rows = window * t * w..<(window + 1) * t * w
            let dy = dy.span.extracting(rows)
            var dW = gradient._mutatingExtracting(output.weights)
            multiply(
                state.gathered.span.extracting(rows), by: dy, rows: w, inner: t, columns: w,
                accumulating: window > 0, into: &dW)
            var dGathered = memory.dGathered.mutableSpan
            multiply(
                parameters.span.extracting(output.weights), by: dy, .transposed, rows: w, inner: w, columns: t,
                into: &dGathered)

            let projections = state.projections.span.extracting(3 * rows.lowerBound..<3 * rows.upperBound)
            for head in 0..<headCount {
                let start = (window * headCount + head) * t * t
                differentiate(
                    projections, weights: state.weights.span.extracting(start..<start + t * t), head: head,
                    dGathered: memory.dGathered, dScores: &memory.dScores, dProjections: &memory.dProjections)
            }
            var dProjection = gradient._mutatingExtracting(projection.weights)
            multiply(
                input.span.extracting(rows), .transposed, by: memory.dProjections.span, .transposed, rows: w,
                inner: t, columns: 3 * w, accumulating: window > 0, into: &dProjection)
            var dInput = allDInput._mutatingExtracting(rows)
            multiply(
                memory.dProjections.span, .transposed, by: parameters.span.extracting(projection.weights),
                .transposed, rows: t, inner: 3 * w, columns: w, into: &dInput)
        }
    }

    /// One head of one window: from `dGathered` (W, T) to its part of `dProjections` (3W, T); `dScores` is (T, T).
    private func differentiate(
        _ projections: Span<Float>, weights: Span<Float>, head: Int, dGathered: [Float], dScores: inout [Float],
        dProjections: inout [Float]
    ) {
        let (h, t) = (headWidth, slotCount)
        let (queries, keys) = (place(ofPart: 0, head: head), place(ofPart: 1, head: head))
        let values = place(ofPart: 2, head: head)
        let dGathered = dGathered.span.extracting(head * h * t..<(head + 1) * h * t)
        var dProjections = dProjections.mutableSpan
        var dValues = dProjections._mutatingExtracting(values)
        multiply(dGathered, by: weights, rows: h, inner: t, columns: t, into: &dValues)

        var dScores = dScores.mutableSpan
        multiply(
            dGathered, .transposed, by: projections.extracting(values), rows: t, inner: h, columns: t, into: &dScores)
        let scale = scale
        for row in 0..<t {
            // Of a later position the weight is 0, and so is what comes through it.
            let cells = row * t..<(row + 1) * t
            let weights = weights.extracting(cells)
            var dScores = dScores._mutatingExtracting(cells)
            let mean = sumEach(weights, with: dScores.span) { $0 * $1 }
            replaceEach(&dScores, with: weights) { dWeight, weight in scale * weight * (dWeight - mean) }
        }
        var dQueries = dProjections._mutatingExtracting(queries)
        multiply(
            projections.extracting(keys), by: dScores.span, .transposed, rows: h, inner: t, columns: t,
            into: &dQueries)
        var dKeys = dProjections._mutatingExtracting(keys)
        multiply(projections.extracting(queries), by: dScores.span, rows: h, inner: t, columns: t, into: &dKeys)
    }
}
