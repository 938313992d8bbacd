import LinearAlgebra
package import VAE

extension ModelFitter {
    /// A length over this share of the history says nothing: all windows of it share readings.
    private static let shortestHistory = 3

    /// The readings whose windows are remembered, by the part and length that remembers them.
    private struct RememberedReadings {
        var memory: [Int] = []
        var statistics: [(length: Int, readings: [Int])] = []
        var contexts: [(length: Int, readings: [Int])] = []
    }

    /// Fits what remembers: windows in the network's coordinates, statistics and contexts, all cut from the same slots.
    func fitMemories(
        _ grid: TrainingGrid, _ series: WindowSeries, channels: [Int], network: WindowNetwork?, readingCount: Int,
        _ choices: inout [String]
    ) throws(FittingFailure) -> [FittedPart] {
        var remembered = RememberedReadings()
        if wantedEvidence.contains(.memory), let network {
            remembered.memory = grid.readings(withWindow: network.layout.length)
                .evenlySpaced(limit: Memory.rememberedLimit)
        }
        if wantedEvidence.contains(.statistics) {
            remembered.statistics = rememberedReadings(
                grid, RollingStatistics.lengths, limit: RollingStatistics.rememberedLimit, spare: 1, readingCount)
        }
        if wantedEvidence.contains(.context) {
            remembered.contexts = rememberedReadings(
                grid, Context.lengths, limit: Context.rememberedLimit, spare: 0, readingCount)
        }
        let cut = SlotCut(series, windows: windows(of: remembered, grid, network))
        var parts: [FittedPart] = []
        if let network, !remembered.memory.isEmpty {
            parts.append(try fitMemory(grid, network, cut, remembered.memory, readingCount))
            choices.append(
                "memory: \(remembered.memory.count) windows of \(network.layout.length) slots, by course and by shape")
        }
        if !remembered.contexts.isEmpty {
            parts.append(try fitContext(grid, series, channels, cut, remembered.contexts, readingCount))
        }
        if !remembered.statistics.isEmpty {
            parts.append(try fitStatistics(grid, channels, cut, remembered.statistics, readingCount))
        }
        for (kind, lengths, found) in [
            (EvidenceKind.context, Context.lengths, remembered.contexts),
            (.statistics, RollingStatistics.lengths, remembered.statistics),
        ] where wantedEvidence.contains(kind) {
            choices.append(Self.describe(kind, wanted: lengths, used: found.map { ($0.length, $0.readings.count) }))
        }
        return parts
    }

    private func rememberedReadings(
        _ grid: TrainingGrid, _ lengths: [Int], limit: Int, spare: Int, _ readingCount: Int
    ) -> [(length: Int, readings: [Int])] {
        lengths.compactMap { length in
            guard Self.shortestHistory * length <= readingCount else { return nil }
            let readings = grid.readings(withWindow: length + spare)
            return readings.count >= Self.fewestWindows ? (length, readings.evenlySpaced(limit: limit)) : nil
        }
    }

    private func windows(
        of remembered: RememberedReadings, _ grid: TrainingGrid, _ network: WindowNetwork?
    ) -> [(end: Int, length: Int)] {
        remembered.memory.map { (grid.slots[$0], network?.layout.length ?? 1) }
            + remembered.statistics.flatMap { table in table.readings.map { (grid.slots[$0], table.length + 1) } }
            + remembered.contexts.flatMap { table in table.readings.map { (grid.slots[$0], table.length) } }
    }

    /// Whether two readings' windows of a length share no slot; of several streams, whether they are of different ones, for the windows
    /// of others are all that a new stream will find.
    private func areApart(_ grid: TrainingGrid, length: Int) -> (Int, Int) -> Bool {
        members.isEmpty
            ? { abs(grid.slots[$0] - grid.slots[$1]) >= length } : { members[$0] != members[$1] }
    }

    private func fitMemory(
        _ grid: TrainingGrid, _ network: WindowNetwork, _ cut: SlotCut, _ remembered: [Int], _ readingCount: Int
    ) throws(FittingFailure) -> FittedPart {
        try pause()
        let readings = grid.readings(withWindow: network.layout.length)
        var part = Memory(
            layout: network.layout, slots: cut.slots, ends: remembered.map { cut.place(of: grid.slots[$0]) },
            network: network.network)
        var scratch = EvidenceScratch()
        part.reserve(in: &scratch)
        let areApart = areApart(grid, length: network.layout.length)
        var errors = [SIMD4<Float>](repeating: SIMD4(repeating: .nan), count: readingCount)
        grid.forEachBlock(network.layout, endingWith: readings) { block, ends in
            network.run(block, scratch: &scratch)
            let found = part.errorsApart(block, scratch: &scratch) { row, place in
                areApart(ends[ends.startIndex + row], remembered[place])
            }
            for (row, reading) in ends.enumerated() { errors[reading] = found[row] }
        }
        part.scales = (0..<4).map { index in Self.highQuantile(of: errors.map { $0[index] }) }
        let scales = part.scales
        return FittedPart(
            part: part,
            ratios: errors.map {
                (max($0[0] / scales[0], $0[1] / scales[1]) + max($0[2] / scales[2], $0[3] / scales[3])) / 2
            })
    }

