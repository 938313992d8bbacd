import AnomalyDetection
import LinearAlgebra
import RealModule
import VAE

/// Slots of a few channels that swing with periods of their own and a little noise, and the parts that can be made from them.
struct SampleStretch {
    /// The window of networks that are fitted to it.
    static let length = 24

    let channelCount: Int
    /// The values (slots × channels), of about the size of normalized ones.
    var values: [Float]

    var slotCount: Int { values.count / channelCount }
    var channels: [Int] { Array(0..<channelCount) }

    /// The same seed gives the same slots; periods are the same for every seed. Where it does not swing there is noise alone. `other` is
    /// the seed of a stretch with whose phases this one begins, so that it is of the same machine.
    init(
        channels channelCount: Int = 2, slots: Int = 900, phasesOf other: UInt64? = nil, seed: UInt64,
        swings: Bool = true
    ) {
        self.channelCount = channelCount
        var random = RandomSource(seed: other ?? seed)
        let phases = (0..<channelCount).map { _ in 6.28 * random.uniform() }
        random = RandomSource(seed: seed &* 31)
        values = []
        values.reserveCapacity(slots * channelCount)
        for slot in 0..<slots {
            for channel in 0..<channelCount {
                let angle = Double(slot) * 6.2832 / Double(24 + 7 * channel) + phases[channel]
                values.append(Float((swings ? 1.3 * Double.sin(angle) : 0) + 0.15 * random.normal()))
            }
        }
    }

    /// The values of a slot's channel.
    subscript(slot: Int, channel: Int) -> Float {
        get { values[slot * channelCount + channel] }
        set { values[slot * channelCount + channel] = newValue }
    }

    /// The slots, with the windows that end in these.
    func series(endingIn ends: [Int]) -> WindowSeries {
        WindowSeries(
            channelCount: channelCount, values: values, observed: [Float](repeating: 1, count: values.count),
            isForetellable: [Bool](repeating: true, count: slotCount), ends: ends)
    }

    /// The last slots of all windows of a length.
    func ends(length: Int) -> [Int] { Array((length - 1)..<slotCount) }

    /// The windows of a layout that end in these slots, at most as many as a block holds; `missing` says which cells, each a slot and a
    /// channel, were not read.
    func block(
        _ layout: WindowLayout, endingIn ends: some Collection<Int>, missing: Set<[Int]> = [], gaps: Set<Int> = []
    ) -> WindowBlock {
        var presence = [Int8](repeating: Presence.observed, count: values.count)
        for cell in missing { presence[cell[0] * channelCount + cell[1]] = Presence.missing }
        for slot in gaps {
            for channel in 0..<channelCount { presence[slot * channelCount + channel] = Presence.gap }
        }
        var block = WindowBlock(layout: layout)
        for end in ends { block.append(values, presence, channelCount: channelCount, lastSlot: end) }
        return block
    }

    /// The network in closed form of windows of ``length``.
    func network(seed: UInt64 = 1) throws -> WindowNetwork {
        let fitted = series(endingIn: ends(length: Self.length))
        return WindowNetwork(
            layout: WindowLayout(length: Self.length, channels: channels),
            network: try VariationalAutoencoder(closedFormOf: fitted, slotCount: Self.length, seed: seed).halved)
    }

    /// The slots with values that half precision holds, as a model keeps them.
    var remembered: RememberedSlots {
        SlotCut(series(endingIn: []), windows: [(slotCount - 1, slotCount)]).slots
    }

    /// How badly the network rebuilds; what counts as one is its mean square on these slots.
    func rebuild(_ network: WindowNetwork) -> Rebuild {
        Rebuild(
            layout: network.layout, inverseVariances: network.network.noiseVariances.map { 1 / $0 }, scale: 1.5)
    }

    /// How badly the network foretells.
    func foresight(_ network: WindowNetwork) -> Foresight {
        Foresight(
            layout: network.layout, horizons: network.network.shape.horizons,
            inverseVariances: network.network.foresightVariances.map { 1 / $0 }, scales: [1.5, 2])
    }

