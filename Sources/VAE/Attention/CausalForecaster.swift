import LinearAlgebra
import RealModule

/// A forecaster of the next reading from those before it: a small decoder-only transformer (Radford et al. 2019).
///
/// A window has T slots of d channels, of values in the normalizer's units, brought into ±8. Each position sees the
/// slot before its own, the first one nothing, and says how likely each bin of each channel is at its own slot, given
/// what it and earlier positions saw; so all T slots are foretold, the later the better. Given the past, channels are
/// taken for independent. It is a value: training makes another.
///
/// A position enters as a linear embedding of its d values (0 where missing) and of d flags (1 where observed), plus a
/// learned embedding of the position. Then come blocks of attention and feed-forward layers (tanh, four times the
/// width), each behind a layer normalization and added to what entered it; then a last normalization, and the logits of
/// all bins (d · B).
package struct CausalForecaster: Sendable, Equatable {
    /// The sizes that make a network; two networks of one shape have the same number of parameters.
    package struct Shape: Sendable, Equatable {
        /// No size may be larger: it bounds what a blob can make the reader allocate.
        static let limits = (channels: 1...64, slots: 2...1_024, width: 1...1_024, blocks: 1...16)

        /// The number of channels, d.
        package let channelCount: Int
        /// The number of slots in a window, T.
        package let slotCount: Int
        /// The number of bins of a channel, B.
        package let binCount: Int
        /// The number of features of a position, W.
        package let width: Int
        /// The number of attention heads; W is a multiple of it.
        package let headCount: Int
        /// The number of blocks.
        package let blockCount: Int

        /// A shape. Traps when there are not 1 to 64 channels, 2 to 1,024 slots, 2 to 256 bins, 1 to 1,024 features
        /// that the heads divide, and 1 to 16 blocks.
        package init(
            channelCount: Int, slotCount: Int = 64, binCount: Int = 64, width: Int = 32, headCount: Int = 4,
            blockCount: Int = 2
        ) {
            precondition(Self.limits.channels.contains(channelCount), "\(channelCount) channels")
            precondition(Self.limits.slots.contains(slotCount), "\(slotCount) slots")
            precondition(ValueQuantizer.binCounts.contains(binCount), "\(binCount) bins")
            precondition(Self.limits.width.contains(width), "\(width) features")
            precondition(
                headCount >= 1 && width.isMultiple(of: headCount), "\(headCount) heads for \(width) features")
            precondition(Self.limits.blocks.contains(blockCount), "\(blockCount) blocks")
            self.channelCount = channelCount
            self.slotCount = slotCount
            self.binCount = binCount
            self.width = width
            self.headCount = headCount
            self.blockCount = blockCount
        }
    }

    /// The sizes.
    package let shape: Shape
    /// Each channel's bins (d).
    package let quantizers: [ValueQuantizer]
    /// All parameters, in the order embedding of a reading (2d × W), embeddings of the positions (T × W), of each block
    /// the first normalization (gains, shifts), queries, keys and values (W × 3W), the heads' output (W × W, W), the
    /// second normalization, the feed-forward layer (W × 4W, 4W) and its output (4W × W, W); then the last
    /// normalization and the logits (W × dB, dB).
    package let parameters: [Float]

    /// A network that has learned nothing but how often each bin occurs: it always gives the quantizers' shares.
    ///
    /// Weights are uniform within ±1/√inputs, as in PyTorch; those whose results are added to what went in are smaller
    /// by √(2 · blocks), as in GPT-2; those of the logits are 0.
    package init(shape: Shape, quantizers: [ValueQuantizer], seed: UInt64) {
        let layout = CausalLayout(shape)
        var source = RandomSource(seed: seed)
        var parameters = [Float](repeating: 0, count: layout.count)
        func fill(_ layer: AffineLayer, factor: Double = 1) {
            let bound = factor / Double(layer.inputCount).squareRoot()
            for index in layer.weights.lowerBound..<layer.bias.upperBound {
                parameters[index] = Float((source.uniform() * 2 - 1) * bound)
            }
        }
        fill(layout.embedding)
        for index in layout.positions { parameters[index] = Float(source.normal() * Self.positionDeviation) }
        let residualFactor = 1 / Double(2 * shape.blockCount).squareRoot()
        for block in layout.blocks {
            fill(block.attention.projection)
            fill(block.attention.output, factor: residualFactor)
            fill(block.hidden)
            fill(block.output, factor: residualFactor)
            for index in block.attentionNorm.gain { parameters[index] = 1 }
            for index in block.hiddenNorm.gain { parameters[index] = 1 }
        }
        for index in layout.lastNorm.gain { parameters[index] = 1 }
        precondition(quantizers.count == shape.channelCount, "\(quantizers.count) quantizers")
        for (index, share) in zip(layout.logits.bias, quantizers.flatMap(\.shares)) {
            parameters[index] = Float.log(share)
        }
        self.init(shape: shape, quantizers: quantizers, parameters: parameters)
    }

    /// A network of these parameters; traps when their number is not that of ``parameterCount(of:)``, or when there is
    /// not one quantizer a channel with the shape's number of bins.
    package init(shape: Shape, quantizers: [ValueQuantizer], parameters: [Float]) {
        let count = Self.parameterCount(of: shape)
        precondition(parameters.count == count, "\(parameters.count) parameters for a shape that has \(count)")
        precondition(quantizers.count == shape.channelCount, "\(quantizers.count) quantizers")
        for quantizer in quantizers {
            precondition(quantizer.binCount == shape.binCount, "\(quantizer.binCount) bins of \(shape.binCount)")
        }
        self.shape = shape
        self.quantizers = quantizers
        self.parameters = parameters
    }

    /// The network with parameters that half precision holds.
    package var halved: CausalForecaster {
        CausalForecaster(shape: shape, quantizers: quantizers, parameters: parameters.map { Float(Float16($0)) })
    }

    /// The number of parameters that networks of a shape have.
    package static func parameterCount(of shape: Shape) -> Int { CausalLayout(shape).count }

    /// The deviation of the positions' embeddings at the start.
    private static let positionDeviation = 0.1
}

