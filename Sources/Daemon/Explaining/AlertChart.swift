import AnomalyDetection

/// An alert, or a reading, as a drawing: its leading channels against what was expected of them, the score against the threshold,
/// and in plain words what it is about.
package struct AlertChart: Sendable {
    private static let channelLimit = 4
    private static let leastShare = 0.08
    private static let width = 960.0
    private static let margin = (left: 76.0, right: 20.0, top: 34.0, bottom: 40.0)
    private static let lineHeight = 17.0
    private static let lineLimit = 138
    private static let channelHeight = 120.0
    private static let scoreHeight = 100.0
    private static let gap = 26.0
    private static let timeTicks = 8
    /// Of a letter of a note, on average.
    private static let letterWidth = 6.0

    /// The drawing.
    package let svg: String

    /// Draws a course under a title and sentences. `focus` is the word for its ``AlertCourse/focus``.
    package init(_ course: AlertCourse, title: String, sentences: [String], focus: String) {
        let channels = course.leadingChannels(limit: Self.channelLimit, leastShare: Self.leastShare)
        let caption = sentences.flatMap { Self.wrapped($0) }
        let legendY = Self.margin.top + Double(caption.count) * Self.lineHeight + 16
        let top = legendY + 40
        let scoreTop = top + Double(channels.count) * (Self.channelHeight + Self.gap)
        let bottom = scoreTop + Self.scoreHeight
        let box = ChartBox(
            x: Self.margin.left, y: top, width: Self.width - Self.margin.left - Self.margin.right, height: bottom - top)
        var plot = ChartPlot(
            width: Self.width, height: bottom + Self.margin.bottom, title: title, box: box, times: course.times)
        plot.svg.label(title, x: Self.margin.left, y: 22, class: "title")
        for (index, line) in caption.enumerated() {
            plot.svg.label(
                line, x: Self.margin.left, y: Self.margin.top + Double(index + 1) * Self.lineHeight - 4,
                class: "caption")
        }
        Self.drawLegend(course, y: legendY, &plot)
        if let extent = course.extent {
            let span = plot.span(extent, in: box)
            plot.svg.rectangle(span, class: "extent", hint: "the alert")
        }
        Self.drawMoments(course, focus: focus, from: top, to: bottom, &plot)
        for (index, channel) in channels.enumerated() {
            let place = ChartBox(
                x: box.x, y: top + Double(index) * (Self.channelHeight + Self.gap), width: box.width,
                height: Self.channelHeight)
            Self.draw(channel, in: place, clip: "panel-\(index)", course, &plot)
        }
        Self.drawScore(
            course, in: ChartBox(x: box.x, y: scoreTop, width: box.width, height: Self.scoreHeight), &plot)
        if let first = course.times.first, let last = course.times.last {
            let ticks = TimeTicks(from: first, to: last, limit: Self.timeTicks)
            plot.drawTimes(ticks, of: course, from: top, to: bottom)
            plot.svg.label(
                "time (UTC), from \(Phrase.time(first))", x: box.x, y: bottom + 34, class: "note")
        }
        plot.svg.finish()
        svg = plot.svg.text
    }

    private static func draw(
        _ channel: AlertCourse.Channel, in box: ChartBox, clip: String, _ course: AlertCourse, _ plot: inout ChartPlot
    ) {
        let scale = ChartScale(linear: channel.actual + channel.expected + channel.lower + channel.upper, in: box)
        plot.svg.clip(clip, box)
        plot.drawAxis(scale, box)
        plot.svg.path(
            ChartLine(channel.lower, in: box).area(below: ChartLine(channel.upper, in: box), scale), class: "band",
            clip: clip)
        plot.svg.path(ChartLine(channel.expected, in: box).path(scale), class: "expected", clip: clip)
        plot.svg.path(ChartLine(channel.actual, in: box).path(scale), class: "value strong", clip: clip)
        let share = channel.share.map { ": \(Phrase.percent($0)) of the evidence" } ?? ""
        plot.svg.label(Phrase.printable(channel.name) + share, x: box.x, y: box.y - 6, class: "name halo")
        guard let focus = course.focus, channel.actual[focus].isFinite else { return }
        plot.svg.circle(x: plot.x(of: Double(focus)), y: scale.y(channel.actual[focus]), radius: 3.5, class: "focus")
    }

    private static func drawScore(_ course: AlertCourse, in box: ChartBox, _ plot: inout ChartPlot) {
        let highest = (course.scores + course.thresholds).lazy.filter(\.isFinite).max() ?? 0
        let scale = ChartScale(scoresUpTo: highest, in: box)
        plot.svg.clip("panel-score", box)
        plot.drawAxis(scale, box)
        plot.svg.path(ChartLine(course.thresholds, in: box).path(scale), class: "threshold", clip: "panel-score")
        plot.svg.path(ChartLine(course.scores, in: box).path(scale), class: "score strong", clip: "panel-score")
        plot.svg.label(
            "anomaly score: 3 is as rare as one reading in 1000 on normal data, 6 as one in a million", x: box.x,
            y: box.y - 6, class: "name halo")
        guard let focus = course.focus, course.scores[focus].isFinite else { return }
        plot.svg.circle(x: plot.x(of: Double(focus)), y: scale.y(course.scores[focus]), radius: 3.5, class: "focus")
    }

    private static func drawLegend(_ course: AlertCourse, y: Double, _ plot: inout ChartPlot) {
        var x = margin.left
        func width(of text: String) -> Double { 44 + letterWidth * Double(text.count) }
        var entries = [("value strong", "what was read")]
        if course.hasExpectations { entries.append(("expected", "what the model expected")) }
        entries += [("score strong", "anomaly score"), ("threshold", "threshold of an alert")]
        for (style, text) in entries {
            plot.svg.path("M\(SVGText.number(x)) \(SVGText.number(y - 4))h18", class: style)
            plot.svg.label(text, x: x + 24, y: y, class: "note")
            x += width(of: text)
        }
        var areas: [(String, String)] = []
        if course.hasExpectations { areas.append(("band", "normal range (99 %)")) }
        if course.extent != nil { areas.append(("extent", "the alert")) }
        for (style, text) in areas {
            plot.svg.rectangle(ChartBox(x: x, y: y - 9, width: 18, height: 10), class: style)
            plot.svg.label(text, x: x + 24, y: y, class: "note")
            x += width(of: text)
        }
    }

    /// Lines through all panels where the alert fired and at its peak.
    private static func drawMoments(
        _ course: AlertCourse, focus: String, from top: Double, to bottom: Double, _ plot: inout ChartPlot
    ) {
        var moments: [(Int, String, String)] = []
        if let place = course.focus { moments.append((place, focus, "focus-line")) }
        if let fired = course.fired, fired != course.focus { moments.append((fired, "alert raised", "fired-line")) }
        let places = moments.map { plot.x(of: Double($0.0)) }
        for (index, moment) in moments.enumerated() {
            let x = places[index]
            plot.svg.path("M\(SVGText.number(x)) \(SVGText.number(top))V\(SVGText.number(bottom))", class: moment.2)
            // Each word on the side away from the other, so that they do not cover each other.
            let other = places.count > 1 ? places[1 - index] : (x < width / 2 ? x - 1 : x + 1)
            if x < other {
                plot.svg.label(moment.1, x: x - 4, y: top - 20, class: "note left")
            } else if x + 4 + letterWidth * Double(moment.1.count) > width {
                // The peak of an alert that still fires is often the newest reading.
                plot.svg.label(moment.1, x: width - 2, y: top - 20, class: "note left")
            } else {
                plot.svg.label(moment.1, x: x + 4, y: top - 20, class: "note")
            }
        }
    }

    /// A sentence in lines that are not too long.
    private static func wrapped(_ sentence: String) -> [String] {
        var lines = [""]
        for word in sentence.split(separator: " ") {
            let line = lines[lines.count - 1]
            if line.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if line.count + word.count < lineLimit {
                lines[lines.count - 1] = "\(line) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
