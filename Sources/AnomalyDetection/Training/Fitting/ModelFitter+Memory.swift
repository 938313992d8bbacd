import LinearAlgebra

extension ModelFitter {
    /// Fits the memories: the course of windows of the characteristic length and of half of it, and the levels as they are
    /// where history is long enough to have met most of them.
    func fitMemories(
        _ grid: TrainingGrid, channels: [Int], length: Int, readingCount: Int, _ choices: inout [String]
    ) throws(FittingFailure) -> [FittedPart] {
        var plans: [(length: Int, form: Memory.Form)] = []
        for length in [length, max(4, length / 2)] where !plans.contains(where: { $0.length == length }) {
            plans += [(length, .centered), (length, .shape)]
        }
        if readingCount >= DetectorSettings.autoencoderReadings {
            plans.append((length, .level))
        } else {
            choices.append(Self.describeMissingLevels(readingCount: readingCount))
        }
        var parts: [FittedPart] = []
        for plan in plans {
            try pause()
            let layout = WindowLayout(length: plan.length, channels: channels)
            if let part = try fitMemory(grid, layout: layout, form: plan.form, readingCount, &choices) {
                parts.append(part)
            }
        }
        return parts
    }

    private func fitMemory(
        _ grid: TrainingGrid, layout: WindowLayout, form: Memory.Form, _ readingCount: Int,
        _ choices: inout [String]
    ) throws(FittingFailure) -> FittedPart? {
        let readings = grid.readings(withWindow: layout.length)
        guard readings.count >= Self.fewestWindows else {
            choices.append(
                "memory: none of windows of \(layout.length) slots, for only \(readings.count) are whole, "
                    + "\(Self.fewestWindows) are needed")
            return nil
        }
        let sample = readings.evenlySpaced(limit: Memory.rememberedLimit)
        var part: Memory
        do {
            part = try Memory(
                remembering: grid.windows(layout, endingWith: sample).values, layout: layout, form: form)
        } catch {
            throw .degenerate(error)
        }
        // Of several streams, a window is compared with those of the others: these are all that a new stream will find.
        let place = { (reading: Int) in
            members.isEmpty ? grid.slots[reading] : members[reading] * layout.length
        }
        let rememberedSlots = sample.map(place)
        var ratios = [Float](repeating: .nan, count: readingCount)
        var scratch = EvidenceScratch()
        part.reserve(in: &scratch)
        var errors = [Float](repeating: 0, count: WindowBlock.rowCount)
        grid.forEachBlock(layout, endingWith: readings) { block, ends in
            part.scoreApart(
                block, times: ends.map(place), rememberedTimes: rememberedSlots, scratch: &scratch,
                into: &errors)
            for (row, reading) in ends.enumerated() where errors[row].isFinite { ratios[reading] = errors[row] }
        }
        // A window is compared with those only that share no reading with it, so these errors are honest as they are.
        part.scale = Self.highQuantile(of: ratios)
        choices.append(Self.describe(part, windowCount: readings.count))
        let scale = part.scale
        return FittedPart(part: part, ratios: ratios.map { $0 / scale })
    }
}
