import AnomalyDetection

/// One stream of a backtest as a drawing: its leading channels with what was expected of them, the score with the threshold,
/// the labels and the alerts, one below the other over the same readings.
struct SeriesChart {
    /// As many channels are drawn.
    private static let channelLimit = 8
    private static let width = 1_200.0
    private static let margin = (left: 76.0, right: 16.0, top: 66.0, bottom: 30.0)
    private static let channelHeight = 92.0
    private static let scoreHeight = 130.0
    private static let gap = 20.0
    /// From the score to the bars of the alerts.
    private static let stripGap = 6.0
    private static let alertHeight = 8.0
    private static let timeTicks = 6
    /// The share of readings that neither alert nor are labelled which lies in the band around what was expected.
    private static let bandShare = 0.99

    /// The drawing.
    let svg: String

    /// Draws a run of the detector.
    init(_ run: DetectorRun, of stream: LabelledStream, title: String) {
        let channels = Self.leadingChannels(run)
        var drawing = Drawing(run: run, stream: stream, channelCount: channels.count, title: title)
        for (place, channel) in channels.enumerated() { drawing.drawChannel(channel, at: place) }
        drawing.drawScore()
        drawing.drawTimes()
        svg = drawing.finished()
    }

    /// The channels with the largest shares in the alerts, the largest first, then the others in their order.
    private static func leadingChannels(_ run: DetectorRun) -> [Int] {
        var shares = [Double](repeating: 0, count: run.channels.count)
        for contribution in run.alerts.flatMap(\.contributions) {
            if let channel = run.channels.firstIndex(of: contribution.channel) { shares[channel] += contribution.share }
        }
        return Array(shares.indices.sorted { (-shares[$0], $0) < (-shares[$1], $1) }.prefix(channelLimit))
    }

    /// The drawing while it is made.
    private struct Drawing {
        let run: DetectorRun
        let stream: LabelledStream
        var svg: SVGText
        let scoreBox: ChartBox
        private let events: [ClosedRange<Int>]

        init(run: DetectorRun, stream: LabelledStream, channelCount: Int, title: String) {
            self.run = run
            self.stream = stream
            let margin = SeriesChart.margin
            let scoreTop = margin.top + Double(channelCount) * (channelHeight + gap)
            let height = scoreTop + scoreHeight + stripGap + alertHeight + margin.bottom
            let plotWidth = width - margin.left - margin.right
            scoreBox = ChartBox(x: margin.left, y: scoreTop, width: plotWidth, height: scoreHeight)
            events = stream.labels.map { LabelledEvents.runs(of: $0) } ?? []
            let heading = run.stream == CSVOptions().defaultStream ? title : "\(title), \(run.stream)"
            svg = SVGText(width: width, height: height, title: heading, style: ChartStyle.sheet)
            svg.rectangle(ChartBox(x: 0, y: 0, width: width, height: height), class: "ground")
            svg.label(heading, x: margin.left, y: 22, class: "title")
            drawLegend()
            let full = ChartBox(
                x: margin.left, y: margin.top, width: plotWidth, height: scoreTop + scoreHeight - margin.top)
            if run.firstMeasured > 0 {
                svg.rectangle(
                    span(0...(run.firstMeasured - 1), in: full), class: "learned",
                    hint: "\(run.firstMeasured) readings that are not measured")
            }
            for event in merged(events) {
                svg.rectangle(span(event, in: full), class: "event", hint: hint("labelled anomalous", event))
            }
        }

        mutating func drawLegend() {
            var entries = [("value", "value"), ("expected", "expected, with the band of 99 %"), ("score", "score")]
            if run.settledScores != nil { entries.append(("settled", "settled score")) }
            entries.append(("threshold", "threshold"))
            var x = SeriesChart.margin.left
            for (style, text) in entries {
                svg.path("M\(SVGText.number(x)) 40h18", class: style)
                svg.label(text, x: x + 23, y: 44, class: "note")
                x += 40 + 6.2 * Double(text.count)
            }
            for (style, text) in [("event", "labelled anomalous"), ("alert", "alert"), ("learned", "not measured")]
            where style != "event" || !events.isEmpty {
                svg.rectangle(ChartBox(x: x, y: 35, width: 18, height: 10), class: style)
                svg.label(text, x: x + 23, y: 44, class: "note")
                x += 40 + 6.2 * Double(text.count)
            }
        }

        // MARK: Panels

