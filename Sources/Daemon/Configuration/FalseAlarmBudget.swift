/// How many false alerts a stream may raise, which is what the user sets instead of a threshold.
package struct FalseAlarmBudget: Sendable, Equatable, CustomStringConvertible {
    /// The number of false alerts, more than 0.
    package var alarms: Double
    /// The time in which there may be that many.
    package var period: Duration

    /// A budget of so many alarms in so much time.
    package init(alarms: Double, period: Duration) {
        self.alarms = alarms
        self.period = period
    }

    /// The budget that a text such as `1 per 30d` says, or nil where it says none.
    package init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count == 3, words[1] == "per", words[0].allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
            let alarms = Double(words[0]), alarms.isFinite, alarms > 0,
            let period = DurationText.parse(String(words[2])), period > .zero
        else { return nil }
        self.init(alarms: alarms, period: period)
    }

    package var description: String {
        let whole = alarms.rounded()
        let count = whole == alarms && whole < 1e15 ? String(Int64(whole)) : String(alarms)
        return "\(count) per \(DurationText.format(period))"
    }
}
