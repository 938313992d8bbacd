/// A part and, for each reading, its held-out ratio; NaN where there is none.
struct FittedPart {
    /// The part, fitted to the whole history.
    var part: any EvidencePart
    /// For each reading the error over the scale, from a fit that did not see the reading.
    var ratios: [Float]
}
