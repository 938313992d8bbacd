/// The sizes that make a network; two networks of one shape have the same number of parameters.
package struct NetworkShape: Sendable, Equatable, Hashable {
    /// No size may be larger: it bounds what a blob can make the reader allocate.
    package static let countLimit = 65_536
    /// The hidden units of a residual path that is not asked for others.
    package static let standardHiddenCount = 128
    /// The most latent dimensions of a network that is not asked for others. Where fewer hold ``LinearPath/explainedVariance``, it has
    /// fewer.
    package static let standardLatentLimit = 32
    /// How many slots ahead the network foretells.
    package static let standardHorizons = [1, 8]
    /// So many of the newest slots enter the foresight beside the latents, where that is no more than ``newestCellLimit`` cells.
    package static let standardNewestSlots = 16
    /// The most cells that enter the foresight directly.
    package static let newestCellLimit = 64

    /// The number of slots in a window, W.
    package let slotCount: Int
    /// The number of channels in a slot, d.
    package let channelCount: Int
    /// The number of latent dimensions, k.
    package let latentCount: Int
    /// The number of units in a hidden layer, h.
    package let hiddenCount: Int
    /// The newest slots that enter the foresight directly.
    package let newestSlots: Int
    /// How many slots ahead is foretold, ascending.
    package let horizons: [Int]

    /// The number of cells in a window, D = W · d.
    package var inputCount: Int { slotCount * channelCount }
    /// The number of foretold values: one for each horizon and channel.
    package var foretoldCount: Int { horizons.count * channelCount }
    /// The number of cells that enter the foresight directly.
    package var newestCount: Int { newestSlots * channelCount }

    /// A shape. Without `newestSlots` it has ``standardNewestSlots`` or as many as ``newestCellLimit`` allows. Traps when a count is not
    /// in 1…``countLimit``.
    package init(
        slotCount: Int, channelCount: Int, latentCount: Int, hiddenCount: Int = standardHiddenCount,
        newestSlots: Int? = nil, horizons: [Int] = standardHorizons
    ) {
        for count in [slotCount, channelCount, latentCount, hiddenCount] + horizons {
            precondition(count >= 1 && count <= Self.countLimit, "a size of \(count)")
        }
        precondition(slotCount * channelCount <= Self.countLimit, "\(slotCount) × \(channelCount) cells")
        self.slotCount = slotCount
        self.channelCount = channelCount
        self.latentCount = latentCount
        self.hiddenCount = hiddenCount
        self.newestSlots =
            newestSlots
            ?? min(slotCount, max(1, min(Self.standardNewestSlots, Self.newestCellLimit / channelCount)))
        self.horizons = horizons
        precondition(self.newestSlots >= 1 && self.newestSlots <= slotCount, "\(self.newestSlots) newest slots")
        precondition(!horizons.isEmpty && zip(horizons, horizons.dropFirst()).allSatisfy { $0 < $1 }, "horizons ascend")
    }
}
