import LinearAlgebra
import VAE

/// Gathers windows of one model into blocks and sums up what its parts say about them.
///
/// One workspace serves all streams of a detector, one after the other. Once it has met a model it does not allocate for
/// that model again. A window's score does not depend on its neighbors in the block, to the last bit.
package struct ScoringWorkspace: Sendable {
    private var blocks: [WindowBlock] = []
    private var blockOfLayout: [WindowLayout: Int] = [:]
    private var ratios = [Float](repeating: 0, count: WindowBlock.rowCount)
    private var scratch = EvidenceScratch()

    /// The sum of evidence of each window of the last evaluation; alerts are decided on it.
    package private(set) var sums = [Float](repeating: 0, count: WindowBlock.rowCount)
    /// For each window the sum that its live score is made from, with what is held of those before it.
    package private(set) var heldSums = [Float](repeating: 0, count: WindowBlock.rowCount)
    /// For each window of the last evaluation whether a part that counts could not see it, because too many readings in a row
    /// are missing.
    package private(set) var rests = [Bool](repeating: false, count: WindowBlock.rowCount)
    /// What each part adds to each sum, part by part, (parts × ``WindowBlock/rowCount``).
    package private(set) var partSums: [Float] = []
    /// The value expected of the newest slot of each window, normalized, (rows × channels of the model); NaN for channels
    /// that the network does not rebuild.
    package private(set) var expected: [Float] = []
    /// Whether ``expected`` is filled in. Off by default, for it costs a copy.
    package var wantsExpected = false
    /// The windows of the last evaluation as the network rebuilds them, (rows × width of ``rebuiltLayout``).
    package private(set) var rebuilt: [Float] = []
    /// What the rows of ``rebuilt`` hold; nil where there is no network, or ``wantsRebuilt`` is off.
    package private(set) var rebuiltLayout: WindowLayout?
    /// Whether ``rebuilt`` is filled in. Off by default, for it costs a copy.
    package var wantsRebuilt = false
    /// The number of windows that were added since the last ``clear(_:)``.
    package private(set) var count = 0

    /// What parts come to on most normal windows, between the median and nine in ten.
    static let usualRatio: Float = 0.4

    /// A workspace that knows no model yet.
    package init() {}

    /// Where the windows of a model lie in a workspace, found once by ``prepare(for:)``.
    package struct Placement: Sendable {
        /// For each layout of the model its block.
        fileprivate var blocks: [Int] = []
        /// The block of the network's windows.
        fileprivate var network: Int?

        /// The placement of no model.
        package init() {}
    }

    /// Whether the windows have to be evaluated before more can be added.
    package var isFull: Bool { count == WindowBlock.rowCount }

    /// Makes room for a model and says where. To be called before the model's first window.
    package mutating func prepare(for model: StreamModel) -> Placement {
        var placement = Placement()
        placement.blocks = model.layouts.map { block(of: $0) }
        if let network = model.network {
            placement.network = block(of: network.layout)
            scratch.use(network.network.shape)
        }
        for part in model.parts { part.reserve(in: &scratch) }
        if partSums.count < model.parts.count * WindowBlock.rowCount {
            partSums = [Float](repeating: 0, count: model.parts.count * WindowBlock.rowCount)
        }
        if expected.count < model.channelCount * WindowBlock.rowCount {
            expected = [Float](repeating: .nan, count: model.channelCount * WindowBlock.rowCount)
        }
        return placement
    }

    private mutating func block(of layout: WindowLayout) -> Int {
        if let block = blockOfLayout[layout] { return block }
        blockOfLayout[layout] = blocks.count
        blocks.append(WindowBlock(layout: layout))
        return blocks.count - 1
    }

    /// Adds the newest windows of a stream. Says no, and adds nothing, where training would not have taken the network's window
    /// either: when it reaches back beyond the start of the stream or a long gap, or fewer than half of its slots have a reading.
    ///
    /// The first windows of a stream under a model are to be added to an empty workspace.
    package mutating func add(
        newestOf state: inout StreamScoringState, model: StreamModel, _ placement: Placement
    ) -> Bool {
        guard state.history.hasWindow(length: model.scoredWindow) else { return false }
        if !state.foresight.isPrimed { prime(&state, model, placement) }
        for block in placement.blocks { blocks[block].append(newestOf: state.history) }
        scratch.slots[count] = state.history.newestSlot
        count += 1
        return true
    }

    /// Finds what the network foretold in the slots before the newest, which follows from them.
    private mutating func prime(_ state: inout StreamScoringState, _ model: StreamModel, _ placement: Placement) {
        state.foresight.isPrimed = true
        guard let network = model.network, let foresight = model.foresight, let block = placement.network else {
            return
        }
        precondition(count == 0, "the first windows of a stream are added to an empty workspace")
        let history = state.history
        let slotCount = min(ForesightState.slotsToPrime(horizons: foresight.horizons), WindowBlock.rowCount)
        for offset in (1...slotCount).reversed() {
            guard history.hasWindow(length: network.layout.length, slotsBefore: offset) else { continue }
            scratch.slots[blocks[block].count] = history.newestSlot - offset
            blocks[block].append(
                history.values, history.presence, channelCount: history.channelCount,
                lastSlot: history.count - 1 - offset)
        }
        guard blocks[block].count > 0 else { return }
        network.run(blocks[block], scratch: &scratch)
        scratch.usualGap = model.usualGap
        swap(&scratch.foresight, &state.foresight)
        foresight.score(blocks[block], scratch: &scratch, into: &ratios)
        swap(&scratch.foresight, &state.foresight)
        blocks[block].removeAll()
    }

    /// Fills ``sums``, ``heldSums`` and ``partSums`` for the windows added, in order, and moves the stream's state along.
    package mutating func evaluate(_ model: StreamModel, _ placement: Placement, state: inout StreamScoringState) {
        for row in 0..<count {
            sums[row] = 0
            rests[row] = false
        }
        rebuiltLayout = nil
        if let network = model.network, let block = placement.network {
            network.run(blocks[block], scratch: &scratch)
        }
        scratch.usualGap = model.usualGap
        swap(&scratch.foresight, &state.foresight)
        for (index, part) in model.parts.enumerated() {
            let block = placement.blocks[model.layoutOfPart[index]]
            part.score(blocks[block], scratch: &scratch, into: &ratios)
            add(part, index, block: block, usualGap: model.usualGap, context: &state.context)
        }
        swap(&scratch.foresight, &state.foresight)
        for row in 0..<count { heldSums[row] = state.held.follow(sums[row]) }
        if wantsExpected { noteExpected(model) }
        if wantsRebuilt { noteRebuilt(model) }
    }

    private mutating func add(
        _ part: any EvidencePart, _ index: Int, block: Int, usualGap: Int, context: inout [Float]
    ) {
        let (weight, fades, needsReadings) = (part.weight, part.fades, part.needsReadings)
        for row in 0..<count {
            var ratio = ratios[row]
            // After an outage, until the window has moved past it, a part that cannot see counts as it usually does.
            if needsReadings, !blocks[block].canBeSeen(row: row, usualGap: usualGap) {
                ratio = Self.usualRatio
                rests[row] = true
            } else if ratio.isNaN {
                ratio = Self.usualRatio
            }
            if fades {
                context[index] += (ratio - context[index]) / Fading.readings
                ratio = max(0, ratio - context[index])
            }
            partSums[index * WindowBlock.rowCount + row] = weight * ratio
            sums[row] += weight * ratio
        }
    }

    /// The windows as they were rebuilt in the last evaluation, and their layout.
    private func rebuiltWindows(_ model: StreamModel) -> ([Float], WindowLayout)? {
        if let part = model.parts.lazy.compactMap({ $0 as? Rebuild }).first, part.adversarial != nil {
            return (scratch.firstPass, part.layout)
        }
        guard let network = model.network, let pass = scratch.pass else { return nil }
        return (pass.rebuilt, network.layout)
    }

    private mutating func noteRebuilt(_ model: StreamModel) {
        guard let (windows, layout) = rebuiltWindows(model) else { return }
        rebuilt.removeAll(keepingCapacity: true)
        rebuilt.append(contentsOf: windows[..<(count * layout.width)])
        rebuiltLayout = layout
    }

    private mutating func noteExpected(_ model: StreamModel) {
        for index in expected.indices { expected[index] = .nan }
        guard let (windows, layout) = rebuiltWindows(model) else { return }
        for row in 0..<count {
            let newest = (row + 1) * layout.width - layout.channels.count
            for (offset, channel) in layout.channels.enumerated() {
                expected[row * model.channelCount + channel] = windows[newest + offset]
            }
        }
    }

    /// Says which channels are behind the sum of one window: for each channel of the model its part of it, the value that
    /// was expected, and its deviation, both normalized and NaN where no part has an idea. After
    /// ``evaluate(_:_:state:)``.
    package mutating func explain(
        _ model: StreamModel, _ placement: Placement, row: Int
    ) -> (shares: [Double], expected: [Float], deviations: [Float]) {
        var shares = [Double](repeating: 0, count: model.channelCount)
        var expected = [Float](repeating: .nan, count: model.channelCount)
        var deviations = [Float](repeating: .nan, count: model.channelCount)
        for (index, part) in model.parts.enumerated() {
            let block = placement.blocks[model.layoutOfPart[index]]
            let explanation = part.explain(blocks[block], row: row, scratch: &scratch)
            let total = explanation.shares.reduce(0, +)
            let sum = Double(partSums[index * WindowBlock.rowCount + row])
            for (offset, channel) in part.layout.channels.enumerated() {
                if total > 0 { shares[channel] += sum * explanation.shares[offset] / total }
                if let value = explanation.expected?[offset] { expected[channel] = value }
                if let value = explanation.deviation?[offset] { deviations[channel] = value }
            }
        }
        return (shares, expected, deviations)
    }

    /// How many readings the network's window of a row has room for, and how many of them did not come.
    package func loss(_ model: StreamModel, _ placement: Placement, row: Int) -> WindowLoss {
        let layout = model.network?.layout ?? model.layouts.max { $0.length < $1.length }
        guard let layout, let block = blockOfLayout[layout] else { return WindowLoss(readings: 0, missing: 0) }
        return WindowLoss(readings: layout.length, missing: blocks[block].gapCount(row: row))
    }

    /// Forgets the windows, ready for the next.
    package mutating func clear(_ placement: Placement) {
        for block in placement.blocks { blocks[block].removeAll() }
        count = 0
    }
}

/// How fast a fading part takes what lasts for its context.
package enum Fading {
    /// The time constant of the moving average, in readings.
    package static let readings: Float = 256
}
