package import AnomalyDetection
package import Storage

/// Makes messages of notices: what happens in the same moment goes out as one, and above the fleet's budget as a digest.
///
/// It performs nothing itself and knows no clock; what it gathers is stored as well, so that a crash loses nothing. In a quiet time
/// the first beginning waits for a moment only, ``NotificationSettings/groupWait``. What happens in the time after that,
/// ``NotificationSettings/groupInterval``, is gathered and told at its end. Beginnings and ends are messages of their own. A
/// message is made in one step for all receivers, which is what the budget counts: one fault that a hundred streams show is one
/// notification.
package struct AlertGrouping: Sendable {
    /// What came of time passing.
    package struct Composed: Sendable, Equatable {
        /// Messages to be sent.
        package var messages: [OutboxEntry] = []
        /// Notices that go another way than they are stored with.
        package var changed: [Notice] = []
        /// Alerts whose being held back by the budget changed.
        package var holdBacks: [Int64: String?] = [:]
        /// How many beginnings waited for a digest from now on, where there was none before; 0 otherwise.
        package var newlyHeldBack = 0
        /// How many alerts a digest told of.
        package var digested = 0

        /// Nothing.
        package init() {}
    }

    /// A message holds so many alerts at most; more are told in several.
    package static let alertLimit = 1_000

    /// How alerts become notifications.
    package var settings: NotificationSettings
    private var gathered: [Notice] = []
    private var digest: [Notice] = []
    private var groupDueAt: Timestamp?
    private var digestDueAt: Timestamp?
    private var lastBeginnings: Timestamp?
    private var lastEnds: Timestamp?
    /// When notifications about beginnings went out, as far as the budget still counts them.
    private var moments: [Timestamp] = []
    /// The alerts whose beginning was told, or waits to be told, by a digest, and that have not ended.
    private var begunByDigest: Set<Int64> = []

    /// A grouping that goes on from what is stored.
    package init(_ settings: NotificationSettings = NotificationSettings(), saved: SavedNotices = SavedNotices()) {
        self.settings = settings
        moments = saved.moments
        begunByDigest = Set(saved.begun.lazy.filter(\.isForDigest).map(\.alertID))
        for notice in saved.waiting where !notice.isForDigest { gather(notice, at: notice.createdAt) }
        digest = saved.waiting.filter(\.isForDigest)
        begunByDigest.formUnion(digest.lazy.filter { $0.transition == .fired }.map(\.alertID))
        digestDueAt = digest.first.map { $0.createdAt.advanced(by: settings.digestEvery) }
    }

    /// Takes in what is to be told, with the next message.
    package mutating func add(_ notices: [Notice], at now: Timestamp) {
        for notice in notices { gather(notice, at: now) }
    }

    private mutating func gather(_ notice: Notice, at now: Timestamp) {
        let isBeginning = notice.transition == .fired
        let last = isBeginning ? lastBeginnings : lastEnds
        var dueAt = now.advanced(by: settings.groupWait)
        // A clock that was set back must not hold anything up.
        if let last, last <= now { dueAt = max(dueAt, last.advanced(by: settings.groupInterval)) }
        groupDueAt = min(groupDueAt ?? dueAt, dueAt)
        gathered.append(notice)
    }

    /// How long it takes until there is something to do; nil where nothing waits.
    package func wait(from now: Timestamp) -> Duration? {
        [groupDueAt, digestDueAt].compactMap { $0 }.min()
            .map { .nanoseconds(max(0, $0.nanoseconds(since: now))) }
    }

    /// Makes the messages that are due. `all` makes them of everything, `gathered` of all but what waits for a digest.
    package mutating func compose(at now: Timestamp, _ urgency: Urgency = .whatIsDue) -> Composed {
        var composed = Composed()
        if let dueAt = groupDueAt, urgency != .whatIsDue || isDue(dueAt, at: now, within: settings.groupInterval) {
            composeGroup(at: now, &composed)
        }
        if let dueAt = digestDueAt, urgency == .all || isDue(dueAt, at: now, within: settings.digestEvery) {
            composeDigest(at: now, &composed)
        }
        return composed
    }

    /// How much is told before its time.
    package enum Urgency: Sendable {
        /// Nothing.
        case whatIsDue
        /// What was gathered: the daemon stops.
        case gathered
        /// What waits for a digest, too: the input has ended.
        case all
    }

    /// Whether a time has come; also where the clock was set back, so that it would take longer than it ever should.
    private func isDue(_ time: Timestamp, at now: Timestamp, within longest: Duration) -> Bool {
        let left = time.nanoseconds(since: now)
        return left <= 0 || left > max(longest, settings.groupWait).wholeNanoseconds
    }

    // MARK: Groups

    private mutating func composeGroup(at now: Timestamp, _ composed: inout Composed) {
        let beginnings = gathered.filter { $0.transition == .fired }
        if !beginnings.isEmpty {
            if hasBudget(at: now) {
                composed.messages += Self.messages(of: beginnings, kind: .alerts, at: now)
                moments.append(now)
                lastBeginnings = now
            } else {
                for notice in beginnings {
                    begunByDigest.insert(notice.alertID)
                    composed.holdBacks[notice.alertID] = .some(Notice.budgetReason)
                }
                if digest.isEmpty { composed.newlyHeldBack = Set(beginnings.map(\.alertID)).count }
                postpone(beginnings, at: now, &composed)
            }
        }
        // Whoever was told of a beginning by a digest is told of the end by one.
        let ends = gathered.filter { $0.transition == .resolved }
        let digestEnds = ends.filter { begunByDigest.contains($0.alertID) }
        let otherEnds = ends.filter { !begunByDigest.contains($0.alertID) }
        if !otherEnds.isEmpty {
            composed.messages += Self.messages(of: otherEnds, kind: .alerts, at: now)
            lastEnds = now
        }
        postpone(digestEnds, at: now, &composed)
        for notice in digestEnds { begunByDigest.remove(notice.alertID) }
        gathered = []
        groupDueAt = nil
    }

    private mutating func postpone(_ notices: [Notice], at now: Timestamp, _ composed: inout Composed) {
        guard !notices.isEmpty else { return }
        let changed = notices.map { notice in
            var notice = notice
            notice.isForDigest = true
            return notice
        }
        composed.changed += changed
        digest += changed
        digestDueAt = digestDueAt ?? now.advanced(by: settings.digestEvery)
    }

    /// Whether one more notification is within the budget.
    private mutating func hasBudget(at now: Timestamp) -> Bool {
        guard let budget = settings.fleetBudget else { return true }
        let start = now.advanced(byNanoseconds: -budget.period.wholeNanoseconds)
        moments.removeAll { $0 <= start || $0 > now }
        return Double(moments.count) < budget.alarms
    }

    // MARK: Digests

    /// One message about what has begun and lasts, and one about what is over; what began and ended since the last digest is told
    /// as over.
    private mutating func composeDigest(at now: Timestamp, _ composed: inout Composed) {
        let ended = Set(digest.lazy.filter { $0.transition == .resolved }.map { Told($0) })
        let lasting = digest.filter { $0.transition == .fired && !ended.contains(Told($0)) }
        let over = digest.filter { ended.contains(Told($0)) }
        composed.messages += Self.messages(of: lasting, kind: .digest, note: note, at: now)
        composed.messages += Self.messages(of: over, kind: .digest, note: note, at: now)
        for notice in digest where notice.transition == .fired {
            composed.holdBacks.updateValue(nil, forKey: notice.alertID)
        }
        composed.digested += Set(digest.map(\.alertID)).count
        digest = []
        digestDueAt = nil
    }

    private struct Told: Hashable {
        var alertID: Int64
        var receiver: String

        init(_ notice: Notice) {
            alertID = notice.alertID
            receiver = notice.receiver
        }
    }

    private var note: String {
        let budget =
            settings.fleetBudget.map { "the budget of notifications, \($0), is used up" } ?? "there was no budget"
        return "told in a digest, because \(budget)"
    }

    // MARK: Messages

    /// A message for each receiver, or several where there are too many alerts for one.
    private static func messages(
        of notices: [Notice], kind: OutboxEntry.Kind, note: String? = nil, at now: Timestamp
    ) -> [OutboxEntry] {
        var receivers: [String] = []
        for notice in notices where !receivers.contains(notice.receiver) { receivers.append(notice.receiver) }
        return receivers.flatMap { receiver -> [OutboxEntry] in
            // Of an alert that has both, only the end is shown, and both count as told.
            var byAlert: [Int64: [Notice]] = [:]
            var order: [Int64] = []
            for notice in notices where notice.receiver == receiver {
                if byAlert[notice.alertID] == nil { order.append(notice.alertID) }
                byAlert[notice.alertID, default: []].append(notice)
            }
            return stride(from: 0, to: order.count, by: alertLimit).map { start in
                let told = order[start..<min(start + alertLimit, order.count)].compactMap { byAlert[$0] }
                return message(about: told, to: receiver, kind: kind, note: note, at: now)
            }
        }
    }

    private static func message(
        about alerts: [[Notice]], to receiver: String, kind: OutboxEntry.Kind, note: String?, at now: Timestamp
    ) -> OutboxEntry {
        let items = alerts.compactMap { notices -> AlertItem? in
            let shown = notices.last { $0.transition == .resolved } ?? notices.last
            var item = shown.flatMap { AlertItem(json: $0.item) }
            if let note { item?.annotations["digest"] = note }
            return item
        }
        let notices = alerts.flatMap { $0 }
        // A message about one step has the id that is a promise to receivers over versions.
        let isSingle = notices.count == 1 && kind == .alerts
        let id = isSingle ? notices[0].ownID : "msg_" + FNV1a.hex128([kind.rawValue] + notices.map(\.ownID))
        return OutboxEntry(
            steps: notices.map { OutboxEntry.Step(alertID: $0.alertID, transition: $0.transition) }, kind: kind,
            webhookID: id, receiver: receiver, payload: WebhookPayload(items: items, receiver: receiver).json,
            createdAt: now, dueAt: now)
    }
}

extension Timestamp {
    /// The time a duration later.
    fileprivate func advanced(by duration: Duration) -> Timestamp {
        advanced(byNanoseconds: duration.wholeNanoseconds)
    }
}
