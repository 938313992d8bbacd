import AnomalyDetection
import LinearAlgebra
import TestSupport
import Testing
import VAE

/// A series on its grid, a row a second, with the prototype's centers and spreads, and what is fitted to its training rows.
struct PrototypeStretch {
    let numbers: PrototypeNumbers
    let profiles: [ChannelProfile]
    /// All rows, and the training's alone.
    private let whole: TrainingGrid
    private let training: TrainingGrid
    /// The same with the first row once more before it: there the prototype's first step is none.
    private let padded: TrainingGrid
    private let history: TrainingHistory
    private let cadence = Cadence(interval: 1_000_000_000, isRegular: true)

    /// So many windows, and courses or statistics, are remembered by the prototype.
    private static let remembered = (windows: 1_500, few: 500)

    init(_ numbers: PrototypeNumbers) throws {
        self.numbers = numbers
        let series = try LabelledSeries(numbers.name)
        let profiles = (0..<series.channelCount).map { channel in
            // A channel outside of windows is looked at for its values alone, so its profile may be Harken's own.
            guard let place = numbers.windowed.firstIndex(of: channel) else {
                return ChannelProfile(learnedFrom: series.column(channel, rows: numbers.trainRows))
            }
            return ChannelProfile(
                role: .continuous, center: numbers.center[place], spread: numbers.spread[place], knownValues: [],
                missingShare: 0)
        }
        let history = TrainingHistory(
            channelCount: series.channelCount,
            times: (0..<series.rowCount).map { Timestamp(nanoseconds: Int64($0) * 1_000_000_000) },
            values: series.values, isAlerting: [Bool](repeating: false, count: series.rowCount))
        let before = TrainingHistory(
            channelCount: series.channelCount,
            times: (-1..<series.rowCount).map { Timestamp(nanoseconds: Int64($0) * 1_000_000_000) },
            values: Array(series.values[..<series.channelCount]) + series.values,
            isAlerting: [Bool](repeating: false, count: series.rowCount + 1))
        let cadence = cadence
        func grid(_ history: TrainingHistory) -> TrainingGrid {
            TrainingGrid(
                history, profiles: profiles, cadence: cadence, longestGap: StreamScoringState.longestGap)
        }
        (self.profiles, self.history) = (profiles, history)
        (whole, training, padded) = (grid(history), grid(history[0..<numbers.trainRows]), grid(before))
    }

    // MARK: The network

    private var layout: WindowLayout { WindowLayout(length: numbers.windowLength, channels: numbers.windowed) }
    /// The training rows that have a window of a length.
    private func fitted(_ length: Int) -> [Int] { Array((length - 1)..<numbers.trainRows) }

    /// The network in closed form.
    func network() throws -> WindowNetwork {
        let series = training.series(of: numbers.windowed).with(ends: fitted(layout.length))
        return WindowNetwork(
            layout: layout,
            network: try VariationalAutoencoder(closedFormOf: series, slotCount: layout.length, seed: 1))
    }

    /// The network with its read-outs.
    func networkParts() throws -> NetworkParts {
        NetworkParts(
            try network(), adversarial: nil, training, training.series(of: numbers.windowed),
            fitted: fitted(layout.length))
    }

    /// What the network makes of all rows from the first with a window.
    func replay(_ parts: NetworkParts) -> NetworkReplay {
        NetworkReplay(
            parts.window, whole, whole.series(of: numbers.windowed), Array(numbers.firstWindow..<history.count),
            rebuild: parts.rebuild)
    }

    // MARK: Memories

    /// The memory of windows with its scales, and the errors of training rows against windows that share no row with theirs.
    func memory() throws -> (part: Memory, training: [SIMD4<Float>]) {
        let (network, rows) = (try network(), fitted(layout.length))
        let kept = rows.evenlySpaced(limit: Self.remembered.windows)
        let slots = RememberedSlots(
            channelCount: numbers.windowed.count, values: training.series(of: numbers.windowed).values)
        var part = Memory(layout: layout, slots: slots, ends: kept, network: network.network)
        let unscaled = part
        var first = 0
        let errors = errors(layout, rows, network: network, part) { block, scratch in
            defer { first += block.count }
            return unscaled.errorsApart(block, scratch: &scratch) { abs(rows[first + $0] - kept[$1]) >= layout.length }
        }
        part.scales = (0..<4).map { index in ModelFitter.highQuantile(of: errors.map { $0[index] }) }
        return (part, errors)
    }

