import Foundation
import Testing

/// Trainings that can be repeated, versions side by side, and a version that is taken back, from the command line.
struct TrainingCommandsTests {
    /// A database of one pump: a first model, two grown ones, a fault that raised an alert, and a gap.
    private static func trained() throws -> Shell {
        let shell = try Shell()
        let result = try shell.run(
            """
            harken simulate --rows 3000 --seed 4 --fault 'level_shift@30m:pump-1.flow+60s*8' |
                awk 'NR == 1 || NR < 800 || NR > 920' > readings.csv
            printf 'detector:\\n  kind: ae\\n' > ae.yaml
            harken run --stdin --config ae.yaml --database x.db < readings.csv
            """)
        try #require(result.exitCode == 0, "\(result.errors)")
        return shell
    }

    @Test
    func `every model comes out the same to the last byte, also after feedback, and after people change their minds`()
        throws
    {
        let shell = try Self.trained()
        let result = try shell.run(
            """
            set -e
            sqlite3 x.db "select count(*) >= 3, sum(reason = 'growth') >= 2 from training_runs where model_version is not null"
            harken feedback 1 false_alarm --database x.db > /dev/null
            harken train --config ae.yaml --database x.db > /dev/null
            newest=$(sqlite3 x.db 'select max(id) from models')
            for id in $(sqlite3 x.db 'select id from models'); do harken train --reproduce $id --database x.db; done
            harken feedback 1 confirmed --database x.db > /dev/null
            sqlite3 x.db 'update reading set settled = 9, alerting = 1 - alerting'
            harken train --stream default --reproduce $newest --database x.db
            """)
        #expect(result.exitCode == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n")
        #expect(lines.first == "1|1")
        #expect(lines.count >= 6)
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("identical: model ") }, "\(result.output)")
    }

    @Test func `a model that cannot be fitted again says why, and one that differs says where`() throws {
        let shell = try Self.trained()
        let altered = try shell.run(
            """
            sqlite3 x.db "update reading set channel_values = '[1,2,3,4]' where time_ns = (select min(time_ns) + 100000000000 from reading)"
            harken train --reproduce 1 --database x.db
            """)
        #expect(altered.exitCode == 1)
        #expect(altered.output.hasPrefix("different: model 1 (version 1 of default) in "), "\(altered.output)")
        #expect(altered.output.contains("center and spread of channels"))
        let pruned = try shell.run(
            """
            sqlite3 x.db 'delete from reading where time_ns < (select min(time_ns) + 10000000000 from reading)'
            harken train --reproduce 1 --database x.db
            """)
        #expect(pruned.exitCode == 66)
        #expect(pruned.errors.contains("fitted to 400 readings, of which 390 are stored still"), "\(pruned.errors)")
        let missing = try shell.run("harken train --reproduce 99 --database x.db")
        #expect(missing.exitCode == 66 && missing.errors.contains("there is no model 99"))
    }

    @Test func `a model that went on from another needs that one, as it was`() throws {
        // One channel, whose windows do not grow with its history.
        let shell = try Shell()
        let result = try shell.run(
            """
            harken simulate --rows 3000 --seed 4 | cut -d, -f1,2 | harken run --stdin --database x.db
            newest=$(sqlite3 x.db "select max(id) from models where description like '%went on from the live version%'")
            before=$(sqlite3 x.db "select live_model_id from training_recipe join training_run on id = run_id where model_id = $newest")
            echo "$newest $before"
            harken train --reproduce $newest --database x.db
            sqlite3 x.db "update model set blob = (select blob from model where id = 1) where id = $before"
            harken train --reproduce $newest --database x.db || echo "ended with $?"
            sqlite3 x.db "pragma foreign_keys = off; delete from model where id = $before"
            harken train --reproduce $newest --database x.db
            """)
        let lines = result.output.split(separator: "\n")
        try #require(lines.count == 3, "\(result.output)\(result.errors)")
        let ids = lines[0].split(separator: " ")
        try #require(ids.count == 2)
        #expect(lines[1].hasPrefix("identical: model \(ids[0])"), "\(result.output)")
        #expect(lines[2] == "ended with 66")
        #expect(result.exitCode == 66)
        for part in ["whose bytes are not those of then", "which is not stored any more"] {
            #expect(
                result.errors.contains("model \(ids[0]) went on from the weights of model \(ids[1]), \(part)"),
                "\(result.errors)")
        }
    }

    @Test func `the ledger says what a training did not learn from, and why`() throws {
        let reasons = try Self.trained().run(
            "sqlite3 x.db 'select distinct reason from training_ledger order by reason'"
        ).output.split(separator: "\n")
        #expect(Set(reasons).isSuperset(of: ["alerted", "held_out", "lossy", "warm_up"]), "\(reasons)")
    }

    @Test func `two versions stand side by side, as decided and as measured now`() throws {
        let shell = try Self.trained()
        let text = try shell.run("harken models compare 1 2 --database x.db")
        #expect(text.exitCode == 0, "\(text.errors)")
        for part in [
            "MODEL 1", "MODEL 2", "when model 2 was decided on", "measured now, on", "found_level_shift", "PCA",
        ] {
            #expect(text.output.contains(part), "\(part) in \(text.output)")
        }
        let json = try shell.run("harken models compare 1 2 --json --database x.db")
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        let measured = try #require(document["measured"] as? [String: Any])
        #expect((measured["numbers"] as? [[String: Double]])?.count == 2)
        #expect((document["models"] as? [[String: Any]])?.compactMap { $0["metrics"] }.count == 2)
    }

    @Test func `versions of different streams are not compared`() throws {
        let shell = try Shell()
        let result = try shell.run(
            """
            harken simulate --rows 450 --streams 2 | harken run --stdin --database x.db
            harken models compare 1 2 --database x.db
            """)
        #expect(result.exitCode == 65)
        #expect(result.errors.contains("only versions of one stream can be compared"))
    }

    @Test func `a version that raises too many alerts on its first day is taken back, and does not come back`() throws {
        let shell = try Shell()
        // A context of 256 readings would keep the alert of one fault open until the next.
        let evidence = "rebuild, foresight, memory, statistics, state"
        let faults = [(1_600, 12), (1_850, 12), (2_100, 14), (2_320, 16)].map { minute, size in
            "--fault 'level_shift@\(minute)m:pump-1.pressure+30m*\(size)'"
        }
        let result = try shell.run(
            """
            printf 'retrain:\\n  every: 30d\\ndetector:\\n  evidence: [\(evidence)]\\n' > slow.yaml
            harken simulate --rows 3000 --interval 1m --seed 5 \(faults.joined(separator: " ")) |
                harken run --stdin --config slow.yaml --database x.db
            sqlite3 x.db "select version, status, withdrawn_at is not null from models"
            sqlite3 x.db "select reason, metrics ->> 'first_day_alerts' >= 3 from training_runs order by id desc limit 1"
            harken models rollback default --database x.db
            """)
        #expect(result.output.hasPrefix("1|live|0\n2|superseded|1\nrollback|1\n"), "\(result.output)")
        #expect(result.errors.contains("a model is taken back"))
        // There is nothing else to go back to.
        #expect(result.exitCode == 66)
    }
}
