import LinearAlgebra

extension ModelFitter {
    private static let windowLengths = [16, 64]

    /// Fits the linear window model for each of its window lengths.
    func fitLinearParts(
        _ grid: TrainingGrid, channels: [Int], readingCount: Int, _ choices: inout [String]
    ) throws(FittingFailure) -> [FittedPart] {
        var lengths: [(used: Int, wanted: Int)] = []
        for length in Self.windowLengths {
            // A subspace of windows that have more cells than there are readings fits what it saw and little else.
            let bounded = Self.bounded(
                length, channelCount: channels.count, limit: readingCount / 4,
                widthLimit: min(Self.widthLimit, readingCount))
            if lengths.last?.used == bounded { lengths.removeLast() }
            lengths.append((bounded, length))
        }
        var parts: [FittedPart] = []
        for length in lengths {
            let layout = WindowLayout(length: length.used, channels: channels)
            let (part, ratios) = try fitLinearPart(
                grid, layout: layout, weight: 1 / Float(lengths.count), readingCount)
            parts.append(FittedPart(part: part, ratios: ratios))
            choices.append(Self.describe(part, wantedLength: length.wanted))
        }
        return parts
    }

    private func fitLinearPart(
        _ grid: TrainingGrid, layout: WindowLayout, weight: Float, _ readingCount: Int
    ) throws(FittingFailure) -> (LinearWindowModel, ratios: [Float]) {
        let readings = grid.readings(withWindow: layout.length)
        guard readings.count >= Self.fewestWindows else {
            throw .tooFewReadings(usable: readings.count, needed: Self.fewestWindows)
        }
        try pause()
        var model = try linearModel(grid, layout: layout, weight: weight, readings: readings)
        var (inside, outside) = measured(model, grid, readings, readingCount)
        // The scales come from training itself: a subspace is fitted in closed form, and on a short history one fitted to a part of
        // it would be so much worse that what it misses would pass for normal.
        model.insideScale = Self.highQuantile(of: inside)
        model.outsideScale = Self.highQuantile(of: outside)
        let crossFitting = crossFitting(readingCount: readingCount, length: layout.length, foldCount: 3)
        for fold in crossFitting.folds(of: readings) where fold.fitted.count >= Self.fewestWindows / 2 {
            try pause()
            let other = try linearModel(grid, layout: layout, weight: weight, readings: fold.fitted)
            let heldOut = measured(other, grid, fold.heldOut, readingCount)
            for reading in fold.heldOut {
                (inside[reading], outside[reading]) = (heldOut.inside[reading], heldOut.outside[reading])
            }
        }
        let ratios = zip(inside, outside).map { max($0 / model.insideScale, $1 / model.outsideScale) }
        return (model, ratios)
    }

    private func linearModel(
        _ grid: TrainingGrid, layout: WindowLayout, weight: Float, readings: [Int]
    ) throws(FittingFailure) -> LinearWindowModel {
        let sample = readings.evenlySpaced(limit: LinearWindowModel.windowLimit)
        do {
            return try LinearWindowModel(
                fittedTo: grid.windows(layout, endingWith: sample).values, layout: layout, weight: weight)
        } catch {
            throw .degenerate(error)
        }
    }

    /// For each reading how far its window lies inside and outside the subspace; NaN for those that were not asked for.
    private func measured(
        _ model: LinearWindowModel, _ grid: TrainingGrid, _ readings: [Int], _ readingCount: Int
    ) -> (inside: [Float], outside: [Float]) {
        var inside = [Float](repeating: .nan, count: readingCount)
        var outside = inside
        var scratch = EvidenceScratch()
        scratch.reserve(width: model.layout.width, latent: model.dimensionCount)
        grid.forEachBlock(model.layout, endingWith: readings) { block, ends in
            model.measure(block, scratch: &scratch) { row, insideError, outsideError in
                inside[ends[ends.startIndex + row]] = insideError
                outside[ends[ends.startIndex + row]] = outsideError
            }
        }
        return (inside, outside)
    }
}
