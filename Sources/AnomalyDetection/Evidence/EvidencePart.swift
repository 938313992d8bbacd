package import VAE

/// The ways of seeing that a window is odd.
package enum EvidenceKind: String, Sendable, CaseIterable {
    /// How badly the network rebuilds the window.
    case rebuild
    /// How badly the newest readings were foretold by the network from those before them.
    case foresight
    /// How far the window is from every remembered window of normal times, in the network's coordinates and then as it is.
    case memory
    /// How far the course of longer windows is from every remembered one.
    case context
    /// How far level, spread, extremes and pace of the newest readings are from every remembered combination.
    case statistics
    /// A value never seen before on a constant or few-valued channel, or a channel that stopped reporting.
    case novelty
    /// A channel that has stopped moving.
    case stuck
}

/// One way of seeing that a window is odd: fitted on normal windows, scores windows in blocks, explains one window.
///
/// A part knows nothing of time, streams or other parts. Its ratio is 1 for a window that is as odd as the oddest 1 % of normal
/// ones. Fitting is an initializer of each part, for each needs something else.
package protocol EvidencePart: Sendable {
    /// Which way of seeing this is.
    var kind: EvidenceKind { get }
    /// The windows it looks at.
    var layout: WindowLayout { get }
    /// What a ratio of one counts in the sum of all parts.
    var weight: Float { get }
    /// Whether the ratio counts only by how far it rises above its own recent past.
    var fades: Bool { get }
    /// Whether the part cannot see a window of which many readings in a row are missing, for what stands in for them is odd.
    var needsReadings: Bool { get }

    /// The slots that the windows it remembers are cut from, which parts share; nil where it remembers none.
    var rememberedSlots: RememberedSlots? { get }

    /// Makes room for all that ``score(_:scratch:into:)`` needs.
    func reserve(in scratch: inout EvidenceScratch)

    /// Writes the ratio of each of the block's windows; NaN where the part cannot see. Does not allocate.
    func score(_ windows: WindowBlock, scratch: inout EvidenceScratch, into ratios: inout [Float])

    /// Writes all that the part learned, behind a tag of its kind; what it shares with others is written with the model.
    func encode(into writer: inout ByteWriter)

    /// Says which channels are behind the ratio of a window of the block that was scored last. May allocate.
    func explain(_ windows: WindowBlock, row: Int, scratch: inout EvidenceScratch) -> EvidenceExplanation
}

extension EvidencePart {
    /// Most parts do not.
    package var fades: Bool { false }

    /// Most parts do.
    package var needsReadings: Bool { true }

    /// Most parts remember none.
    package var rememberedSlots: RememberedSlots? { nil }

    /// Most parts need no room.
    package func reserve(in scratch: inout EvidenceScratch) {}
}

/// Which channels are behind the ratio of one window.
package struct EvidenceExplanation: Sendable {
    /// For each channel of the layout its part of the error; not negative.
    package var shares: [Double]
    /// For each channel of the layout the value that was expected of the newest slot, normalized; nil where the part
    /// has no idea of one.
    package var expected: [Float]?
    /// For each channel of the layout the deviation of normal readings from what was expected, normalized.
    package var deviation: [Float]?

    /// An explanation.
    package init(shares: [Double], expected: [Float]? = nil, deviation: [Float]? = nil) {
        self.shares = shares
        self.expected = expected
        self.deviation = deviation
    }
}
