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
        var plot: ChartPlot
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
            plot = ChartPlot(width: width, height: height, title: heading, box: scoreBox, times: stream.times)
            plot.svg.label(heading, x: margin.left, y: 22, class: "title")
            drawLegend()
            let full = ChartBox(
                x: margin.left, y: margin.top, width: plotWidth, height: scoreTop + scoreHeight - margin.top)
            if run.firstMeasured > 0 {
                plot.svg.rectangle(
                    plot.span(0...(run.firstMeasured - 1), in: full), class: "learned",
                    hint: "\(run.firstMeasured) readings that are not measured")
            }
            for event in merged(events) {
                plot.svg.rectangle(plot.span(event, in: full), class: "event", hint: hint("labelled anomalous", event))
            }
        }

        mutating func drawLegend() {
            var entries = [("value", "value"), ("expected", "expected, with the band of 99 %"), ("score", "score")]
            if run.settledScores != nil { entries.append(("settled", "settled score")) }
            entries.append(("threshold", "threshold"))
            var x = SeriesChart.margin.left
            for (style, text) in entries {
                plot.svg.path("M\(SVGText.number(x)) 40h18", class: style)
                plot.svg.label(text, x: x + 23, y: 44, class: "note")
                x += 40 + 6.2 * Double(text.count)
            }
            for (style, text) in [("event", "labelled anomalous"), ("alert", "alert"), ("learned", "not measured")]
            where style != "event" || !events.isEmpty {
                plot.svg.rectangle(ChartBox(x: x, y: 35, width: 18, height: 10), class: style)
                plot.svg.label(text, x: x + 23, y: 44, class: "note")
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
            plot.svg.clip(clip, box)
            plot.drawAxis(scale, box)
            let expected = run.expected(ofChannel: channel)
            if expected.contains(where: \.isFinite) {
                let margin = bandWidth(values, expected)
                let (lower, upper) = (expected.map { $0 - margin }, expected.map { $0 + margin })
                plot.svg.path(
                    ChartLine(lower, in: box).area(below: ChartLine(upper, in: box), scale), class: "band", clip: clip)
                plot.svg.path(ChartLine(expected, in: box).path(scale), class: "expected", clip: clip)
            }
            plot.svg.path(ChartLine(values, in: box).path(scale), class: "value", clip: clip)
            plot.svg.label(run.channels[channel], x: box.x, y: box.y - 4, class: "name")
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
            plot.svg.clip("panel-score", scoreBox)
            plot.drawAxis(scale, scoreBox)
            if let settled {
                plot.svg.path(ChartLine(settled, in: scoreBox).path(scale), class: "settled", clip: "panel-score")
            }
            plot.svg.path(ChartLine(scores, in: scoreBox).path(scale), class: "score", clip: "panel-score")
            plot.svg.path(ChartLine(thresholds, in: scoreBox).path(scale), class: "threshold", clip: "panel-score")
            plot.svg.label("anomaly score, −log₁₀ p", x: scoreBox.x, y: scoreBox.y - 4, class: "name")
            let strip = ChartBox(
                x: scoreBox.x, y: scoreBox.y + scoreBox.height + stripGap, width: scoreBox.width, height: alertHeight)
            plot.svg.label("alerts", x: strip.x - 6, y: strip.y + alertHeight, class: "left")
            for alert in merged(LabelledEvents.runs(of: run.isFiring)) {
                plot.svg.rectangle(plot.span(alert, in: strip), class: "alert", hint: hint("alert", alert))
            }
        }

        mutating func drawTimes() {
            let y = scoreBox.y + scoreBox.height + stripGap + alertHeight + 18
            plot.drawMoments(y: y)
        }

        consuming func finished() -> String {
            plot.svg.finish()
            return plot.svg.text
        }

        // MARK: Spans

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
