import AnomalyDetection
import Daemon
import Foundation
import FoundationXML
import Storage
import Testing

/// From stored readings to what a picture shows, and the picture as SVG.
struct AlertCourseTests {
    private static let start = Timestamp(nanoseconds: 1_767_225_600_000_000_000)

    private static func time(_ second: Int) -> Timestamp {
        start.advanced(byNanoseconds: Int64(second) * 1_000_000_000)
    }

    /// Readings by the second of two channels, without those of some seconds; they are alerting from 40 to 59.
    private static func readings(without lost: Set<Int> = [], modelID: Int64 = 0) -> ReadingHistory {
        var history = ReadingHistory(channelCount: 2)
        for second in 0..<80 where !lost.contains(second) {
            history.times.append(time(second))
            history.values += [Double(second % 7) / 10 + (40..<60 ~= second ? 5 : 0), 1]
            history.scores.append(40..<60 ~= second ? 6 : 0.5)
            history.settledScores.append(.nan)
            history.isAlerting.append(40..<60 ~= second)
            history.modelIDs.append(modelID)
            history.thresholds.append(second % 10 == 0 ? 3 : .nan)
        }
        return history
    }

    private static let alert = Alert(
        id: 1, stream: StreamID(0), startedAt: time(40), firedAt: time(43), resolvedAt: time(59), peakScore: 6,
        peakAt: time(45), threshold: 3, isProvisional: false, modelID: 1, shape: .levelShift,
        contributions: [
            ChannelContribution(
                channel: "<b> & \"flow\"", share: 0.75, actual: 5.3, expected: 0.3, lower: 0.1, upper: 0.5),
            ChannelContribution(channel: "power", share: 0.25, actual: 1, expected: 1, lower: 0.9, upper: 1.1),
        ], clearingThreshold: 2, window: WindowLoss(readings: 64, missing: 3))

    private static func course(_ readings: ReadingHistory, models: [Int64: StreamModel] = [:]) -> AlertCourse {
        AlertCourse(
            readings, from: 10, names: ["power", "<b> & \"flow\""].reversed(), models: models,
            subject: AlertCourse.Subject(alert, through: time(59)))
    }

    @Test func `readings that did not come leave gaps, and the alert is placed among what did`() {
        let course = Self.course(Self.readings(without: [20, 21, 40]))
        #expect(course.times.first == Self.time(10) && course.times.count == 70)
        #expect(course.channels.map(\.share) == [0.75, 0.25])
        #expect(course.channels[0].actual[10].isNaN && course.channels[0].actual[11].isNaN)
        #expect(course.channels[0].actual[12].isFinite)
        // The first reading of the alert is one second later than its start.
        #expect(course.extent == 31...49)
        #expect(course.fired == 33 && course.focus == 35)
        #expect(course.place(of: Self.time(15)) == 5)
        #expect(course.place(of: Self.time(15).advanced(byNanoseconds: 500_000_000)) == 5.5)
    }

    @Test func `thresholds that are not stored are those of before`() {
        let course = Self.course(Self.readings())
        #expect(course.thresholds.allSatisfy { $0 == 3 })
        #expect(course.time(ofLastScoreFrom: 2) == Self.time(59))
    }

    @Test func `without the model nothing is expected, and the rest is there`() {
        let course = Self.course(Self.readings(modelID: 9))
        #expect(!course.hasExpectations)
        #expect(course.contributions(Self.alert.contributions) == Self.alert.contributions)
    }

    @Test func `the drawing is well-formed and has a panel for each leading channel and for the score`() throws {
        let course = Self.course(Self.readings(without: [20]))
        let words = AlertWords(Self.alert, stream: "hall <1>", through: Self.time(59), course: course)
        let svg = AlertChart(course, title: words.title, sentences: words.lines, focus: "peak").svg
        let parser = XMLParser(data: Data(svg.utf8))
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        for piece in [
            "hall &lt;1&gt;", "&lt;b&gt; &amp; &quot;flow&quot;: 75 % of the evidence", "power: 25 % of the evidence",
            "anomaly score", "class=\"extent\"", ">peak<", ">alert raised<", "3 of the 64 readings",
        ] {
            #expect(svg.contains(piece), "\(piece) is missing")
        }
        #expect(svg.components(separatedBy: "class=\"frame\"").count == 4)
    }

