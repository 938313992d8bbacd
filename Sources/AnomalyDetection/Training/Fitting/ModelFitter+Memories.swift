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
        remembered.statistics = rememberedReadings(grid, RollingStatistics.self, .statistics, readingCount)
        remembered.contexts = rememberedReadings(grid, Context.self, .context, readingCount)
        let cut = SlotCut(series, windows: windows(of: remembered, grid, network))
        var parts: [FittedPart] = []
        if let network, !remembered.memory.isEmpty {
            parts.append(try fitMemory(grid, network, cut, remembered.memory, readingCount))
            choices.append(
                "memory: \(remembered.memory.count) windows of \(network.layout.length) slots, by course and by shape")
        }
        if !remembered.contexts.isEmpty {
            parts.append(try fit(Context.self, grid, series, channels, cut, remembered.contexts, readingCount))
        }
        if !remembered.statistics.isEmpty {
            parts.append(
                try fit(RollingStatistics.self, grid, series, channels, cut, remembered.statistics, readingCount))
        }
        for (kind, lengths, found) in [
            (EvidenceKind.context, Context.lengths, remembered.contexts),
            (.statistics, RollingStatistics.lengths, remembered.statistics),
        ] where wantedEvidence.contains(kind) {
            choices.append(Self.describe(kind, wanted: lengths, used: found.map { ($0.length, $0.readings.count) }))
        }
        return parts
    }

    private func rememberedReadings<Part: FeatureMemory>(
        _ grid: TrainingGrid, _: Part.Type, _ kind: EvidenceKind, _ readingCount: Int
    ) -> [(length: Int, readings: [Int])] {
        guard wantedEvidence.contains(kind) else { return [] }
        return Part.lengths.compactMap { length in
            guard Self.shortestHistory * length <= readingCount else { return nil }
            let readings = grid.readings(withWindow: Part.slotCount(length: length))
            return readings.count >= Self.fewestWindows
                ? (length, readings.evenlySpaced(limit: Part.rememberedLimit)) : nil
        }
    }

    private func windows(
        of remembered: RememberedReadings, _ grid: TrainingGrid, _ network: WindowNetwork?
    ) -> [(end: Int, length: Int)] {
        remembered.memory.map { (grid.slots[$0], network?.layout.length ?? 1) }
            + windows(of: remembered.statistics, grid, RollingStatistics.self)
            + windows(of: remembered.contexts, grid, Context.self)
    }

    private func windows<Part: FeatureMemory>(
        of remembered: [(length: Int, readings: [Int])], _ grid: TrainingGrid, _: Part.Type
    ) -> [(end: Int, length: Int)] {
        remembered.flatMap { table in
            table.readings.map { (grid.slots[$0], Part.slotCount(length: table.length)) }
        }
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
        var part = Memory(
            layout: network.layout, slots: cut.slots, ends: remembered.map { cut.place(of: grid.slots[$0]) },
            network: network.network)
        let unscaled = part
        let errors = errorsApart(
            grid, part, part.layout, (network.layout.length, remembered), readingCount, unknown: SIMD4(repeating: .nan)
        ) { block, scratch, isApart in
            network.run(block, scratch: &scratch)
            return unscaled.errorsApart(block, scratch: &scratch, isApart: isApart)
        }
        part.scales = (0..<4).map { index in Self.highQuantile(of: errors.map { $0[index] }) }
        let scales = part.scales
        return FittedPart(
            part: part,
            ratios: errors.map {
                (max($0[0] / scales[0], $0[1] / scales[1]) + max($0[2] / scales[2], $0[3] / scales[3])) / 2
            })
    }

    private func fit<Part: FeatureMemory>(
        _: Part.Type, _ grid: TrainingGrid, _ series: WindowSeries, _ channels: [Int], _ cut: SlotCut,
        _ remembered: [(length: Int, readings: [Int])], _ readingCount: Int
    ) throws(FittingFailure) -> FittedPart {
        try pause()
        var tables: [RememberedFeatures] = []
        for (length, readings) in remembered {
            let sample = grid.readings(withWindow: Part.slotCount(length: length)).evenlySpaced(limit: Part.sampleLimit)
            let features = Part.features(
                of: series.values, channelCount: channels.count, endingIn: sample.map { grid.slots[$0] },
                length: length)
            do {
                tables.append(
                    try Part.table(
                        length: length, fittedTo: features, channelCount: channels.count,
                        ends: readings.map { cut.place(of: grid.slots[$0]) }, slots: cut.slots))
            } catch {
                throw .degenerate(error)
            }
        }
        var part = Part(channels: channels, slots: cut.slots, tables: tables)
        let unscaled = part
        var ratios = [Float](repeating: .nan, count: readingCount)
        for (index, entry) in remembered.enumerated() {
            let layout = Part.layout(of: channels, lengths: [entry.length])
            let errors = errorsApart(grid, part, layout, entry, readingCount, unknown: .nan) {
                unscaled.errorsApart($0, table: index, scratch: &$1, isApart: $2)
            }
            let scale = Self.highQuantile(of: errors)
            part.tables[index].scale = scale
            Self.raise(&ratios, to: errors, over: scale)
        }
        return FittedPart(part: part, ratios: ratios)
    }

    /// For each reading the error of its window against what is remembered of others; unknown where there is none.
    private func errorsApart<Errors>(
        _ grid: TrainingGrid, _ part: some EvidencePart, _ layout: WindowLayout,
        _ remembered: (length: Int, readings: [Int]), _ readingCount: Int, unknown: Errors,
        measure: (WindowBlock, inout EvidenceScratch, (_ row: Int, _ place: Int) -> Bool) -> [Errors]
    ) -> [Errors] {
        var errors = [Errors](repeating: unknown, count: readingCount)
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
