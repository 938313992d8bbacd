import AnomalyDetection
import Daemon
import Foundation
import Storage
import Testing

/// What goes out together, and what in a digest.
struct AlertGroupingTests {
    private typealias Step = OutboxEntry.Step

    private func time(_ second: Double) -> Timestamp { Timestamp(seconds: 1_767_000_000 + second) }

    private func settings(budget: Double? = nil) -> NotificationSettings {
        NotificationSettings(
            groupWait: .milliseconds(100), groupInterval: .seconds(5),
            fleetBudget: budget.map { Daemon.FalseAlarmBudget(alarms: $0, period: .seconds(1_000)) },
            digestEvery: .seconds(60))
    }

    private func notices(
        _ kind: AlertTransition.Kind, _ ids: ClosedRange<Int64>, to receivers: [String] = ["ops"], at second: Double
    ) -> [Notice] {
        ids.flatMap { id in
            AlertTransition(kind: kind, alert: .example(id, resolved: kind == .resolved))
                .notices(to: receivers, stream: "pump-\(id)", at: time(second))
        }
    }

    private func steps(_ messages: [OutboxEntry]) -> [[Step]] { messages.map(\.steps) }

    private func alerts(in message: OutboxEntry) throws -> [AlertItem] {
        struct Body: Decodable { var alerts: [AlertItem] }
        return try JSONDecoder().decode(Body.self, from: Data(message.payload.utf8)).alerts
    }

    @Test func `alerts of one moment are one message, a moment later`() throws {
        var grouping = AlertGrouping(settings())
        #expect(grouping.wait(from: time(0)) == nil)
        grouping.add(notices(.fired, 1...2, at: 0), at: time(0))
        grouping.add(notices(.fired, 3...3, at: 0.05), at: time(0.05))
        #expect(grouping.compose(at: time(0.09)) == AlertGrouping.Composed())
        #expect(try #require(grouping.wait(from: time(0.05))) <= .milliseconds(51))
        let messages = grouping.compose(at: time(0.101)).messages
        #expect(messages.count == 1)
        #expect(messages[0].steps.map(\.alertID) == [1, 2, 3])
        #expect(messages[0].kind == .alerts)
        #expect(try alerts(in: messages[0]).map { $0.labels["stream"] } == ["pump-1", "pump-2", "pump-3"])
        #expect(grouping.wait(from: time(1)) == nil)
    }

    @Test func `what comes within the interval waits for its end, what comes later does not`() {
        var grouping = AlertGrouping(settings())
        grouping.add(notices(.fired, 1...1, at: 0), at: time(0))
        #expect(grouping.compose(at: time(0.2)).messages.count == 1)
        for id in Int64(2)...9 { grouping.add(notices(.fired, id...id, at: Double(id) / 2), at: time(Double(id) / 2)) }
        #expect(grouping.compose(at: time(5.1)).messages.isEmpty)
        #expect(steps(grouping.compose(at: time(5.2)).messages).map(\.count) == [8])
        grouping.add(notices(.fired, 10...10, at: 60), at: time(60))
        #expect(grouping.compose(at: time(60.11)).messages.count == 1)
    }

    @Test func `an end does not hold up a beginning, and both are messages of their own`() {
        var grouping = AlertGrouping(settings())
        grouping.add(notices(.resolved, 1...1, at: 0), at: time(0))
        #expect(grouping.compose(at: time(0.2)).messages.map(\.steps) == [[Step(alertID: 1, transition: .resolved)]])
        grouping.add(notices(.resolved, 2...2, at: 1), at: time(1))
        grouping.add(notices(.fired, 3...3, at: 1), at: time(1))
        let messages = grouping.compose(at: time(1.2)).messages
        #expect(messages.map { $0.steps.map(\.transition) } == [[.fired], [.resolved]])
    }

    @Test func `a message about one step has the id that it always had, a group one of its own`() {
        var grouping = AlertGrouping(settings())
        let one = notices(.fired, 1...1, to: ["ops", "pager"], at: 0)
        grouping.add(one, at: time(0))
        let messages = grouping.compose(at: time(1)).messages
        #expect(messages.map(\.webhookID) == one.map(\.ownID))
        #expect(messages.map(\.receiver) == ["ops", "pager"])
        grouping.add(notices(.fired, 2...3, at: 10), at: time(10))
        let group = grouping.compose(at: time(11)).messages
        #expect(group.count == 1)
        #expect(!notices(.fired, 2...3, at: 10).map(\.ownID).contains(group[0].webhookID))
    }

    @Test func `a fault of the whole fleet is told in few messages that name every stream`() throws {
        var grouping = AlertGrouping(settings(budget: 1))
        grouping.add(notices(.fired, 1...2_500, at: 0), at: time(0))
        let messages = grouping.compose(at: time(1)).messages
        #expect(messages.map(\.steps.count) == [1_000, 1_000, 500])
        #expect(Set(messages.map(\.webhookID)).count == 3)
        let streams = try messages.flatMap { try alerts(in: $0) }.compactMap { $0.labels["stream"] }
        #expect(Set(streams).count == 2_500)
    }

    @Test func `a clock that is set back holds nothing up`() {
        var grouping = AlertGrouping(settings())
        grouping.add(notices(.fired, 1...1, at: 10_000), at: time(10_000))
        #expect(grouping.compose(at: time(10_001)).messages.count == 1)
        grouping.add(notices(.fired, 2...2, at: 0), at: time(0))
        #expect(grouping.compose(at: time(0.2)).messages.count == 1)
        grouping.add(notices(.fired, 3...3, at: 1), at: time(1))
        #expect(grouping.compose(at: time(-10_000)).messages.count == 1)
    }

