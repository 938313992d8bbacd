import LinearAlgebra

/// The negative log-likelihood of a batch of windows and its gradient: one batch's way through a forecaster and back,
/// with the memory for it.
///
/// The loss is the mean of −log density over the observed values, in nats; a bin's probability is spread evenly over
/// it.
package struct CausalLoss: Sendable {
    /// A batch's loss in parts, so that batches can be added up.
    package struct Sum: Sendable, Equatable {
        /// The negative log-likelihoods of the observed values, added up, in nats.
        package var negativeLogLikelihood = 0.0
        /// The number of observed values.
        package var valueCount = 0
        /// The loss; 0 where nothing was observed.
        package var mean: Double { valueCount == 0 ? 0 : negativeLogLikelihood / Double(valueCount) }
    }

    var batch: CausalBatch {
        get { pass.batch }
        _modify { yield &pass.batch }
    }

    private var pass: CausalPass
    private let quantizers: [ValueQuantizer]
    private var memory: SelfAttention.Gradients
    private var valueCount = 0
    private var dStream: [Float]  // (rows, W)
    private var dRows: [Float]  // (rows, W), of what a layer took in
    private var dHidden: [Float]  // (rows, 4W)

    /// Memory for batches of up to `windowLimit` windows.
    package init(shape: CausalForecaster.Shape, quantizers: [ValueQuantizer], windowLimit: Int) {
        pass = CausalPass(shape: shape, windowLimit: windowLimit, keepsStates: true)
        self.quantizers = quantizers
        memory = SelfAttention.Gradients(shape: shape)
        let rows = windowLimit * shape.slotCount
        (dStream, dHidden) = (
            [Float](repeating: 0, count: rows * shape.width), [Float](repeating: 0, count: rows * 4 * shape.width)
        )
        dRows = dStream
    }

    /// Empties the batch.
    package mutating func removeWindows() { pass.batch.removeWindows() }

    /// Adds a window (T · d), slot by slot; a value is missing where the mask is 0.
    package mutating func append(_ window: Span<Float>, mask: Span<Float>? = nil) {
        pass.batch.append(window, mask: mask, quantizers: quantizers)
    }

    /// The loss of the batch.
    package mutating func forward(parameters: [Float]) -> Sum {
        pass.forward(parameters: parameters)
        let (d, b) = (pass.shape.channelCount, pass.shape.binCount)
        let quantizers = quantizers
        let (targets, cellCount) = (pass.batch.targets, pass.batch.windowCount * pass.shape.slotCount * d)
        var sum = Sum()
        var all = pass.logits.mutableSpan
        for cell in 0..<cellCount {
            let target = Int(targets[cell])
            guard target >= 0 else { continue }
            var logits = all._mutatingExtracting(cell * b..<(cell + 1) * b)
            let logit = logits[target]
            // The probabilities stay there for the way back.
            let logSum = replaceBySoftmax(&logits)
            sum.negativeLogLikelihood += Double(logSum - logit + quantizers[cell % d].logWidths[target])
            sum.valueCount += 1
        }
        valueCount = sum.valueCount
        return sum
    }

    /// The gradient (parameters) of the loss, for the batch and the parameters that ``forward(parameters:)`` was last
    /// called for.
    package mutating func backward(parameters: [Float], gradient: inout [Float]) {
        let (layout, rows) = (pass.layout, pass.batch.windowCount * pass.shape.slotCount)
        differentiateLogits()
        layout.logits.addUp(pass.logits, x: pass.last.output, rows: rows, into: &gradient)
        layout.logits.backward(pass.logits, rows: rows, parameters: parameters, into: &dRows)
        clear(&dStream, count: rows * pass.shape.width)
        layout.lastNorm.backward(
            &dRows, rows: rows, parameters: parameters, state: pass.last, gradient: &gradient, addingTo: &dStream)
        for index in layout.blocks.indices.reversed() {
            backward(
                through: layout.blocks[index], state: pass.states[index], rows: rows, parameters: parameters,
                gradient: &gradient)
        }
        layout.embedding.addUp(dStream, x: pass.batch.input, rows: rows, into: &gradient)
        var all = gradient.mutableSpan
        var dPositions = all._mutatingExtracting(layout.positions)
        replaceEach(&dPositions) { _ in SIMD8() }
        for window in 0..<pass.batch.windowCount {
            let cells = window * dPositions.count..<(window + 1) * dPositions.count
            replaceEach(&dPositions, with: dStream.span.extracting(cells)) { $0 + $1 }
        }
    }

    /// Turns the probabilities that are in the pass into the gradient of the logits: less 1 for the bin that it was,
    /// and divided by the number of values.
    private mutating func differentiateLogits() {
        let (d, b) = (pass.shape.channelCount, pass.shape.binCount)
        let (targets, cellCount) = (pass.batch.targets, pass.batch.windowCount * pass.shape.slotCount * d)
        let factor = 1 / Float(max(1, valueCount))
        var all = pass.logits.mutableSpan
        for cell in 0..<cellCount {
            let target = Int(targets[cell])
            var dLogits = all._mutatingExtracting(cell * b..<(cell + 1) * b)
            if target >= 0 {
                dLogits[target] -= 1
                replaceEach(&dLogits) { $0 * factor }
            } else {
                replaceEach(&dLogits) { _ in SIMD8() }
            }
        }
    }

    /// A block's gradients, and in `dStream` that of what entered it from that of what left it.
    private mutating func backward(
        through block: CausalLayout.Block, state: CausalPass.BlockState, rows: Int, parameters: [Float],
        gradient: inout [Float]
    ) {
        block.output.addUp(dStream, x: state.hidden, rows: rows, into: &gradient)
        block.output.backward(dStream, rows: rows, parameters: parameters, into: &dHidden)
        let cells = 0..<rows * block.hidden.outputCount
        var all = dHidden.mutableSpan
        var dUnits = all._mutatingExtracting(cells)
        multiplyByTanhDerivative(&dUnits, output: state.hidden.span.extracting(cells))
        block.hidden.addUp(dHidden, x: state.hiddenNorm.output, rows: rows, into: &gradient)
        block.hidden.backward(dHidden, rows: rows, parameters: parameters, into: &dRows)
        block.hiddenNorm.backward(
            &dRows, rows: rows, parameters: parameters, state: state.hiddenNorm, gradient: &gradient,
            addingTo: &dStream)

        block.attention.backward(
            dStream, input: state.attentionNorm.output, windowCount: pass.batch.windowCount, parameters: parameters,
            state: state.attention, memory: &memory, gradient: &gradient, into: &dRows)
        block.attentionNorm.backward(
            &dRows, rows: rows, parameters: parameters, state: state.attentionNorm, gradient: &gradient,
            addingTo: &dStream)
    }
}

private func clear(_ matrix: inout [Float], count: Int) {
    var all = matrix.mutableSpan
    var cells = all._mutatingExtracting(0..<count)
    replaceEach(&cells) { _ in SIMD8() }
}
