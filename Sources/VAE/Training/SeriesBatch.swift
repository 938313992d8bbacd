import LinearAlgebra

/// A batch of windows on its way into a network, with the memory for it: what they hold, which cells were observed, what the encoder
/// sees of them, and what came after them.
package struct SeriesBatch: Sendable {
    /// The most rows of a batch.
    package let rowLimit: Int
    /// The number of rows that are in it.
    package private(set) var rowCount = 0
    /// The windows (rows, D), with what stands in for missing cells.
    package internal(set) var windows: [Float]
    /// 1 where a cell was observed, 0 where it is missing (rows, D).
    package internal(set) var observed: [Float]
    /// What the encoder sees (rows, D): the windows, or these with noise.
    package internal(set) var input: [Float]
    /// What came after each window (rows, H·d), horizon by horizon.
    package internal(set) var targets: [Float]
    /// 1 where a target was observed and may be learned, 0 elsewhere (rows, H·d).
    package internal(set) var targetObserved: [Float]
    /// Whether every cell and every target was observed.
    package private(set) var isComplete = true

    private let shape: NetworkShape

    /// Memory for up to `rowLimit` windows of a shape.
    package init(shape: NetworkShape, rowLimit: Int) {
        func zeros(_ columns: Int) -> [Float] { [Float](repeating: 0, count: rowLimit * columns) }
        self.shape = shape
        self.rowLimit = rowLimit
        windows = zeros(shape.inputCount)
        observed = zeros(shape.inputCount)
        input = zeros(shape.inputCount)
        targets = zeros(shape.foretoldCount)
        targetObserved = zeros(shape.foretoldCount)
    }

    /// Empties the batch.
    package mutating func removeRows() {
        rowCount = 0
        isComplete = true
    }

    /// Adds the window of a series that ends in a slot, and what came after it.
    package mutating func append(_ series: borrowing WindowSeries, endingIn end: Int) {
        precondition(rowCount < rowLimit, "the batch has room for \(rowLimit) rows")
        let (width, d) = (shape.inputCount, shape.channelCount)
        let source = series.cells(endingIn: end, slotCount: shape.slotCount)
        let place = rowCount * width
        Self.copy(series.values.span.extracting(source), to: place, of: &windows)
        Self.copy(series.values.span.extracting(source), to: place, of: &input)
        Self.copy(series.observed.span.extracting(source), to: place, of: &observed)
        let marks = series.observed.span.extracting(source)
        if sumEach(marks, with: marks, { $0 * $1 }) != Float(width) { isComplete = false }
        for (index, horizon) in shape.horizons.enumerated() {
            let slot = end + horizon
            let isKnown = slot < series.isForetellable.count && series.isForetellable[slot]
            for channel in 0..<d {
                let target = rowCount * shape.foretoldCount + index * d + channel
                let mark = isKnown ? series.observed[slot * d + channel] : 0
                targetObserved[target] = mark
                targets[target] = mark != 0 ? series.values[slot * d + channel] : 0
                if mark == 0 { isComplete = false }
            }
        }
        rowCount += 1
    }

    /// Adds noise from a table to what the encoder sees, each row from a place of its own.
    mutating func addInputNoise(_ table: borrowing NoiseTable, deviation: Float, from source: inout RandomSource) {
        let (width, count) = (shape.inputCount, rowCount)
        var all = input.mutableSpan
        for row in 0..<count {
            var cells = all._mutatingExtracting(row * width..<(row + 1) * width)
            let factor = SIMD8<Float>(repeating: deviation)
            let noise = table.values.span.extracting(table.place(of: width, from: &source))
            replaceEach(&cells, with: noise) { $0 + factor * $1 }
        }
    }

    /// Adds this noise (rows, D) to what the encoder sees, so that a test can repeat a batch that was recorded elsewhere.
    package mutating func addInputNoise(_ noise: [Float]) {
        precondition(noise.count == rowCount * shape.inputCount, "\(noise.count) numbers for \(rowCount) windows")
        for index in noise.indices { input[index] += noise[index] }
    }

    private static func copy(_ source: Span<Float>, to place: Int, of target: inout [Float]) {
        var all = target.mutableSpan
        var cells = all._mutatingExtracting(place..<place + source.count)
        replaceEach(&cells, with: source) { _, value in value }
    }
}

/// Draws from the standard normal distribution, made once and taken again and again from random places: a training takes a hundred
/// million of them, and drawing each anew would cost more than the network.
struct NoiseTable: Sendable {
    /// Enough that rows of a batch seldom overlap, and few enough to stay in a cache of the second level.
    private static let count = 1 << 17

    /// The draws.
    let values: [Float]

    /// A table from a source.
    init(from source: inout RandomSource) {
        var values = [Float](repeating: 0, count: Self.count)
        for index in values.indices { values[index] = Float(source.normal()) }
        self.values = values
    }

    /// The place of so many draws that lie beside each other, chosen at random.
    func place(of count: Int, from source: inout RandomSource) -> Range<Int> {
        let start = source.index(below: values.count - count)
        return start..<start + count
    }
}