    /// A memory of so many windows.
    func memory(_ network: WindowNetwork, limit: Int = 300) -> Memory {
        Memory(
            layout: network.layout, slots: remembered, ends: ends(length: Self.length).evenlySpaced(limit: limit),
            network: network.network, scales: [0.05, 0.06, 0.05, 0.06])
    }

    /// A memory of features of these lengths.
    func memory<Part: FeatureMemory>(_: Part.Type, lengths: [Int] = Part.lengths, limit: Int = 200) throws -> Part {
        let tables = try lengths.map { length in
            let ends = ends(length: Part.slotCount(length: length))
            return try Part.table(
                length: length,
                fittedTo: Part.features(of: values, channelCount: channelCount, endingIn: ends, length: length),
                channelCount: channelCount, ends: ends.evenlySpaced(limit: limit), slots: remembered)
        }
        return Part(channels: channels, slots: remembered, tables: tables)
    }
}

extension WindowBlock {
    /// A block of these windows; `missing` names the cells of each row that were not read.
    init(_ windows: [[Float]], layout: WindowLayout, missing: [Set<Int>] = []) {
        self.init(layout: layout)
        for (row, window) in windows.enumerated() {
            let presence = window.indices.map { cell in
                row < missing.count && missing[row].contains(cell) ? Presence.missing : Presence.observed
            }
            append(window, presence, channelCount: layout.channels.count, lastSlot: layout.length - 1)
        }
    }
}

/// A part with the network that it reads, and the state in which it scores the windows of one stream.
struct PartReader {
    let part: any EvidencePart
    let network: WindowNetwork?
    private var scratch = EvidenceScratch()
    private var ratios = [Float](repeating: .nan, count: WindowBlock.rowCount)

    init(_ part: any EvidencePart, _ network: WindowNetwork? = nil) {
        self.part = part
        self.network = network
        if let network { scratch.use(network.network.shape) }
        part.reserve(in: &scratch)
        if let foresight = part as? Foresight {
            scratch.foresight = ForesightState(
                horizons: foresight.horizons, channelCount: foresight.layout.channels.count)
        }
    }

    /// The ratios of a block's windows, whose newest slots have these numbers.
    mutating func ratios(of block: WindowBlock, slots: some Collection<Int>) -> [Float] {
        for (row, slot) in slots.enumerated() { scratch.slots[row] = slot }
        score(block)
        return Array(ratios[..<block.count])
    }

    /// Scores without a word, for counting allocations.
    mutating func score(_ block: WindowBlock) {
        network?.run(block, scratch: &scratch)
        part.score(block, scratch: &scratch, into: &ratios)
    }

    /// The explanation of a window of the block that was scored last.
    mutating func explanation(of block: WindowBlock, row: Int) -> EvidenceExplanation {
        part.explain(block, row: row, scratch: &scratch)
    }

    /// The ratios of the windows of a stretch that end in these slots, in blocks of so many.
    mutating func ratios(
        of stretch: SampleStretch, endingIn ends: [Int], missing: Set<[Int]> = [], gaps: Set<Int> = [],
        blockSize: Int = WindowBlock.rowCount
    ) -> [Float] {
        var found: [Float] = []
        for start in stride(from: 0, to: ends.count, by: blockSize) {
            let slots = ends[start..<min(start + blockSize, ends.count)]
            found += ratios(
                of: stretch.block(part.layout, endingIn: slots, missing: missing, gaps: gaps), slots: slots)
        }
        return found
    }
}

extension EvidencePart {
    /// The ratios of the windows of a block.
    func ratios(of block: WindowBlock) -> [Float] {
        var reader = PartReader(self)
        return reader.ratios(of: block, slots: 0..<block.count)
    }

    /// The explanation of a window of a block.
    func explanation(of block: WindowBlock, row: Int = 0) -> EvidenceExplanation {
        var reader = PartReader(self)
        _ = reader.ratios(of: block, slots: 0..<block.count)
        return reader.explanation(of: block, row: row)
    }
}

/// The squared distance of two vectors of one length.
func squaredDistance(_ x: [Double], _ y: [Double]) -> Double {
    zip(x, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
}
