import AnomalyDetection
import Daemon
import Storage

extension Alert {
    /// An alert of stream 0 with the given number; alerts with other numbers began at other times.
    static func example(_ id: Int64 = 1, resolved: Bool = false) -> Alert {
        let start = Timestamp(nanoseconds: 1_767_323_045_250_000_000 + id * 1_000_000_000)
        return Alert(
            id: id, stream: StreamID(0), startedAt: start, firedAt: start.advanced(byNanoseconds: 4_000_000_000),
            resolvedAt: resolved ? start.advanced(byNanoseconds: 90_000_000_000) : nil, peakScore: 7.25,
            peakAt: start.advanced(byNanoseconds: 5_000_000_000), threshold: 4.5, isProvisional: true, modelID: 0,
            shape: .levelShift,
            contributions: [
                .init(channel: "temperature", share: 0.8, actual: 81.25, expected: 64, lower: 60.125, upper: 67.875),
                .init(channel: "pressure \"p\"\n", share: 0.2, actual: nil, expected: 1, lower: nil, upper: nil),
            ])
    }
}

extension StoreCommit {
    /// The firing, or the end, of an alert, with the messages to these receivers.
    static func transition(
        _ kind: AlertTransition.Kind, of id: Int64, to receivers: [String], at time: Timestamp
    ) -> StoreCommit {
        transitions(kind, of: [id], to: receivers, at: time)
    }

    /// The same of several alerts in one moment, with one message to each receiver.
    static func transitions(
        _ kind: AlertTransition.Kind, of ids: [Int64], to receivers: [String], at time: Timestamp
    ) -> StoreCommit {
        var commit = StoreCommit()
        commit.streams = [StreamRecord(id: StreamID(0), name: "pump", channels: ["temperature"])]
        var settings = NotificationSettings(fleetBudget: nil)
        (settings.groupWait, settings.groupInterval) = (.zero, .zero)
        var grouping = AlertGrouping(settings)
        for id in ids {
            let transition = AlertTransition(kind: kind, alert: .example(id, resolved: kind == .resolved))
            commit.detection.transitions.append(transition)
            let notices = transition.notices(to: receivers, at: time)
            commit.notices += notices
            grouping.add(notices, at: time)
        }
        commit.outbox = grouping.compose(at: time).messages
        return commit
    }
}

extension AlertTransition {
    /// What receivers are told of it.
    func notices(to receivers: [String], stream: String = "pump", at time: Timestamp) -> [Notice] {
        let labels = NotificationSettings().labels(of: alert, stream: stream)
        return receivers.map { receiver in
            Notice(
                alertID: alert.id, receiver: receiver, transition: kind,
                ownID: AlertItem.messageID(self, stream: stream), labels: labels,
                item: AlertItem(self, stream: stream, labels: labels).json, createdAt: time)
        }
    }
}
