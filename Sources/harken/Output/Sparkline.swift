/// A row of small bars that shows how numbers went.
struct Sparkline {
    private static let bars = Array("▁▂▃▄▅▆▇█")

    /// The bars, one character for each column; a space where no number is known.
    let text: String
    /// The smallest number that a bar stands for.
    let lowest: Double
    /// The largest.
    let highest: Double
    /// How many numbers a column stands for, at most.
    let numbersPerColumn: Int

    /// The bars for numbers in their order, at most `width` of them; a column shows the largest of its numbers.
    ///
    /// The lowest bar stands for `floor`, or for the smallest number where that is nil. NaN is no number; without any
    /// number there is nothing to show.
    init?(_ numbers: [Double], width: Int, floor: Double? = nil) {
        let perColumn = max(1, (numbers.count + width - 1) / width)
        let columns = stride(from: 0, to: numbers.count, by: perColumn).map { start in
            numbers[start..<min(start + perColumn, numbers.count)].filter(\.isFinite).max()
        }
        let known = numbers.filter(\.isFinite)
        guard let smallest = known.min(), let largest = known.max() else { return nil }
        numbersPerColumn = perColumn
        lowest = min(floor ?? smallest, smallest)
        highest = largest
        let step = (largest - lowest) / Double(Self.bars.count)
        text = String(
            columns.map { [lowest] value in
                guard let value else { return " " }
                guard step > 0 else { return Self.bars[0] }
                return Self.bars[min(Int((value - lowest) / step), Self.bars.count - 1)]
            })
    }

    /// The columns in which the numbers of a range are shown.
    func columns(of numbers: Range<Int>) -> Range<Int> {
        guard !numbers.isEmpty else { return 0..<0 }
        return numbers.lowerBound / numbersPerColumn..<(numbers.upperBound - 1) / numbersPerColumn + 1
    }
}
