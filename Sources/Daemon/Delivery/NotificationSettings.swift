package import AnomalyDetection

/// How alerts become notifications, as the configuration says.
package struct NotificationSettings: Sendable, Equatable {
    /// How long what fires in a quiet time waits for what else happens in the same moment.
    package var groupWait: Duration
    /// After beginnings were told, what happens within this time is told together at its end.
    package var groupInterval: Duration
    /// How many notifications about beginnings may go out in how long; nil for any number.
    package var fleetBudget: FalseAlarmBudget?
    /// How long what is over that budget is gathered for one digest.
    package var digestEvery: Duration
    /// The rules, of which the labels count here.
    package var rules: [StreamRule]

    /// Settings, by default those of a user who set nothing.
    package init(
        groupWait: Duration = .milliseconds(100), groupInterval: Duration = .seconds(5),
        fleetBudget: FalseAlarmBudget? = FalseAlarmBudget(alarms: 50, period: .seconds(86_400)),
        digestEvery: Duration = .seconds(3_600), rules: [StreamRule] = []
    ) {
        self.groupWait = groupWait
        self.groupInterval = groupInterval
        self.fleetBudget = fleetBudget
        self.digestEvery = digestEvery
        self.rules = rules
    }

    /// What receivers route an alert by: its name, its stream, how severe it is, and what the rules add.
    ///
    /// A rule for some channels adds its labels where the leading channel is one of them; of two rules the later one counts.
    package func labels(of alert: Alert, stream: String) -> [String: String] {
        var labels = ["severity": StreamRule.usualSeverity]
        let channel = alert.contributions.first?.channel
        for rule in rules where rule.covers(stream: stream) {
            let isMeant = channel.map { rule.covers(channel: $0) } ?? rule.coversAllChannels
            if isMeant { labels.merge(rule.labels) { _, new in new } }
        }
        labels["alertname"] = alert.kind.alertName
        labels["stream"] = stream
        // Most receivers that were written for Alertmanager name what an alert is about by this label.
        labels["instance"] = stream
        return labels
    }
}
