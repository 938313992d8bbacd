import AnomalyDetection
import ArgumentParser
import Daemon
import Foundation

/// `harken backtest`: how well the detector would have done on history that somebody has labelled.
struct BacktestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest",
        abstract: "Measures the detector on labelled history.",
        discussion: """
            Reads CSV files, learns from the first part of each stream and scores the rest, reading after reading, as the \
            daemon would; only that rest is measured. Where a column says which readings are anomalous (0 or 1), it prints how \
            well the scores put anomalous readings first (VUS-PR, VUS-ROC, AUC-PR, AUC-ROC), how many of the events an alert \
            found and after how long, and how many alerts were false. The detector never sees that column. Without one it \
            prints the alerts and the distribution of scores.

            Exits with 65 where a file could not be measured; the others are measured all the same.

            Example: harken backtest --svg charts history/*.csv
            """)

    @Argument(help: ArgumentHelp("CSV files; - is standard input.", valueName: "file"))
    var files: [String]

    @Option(
        help: ArgumentHelp(
            "The column with the labels. By default \(LabelColumn.knownNames.joined(separator: ", ")).",
            valueName: "column"))
    var labels: String?

    @Option(
        help: ArgumentHelp(
            "Learn from the first N readings of each stream. By default a quarter, ending before the first anomalous one.",
            valueName: "n"))
    var trainRows: Int?

    @OptionGroup var input: CSVInputOptions

    @Flag(help: "Also say how alerts change as the false-alarm budget varies.")
    var curve = false

    @Option(help: ArgumentHelp("Draw each stream into this folder, as FILE.svg.", valueName: "folder"))
    var svg: String?

    @Flag(help: "Print a JSON object.")
    var json = false

    @Flag(name: .shortAndLong, help: "Say on standard error what is learned.")
    var verbose = false

    /// The budgets of ``curve``, among them the one in force.
    private static func budgets(
        beside configured: AnomalyDetection.FalseAlarmBudget
    ) -> [AnomalyDetection.FalseAlarmBudget] {
        var counts = [0.01, 0.1, 0.3, 1, 3, 10, 30, 100, 1_000]
        if !counts.contains(configured.countInThirtyDays) { counts.append(configured.countInThirtyDays) }
        return counts.sorted().map { .init(count: $0, period: AnomalyDetection.FalseAlarmBudget.standard.period) }
    }

    func validate() throws {
        guard !files.isEmpty else { throw ValidationError("expected the CSV files to measure; - is standard input") }
        if let trainRows, trainRows < ModelFitter.fewestWindows {
            throw ValidationError(
                "--train-rows is \(trainRows); a model needs at least \(ModelFitter.fewestWindows) readings")
        }
    }

    func run() async throws {
        let (csv, settings) = try input.load()
        var report = BacktestReport(budget: settings.falseAlarms)
        var options = Backtest.Options()
        options.csv = csv
        options.settings = settings
        options.labels = labels
        options.trainRows = trainRows
        options.wantsCharts = svg != nil
        if curve { options.budgets = Self.budgets(beside: settings.falseAlarms) }
        let charts = try svg.map { try ChartFolder(path: $0) }
        let inputs = files.map(BacktestInput.init)
        let console = BacktestConsole(isVerbose: verbose, byteCount: inputs.reduce(0) { $0 + $1.byteCount })
        for input in inputs {
            try measure(input, with: Backtest(options), into: &report, charts, console)
            console.finish(input)
        }
        console.clear()
        if json {
            print(try JSONOutput.text(BacktestDocument(report)))
        } else {
            BacktestTables(report, on: .standardOutput).lines.forEach { print($0) }
        }
        if let code = report.exitCode { throw ExitCode(code) }
    }

    private func measure(
        _ input: BacktestInput, with backtest: Backtest, into report: inout BacktestReport, _ charts: ChartFolder?,
        _ console: BacktestConsole
    ) throws {
        let outcomes: [Backtest.StreamOutcome]
        do throws(BacktestFailure) {
            outcomes = try backtest.run(
                title: input.name, next: input.read, progress: { console.show($0, of: input) },
                warn: { console.warn("\(input.path): \($0)") }, explain: { console.explain("\(input.path): \($0)") })
        } catch {
            report.add(error, file: input.path, stream: nil, console)
            return
        }
        for outcome in outcomes {
            let stream = outcomes.count > 1 ? outcome.stream : nil
            switch outcome.result {
            case .success(let result):
                report.entries.append(.init(file: input.path, stream: outcome.stream, result: result))
                if let chart = outcome.chart { try charts?.write(chart, file: input.name, stream: stream) }
            case .failure(let failure):
                report.add(failure, file: input.path, stream: stream, console)
            }
        }
    }
}

extension BacktestReport {
    /// Notes what could not be measured, and says so.
    fileprivate mutating func add(_ failure: BacktestFailure, file: String, stream: String?, _ console: BacktestConsole)
    {
        failures.append(Failure(file: file, stream: stream, failure: failure))
        console.warn(file + (stream.map { ", stream \($0)" } ?? "") + ": \(failure)")
    }

    /// The exit code of sysexits.h that says what went wrong, if anything did.
    fileprivate var exitCode: Int32? {
        guard !failures.isEmpty else { return nil }
        let isMissingInput = failures.allSatisfy { if case .unreadable = $0.failure { true } else { false } }
        return isMissingInput ? 66 : 65
    }
}
