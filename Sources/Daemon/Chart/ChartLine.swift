/// A series of numbers as an SVG path, with no more points than there are pixels.
///
/// Readings that fall on one column of pixels are drawn as the stretch from the smallest to the largest of them, so that no
/// spike is lost, however long the series.
struct ChartLine {
    /// The smallest and the largest number in each column; NaN where there is none.
    private var lows: [Double]
    private var highs: [Double]
    private let left: Double
    private let step: Double

    /// A line of numbers, NaN where there is a gap, across a box.
    init(_ numbers: some Collection<Double>, in box: ChartBox) {
        let columns = max(1, min(numbers.count, Int(box.width)))
        lows = [Double](repeating: .nan, count: columns)
        highs = lows
        left = box.x
        step = box.width / Double(columns)
        for (index, number) in numbers.enumerated() where number.isFinite {
            let column = index * columns / numbers.count
            if !(lows[column] <= number) { lows[column] = number }
            if !(highs[column] >= number) { highs[column] = number }
        }
    }

    /// The path of the line.
    func path(_ scale: ChartScale) -> String {
        var path = ""
        var isDrawing = false
        for column in lows.indices {
            guard lows[column].isFinite else {
                isDrawing = false
                continue
            }
            let (low, high) = (SVGText.number(scale.y(lows[column])), SVGText.number(scale.y(highs[column])))
            path += "\(isDrawing ? "L" : "M")\(x(column)) \(low)"
            // A point by itself is drawn too, as a line without length with round ends.
            if high != low { path += "V\(high)" } else if !isDrawing { path += "h0" }
            isDrawing = true
        }
        return path
    }

    /// The path of the area between this line and one above it, of as many numbers in the same box.
    func area(below upper: ChartLine, _ scale: ChartScale) -> String {
        precondition(upper.lows.count == lows.count, "the lines are not of one length")
        var path = ""
        var start: Int?
        for column in 0...lows.count {
            let isThere = column < lows.count && lows[column].isFinite && upper.highs[column].isFinite
            if isThere {
                start = start ?? column
            } else if let begun = start {
                path += area(begun..<column, below: upper, scale)
                start = nil
            }
        }
        return path
    }

    private func area(_ columns: Range<Int>, below upper: ChartLine, _ scale: ChartScale) -> String {
        var path = ""
        for column in columns {
            path += "\(path.isEmpty ? "M" : "L")\(x(column)) \(SVGText.number(scale.y(upper.highs[column])))"
        }
        for column in columns.reversed() {
            path += "L\(x(column)) \(SVGText.number(scale.y(lows[column])))"
        }
        return path + "Z"
    }

    private func x(_ column: Int) -> String {
        SVGText.number(left + (Double(column) + 0.5) * step)
    }
}
