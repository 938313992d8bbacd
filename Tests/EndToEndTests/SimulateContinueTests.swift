import Foundation
import Testing

struct SimulateContinueTests {
    /// A shell in whose folder `pump.db` knows a pump of 1,200 readings by its usual model, as the stream `default`, `attn.db` the same
    /// by an attention forecaster, and `baby.db` one of 200 without a model.
    private static func shell() throws -> Shell {
        let shell = try Shell()
        let result = try shell.run(
            """
            harken simulate --rows 1200 --seed 3 > pump.csv
            printf 'detector:\\n  warm_up_readings: 1100\\n' > usual.yaml
            harken run --stdin --config usual.yaml --database pump.db < pump.csv 2> run.log
            printf 'detector:\\n  kind: attn\\n  warm_up_readings: 1100\\n' > attn.yaml
            harken run --stdin --config attn.yaml --database attn.db < pump.csv 2> attn.log
            head -n 201 pump.csv | harken run --stdin --database baby.db 2> baby.log
            """)
        try #require(result.exitCode == 0, "\(result.errors)")
        return shell
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["pump.db", "attn.db"])
    func `a stream goes on at its own interval, the same for the same seed`(database: String) throws {
        let shell = try Self.shell()
        let result = try shell.run(
            """
            go_on() { harken simulate --continue default --database \(database) "$@"; }
            go_on --rows 300 > a.csv
            go_on --duration 5m > b.csv
            go_on --rows 300 --seed 2 > c.csv
            go_on --rows 300 --temperature 0 > greedy.csv
            go_on --rows 300 --temperature 0 --seed 2 > again.csv
            go_on --rows 10 --temperature 0.5 --top-p 0.9 > some.csv
            cmp a.csv b.csv
            ! cmp -s a.csv c.csv
            cmp greedy.csv again.csv
            ! cmp -s a.csv greedy.csv
            head -n 1 a.csv
            wc -l < a.csv
            wc -l < some.csv
            tail -n 1 pump.csv | cut -d, -f1
            sed -n '2p;$p' a.csv | cut -d, -f1
            awk -F, 'NF != 5' a.csv
            """)
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(
            result.output == """
                timestamp,temperature,pressure,vibration,flow
                301
                11
                2026-01-01T00:19:59Z
                2026-01-01T00:20:00Z
                2026-01-01T00:24:59Z

                """)
    }

    @Test(.timeLimit(.minutes(10))) func `an attention forecaster takes the most likely bins alone`() throws {
        let shell = try Self.shell()
        let result = try shell.run(
            """
            harken simulate --continue default --database attn.db --rows 50 --top-k 1 > one.csv
            harken simulate --continue default --database attn.db --rows 50 > all.csv
            ! cmp -s one.csv all.csv
            wc -l < one.csv
            """)
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.output == "51\n")
    }

    @Test(.timeLimit(.minutes(10))) func `what cannot be done is said, with an exit code of sysexits`() throws {
        let shell = try Self.shell()
        for (options, code, message) in [
            ("--continue fan --database pump.db", 66, "there is no stream 'fan'"),
            ("--continue default --database baby.db", 66, "has no model yet: it needs 200 more readings for one"),
            ("--continue default --database none.db", 66, "there is no database"),
            ("--continue default --database pump.db --top-k 5", 64, "--top-k does not go with stream default"),
            ("--continue default --database attn.db --top-k 0", 64, "top-k of 0; it must be 1 or more"),
            ("--continue default --database pump.db --top-p 0", 64, "top-p of 0.0; it must be over 0 and at most 1"),
            ("--continue default --database pump.db --top-p 1.5", 64, "top-p of 1.5; it must be over 0 and at most 1"),
            ("--continue default --temperature=-1", 64, "a temperature of -1.0; it must be a number from 0 on"),
            ("--continue default --temperature nan", 64, "a temperature of nan; it must be a number from 0 on"),
            ("--continue default --from-model default", 64, "give one of them"),
            ("--continue default --steps 4", 64, "belong to --from-model"),
            ("--continue default --start now", 64, "leave out --start"),
            ("--continue default --streams 2", 64, "leave out --streams, --kind"),
            ("--continue default --udp 127.0.0.1:9", 64, "leave out --udp"),
            ("--temperature 2", 64, "belong to --continue"),
            ("--from-model default --top-p 0.5", 64, "belong to --continue"),
            ("--database pump.db", 64, "belongs to --from-model and --continue"),
        ] as [(String, Int32, String)] {
            let result = try shell.run("harken simulate \(options)")
            #expect(result.exitCode == code, "\(options)")
            #expect(result.errors.contains(message), "\(options): \(result.errors)")
            #expect(result.output.isEmpty)
        }
    }
}
