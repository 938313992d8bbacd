import LinearAlgebra
import Testing
import VAE

/// The windows that are cut from a series, and how they enter a batch.
struct SeriesTests {
    private static let shape = NetworkShape(
        slotCount: 3, channelCount: 2, latentCount: 1, hiddenCount: 1, newestSlots: 1, horizons: [1, 4])

    /// Ten slots that hold 10 · slot + channel; of slot 5 the second channel is missing, and slot 8 may not be learned.
    private static let series: WindowSeries = {
        var observed = [Float](repeating: 1, count: 20)
        observed[11] = 0
        return WindowSeries(
            channelCount: 2, values: (0..<20).map { Float($0 / 2 * 10 + $0 % 2) }, observed: observed,
            isForetellable: (0..<10).map { $0 != 8 }, ends: Array(2..<10))
    }()

    @Test func `a window is the stretch of slots that ends in its slot`() {
        let windows = Self.series.windows(endingIn: [2, 9], slotCount: 3)
        #expect(windows.elements == [0, 1, 10, 11, 20, 21, 70, 71, 80, 81, 90, 91])
        #expect(windows.rowCount == 2 && windows.columnCount == 6)
        #expect(Self.series.windows(endingIn: [], slotCount: 3).rowCount == 0)
    }

    @Test func `other windows of the same slots are another series of the same values`() {
        let other = Self.series.with(ends: [4])
        #expect(other.ends == [4] && other.values == Self.series.values && other.observed == Self.series.observed)
        #expect(other.isForetellable == Self.series.isForetellable && other.channelCount == 2)
    }

    @Test func `a batch takes a window, its marks, and what came after it`() {
        var batch = SeriesBatch(shape: Self.shape, rowLimit: 2)
        batch.append(Self.series, endingIn: 2)
        #expect(batch.rowCount == 1 && batch.isComplete)
        #expect(batch.windows[..<6] == [0, 1, 10, 11, 20, 21] && batch.input[..<6] == batch.windows[..<6])
        #expect(batch.observed[..<6].allSatisfy { $0 == 1 })
        // One slot ahead, then four.
        #expect(batch.targets[..<4] == [30, 31, 60, 61] && batch.targetObserved[..<4].allSatisfy { $0 == 1 })
    }

    @Test func `what is missing, may not be learned or lies behind the end is no target`() {
        func marks(_ end: Int) -> (targets: [Float], marks: [Float], isComplete: Bool) {
            var batch = SeriesBatch(shape: Self.shape, rowLimit: 1)
            batch.append(Self.series, endingIn: end)
            return (batch.targets, batch.targetObserved, batch.isComplete)
        }
        #expect(marks(3) == ([40, 41, 70, 71], [1, 1, 1, 1], true))
        // Slot 5 lacks a channel; slot 8 is not to be learned.
        #expect(marks(4) == ([50, 0, 0, 0], [1, 0, 0, 0], false))
        // There is no slot 10, and the window itself lacks a cell.
        #expect(marks(6) == ([70, 71, 0, 0], [1, 1, 0, 0], false))
        #expect(marks(9) == ([0, 0, 0, 0], [0, 0, 0, 0], false))
    }

    @Test func `a missing cell keeps what stands in for it, marked as missing`() {
        var batch = SeriesBatch(shape: Self.shape, rowLimit: 1)
        batch.append(Self.series, endingIn: 5)
        #expect(batch.windows == [30, 31, 40, 41, 50, 51] && batch.observed == [1, 1, 1, 1, 1, 0])
        #expect(!batch.isComplete)
    }

    @Test func `a batch that was emptied is as a new one`() {
        var batch = SeriesBatch(shape: Self.shape, rowLimit: 2)
        batch.append(Self.series, endingIn: 9)
        batch.append(Self.series, endingIn: 5)
        batch.removeRows()
        #expect(batch.rowCount == 0 && batch.isComplete)
        batch.append(Self.series, endingIn: 3)
        #expect(batch.rowCount == 1 && batch.isComplete && batch.targets[..<4] == [40, 41, 70, 71])
        #expect(batch.windows[..<6] == [10, 11, 20, 21, 30, 31] && batch.observed[..<6].allSatisfy { $0 == 1 })
    }

    @Test func `input noise reaches what the encoder sees and nothing else`() {
        var batch = SeriesBatch(shape: Self.shape, rowLimit: 2)
        batch.append(Self.series, endingIn: 2)
        batch.addInputNoise([0.5, 0, 0, 0, 0, -0.5])
        #expect(batch.input[..<6] == [0.5, 1, 10, 11, 20, 20.5] && batch.windows[..<6] == [0, 1, 10, 11, 20, 21])
    }

    @Test func `evenly spaced elements go from the first to the last`() {
        let numbers = Array(0..<10)
        #expect(numbers.evenlySpaced(limit: 4) == [0, 3, 6, 9])
        #expect(numbers.evenlySpaced(limit: 10) == numbers && numbers.evenlySpaced(limit: 100) == numbers)
        #expect(numbers.evenlySpaced(limit: 2) == [0, 9])
        #expect([Int]().evenlySpaced(limit: 3) == [])
    }

    @Test func `the closed form learns to foretell from windows alone whose every target may be learned`() throws {
        // What may not be learned is far off; a regression that saw it would foretell nonsense.
        var readings = TestSeries.linearGaussian(count: 600, seed: 1)
        let mask = TestSeries.mask(rows: 600, columns: 2, missing: 0.05, seed: 2)
        let clean = TestSeries.whole(readings, mask: mask, slotCount: 4)
        let kept = clean.ends.filter { end in
            [1, 8].allSatisfy { end + $0 < 600 && mask[end + $0, 0] == 1 && mask[end + $0, 1] == 1 }
        }
        #expect(kept.count > 300 && kept.count < clean.ends.count - 50)
        let expected = try VariationalAutoencoder(closedFormOf: clean, slotCount: 4, seed: 1)
        let other = try VariationalAutoencoder(closedFormOf: clean.with(ends: kept), slotCount: 4, seed: 1)
        // Directions are found from all windows, so that only the variances of what is foretold are nearly the same.
        for (a, b) in zip(expected.foresightVariances, other.foresightVariances) { #expect(abs(a / b - 1) < 0.02) }
        readings[599, 0] = 1e4
        var isForetellable = clean.isForetellable
        isForetellable[599] = false
        let spoilt = WindowSeries(
            channelCount: 2, values: readings.elements, observed: mask.elements, isForetellable: isForetellable,
            ends: Array(clean.ends.dropLast()))
        let found = try VariationalAutoencoder(closedFormOf: spoilt, slotCount: 4, seed: 1)
        for (a, b) in zip(expected.foresightVariances, found.foresightVariances) { #expect(abs(a / b - 1) < 0.05) }
    }
}
