import Foundation
import Testing

struct BacktestCommandTests {
    /// What the tests read of `--json`.
    struct Document: Decodable {
        struct Score: Decodable {
            let vus_pr, vus_roc, auc_pr, auc_roc: Double?
            let event_recall, false_alerts_per_10k_readings, false_alerts_per_30_days: Double?
            let median_delay_readings, median_delay_seconds: Double?
            let events, detected_events, alerts, false_alerts: Int?
            let alerts_per_30_days: Double?
            let score_quantiles: [String: Double]?
        }
        struct Summary: Decodable { let mean, median: Score }
        struct CurvePoint: Decodable {
            let budget_per_30_days, false_alerts_per_10k_readings: Double
            let event_recall: Double?
        }
        struct Alert: Decodable {
            struct Contribution: Decodable { let channel: String }
            let started_at: String
            let contributions: [Contribution]
        }
        struct File: Decodable {
            let file, stream: String
            let rows, train_rows: Int
            let live: Score
            let settled: Score?
            let curve: [CurvePoint]?
            let alerts: [Alert]
        }
        struct Total: Decodable {
            let series: Int
            let live: Summary
            let settled: Summary?
            let curve: [CurvePoint]?
        }
        struct Failure: Decodable {
            let file: String
            let stream: String?
            let error: String
        }
        let files: [File]
        let total: Total?
        let failures: [Failure]

        init(_ result: Shell.Result) throws {
            self = try JSONDecoder().decode(Document.self, from: Data(result.output.utf8))
        }
    }

    /// A shell with `one.csv`: 3,000 readings of a pump, of which 2,100 to 2,159 are off by six deviations and labelled.
    static func shell() throws -> Shell {
        let shell = try Shell()
        let result = try shell.run(
            """
            harken simulate --rows 3000 --seed 4 --fault 'level_shift@35m:pump-1.flow+60s*6' > plain.csv
            awk -v OFS=, 'NR == 1 { print $0, "label"; next } { print $0, (NR >= 2102 && NR <= 2161 ? 1 : 0) }' plain.csv > one.csv
            """)
        try #require(result.exitCode == 0, "\(result.errors)")
        return shell
    }

    // MARK: Labelled

    @Test func `a labelled fault is found, soon and without a false alert`() throws {
        let shell = try Self.shell()
        let result = try shell.run("harken backtest --json one.csv")
        #expect(result.exitCode == 0)
        #expect(result.errors.isEmpty, "\(result.errors)")
        let document = try Document(result)
        let file = try #require(document.files.first)
        #expect(file.rows == 3_000 && file.train_rows == 750)
        #expect(file.live.events == 1 && file.live.event_recall == 1 && file.live.false_alerts == 0)
        #expect(try #require(file.live.vus_roc) > 0.9)
        #expect(try #require(file.live.median_delay_seconds) < 30)
        #expect(try #require(file.settled?.vus_roc) > 0.9)
        #expect(document.total?.settled?.mean.vus_pr == file.settled?.vus_pr)
        #expect(document.total?.series == 1)
        #expect(document.total?.live.mean.vus_pr == file.live.vus_pr)
        #expect(file.alerts.contains { $0.contributions.first?.channel == "flow" })
        #expect(!file.alerts.contains { $0.contributions.contains { $0.channel == "label" } })
    }

