/// What a layer does to its sums.
package enum Activation: UInt8, Sendable {
    case tanh = 0
    /// Nothing.
    case identity = 1
}
