/// A part and, for each reading, its held-out ratio; NaN where there is none.
struct FittedPart {
    /// The part, fitted to the whole history.
    var part: any EvidencePart
    /// For each reading the ratio by a fit that did not see the reading, or against what shares none with it.
    var ratios: [Float]

    /// Whether a reading of which the part says nothing has a sum all the same.
    var mayRest: Bool {
        switch part.kind {
        case .context, .statistics, .foresight: true
        case .rebuild, .memory, .novelty, .stuck: false
        }
    }
}
