import LinearAlgebra

/// A batch of windows on its way into a network, with the memory for it: what they hold, which cells were observed, and
/// what the encoder sees of them.
struct WindowBatch: Sendable {
    /// The most rows of a batch.
    let rowLimit: Int
    /// The number of cells in a window, D.
    let columnCount: Int
    /// The number of rows that are in it.
    private(set) var rowCount = 0
    /// Whether every cell was observed.
    private(set) var isComplete = true
    /// The windows (rows, D), with 0 for missing cells.
    private(set) var target: [Float]
    /// 1 where a cell was observed, 0 where it is missing (rows, D).
    private(set) var observed: [Float]
    /// What the encoder sees (rows, D): the windows, or these with noise.
    var input: [Float] { isNoisy ? noisy : target }

    private var noisy: [Float]  // (rows, D)
    private var isNoisy = false

    /// Memory for up to `rowLimit` windows of `columnCount` cells.
    init(columnCount: Int, rowLimit: Int) {
        self.columnCount = columnCount
        self.rowLimit = rowLimit
        target = [Float](repeating: 0, count: rowLimit * columnCount)
        (observed, noisy) = (target, target)
    }

    /// Empties the batch.
    mutating func removeRows() {
        rowCount = 0
        isComplete = true
        isNoisy = false
    }

    /// Adds one row of the windows (windows × D); its missing cells, where the mask (same shape) is 0, may hold anything.
    mutating func append(row: Int, of windows: Matrix, mask: Matrix?) {
        precondition(rowCount < rowLimit, "the batch has room for \(rowLimit) rows")
        precondition(windows.columnCount == columnCount, "windows of \(windows.columnCount), not \(columnCount)")
        let cells = row * columnCount..<(row + 1) * columnCount
        if let mask, mask.elements.span.extracting(cells).contains(0) { isComplete = false }
        let place = rowCount * columnCount..<(rowCount + 1) * columnCount
        Self.copy(
            windows.elements.span.extracting(cells), presence: mask?.elements.span.extracting(cells), to: place,
            of: &target, observed: &observed)
        rowCount += 1
    }

    /// The sum of the squares of a row of a matrix (rows, D).
    func squaredNorm(of matrix: [Float], row: Int) -> Float {
        let cells = matrix.span.extracting(row * columnCount..<(row + 1) * columnCount)
        return sumEach(cells, with: cells) { $0 * $1 }
    }

    /// The number of a row's cells that were observed.
    func observedCount(inRow row: Int) -> Float {
        squaredNorm(of: observed, row: row)
    }

    private static func copy(
        _ values: Span<Float>, presence: Span<Float>?, to place: Range<Int>, of target: inout [Float],
        observed: inout [Float]
    ) {
        var allTargets = target.mutableSpan
        var targets = allTargets._mutatingExtracting(place)
        var allObserved = observed.mutableSpan
        var observed = allObserved._mutatingExtracting(place)
        guard let presence else {
            replaceEach(&targets, with: values) { _, value in value }
            replaceEach(&observed) { _ in SIMD8(repeating: 1) }
            return
        }
        // Selected, not multiplied: a missing cell may be NaN.
        replaceEach(&targets, with: values, presence) { _, value, isPresent in
            value.replacing(with: 0, where: isPresent .== 0)
        }
        replaceEach(&observed, with: presence) { _, isPresent in
            SIMD8(repeating: 1).replacing(with: 0, where: isPresent .== 0)
        }
    }

    /// Adds normal noise of this deviation to what the encoder sees of the observed cells.
    mutating func addInputNoise(deviation: Float, from source: inout RandomSource) {
        isNoisy = true
        for index in 0..<rowCount * columnCount {
            noisy[index] = target[index]
            if observed[index] != 0 { noisy[index] += deviation * Float(source.normal()) }
        }
    }

    /// The errors of outputs (rows, D): the differences from the windows, 0 where a cell is missing.
    func errors(of output: [Float], into errors: inout [Float]) {
        let cells = 0..<rowCount * columnCount
        var all = errors.mutableSpan
        var errors = all._mutatingExtracting(cells)
        replaceEach(&errors, with: output.span.extracting(cells), target.span.extracting(cells)) { _, y, x in y - x }
        if !isComplete { replaceEach(&errors, with: observed.span.extracting(cells)) { $0 * $1 } }
    }
}

extension Span<Float> {
    fileprivate func contains(_ value: Float) -> Bool {
        for index in indices where self[index] == value { return true }
        return false
    }
}
