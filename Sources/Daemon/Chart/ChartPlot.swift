import AnomalyDetection

/// A drawing of panels over the same moments, one below the other: what its panels have in common.
struct ChartPlot {
    private static let momentTicks = 6
    private static let labelHeight = 10.0

    /// What was drawn so far.
    var svg: SVGText
    private let box: ChartBox
    private let times: [Timestamp]

    /// A drawing whose panels are as wide as a box and stand over moments, evenly spread.
    init(width: Double, height: Double, title: String, box: ChartBox, times: [Timestamp]) {
        svg = SVGText(width: width, height: height, title: title, style: ChartStyle.sheet)
        svg.rectangle(ChartBox(x: 0, y: 0, width: width, height: height), class: "ground")
        self.box = box
        self.times = times
    }

    /// Draws a panel's frame and its marked numbers.
    mutating func drawAxis(_ scale: ChartScale, _ box: ChartBox) {
        var lowest = Double.infinity
        for tick in scale.ticks {
            let y = scale.y(tick)
            svg.path("M\(SVGText.number(box.x)) \(SVGText.number(y))h\(SVGText.number(box.width))", class: "grid")
            // Numbers that would cover each other are left out, the upper one of two.
            guard lowest - y >= Self.labelHeight else { continue }
            lowest = y
            svg.label(ChartScale.text(tick), x: box.x - 6, y: y + 4, class: "left")
        }
        svg.rectangle(box, class: "frame")
    }

    /// Writes some of the moments in full, from the first to the last.
    mutating func drawMoments(y: Double) {
        let ticks = min(Self.momentTicks, times.count)
        for tick in 0..<ticks {
            let place = ticks == 1 ? 0 : tick * (times.count - 1) / (ticks - 1)
            let style = tick == 0 ? "right" : tick == ticks - 1 ? "left" : "middle"
            svg.label(RFC3339.text(times[place]), x: x(of: Double(place)), y: y, class: style)
        }
    }

    /// Marks round times below the panels, and draws them through panels from a height on.
    mutating func drawTimes(_ ticks: TimeTicks, of course: AlertCourse, from top: Double, to bottom: Double) {
        for time in ticks.times {
            let x = x(of: course.place(of: time))
            svg.path(
                "M\(SVGText.number(x)) \(SVGText.number(top))V\(SVGText.number(bottom + 4))", class: "grid")
            svg.label(ticks.text(time), x: x, y: bottom + 17, class: "middle")
        }
    }

    /// The middle of a moment's stretch, counted from 0; between two moments for a fraction.
    func x(of place: Double) -> Double {
        box.x + (place + 0.5) / Double(max(1, times.count)) * box.width
    }

    /// The part of a box that lies over moments; never too thin to be seen.
    func span(_ moments: ClosedRange<Int>, in box: ChartBox) -> ChartBox {
        let count = Double(times.count)
        let start = Double(moments.lowerBound) / count * box.width
        let width = max(1, Double(moments.count) / count * box.width)
        return ChartBox(x: box.x + min(start, box.width - width), y: box.y, width: width, height: box.height)
    }
}
