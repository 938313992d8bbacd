package import AnomalyDetection
package import Storage

/// Decides who is told what of alerts, and keeps those back of which nobody is to be told now. It performs nothing itself.
///
/// An alert that still fires when what held it back has ended is told then. The end of an alert is told to those who were told of
/// its beginning, whatever holds back alerts by then: nobody is left with an alert that never ends.
package struct AlertTelling: Sendable {
    /// What has to be stored with the transitions.
    package struct Told: Sendable, Equatable {
        /// Messages to be sent.
        package var outbox: [OutboxEntry] = []
        /// Alerts whose being held back changed.
        package var holdBacks: [Int64: String?] = [:]

        /// Nothing by default.
        package init(outbox: [OutboxEntry] = [], holdBacks: [Int64: String?] = [:]) {
            self.outbox = outbox
            self.holdBacks = holdBacks
        }
    }

    /// An alert that fires and of which nobody was told.
    private struct HeldBack {
        var alert: Alert
        var stream: String
        var reason: String
    }

    private let receivers: [String]
    private var quietTimes: QuietTimes
    private var heldBack: [Int64: HeldBack] = [:]

    /// Tells these receivers. `heldBack` are the alerts that fire and were kept back before a restart.
    package init(receivers: [String], quietTimes: QuietTimes = QuietTimes(), heldBack: [AlertRecord] = []) {
        self.receivers = receivers
        self.quietTimes = quietTimes
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
        case .updated:
            heldBack[alert.id]?.alert = alert
        case .resolved:
            if heldBack.removeValue(forKey: alert.id) != nil { return told }
        }
        told.outbox = Outbox.entries(for: transition, stream: stream, receivers: receivers, at: now)
        return told
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
                told.outbox += Outbox.entries(
                    for: AlertTransition(kind: .fired, alert: held.alert), stream: held.stream, receivers: receivers,
                    at: now)
            }
        }
        return told
    }
}
