import Foundation
import Testing

/// Killed in the middle and started again, the daemon has what it would have had.
struct CrashTests {
    /// A CSV of one simulated pump with a fault; 3,000 rows at one a second.
    private static let input = """
        harken simulate --kind pump --duration 1200s --seed 7 \
            --fault level_shift@900s:pump-1.pressure+60s*6 --fault stuck@1100s:pump-1.flow+60s > all.csv
        """

    /// Prints all that must not depend on crashes.
    private static func dump(_ name: String) -> String {
        """
        sqlite3 \(name).db 'select stream_id, time_ns, channel_values, score, settled, alerting from reading order by 1, 2' > \(name).txt
        sqlite3 \(name).db 'select id, started_at, fired_at, resolved_at, peak_score, shape, settled_started_at, settled_ended_at, settled_at \
            from alerts order by id' \
            > \(name).alerts
        sqlite3 \(name).db 'pragma integrity_check'
        sqlite3 \(name).db 'select count(*) - count(distinct stream_id || started_ns) from alert'
        """
    }

    @Test(arguments: 1...3) func `a run on standard input that was killed ends as one that was not`(seed: Int) throws {
        let shell = try Shell()
        let result = try shell.run(
            """
            \(Self.input)
            harken run --stdin --database whole.db < all.csv
            # The rows come slowly and the daemon is killed among them, three times; then all of them come again.
            for kill in 1 2 3; do
                set +e
                harken run --stdin --database killed.db < <(head -n $((\(seed) * 90 + kill * 290)) all.csv; sleep 30) &
                daemon=$!
                for _ in $(seq 100); do
                    count=$(sqlite3 killed.db 'select count(*) from reading' 2> /dev/null || echo 0)
                    [ "$count" -ge $((\(seed) * 90 + kill * 290 - 10)) ] && break
                    sleep 0.05
                done
                kill -9 $daemon
                wait $daemon
                set -e
            done 2> /dev/null
            harken run --stdin --database killed.db < all.csv
            \(Self.dump("whole"))
            \(Self.dump("killed"))
            cmp whole.txt killed.txt
            cmp whole.alerts killed.alerts
            wc -l < killed.alerts
            """)
        #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
        let lines = result.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(lines.prefix(4) == ["ok", "0", "ok", "0"], "\(result.output)")
        #expect(Int(lines.last ?? "") ?? 0 >= 1, "no alert was raised: \(result.output)")
    }

    @Test(.enabled(if: LabelledData.isThere, Comment(rawValue: LabelledData.absence)))
    func `a run on UDP that was killed ends as one that was not once its readings are sent again`() throws {
        let shell = try Shell()
        let file = LabelledData.path("skab_valve1_0")
        let result = try shell.run(
            """
            \(UDPReplay.script)
            harken run --stdin --ignore label --database whole.db < '\(file)'
            for skip in 0 0; do
                \(UDPReplay.start(database: "killed.db"))
                python3 send.py '\(file)' "$port" $skip 600 & sender=$!
                sleep 1.3
                kill -9 "$daemon"; wait "$daemon" || true
                kill "$sender"; wait "$sender" || true
            done
            \(UDPReplay.start(database: "killed.db"))
            python3 send.py '\(file)' "$port" 0 2000
            \(UDPReplay.waitForScores(database: "killed.db", like: "whole.db"))
            kill "$daemon"; wait "$daemon"
            \(Self.dump("whole"))
            \(Self.dump("killed"))
            cmp whole.txt killed.txt
            cmp whole.alerts killed.alerts
            """)
        #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
    }
}
