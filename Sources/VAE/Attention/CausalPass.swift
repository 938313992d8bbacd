import LinearAlgebra

/// One batch's way forward through a forecaster, with the memory for it.
struct CausalPass: Sendable {
    /// What a block leaves behind for the way back.
    struct BlockState: Sendable {
        var attentionNorm: LayerNormalization.State
        var attention: SelfAttention.State
        var hiddenNorm: LayerNormalization.State
        var hidden: [Float]  // (rows, 4W)
    }

    let shape: CausalForecaster.Shape
    let layout: CausalLayout
    var batch: CausalBatch
    /// One for each block, or a single one that all share where there is no way back.
    private(set) var states: [BlockState]
    private(set) var last: LayerNormalization.State
    /// (rows, dB)
    var logits: [Float]

    private var stream: [Float]  // (rows, W), what the blocks add to

    /// Memory for batches of up to `windowLimit` windows; only with `keepsStates` can one go back.
    init(shape: CausalForecaster.Shape, windowLimit: Int, keepsStates: Bool) {
        self.shape = shape
        layout = CausalLayout(shape)
        batch = CausalBatch(shape: shape, windowLimit: windowLimit)
        let (rows, w) = (windowLimit * shape.slotCount, shape.width)
        states = (0..<(keepsStates ? shape.blockCount : 1)).map { _ in
            BlockState(
                attentionNorm: .init(rowLimit: rows, width: w),
                attention: .init(windowLimit: windowLimit, shape: shape),
                hiddenNorm: .init(rowLimit: rows, width: w), hidden: [Float](repeating: 0, count: rows * 4 * w))
        }
        last = .init(rowLimit: rows, width: w)
        logits = [Float](repeating: 0, count: rows * shape.channelCount * shape.binCount)
        stream = [Float](repeating: 0, count: rows * w)
    }

    /// From the batch to ``logits``, of all rows or of these alone.
    mutating func forward(parameters: [Float], rows wanted: Range<Int>? = nil) {
        let rows = 0..<batch.windowCount * shape.slotCount
        layout.embedding.forward(batch.input, rows: rows, parameters: parameters, into: &stream)
        addPositions(parameters: parameters)
        for (index, block) in layout.blocks.enumerated() {
            let place = min(index, states.count - 1)
            // What the last block's feed-forward layer does with a row concerns that row alone.
            let hiddenRows = index == layout.blocks.count - 1 ? wanted ?? rows : rows
            block.forward(
                &stream, rows: rows, hiddenRows: hiddenRows, windowCount: batch.windowCount, parameters: parameters,
                state: &states[place])
        }
        let lastRows = wanted ?? rows
        layout.lastNorm.forward(stream, rows: lastRows, parameters: parameters, state: &last)
        layout.logits.forward(last.output, rows: lastRows, parameters: parameters, into: &logits)
    }

    private mutating func addPositions(parameters: [Float]) {
        let positions = parameters.span.extracting(layout.positions)
        let windowCount = batch.windowCount
        var all = stream.mutableSpan
        for window in 0..<windowCount {
            var rows = all._mutatingExtracting(window * positions.count..<(window + 1) * positions.count)
            replaceEach(&rows, with: positions) { $0 + $1 }
        }
    }
}

extension CausalLayout.Block {
    /// x += attention(norm(x)), then x += feedForward(norm(x)), the latter of `hiddenRows` alone; x is (rows, W).
    fileprivate func forward(
        _ x: inout [Float], rows: Range<Int>, hiddenRows: Range<Int>, windowCount: Int, parameters: [Float],
        state: inout CausalPass.BlockState
    ) {
        attentionNorm.forward(x, rows: rows, parameters: parameters, state: &state.attentionNorm)
        attention.forward(
            state.attentionNorm.output, windowCount: windowCount, parameters: parameters, state: &state.attention,
            addingTo: &x)
        hiddenNorm.forward(x, rows: hiddenRows, parameters: parameters, state: &state.hiddenNorm)
        hidden.forward(state.hiddenNorm.output, rows: hiddenRows, parameters: parameters, into: &state.hidden)
        var all = state.hidden.mutableSpan
        var units = all._mutatingExtracting(
            hiddenRows.lowerBound * hidden.outputCount..<hiddenRows.upperBound * hidden.outputCount)
        replaceByTanh(&units)
        output.forward(state.hidden, rows: hiddenRows, parameters: parameters, accumulating: true, into: &x)
    }
}