/// Where each layer's parameters lie.
struct CausalLayout: Sendable {
    /// One block's layers.
    struct Block: Sendable {
        let attentionNorm: LayerNormalization
        let attention: SelfAttention
        let hiddenNorm: LayerNormalization
        let hidden: AffineLayer
        let output: AffineLayer

        init(startingAt start: Int, shape: CausalForecaster.Shape) {
            let w = shape.width
            attentionNorm = LayerNormalization(startingAt: start, width: w)
            attention = SelfAttention(startingAt: attentionNorm.end, shape: shape)
            hiddenNorm = LayerNormalization(startingAt: attention.end, width: w)
            hidden = AffineLayer(startingAt: hiddenNorm.end, inputCount: w, outputCount: 4 * w)
            output = AffineLayer(startingAt: hidden.end, inputCount: 4 * w, outputCount: w)
        }
    }

    let embedding: AffineLayer
    /// The place of the positions' embeddings (T × W).
    let positions: Range<Int>
    let blocks: [Block]
    let lastNorm: LayerNormalization
    let logits: AffineLayer
    /// The number of parameters.
    var count: Int { logits.end }

    init(_ shape: CausalForecaster.Shape) {
        embedding = AffineLayer(
            startingAt: 0, inputCount: 2 * shape.channelCount, outputCount: shape.width, hasBias: false)
        positions = embedding.end..<embedding.end + shape.slotCount * shape.width
        var blocks: [Block] = []
        for _ in 0..<shape.blockCount {
            blocks.append(Block(startingAt: blocks.last?.output.end ?? positions.upperBound, shape: shape))
        }
        self.blocks = blocks
        lastNorm = LayerNormalization(startingAt: blocks[blocks.count - 1].output.end, width: shape.width)
        logits = AffineLayer(
            startingAt: lastNorm.end, inputCount: shape.width, outputCount: shape.channelCount * shape.binCount)
    }
}