    // MARK: The fleet's budget

    /// A grouping whose budget of two notifications is used up.
    private func exhausted() -> AlertGrouping {
        var grouping = AlertGrouping(settings(budget: 2))
        for id in [Int64(1), 2] {
            grouping.add(notices(.fired, id...id, at: Double(id) * 10), at: time(Double(id) * 10))
            #expect(grouping.compose(at: time(Double(id) * 10 + 1)).messages.count == 1)
        }
        return grouping
    }

    @Test func `above the budget a digest tells of every stream, and says why`() throws {
        var grouping = exhausted()
        grouping.add(notices(.fired, 3...4, at: 30), at: time(30))
        var composed = grouping.compose(at: time(31))
        #expect(composed.messages.isEmpty)
        #expect(composed.holdBacks == [3: "budget", 4: "budget"])
        #expect(composed.newlyHeldBack == 2)
        #expect(composed.changed.allSatisfy { $0.isForDigest })
        grouping.add(notices(.fired, 5...5, at: 40), at: time(40))
        composed = grouping.compose(at: time(41))
        #expect(composed.newlyHeldBack == 0)
        #expect(composed.holdBacks == [5: "budget"])
        #expect(grouping.compose(at: time(90)) == AlertGrouping.Composed())
        composed = grouping.compose(at: time(91))
        #expect(composed.messages.count == 1)
        #expect(composed.messages[0].kind == .digest)
        #expect(composed.holdBacks == [3: nil, 4: nil, 5: nil])
        #expect(composed.digested == 3)
        let items = try alerts(in: composed.messages[0])
        #expect(items.map { $0.labels["stream"] } == ["pump-3", "pump-4", "pump-5"])
        #expect(
            items.allSatisfy {
                $0.annotations["digest"]
                    == "told in a digest, because the budget of notifications, 2 per 1000s, is used up"
            })
    }

    @Test func `the end of what a digest tells is told by a digest, and what is over is told as over`() throws {
        var grouping = exhausted()
        grouping.add(notices(.fired, 3...4, at: 30), at: time(30))
        _ = grouping.compose(at: time(31))
        // Alert 1 was told by itself, and so is its end, whatever the budget is.
        grouping.add(notices(.resolved, 3...3, at: 40) + notices(.resolved, 1...1, at: 40), at: time(40))
        #expect(steps(grouping.compose(at: time(41)).messages) == [[Step(alertID: 1, transition: .resolved)]])
        let digest = grouping.compose(at: time(91)).messages
        #expect(
            steps(digest) == [
                [Step(alertID: 4, transition: .fired)],
                [Step(alertID: 3, transition: .fired), Step(alertID: 3, transition: .resolved)],
            ])
        #expect(try digest.flatMap { try alerts(in: $0) }.map(\.status) == ["firing", "resolved"])
        grouping.add(notices(.resolved, 4...4, at: 100), at: time(100))
        #expect(grouping.compose(at: time(101)).messages.isEmpty)
        let end = grouping.compose(at: time(161)).messages
        #expect(steps(end) == [[Step(alertID: 4, transition: .resolved)]])
        #expect(end.map(\.kind) == [.digest])
    }

    @Test func `who wants no ends is told of what began and ended as firing`() throws {
        var grouping = exhausted()
        grouping.add(notices(.fired, 3...3, to: ["ops", "quiet"], at: 30), at: time(30))
        _ = grouping.compose(at: time(31))
        grouping.add(notices(.resolved, 3...3, at: 40), at: time(40))
        _ = grouping.compose(at: time(41))
        let messages = grouping.compose(at: time(91)).messages
        #expect(messages.map(\.receiver) == ["quiet", "ops"])
        #expect(try messages.map { try alerts(in: $0).map(\.status) } == [["firing"], ["resolved"]])
    }

    @Test func `the budget is a window that moves along`() {
        var grouping = exhausted()
        grouping.add(notices(.fired, 3...3, at: 1_009), at: time(1_009))
        #expect(grouping.compose(at: time(1_010)).messages.isEmpty)
        grouping.add(notices(.fired, 4...4, at: 1_020), at: time(1_020))
        #expect(grouping.compose(at: time(1_021)).messages.count == 1)
    }

    @Test func `a daemon that stops tells what it gathered, the end of the input all there is`() {
        var grouping = exhausted()
        grouping.add(notices(.fired, 3...3, at: 30), at: time(30))
        #expect(grouping.compose(at: time(30), .gathered).messages.isEmpty)
        #expect(grouping.compose(at: time(31), .all).messages.map(\.kind) == [.digest])
    }

    @Test func `it goes on after a restart with what is stored`() {
        var before = exhausted()
        before.add(notices(.fired, 3...3, at: 30), at: time(30))
        let postponed = before.compose(at: time(31)).changed
        var saved = SavedNotices()
        saved.waiting = postponed + notices(.resolved, 3...3, at: 35) + notices(.fired, 4...4, at: 36)
        saved.moments = [time(11), time(21)]
        var after = AlertGrouping(settings(budget: 2), saved: saved)
        let composed = after.compose(at: time(50))
        #expect(composed.messages.isEmpty)
        #expect(composed.holdBacks == [4: "budget"])
        // Counted from when the first of them was written.
        let digest = after.compose(at: time(90)).messages
        #expect(digest.map { $0.steps.map(\.alertID) } == [[4], [3, 3]])
    }
}
