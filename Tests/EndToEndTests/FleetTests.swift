import Foundation
import Testing

/// Streams that share weights, through the daemon: trained, stored, resumed, scored and explained.
struct FleetTests {
    /// Four pumps of which the last begins late and has a fault ten minutes into the file, minutes after its first reading.
    private static let setting = """
        printf 'models:\\n  - streams: "pump-*"\\n    scope: fleet\\n' > fleet.yaml
        harken simulate --streams 4 --rows 900 --fault level_shift@12m:pump-4.flow+60s*8 |
            awk -F, 'NR == 1 || $2 != "pump-4" || ++skipped > 500' > pumps.csv

        """

    @Test func `a new pump alerts on a fault within its first minutes, and can be explained`() throws {
        let shell = try Shell()
        let result = try shell.run(
            Self.setting + """
                harken run --stdin --config fleet.yaml --database x.db < pumps.csv
                sqlite3 x.db "select count(*) from scores where stream = 'pump-4' and score is not null" > scored.txt
                sqlite3 x.db "select count(*) from alerts where stream = 'pump-4'" > alerts.txt
                sqlite3 x.db 'select version, trained_streams, scored_streams from fleets order by version' > fleets.txt
                sqlite3 x.db 'select max(length(blob)) from model' > bytes.txt
                harken streams --database x.db --json > streams.json
                harken models --database x.db > models.txt
                harken models show 1 --database x.db > shown.txt
                harken explain "$(sqlite3 x.db "select id from alerts where stream = 'pump-4' limit 1")" --database x.db
                """)
        #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
        #expect(result.output.contains("flow"), "\(result.output)")
        let scored = Int(try shell.text(of: "scored.txt").trimmingCharacters(in: .newlines)) ?? 0
        #expect((300...336).contains(scored), "of 400 readings the first 64 to 96 have no score: \(scored)")
        #expect(try shell.text(of: "alerts.txt") == "1\n")
        #expect(try shell.text(of: "fleets.txt").hasSuffix("|4\n"), "all four are scored by the fleet")
        let bytes = Int(try shell.text(of: "bytes.txt").trimmingCharacters(in: .newlines)) ?? .max
        #expect(bytes < 1_000, "weights are stored once")
        #expect(try shell.text(of: "streams.json").contains("\"fleet\" : \"pump-*\""))
        #expect(try shell.text(of: "models.txt").contains("fleet pump-*"))
        #expect(try shell.text(of: "shown.txt").contains("weights: those of its fleet"))
    }

    @Test func `a fleet that is stopped and started again gives the same scores`() throws {
        let shell = try Shell()
        let result = try shell.run(
            Self.setting + """
                harken run --stdin --config fleet.yaml --database whole.db < pumps.csv
                head -n 1300 pumps.csv | harken run --stdin --config fleet.yaml --database parts.db
                (head -n 1; tail -n +1300) < pumps.csv | harken run --stdin --config fleet.yaml --database parts.db
                for name in whole parts; do
                    sqlite3 $name.db "select s.name, r.time_ns, r.score, r.alerting from reading r
                        join stream s on s.id = r.stream_id order by s.name, r.time_ns" > $name.txt
                    sqlite3 $name.db 'select stream, started_at, resolved_at, peak_score from alerts order by id' >> $name.txt
                done
                cmp whole.txt parts.txt
                wc -l < whole.txt
                """)
        #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
        #expect(Int(result.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0 > 3_000)
    }

    @Test func `an entry of models without streams, or with another scope, is told`() throws {
        let shell = try Shell()
        let result = try shell.run(
            """
            printf 'models:\\n  - scope: fleet\\n  - streams: "pump-*"\\n    scope: plant\\n' > wrong.yaml
            harken check --config wrong.yaml
            """)
        #expect(result.exitCode != 0)
        let told = result.output + result.errors
        #expect(told.contains("set `streams` to a glob"), "\(told)")
        #expect(told.contains("one of `stream`, `fleet`"), "\(told)")
    }
}