    /// The memory of courses of a length whose errors are unscaled, and the errors of training rows.
    func context(length: Int) throws -> (part: Context, training: [Float]) {
        let (channels, rows) = (numbers.windowed, fitted(length))
        let kept = rows.evenlySpaced(limit: Self.remembered.few)
        let values = training.series(of: channels).values
        let courses = Context.features(
            of: values, channelCount: channels.count, endingIn: rows.evenlySpaced(limit: Context.sampleLimit),
            length: length)
        // Where there are many cells, training finds directions by iteration, and those of nearly equal variances lie a little beside.
        let subspace = try PrincipalSubspace(of: courses) { _ in 16 }
        let cells = courses.columnCount
        let directions = (0..<cells).flatMap { cell in (0..<16).map { subspace.directions[$0 * cells + cell] } }
        let slots = RememberedSlots(channelCount: channels.count, values: values)
        let found = try Context.table(
            length: length, fittedTo: courses, channelCount: channels.count, ends: kept, slots: slots)
        let table = RememberedFeatures(
            length: length, center: subspace.mean, directions: directions, ends: kept,
            features: Context.features(of: values, channelCount: channels.count, endingIn: kept, length: length))
        let part = Context(channels: channels, slots: slots, tables: [table])
        let fitted = Context(channels: channels, slots: slots, tables: [found])
        for (exact, found) in zip(ratios(part, numbers.rows), ratios(fitted, numbers.rows)) {
            #expect(abs(found / exact - 1) < 0.05, "as training finds them")
        }
        var first = 0
        let errors = errors(part.layout, rows, part) { block, scratch in
            defer { first += block.count }
            return part.errorsApart(block, table: 0, scratch: &scratch) { abs(rows[first + $0] - kept[$1]) >= length }
        }
        return (part, errors)
    }

    /// The memory of statistics of a length whose errors are unscaled, and the errors of training rows.
    func statistics(length: Int) throws -> (part: RollingStatistics, training: [Float]) {
        let (channels, rows) = (numbers.windowed, fitted(length))
        let kept = rows.evenlySpaced(limit: Self.remembered.few)
        let values = padded.series(of: channels).values
        let slots = RememberedSlots(channelCount: channels.count, values: values)
        let features = RollingStatistics.features(
            of: values, channelCount: channels.count, endingIn: rows.map { $0 + 1 }, length: length)
        let table = try RollingStatistics.table(
            length: length, fittedTo: features, channelCount: channels.count, ends: kept.map { $0 + 1 }, slots: slots)
        let part = RollingStatistics(channels: channels, slots: slots, tables: [table])
        var first = 0
        let errors = errors(part.layout, rows, part) { block, scratch in
            defer { first += block.count }
            return part.errorsApart(block, table: 0, scratch: &scratch) { abs(rows[first + $0] - kept[$1]) >= length }
        }
        return (part, errors)
    }

    // MARK: State

    var novelty: Novelty {
        Novelty(profiles: profiles, watched: Set(profiles.indices).subtracting(numbers.windowed))
    }

    var stuck: Stuck {
        var blocks: [WindowBlock] = []
        training.forEachBlock(
            Stuck.layout(of: numbers.windowed), endingWith: Array(Stuck.changeCount..<numbers.trainRows)
        ) { block, _ in blocks.append(block) }
        return Stuck(fittedTo: blocks, channels: numbers.windowed)
    }

    // MARK: Scores

