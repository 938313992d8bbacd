import Foundation
import Testing

/// An independent evaluator in Python, run by `$HARKEN_PYTHON` or else `python3`.
private enum EvaluationPeer {
    static let absence = "needs python3 with numpy (HARKEN_PYTHON names another python)"
    static let python = ProcessInfo.processInfo.environment["HARKEN_PYTHON"] ?? "python3"
    static let script =
        Shell.packageRoot.appending(path: "Tests/AnomalyDetectionTests/Evaluation/peers/evaluate.py").path()
    static let isThere = (try? Shell().run("'\(python)' -c 'import numpy'"))?.exitCode == 0
}

/// `harken backtest` against what an independent evaluator makes of the rows that `harken score` writes.
@Suite(.enabled(if: EvaluationPeer.isThere, Comment(rawValue: EvaluationPeer.absence)))
struct BacktestAgreementTests {
    private struct Numbers: Decodable {
        let vus_pr, vus_roc, auc_pr, auc_roc, event_recall, false_alerts_per_10k_readings: Double
        let median_delay_readings: Double?
    }

    private func compare(_ file: String, trainRows: Int, in shell: Shell) throws {
        let backtest = try shell.run("harken backtest --json --train-rows \(trainRows) '\(file)'")
        #expect(backtest.exitCode == 0, "\(backtest.errors)")
        let ours = try #require(try BacktestCommandTests.Document(backtest).files.first).live
        let peer = try shell.run(
            """
            harken score --train-rows \(trainRows) --ignore label < '\(file)' > scored.csv
            '\(EvaluationPeer.python)' '\(EvaluationPeer.script)' scored.csv \(trainRows)
            """)
        #expect(peer.exitCode == 0, "\(peer.errors)")
        let theirs = try JSONDecoder().decode(Numbers.self, from: Data(peer.output.utf8))
        for (name, our, their) in [
            ("VUS-PR", ours.vus_pr, theirs.vus_pr), ("VUS-ROC", ours.vus_roc, theirs.vus_roc),
            ("AUC-PR", ours.auc_pr, theirs.auc_pr), ("AUC-ROC", ours.auc_roc, theirs.auc_roc),
            ("recall", ours.event_recall, theirs.event_recall),
            ("false alerts", ours.false_alerts_per_10k_readings, theirs.false_alerts_per_10k_readings),
            ("delay", ours.median_delay_readings ?? -1, theirs.median_delay_readings ?? -1),
        ] {
            let our = try #require(our)
            #expect(abs(our - their) < 1e-9, "\(name): \(our) here, \(their) there")
        }
    }

    @Test func `the numbers are the evaluator's on simulated readings`() throws {
        try compare("one.csv", trainRows: 800, in: try BacktestCommandTests.shell())
    }

    @Test(
        .enabled(if: LabelledData.isThere, Comment(rawValue: LabelledData.absence)),
        arguments: ["skab_valve1_0", "ucr_115_CIMIS44AirTemperature3", "msl_F-8"])
    func `the numbers are the evaluator's on real readings`(series: String) throws {
        let index = LabelledData.rows(try String(contentsOfFile: LabelledData.path("index"), encoding: .utf8))
        let row = try #require(index.first { $0["file"] == "\(series).csv" })
        let trainRows = try #require(row["train_rows"].flatMap { Int($0) })
        try compare(LabelledData.path(series), trainRows: trainRows, in: try Shell())
    }
}
