import LinearAlgebra

extension VariationalAutoencoder {
    /// The memory that inference works in, made once for a shape and used again and again.
    package struct Scratch: Sendable {
        let shape: NetworkShape
        let layout: ParameterLayout
        /// The Bernoulli outputs, whose logits become probabilities.
        let bernoulliColumns: [Int]

        var rows: [Float]  // (16, D)
        var hidden: [Float]  // (H, 16)
        var latents: [Float]  // (L, 16)
        var outputs: [Float]  // (D, 16)

        /// Memory for networks of one shape.
        package init(for shape: NetworkShape) {
            func zeros(_ features: Int) -> [Float] { [Float](repeating: 0, count: features * RowBlock.rowCount) }
            self.shape = shape
            layout = ParameterLayout(shape)
            bernoulliColumns = shape.bernoulliColumns
            (rows, outputs) = (zeros(shape.inputCount), zeros(shape.inputCount))
            hidden = zeros(shape.hiddenCount)
            latents = zeros(shape.latentCount)
        }
    }
}
