import CProducts

/// One step of Adam (Kingma and Ba 2014) for all parameters; the numbers that are the same for each of them.
///
/// It is in C beside the products because it is a square root and a division a parameter, of which a processor makes up to
/// sixteen at once, but only if it is asked to; ``ProductKernel`` says how it is asked.
package struct AdamStep: Sendable {
    /// What is kept of the running mean of the gradient.
    package var meanDecay: Float
    /// What is kept of the running mean of its square.
    package var squareDecay: Float
    /// The rate, divided by how much of the mean has come together since it began at zero.
    package var rate: Float
    /// One divided by how much of the square has come together since it began at zero.
    package var squareFactor: Float
    /// What is added to the root of the square.
    package var epsilon: Float

    /// A step of these numbers.
    package init(meanDecay: Float, squareDecay: Float, rate: Float, squareFactor: Float, epsilon: Float) {
        self.meanDecay = meanDecay
        self.squareDecay = squareDecay
        self.rate = rate
        self.squareFactor = squareFactor
        self.epsilon = epsilon
    }

    /// Moves the parameters against the gradient and takes the gradient into its running mean m and square v; all are
    /// (parameters). Traps when their counts differ.
    ///
    ///     m ← meanDecay · m + (1 − meanDecay) · g,   v ← squareDecay · v + (1 − squareDecay) · g²
    ///     p ← p − rate · m / (√(squareFactor · v) + epsilon)
    ///
    /// All kernels give the same bits.
    package func move(
        _ parameters: inout [Float], gradient: [Float], mean: inout [Float], square: inout [Float],
        using kernel: ProductKernel = .best
    ) {
        let count = parameters.count
        precondition(
            gradient.count == count && mean.count == count && square.count == count,
            "\(count) parameters beside \(gradient.count), \(mean.count) and \(square.count)")
        precondition(kernel.isSupported, "this machine cannot run the kernel \(kernel)")
        var step = harken_adam_step(
            mean_decay: meanDecay, square_decay: squareDecay, rate: rate, square_factor: squareFactor, epsilon: epsilon)
        // SAFETY: the function touches `count` elements of each, as many as the precondition found; three are held
        // exclusively, so nothing overlaps.
        unsafe harken_move_by_adam(kernel.code, &step, gradient, count, &parameters, &mean, &square)
    }
}