    @Test func `the table says it in words`() throws {
        let result = try Self.shell().run("cp one.csv two.csv; harken backtest one.csv two.csv")
        #expect(result.exitCode == 0 && result.errors.isEmpty, "\(result.errors)")
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == 12 && lines[0] == "live score" && lines[6] == "settled score")
        #expect(lines[1].contains("VUS-PR") && lines[1].contains("FALSE/30d"))
        #expect(lines[4].hasPrefix("mean of 2"))
        #expect(!result.output.contains("\u{1B}"))
    }

    @Test(arguments: ["label", "anomaly", "Is_Anomaly", "labels"])
    func `labels are found by their name, and make no difference to the scores`(name: String) throws {
        let shell = try Self.shell()
        let result = try shell.run(
            """
            sed '1s/label/\(name)/' one.csv > named.csv
            harken backtest --json --train-rows 800 named.csv > found.json
            sed '1s/label/fault/' one.csv > named.csv
            harken backtest --json --train-rows 800 --labels fault named.csv > told.json
            cmp found.json told.json
            """)
        #expect(result.exitCode == 0, "\(result.errors)\(result.output)")
    }

    @Test func `standard input is a file too`() throws {
        let result = try Self.shell().run("harken backtest --json - < one.csv")
        #expect(result.exitCode == 0)
        #expect(try Document(result).files.map(\.file) == ["-"])
    }

    @Test func `each stream is measured by itself`() throws {
        let shell = try Shell()
        let result = try shell.run(
            """
            harken simulate --streams 2 --rows 2000 --seed 6 --fault 'level_shift@25m:pump-2.flow+60s*6' > two.csv
            awk -F, -v OFS=, 'NR == 1 { print $0, "anomaly"; next }
                { row = int((NR - 2) / 2); print $0, ($2 == "pump-2" && row >= 1500 && row < 1560) ? 1 : 0 }' two.csv > both.csv
            harken backtest --json both.csv
            """)
        #expect(result.exitCode == 0, "\(result.errors)")
        let files = try Document(result).files
        #expect(files.map(\.stream) == ["pump-1", "pump-2"])
        // A pump that was always well has no events; it still tells about false alerts.
        #expect(files[0].live.vus_pr == nil && files[0].live.event_recall == nil)
        #expect(files[0].live.false_alerts_per_10k_readings != nil)
        #expect(files[1].live.event_recall == 1)
    }

    @Test func `the curve passes through what the budget in force gives`() throws {
        let document = try Document(try Self.shell().run("harken backtest --curve --json one.csv"))
        let file = try #require(document.files.first)
        let curve = try #require(file.curve)
        #expect(curve.count >= 6)
        let point = try #require(curve.first { $0.budget_per_30_days == 1 })
        #expect(point.event_recall == file.live.event_recall)
        #expect(point.false_alerts_per_10k_readings == file.live.false_alerts_per_10k_readings)
        let total = try #require(document.total?.curve)
        #expect(total.count == curve.count)
    }

    // MARK: Without labels

    @Test func `without labels there are alerts and quantiles of scores`() throws {
        let shell = try Shell()
        let json = try shell.run(
            """
            harken simulate --rows 1200 --seed 4 --fault 'level_shift@15m:pump-1.flow+60s*6' > plain.csv
            harken backtest --json plain.csv
            """)
        let file = try #require(try Document(json).files.first)
        #expect(file.rows == 1_200 && file.train_rows == 400)
        #expect(file.live.vus_pr == nil)
        #expect(try #require(file.live.alerts_per_30_days) > 0)
        #expect(file.live.score_quantiles?.count == 5)
        #expect(!file.alerts.isEmpty)
        let text = try shell.run("harken backtest plain.csv").output
        #expect(text.contains("in 30 days") && text.contains("LEADING CHANNEL"))
    }

    // MARK: What cannot be measured

    @Test(arguments: [
        ("--labels nothing one.csv", "no label column \"nothing\""),
        ("--labels flow one.csv", "row 2, column \"flow\": the label is"),
        ("--train-rows 5000 one.csv", "3000 readings"),
        ("--train-rows 2500 one.csv", "none of the readings after the first 2500"),
        ("empty.csv", "no reading"),
        ("early.csv", "reading 11 is labelled anomalous already"),
        ("timeless.csv", "no column of the CSV header holds the time"),
        ("word.csv", "row 9, column \"label\": the label is \"yes\""),
    ])
    func `what cannot be measured is told`(
        options: String, message: String
    ) throws {
        let shell = try Self.shell()
        let result = try shell.run(
            """
            : > empty.csv
            sed '12s/,0$/,1/' one.csv > early.csv
            sed '1s/timestamp/a/' one.csv > timeless.csv
            sed '9s/,0$/,yes/' one.csv > word.csv
            harken backtest --json \(options)
            """)
        #expect(result.exitCode == 65)
        #expect(result.errors.contains(message), "\(result.errors)")
        let document = try Document(result)
        #expect(document.files.isEmpty && document.total == nil)
        #expect(document.failures.count == 1 && document.failures.first?.error.contains(message) == true)
        #expect(result.errors.hasPrefix("harken backtest: \(document.failures[0].file): "))
    }

    @Test func `the other files are measured all the same`() throws {
        let result = try Self.shell().run(
            "sed '9s/,0$/,yes/' one.csv > word.csv; harken backtest --json word.csv no.csv one.csv")
        #expect(result.exitCode == 65)
        let document = try Document(result)
        #expect(document.files.map(\.file) == ["one.csv"])
        #expect(document.failures.map(\.file) == ["word.csv", "no.csv"])
        #expect(result.errors.contains("no.csv: the file cannot be read: "))
    }

    @Test func `a file that is not there and options that make no sense have their own exit codes`() throws {
        let shell = try Shell()
        #expect(try shell.run("harken backtest no.csv").exitCode == 66)
        #expect(try shell.run("harken backtest").exitCode == 64)
        #expect(try shell.run("harken backtest --train-rows 3 no.csv").exitCode == 64)
    }

    // MARK: Charts

    /// Says of each SVG file of a folder its name, its size, and how many elements of each kind it has; fails where one is
    /// not well-formed.
    private static let describeCharts = """
        import collections, os, sys, xml.etree.ElementTree as tree
        for name in sorted(os.listdir("charts")):
            root = tree.parse("charts/" + name).getroot()
            kinds = collections.Counter(e.get("class") for e in root.iter() if e.get("class"))
            print(name, os.path.getsize("charts/" + name), *(f"{k}={v}" for k, v in sorted(kinds.items())), sep="|")
        """

    @Test func `a chart shows channels, expectation, score, labels and alerts`() throws {
        let result = try Self.shell().run(
            "harken backtest --svg charts one.csv > table.txt; python3 -c '\(Self.describeCharts)'")
        #expect(result.exitCode == 0, "\(result.errors)")
        let fields = Set(result.output.split(separator: "\n").joined().split(separator: "|").map { String($0) })
        // Four channels and an entry of the legend; the label and its entry.
        for field in ["one.svg", "value=5", "expected=5", "band=4", "event=2", "alert=2", "score=2", "threshold=2"] {
            #expect(fields.contains(field), "\(field) is not in \(result.output)")
        }
    }

    @Test func `a long series of many channels makes a small chart`() throws {
        let result = try Shell().run(
            """
            awk 'BEGIN { srand(3); printf "timestamp"; for (c = 1; c <= 12; c++) printf ",c%d", c; print ",label"
                for (r = 0; r < 20000; r++) { printf "%d", 1700000000 + r
                    for (c = 1; c <= 12; c++) printf ",%.4f", rand() + (r > 15000 && r < 15100 ? 3 : 0)
                    print "," (r > 15000 && r < 15100 ? 1 : 0) } }' > long.csv
            harken backtest --train-rows 500 --svg charts long.csv > table.txt; python3 -c '\(Self.describeCharts)'
            """)
        #expect(result.exitCode == 0, "\(result.errors)")
        let fields = result.output.split(separator: "\n").joined().split(separator: "|")
        #expect(fields.contains("value=9"))
        #expect(try #require(Int(fields[1])) < 1_000_000)
    }

    @Test func `names from the data neither break a chart nor lead out of its folder`() throws {
        let result = try Shell().run(
            #"""
            harken simulate --streams 2 --rows 700 \
                | sed '1s/flow/f<l>\&"o"/; s|pump-1|../up \x1b<i>|; s/pump-2/two/' > odd.csv
            mkdir sub
            cp odd.csv sub/
            harken backtest --svg charts odd.csv sub/odd.csv > table.txt
            python3 -c '\#(Self.describeCharts)'
            grep -c $'\x1b' charts/* table.txt || true
            """#)
        #expect(result.exitCode == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n")
        #expect(
            lines.prefix(4).map { $0.prefix { $0 != "|" } }
                == ["odd-.._up \u{1B}<i>-2.svg", "odd-.._up \u{1B}<i>.svg", "odd-two-2.svg", "odd-two.svg"])
        #expect(lines.dropFirst(4).allSatisfy { $0.hasSuffix(":0") })
        #expect(lines.count == 9)
    }

    @Test func `a folder that cannot be made is told`() throws {
        let result = try Self.shell().run("harken backtest --svg one.csv/charts one.csv")
        #expect(result.exitCode == 73)
        #expect(result.errors.contains("cannot make the folder one.csv/charts"), "\(result.errors)")
    }
}
