import AnomalyDetection
import Daemon

/// How many alerts were raised where none should be, beside how many were asked for.
struct FalseAlarmCount: Encodable {
    /// The readings: simulated machines, or files by the distance of their readings.
    let data: String
    /// The budget, such as `1 per 30d`.
    let budget: String
    /// The number of streams.
    var streams = 0
    /// The days of normal readings of all streams together.
    var days = 0.0
    /// The alerts that the budget asks for in that time.
    var asked = 0.0
    /// The alerts that were raised.
    var observed = 0

    init(data: String, budget: Daemon.FalseAlarmBudget) {
        self.data = data
        self.budget = budget.description
    }

    /// The observed alerts for each that was asked for.
    var ratio: Double { asked > 0 ? Double(observed) / asked : .nan }

    /// Adds a stream with so many nanoseconds of normal readings.
    mutating func add(duration: Double, alerts: Int, budget: Daemon.FalseAlarmBudget) {
        streams += 1
        days += duration / 86_400e9
        asked += duration / 1e9 / (budget.period / .seconds(1)) * budget.alarms
        observed += alerts
    }

    /// Adds what was counted of other streams.
    mutating func add(_ other: FalseAlarmCount) {
        streams += other.streams
        days += other.days
        asked += other.asked
        observed += other.observed
    }

    /// The counts as a table.
    static func table(_ counts: [FalseAlarmCount], on terminal: Terminal) -> [String] {
        var table = TextTable([
            .text("BUDGET"), .text("READINGS"), .number("STREAMS"), .number("DAYS"), .number("ASKED"),
            .number("OBSERVED"), .number("RATIO"),
        ])
        for count in counts {
            table.append([
                count.budget, count.data, "\(count.streams)", Phrase.number(count.days.rounded()),
                Phrase.score(count.asked), "\(count.observed)", Phrase.score(count.ratio),
            ])
        }
        return table.lines(on: terminal)
    }
}
