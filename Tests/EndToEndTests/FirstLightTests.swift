import Foundation
import Testing

/// The main way, on real data: a CSV goes in, alerts come out.
@Suite(.enabled(if: LabelledData.isThere, Comment(rawValue: LabelledData.absence)))
struct FirstLightTests {
    @Test(arguments: ["skab_valve1_0", "nab_ambient_temperature_system_failure", "smap_P-3"])
    func `a labelled series raises alerts that overlap its anomalies`(series: String) throws {
        let shell = try Shell()
        let result = try shell.run(
            """
            harken run --stdin --ignore label --database x.db < '\(LabelledData.path(series))'
            sqlite3 x.db "select started_epoch || ',' || coalesce(resolved_epoch, 9e18) from alerts"
            """)
        #expect(result.exitCode == 0, "\(result.errors)")
        let alerts = result.output.split(separator: "\n").map { line in
            line.split(separator: ",").compactMap { Double($0) }
        }
        let labelled = try shell.labelledTimes(of: LabelledData.path(series))
        #expect(!labelled.isEmpty)
        #expect(alerts.contains { alert in labelled.contains { $0 >= alert[0] && $0 <= alert[1] } }, "\(alerts)")
    }

    @Test func `the filter and the daemon are the same detector`() throws {
        let shell = try Shell()
        let file = LabelledData.path("skab_valve1_4")
        let result = try shell.run(
            """
            harken score --settled --ignore label < '\(file)' > scored.csv
            harken run --stdin --ignore label --database x.db < '\(file)'
            sqlite3 x.db 'select score from reading order by time_ns' > daemon.txt
            sqlite3 x.db 'select settled from reading order by time_ns' > settled.txt
            """)
        #expect(result.exitCode == 0, "\(result.errors)")
        let rows = LabelledData.rows(try shell.text(of: "scored.csv"))
        #expect(rows.count > 1_000)
        for (column, name) in [("score", "daemon.txt"), ("settled", "settled.txt")] {
            let filter = rows.map { Float($0[column] ?? "") }
            let daemon = try shell.text(of: name)
                .split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { Float($0) }
            #expect(filter.count { $0 != nil } > 500)
            #expect(filter == daemon, "\(column)")
        }
    }

    @Test func `a CSV sent over UDP gives the scores that it gives on standard input`() throws {
        let shell = try Shell()
        let file = LabelledData.path("skab_valve1_0")
        let result = try shell.run(
            """
            harken run --stdin --ignore label --database stdin.db < '\(file)'
            \(UDPReplay.script)
            \(UDPReplay.start(database: "udp.db"))
            python3 send.py '\(file)' "$port" 0 2000
            \(UDPReplay.waitForScores(database: "udp.db", like: "stdin.db"))
            kill "$daemon"; wait "$daemon"
            for name in stdin udp; do
                sqlite3 $name.db 'select time_ns, channel_values, score, alerting from reading order by time_ns' > $name.txt
                sqlite3 $name.db 'select id, started_at, fired_at, resolved_at, peak_score from alerts order by id' \
                    > $name.alerts
            done
            cmp stdin.txt udp.txt
            cmp stdin.alerts udp.alerts
            wc -l < udp.txt
            """)
        #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
        #expect(Int(result.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0 > 1_000)
    }
}

extension Shell {
    /// The epoch seconds of a labelled series' anomalous rows.
    func labelledTimes(of file: String) throws -> [Double] {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        return LabelledData.rows(text).filter { Double($0["label"] ?? "") == 1 }.compactMap { row in
            guard let time = row["timestamp"] else { return nil }
            return Double(time) ?? (try? Date(time, strategy: .iso8601))?.timeIntervalSince1970
        }
    }
}
