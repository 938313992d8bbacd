extension ModelFitter {
    /// Fits the parts that look at a channel's state.
    func fitStateParts(
        _ evidence: Set<EvidenceKind>, _ grid: TrainingGrid, profiles: [ChannelProfile], windowed: [Int]
    ) -> [FittedPart] {
        var parts: [FittedPart] = []
        let readingCount = grid.slots.count
        if evidence.contains(.novelty) {
            let part = Novelty(profiles: profiles, watched: Set(profiles.indices).subtracting(windowed))
            parts.append(FittedPart(part: part, ratios: [Float](repeating: 0, count: readingCount)))
        }
        if evidence.contains(.stuck) {
            let layout = Stuck.layout(of: windowed)
            let readings = grid.readings(withWindow: layout.length)
            var blocks: [WindowBlock] = []
            grid.forEachBlock(layout, endingWith: readings) { block, _ in blocks.append(block) }
            let part = Stuck(fittedTo: blocks, channels: windowed)
            parts.append(FittedPart(part: part, ratios: fadedRatios(of: part, grid, readings)))
        }
        return parts
    }

    /// The ratios of a fading part, reading by reading in order; 0 where there is no whole window.
    private func fadedRatios(of part: Stuck, _ grid: TrainingGrid, _ readings: [Int]) -> [Float] {
        var ratios = [Float](repeating: 0, count: grid.slots.count)
        var scratch = EvidenceScratch()
        var errors = [Float](repeating: 0, count: WindowBlock.rowCount)
        var context: Float = 0
        grid.forEachBlock(part.layout, endingWith: readings) { block, ends in
            part.score(block, scratch: &scratch, into: &errors)
            for row in 0..<block.count {
                let ratio = errors[row]
                context += (ratio - context) / Fading.readings
                ratios[ends[ends.startIndex + row]] = max(0, ratio - context)
            }
        }
        return ratios
    }
}
