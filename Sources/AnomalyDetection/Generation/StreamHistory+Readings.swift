extension StreamHistory {
    /// The slots that the live detector would have had under a model with the newest of these readings.
    init(of readings: TrainingHistory, under model: StreamModel) {
        self.init(
            channelCount: model.channelCount, keptSlots: StreamScoringState.keptSlots,
            longestGap: StreamScoringState.longestGap)
        for reading in 0..<readings.count {
            let start = reading * readings.channelCount
            _ = append(
                readings.values[start..<(start + readings.channelCount)].span, at: readings.times[reading],
                profiles: model.profiles, cadence: model.cadence)
        }
    }

    /// The newest window of a layout, flattened, with what stands in for missing values, as in scoring.
    func newestCells(of layout: WindowLayout) -> [Float] {
        var cells: [Float] = []
        cells.reserveCapacity(layout.width)
        for slot in (count - layout.length)..<count {
            for channel in layout.channels { cells.append(values[slot * channelCount + channel]) }
        }
        return cells
    }

    /// For each cell of the newest window 1 where it was observed, and 0 where something stands in for it.
    func newestMask(of layout: WindowLayout) -> [Float] {
        var mask: [Float] = []
        mask.reserveCapacity(layout.width)
        for slot in (count - layout.length)..<count {
            for channel in layout.channels {
                mask.append(presence[slot * channelCount + channel] == Presence.observed ? 1 : 0)
            }
        }
        return mask
    }
}
