import LinearAlgebra

/// Which of the windows of a training, in the order of time, are trained on, and which are held out to see when to stop.
struct HeldOutSplit: Sendable {
    /// The number of windows, from the first on, to train on.
    let trainingCount: Int
    /// The windows to look at, taken evenly from those held out, which are the last.
    let heldOutRows: [Int]

    /// Divides so many windows as the settings say.
    init(windowCount: Int, settings: TrainingSettings) throws(TrainingFailure) {
        let tail = Int(settings.heldOutShare * Double(windowCount))
        let heldOutCount = tail < TrainingSettings.heldOutMinimum ? 0 : tail
        let gap = heldOutCount == 0 ? 0 : settings.heldOutGap
        trainingCount = windowCount - heldOutCount - gap
        guard trainingCount > 0 else { throw .noWindows(count: windowCount, heldOut: heldOutCount, gap: gap) }
        let lookedAt = min(heldOutCount, settings.heldOutLimit)
        let heldOutStart = windowCount - heldOutCount
        heldOutRows = (0..<lookedAt).map { heldOutStart + $0 * heldOutCount / lookedAt }
    }
}

/// What a training learns from and what it is judged by: windows in the order of time, the last of them held out.
struct TrainingWindows: Sendable {
    /// Which of them are trained on, and which are held out.
    let split: HeldOutSplit
    /// The windows to look at, taken evenly from those held out.
    var heldOutRows: [Int] { split.heldOutRows }

    private let windows: Matrix  // (windows, D)
    private let mask: Matrix?  // (windows, D), 0 where a cell is missing

    /// Checks every cell and divides the windows as the settings say.
    init(
        _ windows: Matrix, mask: Matrix?, inputCount: Int, settings: TrainingSettings
    ) throws(TrainingFailure) {
        try Self.check(windows, mask, inputCount)
        split = try HeldOutSplit(windowCount: windows.rowCount, settings: settings)
        self.windows = windows
        self.mask = mask
    }

    /// Fills a batch with windows drawn with replacement, as many as the settings say, and adds their input noise.
    func draw(into batch: inout WindowBatch, settings: TrainingSettings, from source: inout RandomSource) {
        batch.removeRows()
        for _ in 0..<settings.windowsPerStep {
            batch.append(row: source.index(below: split.trainingCount), of: windows, mask: mask)
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
