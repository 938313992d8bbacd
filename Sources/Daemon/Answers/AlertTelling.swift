package import AnomalyDetection
package import Storage

/// Decides who is told what of alerts, and keeps those back of which nobody is to be told now. It performs nothing itself.
///
/// An alert that still fires when what held it back has ended is told then. The end of an alert is told to those who were told of
/// its beginning, whatever holds back alerts by then: nobody is left with an alert that never ends.
package struct AlertTelling: Sendable {
    /// What has to be stored with the transitions.
    package struct Told: Sendable, Equatable {
        /// What is to be told to whom.
        package var notices: [Notice] = []
        /// Alerts whose being held back changed.
        package var holdBacks: [Int64: String?] = [:]

        /// Nothing by default.
        package init(notices: [Notice] = [], holdBacks: [Int64: String?] = [:]) {
            self.notices = notices
            self.holdBacks = holdBacks
        }
    }

    /// An alert that fires and of which somebody was told.
    private struct Begun {
        var labels: [String: String]
        var receivers: Set<String> = []
    }

    /// An alert that fires and of which nobody was told.
    private struct HeldBack {
        var alert: Alert
        var stream: String
        var reason: String
    }

    /// Who gives an alert its labels.
    package var settings: NotificationSettings
    private let receivers: [NotifiedReceiver]
    private var quietTimes: QuietTimes
    private var heldBack: [Int64: HeldBack] = [:]
    private var begun: [Int64: Begun] = [:]

    /// Tells these receivers. `heldBack` are the alerts that fire and were kept back before a restart, `begun` what was told
    /// before it of alerts that fire.
    package init(
        receivers: [NotifiedReceiver], settings: NotificationSettings = NotificationSettings(),
        quietTimes: QuietTimes = QuietTimes(), heldBack: [AlertRecord] = [], begun: [Notice] = []
    ) {
        self.receivers = receivers
        self.settings = settings
        self.quietTimes = quietTimes
        for notice in begun {
            self.begun[notice.alertID, default: Begun(labels: notice.labels)].receivers.insert(notice.receiver)
        }
        for record in heldBack {
            self.heldBack[record.alert.id] = HeldBack(
                alert: record.alert, stream: record.streamName, reason: record.heldBackBy ?? "")
        }
    }

    /// Follows other times from now on.
    package mutating func use(_ newTimes: QuietTimes) {
        quietTimes = newTimes
    }

    /// What is told of a transition; `now` is the wall clock's.
    package mutating func tell(_ transition: AlertTransition, stream: String, at now: Timestamp) -> Told {
        var told = Told()
        let alert = transition.alert
        switch transition.kind {
        case .fired:
            if let reason = quietTimes.reason(stream: stream, streamTime: alert.firedAt, now: now) {
                heldBack[alert.id] = HeldBack(alert: alert, stream: stream, reason: reason)
                told.holdBacks[alert.id] = .some(reason)
                return told
            }
            told.notices = begin(alert, stream: stream, at: now)
        case .updated:
            heldBack[alert.id]?.alert = alert
        case .resolved:
            heldBack[alert.id] = nil
            guard let begun = begun.removeValue(forKey: alert.id) else { return told }
            let concerned = receivers.filter { $0.wantsEnds && begun.receivers.contains($0.name) }
            told.notices = notices(of: transition, stream: stream, labels: begun.labels, to: concerned, at: now)
        }
        return told
    }

    /// What is told of an alert that fires, to those who want to hear of it; they hear of its end with the same labels, whatever
    /// the rules are by then.
    private mutating func begin(_ alert: Alert, stream: String, at now: Timestamp) -> [Notice] {
        let labels = settings.labels(of: alert, stream: stream)
        let concerned = receivers.filter { $0.wants(labels) }
        guard !concerned.isEmpty else { return [] }
        begun[alert.id] = Begun(labels: labels, receivers: Set(concerned.map(\.name)))
        let transition = AlertTransition(kind: .fired, alert: alert)
        return notices(of: transition, stream: stream, labels: labels, to: concerned, at: now)
    }

    private func notices(
        of transition: AlertTransition, stream: String, labels: [String: String], to receivers: [NotifiedReceiver],
        at now: Timestamp
    ) -> [Notice] {
        let item = AlertItem(transition, stream: stream, labels: labels).json
        let ownID = AlertItem.messageID(transition, stream: stream)
        return receivers.map { receiver in
            Notice(
                alertID: transition.alert.id, receiver: receiver.name, transition: transition.kind, ownID: ownID,
                labels: labels, item: item, createdAt: now)
        }
    }

    /// What is told now of alerts that nothing holds back any more. `newestTime` gives a stream's newest reading; `isCooling` says
    /// that what its alert is about seems over, of which it is too late to tell.
    package mutating func release(
        at now: Timestamp, newestTime: (StreamID) -> Timestamp?, isCooling: (StreamID) -> Bool = { _ in false }
    ) -> Told {
        var told = Told()
        for (id, held) in heldBack.sorted(by: { $0.key < $1.key }) {
            // The time of a silent stream stands still; whether it is still worked on, only the clock can say.
            let streamTime = held.alert.kind == .noData ? now : newestTime(held.alert.stream) ?? held.alert.firedAt
            let reason = quietTimes.reason(stream: held.stream, streamTime: streamTime, now: now)
            guard reason != held.reason else { continue }
            if held.alert.kind == .anomaly, isCooling(held.alert.stream) { continue }
            told.holdBacks.updateValue(reason, forKey: id)
            if let reason {
                heldBack[id]?.reason = reason
            } else {
                heldBack[id] = nil
                told.notices += begin(held.alert, stream: held.stream, at: now)
            }
        }
        return told
    }
}
