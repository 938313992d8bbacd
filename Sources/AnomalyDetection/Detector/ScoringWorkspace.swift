import LinearAlgebra

/// Gathers windows of one model into blocks and sums up what its parts say about them.
///
/// One workspace serves all streams of a detector, one after the other. Once it has met a model it does not allocate for
/// that model again. Blocks always have the same number of rows, so a window's score does not depend on its
/// neighbors in the block, to the last bit.
package struct ScoringWorkspace: Sendable {
    private var blocks: [WindowBlock] = []
    private var blockOfLayout: [WindowLayout: Int] = [:]
    private var errors = [Float](repeating: 0, count: WindowBlock.rowCount)
    private var scratch = EvidenceScratch()

    /// The sum of evidence of each window of the last evaluation.
    package private(set) var sums = [Float](repeating: 0, count: WindowBlock.rowCount)
    /// For each window of the last evaluation whether a part that counts could not see it, because too many readings in a row
    /// are missing.
    package private(set) var rests = [Bool](repeating: false, count: WindowBlock.rowCount)
    /// What each part added to each window's sum in the last evaluation, (parts × rows).
    package private(set) var partSums: [Float] = []
    /// The value expected of the newest slot of each window, normalized, (rows × channels of the model); NaN for channels
    /// that no part rebuilds.
    package private(set) var expected: [Float] = []
    /// Whether ``expected`` is filled in. Off by default, for it costs a copy.
    package var wantsExpected = false
    /// The kind of evidence whose rebuilt windows ``expected`` comes from; nil takes the last part that rebuilds.
    package var expectedKind: EvidenceKind?
    /// The windows of the last evaluation as the last part that rebuilds them did, (rows × width of ``rebuiltLayout``).
    package private(set) var rebuilt: [Float] = []
    /// What the rows of ``rebuilt`` hold; nil where no part rebuilds, or ``wantsRebuilt`` is off.
    package private(set) var rebuiltLayout: WindowLayout?
    /// Whether ``rebuilt`` is filled in. Off by default, for it costs a copy.
    package var wantsRebuilt = false
    /// The number of windows that were added since the last ``clear(_:)``.
    package private(set) var count = 0

    /// What parts come to on most normal windows, between the median and nine in ten.
    private static let usualRatio: Float = 0.4

    /// A workspace that knows no model yet.
    package init() {}

    /// Where the windows of a model lie in a workspace, found once by ``prepare(for:)``.
    package struct Placement: Sendable {
        /// For each layout of the model its block.
        fileprivate var blocks: [Int] = []

        /// The placement of no model.
        package init() {}
    }

    /// Whether the windows have to be evaluated before more can be added.
    package var isFull: Bool { count == WindowBlock.rowCount }

    /// Makes room for a model and says where. To be called before the model's first window.
    package mutating func prepare(for model: StreamModel) -> Placement {
        var placement = Placement()
        for layout in model.layouts {
            if let block = blockOfLayout[layout] {
                placement.blocks.append(block)
                continue
            }
            blockOfLayout[layout] = blocks.count
            placement.blocks.append(blocks.count)
            blocks.append(WindowBlock(layout: layout))
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

    /// Adds the newest windows of a history. Says no, and adds nothing, where training would not have taken the longest window
    /// either: when it reaches back beyond the start of the stream or a long gap, or fewer than half of its slots have a reading.
    package mutating func add(newestOf history: StreamHistory, model: StreamModel, _ placement: Placement) -> Bool {
        guard history.countInStretch >= model.longestWindow, history.filledShare(length: model.longestWindow) >= 0.5
        else { return false }
        for block in placement.blocks { blocks[block].append(newestOf: history) }
        count += 1
        return true
    }

    /// Fills ``sums`` and ``partSums`` for the windows added, in order, and moves the context of fading parts along.
    package mutating func evaluate(_ model: StreamModel, _ placement: Placement, context: inout [Float]) {
        for row in 0..<count {
            sums[row] = 0
            rests[row] = false
        }
        rebuiltLayout = nil
        if wantsExpected { for index in expected.indices { expected[index] = .nan } }
        for (index, part) in model.parts.enumerated() {
            if part.weight == 0, !(part.reconstructs && (wantsExpected || wantsRebuilt)) {
                for row in 0..<count { partSums[index * WindowBlock.rowCount + row] = 0 }
                continue
            }
            let block = placement.blocks[model.layoutOfPart[index]]
            part.score(blocks[block], scratch: &scratch, into: &errors)
            if wantsExpected, part.reconstructs, expectedKind.map({ $0 == part.kind }) ?? true {
                noteExpected(of: part, channelCount: model.channelCount)
            }
            if wantsRebuilt, part.reconstructs { noteRebuilt(by: part) }
            let (scale, weight) = (part.scale, part.weight)
            for row in 0..<count {
                var ratio = errors[row] / scale
                // After an outage, until the window has moved past it, a part that cannot see counts as it usually does.
                if part.needsReadings, blocks[block].longestGap(row: row) > model.usualGap {
                    ratio = Self.usualRatio
                    if weight > 0 { rests[row] = true }
                }
                if part.fades {
                    context[index] += (ratio - context[index]) / Fading.readings
                    ratio = max(0, ratio - context[index])
                }
                partSums[index * WindowBlock.rowCount + row] = weight * ratio
                sums[row] += weight * ratio
            }
        }
    }

    private mutating func noteRebuilt(by part: any EvidencePart) {
        rebuilt.removeAll(keepingCapacity: true)
        rebuilt.append(contentsOf: scratch.reconstruction[..<(count * part.layout.width)])
        rebuiltLayout = part.layout
    }

    private mutating func noteExpected(of part: any EvidencePart, channelCount: Int) {
        let channels = part.layout.channels
        for row in 0..<count {
            let newest = (row + 1) * part.layout.width - channels.count
            for (offset, channel) in channels.enumerated() {
                expected[row * channelCount + channel] = scratch.reconstruction[newest + offset]
            }
        }
    }

    /// Says which channels are behind the sum of one window: for each channel of the model its part of it, the value that
    /// was expected, and its deviation, both normalized and NaN where no part has an idea. After ``evaluate(_:_:context:)``.
    package mutating func explain(
        _ model: StreamModel, _ placement: Placement, row: Int
    ) -> (shares: [Double], expected: [Float], deviations: [Float]) {
        var shares = [Double](repeating: 0, count: model.channelCount)
        var expected = [Float](repeating: .nan, count: model.channelCount)
        var deviations = [Float](repeating: .nan, count: model.channelCount)
        for (index, part) in model.parts.enumerated() {
            let window = blocks[placement.blocks[model.layoutOfPart[index]]].row(row)
            let explanation = part.explain(window, row: 0, scratch: &scratch)
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

    /// How many readings the longest window of a row has room for, and how many of them did not come.
    package func loss(_ model: StreamModel, _ placement: Placement, row: Int) -> WindowLoss {
        guard let longest = model.layouts.indices.max(by: { model.layouts[$0].length < model.layouts[$1].length })
        else { return WindowLoss(readings: 0, missing: 0) }
        return WindowLoss(
            readings: model.layouts[longest].length, missing: blocks[placement.blocks[longest]].gapCount(row: row))
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
