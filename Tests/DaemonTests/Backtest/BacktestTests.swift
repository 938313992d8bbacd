import AnomalyDetection
import Daemon
import Testing

struct BacktestTests {
    private func outcomes(
        _ lines: [String], _ change: (inout Backtest.Options) -> Void = { _ in }
    ) throws(BacktestFailure) -> [Backtest.StreamOutcome] {
        var options = Backtest.Options()
        change(&options)
        var pieces = [Array(lines.joined(separator: "\n").utf8)]
        return try Backtest(options).run(
            title: "history.csv", next: { () throws(BacktestFailure) in pieces.popLast() }, progress: { _ in },
            warn: { _ in }, explain: { _ in })
    }

    private func result(
        _ lines: [String], _ change: (inout Backtest.Options) -> Void = { _ in }
    ) throws -> (BacktestResult, BacktestResult.Labelled) {
        let outcomes = try outcomes(lines, change)
        let result = try #require(outcomes.first).result.get()
        guard case .labelled(let quality) = result.measure else {
            throw BacktestFailure.noLabelColumn(name: "label", names: [])
        }
        return (result, quality)
    }

    @Test(arguments: [(3_000, 2_000..<2_040, 750), (3_000, 600..<640, 600), (1_000, 800..<840, 400)])
    func `a quarter is learned from, at least a warm-up, and nothing anomalous`(
        rows: Int, fault: Range<Int>, learned: Int
    ) throws {
        let (result, quality) = try result(SampleHistory(rows: rows, seed: 3, faults: [fault]).wide())
        #expect(result.readingCount == rows)
        #expect(result.trainedCount == learned)
        #expect(quality.live.alerts?.eventCount == 1)
        // The settled score has the same labels and raises no alerts.
        let settled = try #require(quality.settled)
        #expect(settled.alerts == nil && settled.ranking != nil && settled.ranking != quality.live.ranking)
    }

    @Test func `a level that stays becomes normal where history is learned from as it would be live`() throws {
        let history = SampleHistory(rows: 3_000, seed: 6, faults: [1_500..<3_000])
        let (result, _) = try result(history.wide()) { options in
            options.learnsAsLive = true
            options.settings.adaptAfter = 300 * 1_000_000_000
        }
        let first = try #require(result.alerts.first { $0.startedAt >= Timestamp(seconds: 1_700_001_490) })
        let end = try #require(first.resolvedAt)
        #expect(end < Timestamp(seconds: 1_700_002_500), "\(first)")
        #expect(!result.alerts.contains { $0.startedAt > Timestamp(seconds: 1_700_002_500) }, "\(result.alerts)")
    }

    @Test func `the long layout is the same history`() throws {
        let history = SampleHistory(rows: 1_500, seed: 4, faults: [900..<930, 1_200..<1_260])
        let (wide, wideQuality) = try result(history.wide())
        let (long, longQuality) = try result(history.long())
        #expect(long.readingCount == wide.readingCount && long.trainedCount == wide.trainedCount)
        #expect(longQuality.live == wideQuality.live)
        #expect(wideQuality.live.alerts?.eventRecall == 1)
    }

    @Test func `labels do not reach the detector`() throws {
        let history = SampleHistory(rows: 1_500, seed: 5, faults: [900..<960])
        // The fault is the same, and half of it is labelled.
        let half = history.wide().enumerated().map { index, line in
            (930..<970).contains(index) && line.hasSuffix(",1") ? String(line.dropLast()) + "0" : line
        }
        let (whole, _) = try result(history.wide()) { $0.trainRows = 500 }
        let (less, _) = try result(half) { $0.trainRows = 500 }
        #expect(!whole.alerts.isEmpty)
        #expect(whole.alerts == less.alerts)
        #expect(whole.alerts.allSatisfy { $0.contributions.count == 4 })
    }

    @Test func `readings that step back in time neither count twice nor end an alert`() throws {
        let history = SampleHistory(rows: 1_500, seed: 6, faults: [1_000..<1_100])
        let (_, plain) = try result(history.wide())
        var lines = history.wide()
        // While the alert fires, ten older readings come again; they are normal rows that are anomalous by label.
        let again = lines[901...910].map { String($0.dropLast()) + "1" }
        lines.insert(contentsOf: again, at: 1_051)
        let (result, quality) = try result(lines) { $0.trainRows = 400 }
        #expect(result.readingCount == 1_510)
        #expect(quality.live.alerts?.alertCount == plain.live.alerts?.alertCount)
        #expect(quality.live.alerts?.eventCount == 1)
    }

    @Test func `the curve passes through what the budget in force gives`() throws {
        let history = SampleHistory(rows: 2_000, seed: 7, faults: [1_000..<1_030, 1_500..<1_560])
        let budgets = [0.01, 1, 100].map {
            AnomalyDetection.FalseAlarmBudget(count: $0, period: AnomalyDetection.FalseAlarmBudget.standard.period)
        }
        let (_, quality) = try result(history.wide()) { $0.budgets = budgets }
        #expect(quality.curve.map(\.budget) == budgets)
        #expect(quality.curve[1].alerts == quality.live.alerts)
    }

    @Test func `progress reaches its end and never goes back`() throws {
        var shares: [Double] = []
        var pieces = [
            Array(SampleHistory(rows: 9_000, seed: 8, faults: [5_000..<5_040]).wide().joined(separator: "\n").utf8)
        ]
        let options = Backtest.Options()
        _ = try Backtest(options).run(
            title: "", next: { () throws(BacktestFailure) in pieces.popLast() }, progress: { shares.append($0) },
            warn: { _ in }, explain: { _ in })
        #expect(shares.count > 1)
        #expect(shares == shares.sorted())
        #expect(shares.last == 1)
    }

    @Test func `a label is zero or one, also as a decimal`() throws {
        let lines = SampleHistory(rows: 1_500, seed: 9, faults: [900..<960]).wide()
        let decimals = lines.map { $0.hasSuffix(",1") || $0.hasSuffix(",0") ? $0 + ".0" : $0 }
        #expect(try result(decimals).1.live == result(lines).1.live)
        for text in ["2", "", "x", "-1", "nan"] {
            var bad = lines
            bad[20] = String(bad[20].dropLast()) + text
            #expect(throws: BacktestFailure.badLabel(row: 21, text: text, column: "label")) { try outcomes(bad) }
        }
    }

    @Test func `what cannot be measured says why`() throws {
        let healthy = SampleHistory(rows: 1_000, seed: 10).wide()
        guard case .failure(let failure) = try #require(try outcomes(healthy).first).result else {
            Issue.record("a history without an event was measured")
            return
        }
        #expect(failure == .noAnomalies(trainRows: 400))
        #expect(throws: BacktestFailure.noReadings) { try outcomes([healthy[0]]) }
        #expect(throws: BacktestFailure.noReadings) { try outcomes([]) }
        #expect(
            throws: BacktestFailure.noLabelColumn(name: "fault", names: ["timestamp", "a", "b", "c", "d", "label"])
        ) {
            try outcomes(healthy) { $0.labels = "fault" }
        }
    }
}
