import AnomalyDetection
import Daemon

/// A backtest as people read it.
struct BacktestTables {
    private let report: BacktestReport
    private let terminal: Terminal

    init(_ report: BacktestReport, on terminal: Terminal) {
        self.report = report
        self.terminal = terminal
    }

    /// All that there is to say, line by line.
    var lines: [String] {
        var sections: [[String]] = []
        if !report.live.isEmpty {
            sections.append(qualityTable("live score", hasAlerts: true, of: { $0.live }))
            if !report.settled.isEmpty {
                sections.append(qualityTable("settled score", hasAlerts: false, of: { $0.settled }))
            }
        }
        if !report.curve.isEmpty { sections.append(curveTable) }
        sections += report.unlabelled.map { unlabelledSection($0.entry, $0.numbers) }
        return Array(sections.joined(separator: [""]))
    }

    /// Whether some file has streams by name.
    private var hasStreams: Bool { Set(report.entries.map(\.stream)).count > 1 }

    /// A row for each stream, and below them mean and median. Only the live score raises alerts.
    private func qualityTable(
        _ title: String, hasAlerts: Bool, of quality: (BacktestResult.Labelled) -> DetectionQuality?
    ) -> [String] {
        var table = TextTable(
            [.text("FILE")] + (hasStreams ? [.text("STREAM")] : []) + [
                .number("READINGS"), .number("LEARNED"), .number("VUS-PR"), .number("VUS-ROC"), .number("AUC-PR"),
                .number("AUC-ROC"),
            ] + (hasAlerts ? [.number("EVENTS")] + Self.alertColumns : []))
        func cells(_ numbers: QualityNumbers, events: String) -> [String] {
            rankingCells(numbers) + (hasAlerts ? [events] + alertCells(numbers) : [])
        }
        var all: [QualityNumbers] = []
        for (entry, labelled) in report.labelled {
            guard let quality = quality(labelled) else { continue }
            let numbers = QualityNumbers(quality)
            all.append(numbers)
            let counts = ["\(entry.result.readingCount)", "\(entry.result.trainedCount)"]
            table.append(name(entry) + counts + cells(numbers, events: "\(quality.alerts?.eventCount ?? 0)"))
        }
        if all.count > 1 {
            let empty = Array(repeating: "", count: hasStreams ? 3 : 2)
            table.append(["mean of \(all.count)"] + empty + cells(.mean(of: all), events: ""), style: .bold)
            table.append(["median"] + empty + cells(.median(of: all), events: ""))
        }
        return [terminal.styled(title, .bold)] + table.lines(on: terminal)
    }

    private func name(_ entry: BacktestReport.Entry) -> [String] {
        hasStreams ? [entry.file, entry.stream] : [entry.file]
    }

    private func rankingCells(_ numbers: QualityNumbers) -> [String] {
        [numbers.vusPR, numbers.vusROC, numbers.aucPR, numbers.aucROC].map(Self.share)
    }

    private static var alertColumns: [TextTable.Column] {
        [.number("RECALL"), .number("FALSE/10k"), .number("FALSE/30d"), .number("DELAY"), .number("DELAY (TIME)")]
    }

    private func alertCells(_ numbers: QualityNumbers) -> [String] {
        [
            Self.share(numbers.eventRecall), Phrase.score(numbers.falsePerTenThousandReadings),
            Phrase.score(numbers.falsePerThirtyDays), numbers.medianDelay.map { Phrase.number($0) } ?? Phrase.nothing,
            Self.duration(numbers.medianDelaySeconds),
        ]
    }

    private var curveTable: [String] {
        var table = TextTable([.number("BUDGET/30d")] + Self.alertColumns)
        for (budget, mean) in report.curve {
            table.append(
                [Phrase.number(budget.countInThirtyDays)] + alertCells(mean),
                style: budget.countInThirtyDays == report.budget.countInThirtyDays ? .bold : .plain)
        }
        return [terminal.styled("mean over streams as the false-alarm budget varies", .bold)]
            + table.lines(on: terminal)
    }

    private func unlabelledSection(
        _ entry: BacktestReport.Entry, _ numbers: BacktestResult.Unlabelled
    ) -> [String] {
        let result = entry.result
        let title = name(entry).map(Phrase.printable).joined(separator: ", stream ")
        let quantiles = zip(BacktestResult.shares, numbers.scoreQuantiles).map { share, score in
            share == 1 ? "highest \(Phrase.score(score))" : "\(Phrase.number(share * 100)) % \(Phrase.score(score))"
        }
        var lines = [
            terminal.styled(title, .bold),
            "\(Phrase.count(result.readingCount, "reading")), of which the first \(result.trainedCount) have no score; "
                + "\(Phrase.count(result.alerts.count, "alert")), \(Phrase.score(numbers.alertsPerThirtyDays)) in 30 days",
            "scores: " + quantiles.joined(separator: ", "),
        ]
        guard !result.alerts.isEmpty else { return lines }
        var table = TextTable([
            .text("STARTED"), .text("DURATION"), .number("PEAK"), .text("SHAPE"), .text("LEADING CHANNEL"),
        ])
        for alert in result.alerts {
            let end = alert.resolvedAt ?? result.newestTime ?? alert.firedAt
            table.append([
                Phrase.time(alert.startedAt), Phrase.duration(from: alert.startedAt, to: end),
                Phrase.score(alert.peakScore), Phrase.words(alert.shape.rawValue),
                alert.contributions.first?.channel ?? Phrase.nothing,
            ])
        }
        lines += table.lines(on: terminal)
        return lines
    }

    private static func share(_ value: Double?) -> String {
        guard let value else { return Phrase.nothing }
        let thousandths = Int((value * 1_000).rounded())
        let digits = String(thousandths % 1_000)
        return "\(thousandths / 1_000)." + String(repeating: "0", count: 3 - digits.count) + digits
    }

    private static func duration(_ seconds: Double?) -> String {
        guard let seconds else { return Phrase.nothing }
        return Phrase.duration(from: Timestamp(seconds: 0), to: Timestamp(seconds: seconds))
    }
}
