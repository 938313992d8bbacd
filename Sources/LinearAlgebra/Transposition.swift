/// Whether a factor of a product is taken as it is stored, or with rows and columns exchanged.
package enum Transposition: Sendable {
    case none
    case transposed
}