        mutating func drawChannel(_ channel: Int, at place: Int) {
            let box = ChartBox(
                x: scoreBox.x, y: SeriesChart.margin.top + Double(place) * (channelHeight + gap), width: scoreBox.width,
                height: channelHeight)
            let values = stream.values(ofChannel: channel)
            let scale = ChartScale(linear: values, in: box)
            let clip = "panel-\(place)"
            svg.clip(clip, box)
            drawAxis(scale, box)
            let expected = run.expected(ofChannel: channel)
            if expected.contains(where: \.isFinite) {
                let line = ChartLine(expected, in: box)
                svg.path(line.band(bandWidth(values, expected), scale), class: "band", clip: clip)
                svg.path(line.path(scale), class: "expected", clip: clip)
            }
            svg.path(ChartLine(values, in: box).path(scale), class: "value", clip: clip)
            svg.label(run.channels[channel], x: box.x, y: box.y - 4, class: "name")
        }

        /// The distance from what was expected that most normal readings do not exceed.
        private func bandWidth(_ values: [Double], _ expected: [Double]) -> Double {
            let distances = values.indices.compactMap { index -> Double? in
                let distance = abs(values[index] - expected[index])
                let isNormal = !run.isFiring[index] && stream.labels?[index] != true
                return distance.isFinite && isNormal ? distance : nil
            }
            return distances.isEmpty ? 0 : quantile(ofSorted: distances.sorted(), bandShare)
        }

        mutating func drawScore() {
            let scores = run.scores.map { Double($0) }
            let settled = run.settledScores.map { $0.map { Double($0) } }
            let thresholds = run.thresholds.map { Double($0) }
            let all = [scores, settled ?? [], thresholds].joined().lazy.filter(\.isFinite)
            let scale = ChartScale(scoresUpTo: all.max() ?? 0, in: scoreBox)
            svg.clip("panel-score", scoreBox)
            drawAxis(scale, scoreBox)
            if let settled {
                svg.path(ChartLine(settled, in: scoreBox).path(scale), class: "settled", clip: "panel-score")
            }
            svg.path(ChartLine(scores, in: scoreBox).path(scale), class: "score", clip: "panel-score")
            svg.path(ChartLine(thresholds, in: scoreBox).path(scale), class: "threshold", clip: "panel-score")
            svg.label("anomaly score, −log₁₀ p", x: scoreBox.x, y: scoreBox.y - 4, class: "name")
            let strip = ChartBox(
                x: scoreBox.x, y: scoreBox.y + scoreBox.height + stripGap, width: scoreBox.width, height: alertHeight)
            svg.label("alerts", x: strip.x - 6, y: strip.y + alertHeight, class: "left")
            for alert in merged(LabelledEvents.runs(of: run.isFiring)) {
                svg.rectangle(span(alert, in: strip), class: "alert", hint: hint("alert", alert))
            }
        }

        private mutating func drawAxis(_ scale: ChartScale, _ box: ChartBox) {
            for tick in scale.ticks {
                let y = scale.y(tick)
                svg.path("M\(SVGText.number(box.x)) \(SVGText.number(y))h\(SVGText.number(box.width))", class: "grid")
                svg.label(ChartScale.text(tick), x: box.x - 6, y: y + 4, class: "left")
            }
            svg.rectangle(box, class: "frame")
        }

        mutating func drawTimes() {
            let y = scoreBox.y + scoreBox.height + stripGap + alertHeight + 18
            let count = stream.times.count
            let ticks = min(SeriesChart.timeTicks, count)
            for tick in 0..<ticks {
                let reading = ticks == 1 ? 0 : tick * (count - 1) / (ticks - 1)
                let x = scoreBox.x + (Double(reading) + 0.5) / Double(count) * scoreBox.width
                let style = tick == 0 ? "right" : tick == ticks - 1 ? "left" : "middle"
                svg.label(RFC3339.text(stream.times[reading]), x: x, y: y, class: style)
            }
        }

        consuming func finished() -> String {
            svg.finish()
            return svg.text
        }

        // MARK: Spans

        /// The part of a box that lies over readings; never too thin to be seen.
        private func span(_ readings: ClosedRange<Int>, in box: ChartBox) -> ChartBox {
            let count = Double(stream.times.count)
            let start = Double(readings.lowerBound) / count * box.width
            let width = max(1, Double(readings.count) / count * box.width)
            return ChartBox(
                x: box.x + min(start, box.width - width), y: box.y, width: width, height: box.height)
        }

        /// Stretches that would touch each other in the drawing, as one.
        private func merged(_ stretches: [ClosedRange<Int>]) -> [ClosedRange<Int>] {
            let closest = stream.times.count / Int(scoreBox.width)
            var merged: [ClosedRange<Int>] = []
            for stretch in stretches {
                if let last = merged.last, stretch.lowerBound - last.upperBound <= closest {
                    merged[merged.count - 1] = last.lowerBound...stretch.upperBound
                } else {
                    merged.append(stretch)
                }
            }
            return merged
        }

        private func hint(_ what: String, _ readings: ClosedRange<Int>) -> String {
            "\(what) from \(RFC3339.text(stream.times[readings.lowerBound])) "
                + "to \(RFC3339.text(stream.times[readings.upperBound]))"
        }
    }
}