    @Test func `the word at a peak that is the newest reading stays on the sheet`() throws {
        var alert = Self.alert
        (alert.resolvedAt, alert.peakAt) = (nil, Self.time(79))
        let course = AlertCourse(
            Self.readings(), from: 10, names: ["power", "<b> & \"flow\""].reversed(), models: [:],
            subject: AlertCourse.Subject(alert, through: Self.time(79)))
        let svg = AlertChart(course, title: "x", sentences: [], focus: "peak").svg
        #expect(course.focus == 69)
        let line = try #require(svg.split(separator: "\n").first { $0.contains(">peak<") })
        #expect(line.contains("class=\"note left\" x=\"958\""), "\(line)")
    }

    @Test(arguments: [0.03, 1, 1.7, 4.6, 5.8, 8.9, 4_000_000]) func `an axis says at least two numbers`(
        height: Double
    ) {
        var readings = Self.readings()
        for cell in readings.values.indices { readings.values[cell] = height * (readings.values[cell] + 47) }
        let svg = AlertChart(Self.course(readings), title: "x", sentences: [], focus: "peak").svg
        // The numbers of a panel come before its frame.
        for panel in svg.components(separatedBy: "class=\"frame\"").dropLast() {
            let count = panel.components(separatedBy: "class=\"left\"").count - 1
            #expect((2...6).contains(count), "\(count) numbers")
        }
    }

    @Test func `no readings at all are drawn as empty panels`() {
        let course = AlertCourse(
            ReadingHistory(channelCount: 0), from: 0, names: [], models: [:],
            subject: AlertCourse.Subject(Self.alert, through: Self.time(59)))
        let svg = AlertChart(course, title: "x", sentences: [], focus: "peak").svg
        #expect(XMLParser(data: Data(svg.utf8)).parse())
    }
}

struct AlertWordsTests {
    private func alert(_ shape: FaultShape, _ change: UnitChange? = nil, actual: Double? = 9) -> Alert {
        let start = Timestamp(nanoseconds: 1_767_225_600_000_000_000)
        return Alert(
            id: 7, stream: StreamID(0), startedAt: start, firedAt: start.advanced(byNanoseconds: 5_000_000_000),
            peakScore: 6, peakAt: start, threshold: 3, isProvisional: false, modelID: 1, shape: shape,
            unitChange: change,
            contributions: [
                ChannelContribution(channel: "flow", share: 1, actual: actual, expected: 5, lower: 4, upper: 6)
            ], clearingThreshold: 2)
    }

    private func words(_ alert: Alert) -> AlertWords {
        AlertWords(alert, stream: "pump", through: alert.firedAt)
    }

    @Test(arguments: [
        (FaultShape.levelShift, nil, "flow has moved to a higher level"), (.drift, nil, "flow drifts away, upwards"),
        (.stuck, nil, "flow is stuck at one value"),
        (.unitChange, UnitChange.times1000, "flow reports in another unit (1000 times the value)"),
        (.unitChange, nil, "flow reports in another unit"), (.unknown, nil, "flow does not behave as usual"),
    ]) func `a title says what happened to which channel`(shape: FaultShape, change: UnitChange?, text: String) {
        #expect(words(alert(shape, change)).title == "Alert 7, pump: \(text)")
    }

    @Test func `what is said to have moved is seen to have moved`() {
        var alert = alert(.levelShift, actual: 5.5)
        alert.contributions[0].share = 0.6
        #expect(words(alert).subject == "flow does not behave as usual")
        alert.contributions.append(
            ChannelContribution(channel: "voltage", share: 0.4, actual: 216, expected: 253, lower: 224, upper: 282))
        #expect(words(alert).subject == "voltage has moved to a lower level")
    }

    @Test func `an alert that fires says what would end it`() {
        let lines = words(alert(.levelShift)).ending
        #expect(
            lines[0] == "It ends when the score has stayed below 2.00 for a while, which takes flow back within 4 to 6."
        )
    }

    @Test func `a value that is normal by itself is not called odd`() {
        let lines = words(alert(.unknown, actual: 5.5)).lines
        #expect(lines[0].contains("which by itself is normal (4 to 6): what is odd is how it went"))
        #expect(lines.contains { $0.hasSuffix("when the readings go again as they used to.") })
    }
}