    /// What `measure` says of the windows that end with these rows.
    func errors<Error>(
        _ layout: WindowLayout, _ rows: [Int], network: WindowNetwork? = nil, _ part: some EvidencePart,
        measure: (WindowBlock, inout EvidenceScratch) -> [Error]
    ) -> [Error] {
        var scratch = EvidenceScratch()
        part.reserve(in: &scratch)
        var found: [Error] = []
        padded.forEachBlock(layout, endingWith: rows.map { $0 + 1 }) { block, _ in
            network?.run(block, scratch: &scratch)
            found += measure(block, &scratch)
        }
        return found
    }

    /// The ratios of the windows that end with these rows, under a part that reads no network.
    func ratios(_ part: some EvidencePart, _ rows: [Int]) -> [Float] {
        var ratios = [Float](repeating: .nan, count: WindowBlock.rowCount)
        return errors(part.layout, rows, part) { block, scratch in
            part.score(block, scratch: &scratch, into: &ratios)
            return Array(ratios[..<block.count])
        }
    }

    private func model(_ parts: [any EvidencePart], network: WindowNetwork? = nil) -> StreamModel {
        StreamModel(
            cadence: cadence, profiles: profiles, network: network, parts: parts,
            calibration: ScoreCalibration(sums: [0, 1]),
            threshold: AlertThreshold(firing: 3, clearing: 2, isProvisional: false), trainedReadings: 0, choices: [])
    }

    /// The sums of a model as the live stream has them, NaN where there is none; `prepare` is called before each row.
    private func run(
        _ model: StreamModel, prepare: (_ row: Int, inout StreamScoringState) -> Void
    ) -> (sums: [Float], heldSums: [Float]) {
        var workspace = ScoringWorkspace()
        let placement = workspace.prepare(for: model)
        var state = StreamScoringState(model: model)
        var sums = [Float](repeating: .nan, count: history.count)
        var held = sums
        for row in 0..<history.count {
            prepare(row, &state)
            let values = history[row..<(row + 1)].values
            _ = state.history.append(values.span, at: history.times[row], profiles: profiles, cadence: cadence)
            guard workspace.add(newestOf: &state, model: model, placement) else { continue }
            workspace.evaluate(model, placement, state: &state)
            (sums[row], held[row]) = (workspace.sums[0], workspace.heldSums[0])
            workspace.clear(placement)
        }
        return (sums, held)
    }

    /// The faded sums of a model that looks for standing still alone, and the past that they fade from before the first row behind the
    /// training.
    var stuckSums: (sums: [Float], past: Float) {
        var past: Float = 0
        let found = run(model([stuck])) { row, state in
            if row == Stuck.changeCount { state.context[0] = Float(numbers.stuckPast) }
            if row == numbers.trainRows { past = state.context[0] }
        }
        return (found.sums, past)
    }

    /// The sums of a model of all parts over the scales that training gives, and those that live scores are made from.
    func liveSums() throws -> (sums: [Float], heldSums: [Float]) {
        let network = try networkParts()
        let courses = try numbers.context.map { expected in
            let (part, training) = try context(length: expected.length)
            var table = part.tables[0]
            table.scale = ModelFitter.highQuantile(of: training)
            return (table: table, slots: part.slots)
        }
        let vectors = try numbers.statistics.map { expected in
            let (part, training) = try statistics(length: expected.length)
            var table = part.tables[0]
            table.scale = ModelFitter.highQuantile(of: training)
            return (table: table, slots: part.slots)
        }
        var parts: [any EvidencePart] = [network.rebuild, network.foresight, try memory().part, novelty, stuck]
        if let slots = courses.first?.slots {
            parts.append(Context(channels: numbers.windowed, slots: slots, tables: courses.map { $0.table }))
        }
        if let slots = vectors.first?.slots {
            parts.append(RollingStatistics(channels: numbers.windowed, slots: slots, tables: vectors.map { $0.table }))
        }
        let past = stuckSums.past
        let fading = parts.firstIndex { $0.fades } ?? 0
        return run(model(parts, network: network.window)) { row, state in
            guard row == numbers.trainRows else { return }
            state.context[fading] = past
            state.held.meanCube = Float(numbers.replay.evidence)
        }
    }
}
