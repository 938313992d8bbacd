import AnomalyDetection
import ArgumentParser
import Daemon
import Foundation

/// `harken false-alarms`: how many alerts are raised where none should be, beside how many were asked for.
struct FalseAlarmsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "false-alarms",
        abstract: "Counts alerts where nothing is wrong, beside those that the budget asks for.",
        discussion: """
            Simulates machines that never fail: with daily cycles, bursts of noise as part of what is normal for them, and an \
            hour in the middle for which the input and the detector stop. The detector learns and retrains as the daemon does, \
            from the first reading on. With files, also counts alerts on their normal stretches, as `harken backtest` does: \
            each needs a column that says which readings are anomalous.

            50 streams for 30 days at one reading a minute take about a quarter of an hour on two processors.

            Example: harken false-alarms --streams 10 --duration 10d history/*.csv
            """)

    @Argument(help: ArgumentHelp("CSV files with labels.", valueName: "file"))
    var files: [String] = []

    @Option(help: "How many machines are simulated; 0 for none.")
    var streams = 50

    @Option(help: ArgumentHelp("How long each is simulated.", valueName: "duration"))
    var duration = DurationArgument(nanoseconds: 30 * 86_400_000_000_000)

    @Option(help: ArgumentHelp("The time between two readings.", valueName: "duration"))
    var interval = DurationArgument(nanoseconds: 60_000_000_000)

    @Option(help: "The seed of the machines.")
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp("A budget to ask for; may be repeated.", valueName: "budget"),
        transform: { text in
            guard let budget = Daemon.FalseAlarmBudget(text) else {
                throw ValidationError("'\(text)' is no budget; expected a text such as '1 per 30d'")
            }
            return budget
        })
    var budget: [Daemon.FalseAlarmBudget] = [
        .init(alarms: 1, period: .seconds(30 * 86_400)), .init(alarms: 1, period: .seconds(7 * 86_400)),
        .init(alarms: 1, period: .seconds(86_400)),
    ]

    @Flag(help: "Print a JSON array.")
    var json = false

    func validate() throws {
        guard streams >= 0, streams > 0 || !files.isEmpty else {
            throw ValidationError("--streams is \(streams); expected at least 1, or files")
        }
        guard duration.nanoseconds / max(1, interval.nanoseconds) >= 2_000 else {
            throw ValidationError(
                "\(duration) at one reading in \(interval) are fewer than 2000 readings; a detector hardly learns from so few"
            )
        }
    }

    func run() async throws {
        var counts: [FalseAlarmCount] = []
        var progress = ProgressBar()
        for (number, budget) in budget.enumerated() {
            var settings = DetectorSettings()
            settings.falseAlarms = budget.inReadingsTime
            func show(_ share: Double) {
                progress.show((Double(number) + share) / Double(self.budget.count), budget.description)
            }
            // Files come first, for what is wrong with one should show before machines were simulated for minutes.
            let files = try await labelled(budget, settings, show)
            if streams > 0 { counts.append(try await simulated(budget, settings, show)) }
            counts += files
        }
        progress.clear()
        if json {
            print(try JSONOutput.text(counts))
        } else {
            FalseAlarmCount.table(counts, on: .standardOutput).forEach { print($0) }
        }
    }

    private func simulated(
        _ budget: Daemon.FalseAlarmBudget, _ settings: DetectorSettings, _ progress: (Double) -> Void
    ) async throws -> FalseAlarmCount {
        let study = FalseAlarmStudy(
            duration: duration.nanoseconds, interval: interval.nanoseconds, seed: seed)
        let alerts = try await ParallelWork.run(Array(0..<streams), progress: progress) { number in
            try study.alerts(ofStream: number, settings: settings).count
        }
        var count = FalseAlarmCount(data: "simulated machines", budget: budget)
        for number in alerts { count.add(duration: Double(duration.nanoseconds), alerts: number, budget: budget) }
        return count
    }

    /// One count for each distance of readings, for an alert takes readings, so a slow stream cannot raise as many in a time; and one
    /// for all.
    private func labelled(
        _ budget: Daemon.FalseAlarmBudget, _ settings: DetectorSettings, _ progress: (Double) -> Void
    ) async throws -> [FalseAlarmCount] {
        var options = Backtest.Options()
        options.settings = settings
        options.learnsAsLive = true
        let backtest = Backtest(options)
        let outcomes = try await ParallelWork.run(files, progress: progress) { path in
            let input = BacktestInput(path: path)
            do throws(BacktestFailure) {
                return try backtest.run(
                    title: input.name, next: input.read, progress: { _ in }, warn: { _ in }, explain: { _ in })
            } catch {
                throw ValidationError("\(path): \(error)")
            }
        }
        var counts: [Int64: FalseAlarmCount] = [:]
        for (path, outcome) in zip(files, outcomes).flatMap({ path, all in all.map { (path, $0) } }) {
            switch outcome.result {
            case .failure(let failure): throw ValidationError("\(path), stream \(outcome.stream): \(failure)")
            case .success(let result):
                guard case .labelled(let quality) = result.measure, let alerts = quality.live.alerts else {
                    throw ValidationError("\(path) has no column that says which readings are anomalous")
                }
                let interval = Phrase.duration(ofNanoseconds: result.interval)
                counts[result.interval, default: FalseAlarmCount(data: "files, one in \(interval)", budget: budget)]
                    .add(duration: alerts.normalDuration, alerts: alerts.falseCount, budget: budget)
            }
        }
        let rows = counts.sorted { $0.key < $1.key }.map(\.value)
        guard rows.count > 1 else { return rows }
        return rows + [rows.reduce(into: FalseAlarmCount(data: "all files", budget: budget)) { $0.add($1) }]
    }
}
