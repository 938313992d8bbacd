import LinearAlgebra

/// Each window needs the forecasts of its newest slots, all but one of which the window before it needed as well. So windows that
/// follow each other, a slot apart, are taken as one run, and each slot of the run is forecast once. A window's error is
/// the same to the last bit in any run, for each forecast is the same whichever are computed beside it.
extension Forecast {
    /// The most slots that a block's windows need forecasts of.
    private static let runSlotLimit = slotCount + WindowBlock.rowCount - 1
    /// One channel's forecasts are computed so many at a time.
    private static let laneCount = 8

    package func reserve(in scratch: inout EvidenceScratch) {
        let channelCount = constants.count
        scratch.reserve(
            forecastSlots: Self.runSlotLimit, channels: channelCount,
            inputs: Self.slotCount * coefficients.count / channelCount,
            course: (layout.length + WindowBlock.rowCount - 1) * channelCount + Self.laneCount)
    }

    package func score(_ windows: WindowBlock, scratch: inout EvidenceScratch, into errors: inout [Float]) {
        let cells = Self.slotCount * layout.channels.count
        var first = 0
        while first < windows.count {
            var end = first + 1
            while end < windows.count, follows(windows, row: end) { end += 1 }
            findResiduals(windows, rows: first..<end, &scratch)
            for row in first..<end {
                let start = (row - first) * layout.channels.count
                let sum: Float = sumOfSquares(scratch.residuals.span.extracting(start..<(start + cells)))
                errors[row] = sum / Float(max(1, observedCount(windows, row: row)))
            }
            first = end
        }
    }

    /// Whether a window is the one before it in the block, a slot later.
    private func follows(_ windows: WindowBlock, row: Int) -> Bool {
        let (width, channelCount) = (layout.width, layout.channels.count)
        let before = windows.values.span.extracting(((row - 1) * width + channelCount)..<(row * width))
        let after = windows.values.span.extracting((row * width)..<((row + 1) * width - channelCount))
        var difference: UInt32 = 0
        for cell in before.indices { difference |= before[cell].bitPattern ^ after[cell].bitPattern }
        guard difference == 0 else { return false }
        if windows.isComplete(row: row - 1), windows.isComplete(row: row) { return true }
        let presenceBefore = windows.presence.span.extracting(((row - 1) * width + channelCount)..<(row * width))
        let presenceAfter = windows.presence.span.extracting((row * width)..<((row + 1) * width - channelCount))
        return presenceBefore.indices.allSatisfy { presenceBefore[$0] == presenceAfter[$0] }
    }

    /// How many of the newest cells of a window were read.
    private func observedCount(_ windows: WindowBlock, row: Int) -> Int {
        let cells = Self.slotCount * layout.channels.count
        guard !windows.isComplete(row: row) else { return cells }
        let end = (row + 1) * layout.width
        return windows.presence[(end - cells)..<end].count { $0 == Presence.observed }
    }

    /// Writes the residuals of a run of windows in units of their deviations to `scratch.residuals`, (slots × channels): those of the
    /// first window's newest slots, then one slot for each further window. Cells without a value have a residual of 0.
    private func findResiduals(_ windows: WindowBlock, rows: Range<Int>, _ scratch: inout EvidenceScratch) {
        let (width, channelCount) = (layout.width, layout.channels.count)
        let slotCount = Self.slotCount + rows.count - 1
        // The course of the whole run: the first window, then the newest slot of each further one.
        for cell in 0..<width { scratch.course[cell] = windows.values[rows.lowerBound * width + cell] }
        for row in rows.dropFirst() {
            let start = width + (row - rows.lowerBound - 1) * channelCount
            for channel in 0..<channelCount {
                scratch.course[start + channel] = windows.values[(row + 1) * width - channelCount + channel]
            }
        }
        if channelCount == 1 {
            forecastOneChannel(slotCount, scratch.course, into: &scratch.forecasts)
        } else {
            forecast(slotCount, &scratch)
        }
        let targets = width - Self.slotCount * channelCount
        for slot in 0..<slotCount {
            for channel in 0..<channelCount {
                let cell = slot * channelCount + channel
                scratch.residuals[cell] =
                    (scratch.course[targets + cell] - scratch.forecasts[cell] - constants[channel])
                    / deviations[channel]
            }
        }
        for row in rows where !windows.isComplete(row: row) {
            let first = (row - rows.lowerBound) * channelCount
            for cell in 0..<(Self.slotCount * channelCount)
            where windows.presence[row * width + targets + cell] != Presence.observed {
                scratch.residuals[first + cell] = 0
            }
        }
    }

    /// Writes the forecasts of a run's slots, without their constants, to `scratch.forecasts`, (slots × channels).
    private func forecast(_ slotCount: Int, _ scratch: inout EvidenceScratch) {
        let channelCount = layout.channels.count
        let inputs = lagCount * channelCount
        for start in stride(from: 0, to: slotCount, by: Self.slotCount) {
            let count = min(Self.slotCount, slotCount - start)
            for slot in 0..<count {
                let first = (start + slot) * channelCount
                for cell in 0..<inputs { scratch.lagCells[slot * inputs + cell] = scratch.course[first + cell] }
            }
            forecast(
                scratch.lagCells, count: count,
                into: &scratch.forecasts, from: start, product: &scratch.product)
        }
    }

    private func forecast(
        _ lagCells: [Float], count: Int, into forecasts: inout [Float], from start: Int,
        product: inout BlockScratch
    ) {
        let channelCount = layout.channels.count
        let inputs = lagCount * channelCount
        var all = forecasts.mutableSpan
        var result = all._mutatingExtracting((start * channelCount)..<((start + count) * channelCount))
        // forecasts (slots, channels) = lag cells (slots, inputs) · coefficientsᵀ (inputs, channels)
        multiplyRows(
            lagCells.span.extracting(0..<(count * inputs)), by: coefficients.span, .transposed, rows: count,
            inner: inputs,
            columns: channelCount, into: &result, scratch: &product)
    }

    /// With one channel the forecasts are a convolution, eight slots at a time; those beyond the run are not looked at.
    private func forecastOneChannel(_ slotCount: Int, _ course: [Float], into forecasts: inout [Float]) {
        let course = course.span
        for start in stride(from: 0, to: slotCount, by: Self.laneCount) {
            var sums = SIMD8<Float>()
            for lag in 0..<lagCount {
                let cell = start + lag
                let values = SIMD8(
                    course[cell], course[cell + 1], course[cell + 2], course[cell + 3], course[cell + 4],
                    course[cell + 5], course[cell + 6], course[cell + 7])
                sums += coefficients[lag] * values
            }
            for lane in 0..<min(Self.laneCount, slotCount - start) { forecasts[start + lane] = sums[lane] }
        }
    }

    package func explain(
        _ windows: WindowBlock, row: Int, scratch: inout EvidenceScratch
    ) -> EvidenceExplanation {
        findResiduals(windows, rows: row..<(row + 1), &scratch)
        let channelCount = layout.channels.count
        var shares = [Double](repeating: 0, count: channelCount)
        for cell in 0..<(Self.slotCount * channelCount) {
            let residual = Double(scratch.residuals[cell])
            shares[cell % channelCount] += residual * residual
        }
        return EvidenceExplanation(shares: shares)
    }
}