    private func fitStatistics(
        _ grid: TrainingGrid, _ channels: [Int], _ cut: SlotCut, _ remembered: [(length: Int, readings: [Int])],
        _ readingCount: Int
    ) throws(FittingFailure) -> FittedPart {
        try pause()
        let tables = remembered.map { entry in
            var blocks: [WindowBlock] = []
            let layout = RollingStatistics.layout(of: channels, length: entry.length)
            grid.forEachBlock(
                layout, endingWith: grid.readings(withWindow: layout.length).evenlySpaced(limit: Self.windowLimit)
            ) { block, _ in blocks.append(block) }
            return RollingStatistics.table(
                length: entry.length, channelCount: channels.count, blocks: blocks,
                ends: entry.readings.map { cut.place(of: grid.slots[$0]) })
        }
        var part = RollingStatistics(channels: channels, slots: cut.slots, tables: tables)
        var ratios = [Float](repeating: .nan, count: readingCount)
        for (index, entry) in remembered.enumerated() {
            let layout = RollingStatistics.layout(of: channels, length: entry.length)
            let errors = errorsApart(grid, part, layout, entry, readingCount) { block, scratch, isApart in
                part.errorsApart(block, table: index, scratch: &scratch, isApart: isApart)
            }
            let scale = Self.highQuantile(of: errors)
            part.setScale(scale, ofTable: index)
            Self.raise(&ratios, to: errors, over: scale)
        }
        return FittedPart(part: part, ratios: ratios)
    }

    private func fitContext(
        _ grid: TrainingGrid, _ series: WindowSeries, _ channels: [Int], _ cut: SlotCut,
        _ remembered: [(length: Int, readings: [Int])], _ readingCount: Int
    ) throws(FittingFailure) -> FittedPart {
        try pause()
        var tables: [Context.Table] = []
        for entry in remembered {
            let sample = grid.readings(withWindow: entry.length).evenlySpaced(limit: Context.sampleLimit)
            let courses = Context.courses(
                of: series.values, channelCount: channels.count, endingIn: sample.map { grid.slots[$0] },
                length: entry.length)
            do {
                tables.append(
                    try Context.table(
                        length: entry.length, courses: courses,
                        ends: entry.readings.map { cut.place(of: grid.slots[$0]) }))
            } catch {
                throw .degenerate(error)
            }
        }
        var part = Context(channels: channels, slots: cut.slots, tables: tables)
        var ratios = [Float](repeating: .nan, count: readingCount)
        for (index, entry) in remembered.enumerated() {
            let layout = WindowLayout(length: entry.length, channels: channels)
            let errors = errorsApart(grid, part, layout, entry, readingCount) { block, scratch, isApart in
                part.errorsApart(block, table: index, scratch: &scratch, isApart: isApart)
            }
            let scale = Self.highQuantile(of: errors)
            part.setScale(scale, ofTable: index)
            Self.raise(&ratios, to: errors, over: scale)
        }
        return FittedPart(part: part, ratios: ratios)
    }

    /// For each reading the error of its window against what is remembered of others; NaN where there is none.
    private func errorsApart(
        _ grid: TrainingGrid, _ part: some EvidencePart, _ layout: WindowLayout,
        _ remembered: (length: Int, readings: [Int]), _ readingCount: Int,
        measure: (WindowBlock, inout EvidenceScratch, (_ row: Int, _ place: Int) -> Bool) -> [Float]
    ) -> [Float] {
        var errors = [Float](repeating: .nan, count: readingCount)
        var scratch = EvidenceScratch()
        part.reserve(in: &scratch)
        let areApart = areApart(grid, length: remembered.length)
        grid.forEachBlock(layout, endingWith: grid.readings(withWindow: layout.length)) { block, ends in
            let found = measure(block, &scratch) { row, place in
                areApart(ends[ends.startIndex + row], remembered.readings[place])
            }
            for (row, reading) in ends.enumerated() { errors[reading] = found[row] }
        }
        return errors
    }

    /// Raises ratios to errors over what counts as one, where these are larger or nothing was known.
    private static func raise(_ ratios: inout [Float], to errors: [Float], over scale: Float) {
        for reading in ratios.indices where errors[reading].isFinite {
            let ratio = errors[reading] / scale
            ratios[reading] = ratios[reading] >= ratio ? ratios[reading] : ratio
        }
    }
}

/// The slots that windows are cut from, without those that no window holds, with values that half precision holds.
package struct SlotCut {
    /// The slots.
    package let slots: RememberedSlots
    private let places: [Int32]  // for each slot of the series its place among those that are kept

    /// Keeps the slots of these windows, each given by its last slot and its length.
    package init(_ series: WindowSeries, windows: [(end: Int, length: Int)]) {
        let d = series.channelCount
        var isKept = [Bool](repeating: false, count: series.isForetellable.count)
        for window in windows {
            for slot in (window.end + 1 - window.length)...window.end { isKept[slot] = true }
        }
        var places: [Int32] = []
        var values: [Float] = []
        places.reserveCapacity(isKept.count)
        var count: Int32 = 0
        for slot in isKept.indices {
            places.append(count)
            guard isKept[slot] else { continue }
            count += 1
            for channel in 0..<d { values.append(Float(Float16(series.values[slot * d + channel]))) }
        }
        self.places = places
        slots = RememberedSlots(channelCount: d, values: values)
    }

    /// Where a slot of the series that is kept went.
    package func place(of slot: Int) -> Int { Int(places[slot]) }
}
