import LinearAlgebra

/// What a training learns from and what it is judged by: windows in the order of time, the last of them held out.
struct TrainingWindows: Sendable {
    /// The number of windows, from the first on, to train on.
    let trainingCount: Int
    /// The windows to look at, taken evenly from those held out.
    let heldOutRows: [Int]

    private let windows: Matrix  // (windows, D)
    private let mask: Matrix?  // (windows, D), 0 where a cell is missing

    /// Checks every cell and divides the windows as the settings say.
    init(
        _ windows: Matrix, mask: Matrix?, inputCount: Int, settings: TrainingSettings
    ) throws(TrainingFailure) {
        try Self.check(windows, mask, inputCount)
        let tail = Int(settings.heldOutShare * Double(windows.rowCount))
        let heldOutCount = tail < TrainingSettings.heldOutMinimum ? 0 : tail
        let gap = heldOutCount == 0 ? 0 : settings.heldOutGap
        trainingCount = windows.rowCount - heldOutCount - gap
        guard trainingCount > 0 else { throw .noWindows(count: windows.rowCount, heldOut: heldOutCount, gap: gap) }
        let lookedAt = min(heldOutCount, settings.heldOutLimit)
        let heldOutStart = windows.rowCount - heldOutCount
        heldOutRows = (0..<lookedAt).map { heldOutStart + $0 * heldOutCount / lookedAt }
        self.windows = windows
        self.mask = mask
    }

    /// Fills a batch with windows drawn with replacement, as many as the settings say, and adds their input noise.
    func draw(into batch: inout WindowBatch, settings: TrainingSettings, from source: inout RandomSource) {
        batch.removeRows()
        for _ in 0..<settings.windowsPerStep {
            batch.append(row: source.index(below: trainingCount), of: windows, mask: mask)
        }
        if settings.inputNoise > 0 { batch.addInputNoise(deviation: settings.inputNoise, from: &source) }
    }

    /// Fills a batch with these of the ``heldOutRows``, by their places among them.
    func copyHeldOut(_ places: Range<Int>, into batch: inout WindowBatch) {
        batch.removeRows()
        for place in places { batch.append(row: heldOutRows[place], of: windows, mask: mask) }
    }

    private static func check(_ windows: Matrix, _ mask: Matrix?, _ inputCount: Int) throws(TrainingFailure) {
        let columns = windows.columnCount
        guard columns == inputCount else { throw .wrongWidth(found: columns, expected: inputCount) }
        if let mask, mask.rowCount != windows.rowCount || mask.columnCount != columns {
            throw .wrongMask(
                rows: mask.rowCount, columns: mask.columnCount, expectedRows: windows.rowCount,
                expectedColumns: columns)
        }
        for index in windows.elements.indices where !windows.elements[index].isFinite {
            if let mask, mask.elements[index] == 0 { continue }
            throw .notFinite(window: index / columns, cell: index % columns)
        }
    }
}
