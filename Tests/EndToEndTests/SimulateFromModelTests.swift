import Foundation
import Testing

struct SimulateFromModelTests {
    /// A shell in whose folder `pump.db` knows a pump of 2,000 readings by its model, as the stream `default`, `baby.db` one of 200
    /// without a model, and `blind.db` one of 600 by a model without a network.
    private static func shell() throws -> Shell {
        let shell = try Shell()
        let result = try shell.run(
            """
            harken simulate --rows 2000 --seed 3 > pump.csv
            harken run --stdin --database pump.db < pump.csv 2> run.log
            # A slow machine may have gone on without the training at 2,000 readings.
            harken train --database pump.db > train.log
            head -n 201 pump.csv | harken run --stdin --database baby.db 2> baby.log
            printf 'detector:\\n  evidence: [state]\\n' > ar.yaml
            head -n 601 pump.csv | harken run --stdin --config ar.yaml --database blind.db 2> blind.log
            """)
        try #require(result.exitCode == 0, "\(result.errors)")
        return shell
    }

    @Test func `a stored model gives normal readings in the stream's own channels and interval`() throws {
        let shell = try Self.shell()
        let result = try shell.run(
            """
            harken simulate --from-model default --database pump.db --rows 3000 --start 2026-01-02T00:00:00Z > a.csv
            harken simulate --from-model default --database pump.db --rows 3000 --start 2026-01-02T00:00:00Z > b.csv
            harken simulate --from-model default --database pump.db --rows 3000 --seed 2 > c.csv
            cmp a.csv b.csv
            ! cmp -s a.csv c.csv
            head -n 1 a.csv
            wc -l < a.csv
            sed -n '2p;$p' a.csv | cut -d, -f1
            # Scored from the first row on, the first windows are half empty, and an alert there ends 128 readings later at the soonest.
            harken score --database pump.db < a.csv 2> score.log |
                awk -F, 'NR > 300 { count += $7 } END { print "alerting:", count / NR < 0.02 }'
            """)
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(
            result.output == """
                timestamp,temperature,pressure,vibration,flow
                3001
                2026-01-02T00:00:00Z
                2026-01-02T00:49:59Z
                alerting: 1

                """)
    }

    @Test func `the way between two stored windows is written step by step`() throws {
        let shell = try Self.shell()
        let result = try shell.run(
            """
            harken simulate --from-model default --database pump.db \\
                --between 2026-01-01T00:10:00Z 2026-01-01T00:10:33Z --steps 4 > way.csv
            head -n 1 way.csv
            cut -d, -f1 way.csv | tail -n +2 | uniq | tr '\\n' ' '
            awk -F, '$1 == 0' way.csv | tail -n 1 | cut -d, -f2
            """)
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(
            result.output == """
                step,timestamp,temperature,pressure,vibration,flow
                0 1 2 3 2026-01-01T00:10:00Z

                """)
    }

    @Test func `what cannot be done is said, with an exit code of sysexits`() throws {
        let shell = try Self.shell()
        for (options, code, message) in [
            ("--from-model fan --database pump.db", 66, "there is no stream 'fan'"),
            ("--from-model default --database baby.db", 66, "has no model yet: it needs 200 more readings for one"),
            (
                "--from-model default --database blind.db", 66,
                "its model has no network that readings could be drawn from"
            ),
            ("--from-model default --database none.db", 66, "there is no database"),
            (
                "--from-model default --database pump.db --between 2026-01-01T00:10:00Z 2027-01-01", 66,
                "no reading in the window that ends at 2027-01-01T00:00:00Z"
            ),
            (
                "--from-model default --database pump.db --between 2025-01-01 2026-01-01T00:10:00Z", 66,
                "no reading is stored at or before the end of the first window"
            ),
            ("--from-model default --between 1h", 64, "--between has 1 times"),
            ("--from-model default --faults 2", 64, "leave out --streams, --kind"),
            ("--from-model default --udp 127.0.0.1:9", 64, "leave out --udp"),
            ("--steps 4", 64, "belong to --from-model"),
        ] as [(String, Int32, String)] {
            let result = try shell.run("harken simulate \(options)")
            #expect(result.exitCode == code, "\(options)")
            #expect(result.errors.contains(message), "\(options): \(result.errors)")
            #expect(result.output.isEmpty)
        }
    }
}
