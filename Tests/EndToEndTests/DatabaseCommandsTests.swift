import Foundation
import Testing

/// The commands that look into a database. It is made from the public schema by `sqlite3`, so that the tests know every row.
struct DatabaseCommandsTests {
    private static let schema = Shell.packageRoot.appending(path: "schemas/database.sql").path()

    /// A shell in whose folder `harken.db` has three streams: a pump with two model versions and an alert that has ended,
    /// a fan that warms up, with an alert that fires, and one whose name tries to color the terminal.
    private static func shell() throws -> Shell {
        let shell = try Shell()
        let rows = """
            INSERT INTO stream VALUES (1, 'pump-1'), (2, 'fan'), (3, 'new' || char(27) || '[31m');
            INSERT INTO channel VALUES (1, 0, 'temperature'), (1, 1, 'pressure'), (2, 0, 'speed');
            INSERT INTO model (id, stream_id, version, status, created_ns, trained_from_ns, trained_through_ns,
                effective_from_reading, seed, description, blob) VALUES
                (1, 1, 1, 'superseded', 1700000400000000000, 1700000000000000000, 1700000399000000000, 400, 7,
                    'linear window model', x'0102'),
                (2, 1, 2, 'live', 1700001000000000000, 1700000000000000000, 1700000900000000000, 1000, 8,
                    'VAE 64-128-4', zeroblob(60000));
            WITH RECURSIVE t(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM t WHERE i < 1199)
                INSERT INTO reading (stream_id, time_ns, channel_values, score, model_id, alerting, settled) SELECT 1, (1700000000 + i) * 1000000000,
                    '[' || iif(i BETWEEN 1050 AND 1099, 93.5, 60) || ',' || iif(i = 1060, 'null', 2) || ']',
                    iif(i < 400, NULL, iif(i BETWEEN 1050 AND 1110, 8, 0.5)),
                    iif(i < 400, NULL, iif(i < 1000, 1, 2)), i BETWEEN 1050 AND 1140,
                    iif(i < 400, NULL, iif(i BETWEEN 1048 AND 1099, 6, 0.25)) FROM t;
            INSERT INTO reading (stream_id, time_ns, channel_values, score, model_id, alerting) VALUES (2, 1700000000250000000, '[1200]', NULL, NULL, 0);
            INSERT INTO alert (id, stream_id, started_ns, fired_ns, resolved_ns, peak_score, peak_ns, threshold,
                provisional, model_id, shape, contributions) VALUES
                (1, 1, 1700001050000000000, 1700001053000000000, 1700001110000000000, 8, 1700001054000000000, 5.25, 1, 2,
                    'level_shift', '[{"channel":"temperature","share":0.9,"actual":93.5,"expected":60.25,"lower":58,
                    "upper":62.5},{"channel":"pressure","share":0.1}]'),
                (2, 2, 1700000000250000000, 1700000000250000000, NULL, 3.1, 1700000000250000000, 3, 0, NULL, 'spike', '[]');
            UPDATE alert SET settled_ns = 1700001110000000000, settled_started_ns = 1700001048000000000,
                settled_ended_ns = 1700001099500000000 WHERE id = 1;
            INSERT INTO stream_state VALUES
                (1, 'scoring', 1200, 0, 5.25, 1, 'scoring', x'', 1, 100000000000, 1700000400000000000),
                (2, 'warming_up', 1, 399, NULL, 0, 'needs 399 more readings', x'', 1, 100000000000, NULL);
            INSERT INTO training_run VALUES
                (1, 1, 'warm_up', 'promoted', 'the first model', 0, 400, 7, 400, 0, 0, '{}', 0, 500000000, 1),
                (2, 1, 'schedule', 'promoted', 'better than the live version', 0, 900, 8, 700, 20, 180,
                    '{"candidate_error":0.81,"live_error":1.02}', 0, 10000000000, 2),
                (3, 2, 'command', 'skipped', 'only 1 reading', 0, 1, 9, 0, 0, 0, '{}', 0, 0, NULL);
            """
        try rows.write(to: shell.folder.appending(path: "rows.sql"), atomically: true, encoding: .utf8)
        let result = try shell.run("cat '\(schema)' rows.sql | sqlite3 harken.db")
        try #require(result.exitCode == 0, "\(result.errors)")
        return shell
    }

    @Test func `alerts are listed newest first, in aligned columns`() throws {
        let result = try Self.shell().run("harken alerts")
        #expect(
            result.output == """
                ID  STATE     STREAM  STARTED                  DURATION  PEAK  SHAPE        LEADING CHANNEL     \
                SETTLED START         SETTLED DURATION
                 1  resolved  pump-1  2023-11-14T22:30:50Z     1 min     8.00  level shift  temperature (90 %)  \
                2023-11-14T22:30:48Z  51 s
                 2  firing    fan     2023-11-14T22:13:20.25Z  0 s       3.10  spike        –                   \
                –                     –

                """)
        #expect(result.errors.isEmpty)
    }

    @Test(arguments: [
        ("--open", "2"), ("--stream 'pump-*'", "1"), ("--stream nothing", ""), ("--limit 1", "1"),
        ("--since 2023-11-14T22:31:50Z", "1,2"), ("--since 2023-11-14T22:31:50.5Z", "2"), ("--since 2023-11-14", "1,2"),
        ("--since 1700001111", "2"), ("--since 7d", "2"), ("--since 20000d", "1,2"),
    ]) func `alerts can be chosen`(options: String, ids: String) throws {
        let result = try Self.shell().run("harken alerts --json \(options)")
        let alerts = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
        #expect(alerts.compactMap { ($0["id"] as? Int).map(String.init) }.joined(separator: ",") == ids)
    }

    @Test func `no alerts are said to be none`() throws {
        let shell = try Self.shell()
        #expect(try shell.run("harken alerts --stream nothing").output == "no alerts\n")
        #expect(try shell.run("harken alerts --stream nothing --json | tr -d '[:space:]'").output == "[]")
    }

    @Test func `streams are told with their state, and a name cannot steer the terminal`() throws {
        let result = try Self.shell().run("harken streams")
        #expect(
            result.output == """
                STREAM         READINGS  LAST SEEN                STATE                                THRESHOLD         \
                ASKED  RAISED  IN           ALERT     CHANNELS
                fan                   1  2023-11-14T22:13:20.25Z  warming up, needs 399 more readings  –                 \
                    –       –  –            2 firing  speed
                new\\u{1b}[31m         –  –                        new                                  –                 \
                    –       –  –            –         –
                pump-1             1200  2023-11-14T22:33:19Z     scoring, model version 2             5.25 provisional  \
                 7.99       1  13 min 19 s  –         temperature, pressure

                """)
    }

    @Test func `models tell every training, also one without a model`() throws {
        let result = try Self.shell().run("harken models --json")
        let trainings = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
        #expect(trainings.map { $0["verdict"] as? String } == ["skipped", "promoted", "promoted"])
        #expect(trainings.map { $0["model_id"] as? Int } == [nil, 2, 1])
        #expect(trainings.map { $0["status"] as? String } == [nil, "live", "superseded"])
        #expect((trainings[1]["metrics"] as? [String: Double]) == ["candidate_error": 0.81, "live_error": 1.02])
        let text = try Self.shell().run("harken models --stream pump-1").output.split(separator: "\n")
        #expect(text.count == 3)
        #expect(text[1].hasSuffix("better than the live version"))
    }

    @Test func `one model is shown with its numbers`() throws {
        let result = try Self.shell().run("harken models show 2")
        #expect(
            result.output == """
                model 2: version 2 of pump-1, live
                  verdict    promoted: better than the live version
                  trained    1970-01-01T00:00:10Z, in 10 s, due to schedule, seed 8
                  history    2023-11-14T22:13:20Z to 2023-11-14T22:28:20Z
                  readings   700 trained on, 20 left out, 180 held out
                  effective  from reading 1000 of the stream
                  size       60.0 KB
                  choices
                    VAE 64-128-4
                  numbers
                    candidate_error  0.81
                    live_error       1.02

                """)
    }

    @Test func `an alert is explained with its channels and its history`() throws {
        let result = try Self.shell().run("LC_ALL=C.UTF-8 harken explain 1")
        let unreadable =
            "cannot be read (magic at byte 0 of the blob is [0, 0, 0, 0, 0, 0, 0], expected [72, 75, 77, 79, 68, 69, 76] (HKMODEL))"
        #expect(
            result.output.hasPrefix(
                """
                alert 1 on pump-1: resolved, level shift
                  what       temperature has moved to a higher level
                  since      2023-11-14T22:30:50Z (fired 2023-11-14T22:30:53Z)
                  until      2023-11-14T22:31:50Z, 1 min
                  peak       score 8.00 at 2023-11-14T22:30:54Z: on normal data one reading in 100 million
                  threshold  5.25, provisional: history was too short for the false-alarm budget
                  scored by  model version 2
                  evidence   unknown: model version 2 cannot be read: magic at byte 0 of the blob is [0, 0, 0, 0, 0, 0, 0], expected [72, 75, 77, 79, 68, 69, 76] (HKMODEL)
                  settled    2023-11-14T22:30:48Z to 2023-11-14T22:31:39.5Z, 51 s

                at the peak, 2023-11-14T22:30:54Z:
                  CHANNEL      SHARE                         ACTUAL  EXPECTED  NORMAL RANGE (99 %)
                  temperature   90 %  ██████████████████··     93.5     60.25  58 to 62.5
                  pressure      10 %  ██··················  missing         –  –

                181 readings from 2023-11-14T22:29:50Z to 2023-11-14T22:32:50Z:
                Model version 1
                """), "\(result.output)")
        #expect(
            result.output.contains("Model version 2 \(unreadable), so what it expected is shown at the peak alone."))
        for line in [
            "temperature, 90 % of the evidence", "pressure, 10 % of the evidence",
            "▲ alert raised 2023-11-14T22:30:53Z",
            "▲ peak 2023-11-14T22:30:54Z",
            "It ended by itself: after 2023-11-14T22:31:50Z the score stayed below the clearing threshold.",
        ] {
            #expect(result.output.contains(line), "\(line) is missing in \(result.output)")
        }
    }

    @Test func `an alert that fires is explained with what would end it`() throws {
        let result = try Self.shell().run("harken explain 2")
        #expect(result.exitCode == 0)
        #expect(result.output.contains("alert 2 on fan: firing, spike"))
        #expect(result.output.contains("It ends when the score has stayed below the clearing threshold for a while"))
    }

    @Test func `an explanation as JSON holds the readings around the alert`() throws {
        let result = try Self.shell().run("harken explain 1 --json")
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        #expect((document["alert"] as? [String: Any])?["stream"] as? String == "pump-1")
        let history = try #require(document["history"] as? [[String: Any]])
        #expect((document["alert"] as? [String: Any])?["settled_started_at"] as? String == "2023-11-14T22:30:48Z")
        #expect((document["alert"] as? [String: Any])?["settled_ended_at"] as? String == "2023-11-14T22:31:39.5Z")
        #expect(history.count == 181)
        #expect(history[70]["score"] as? Double == 8)
        #expect(history[70]["settled"] as? Double == 6)
        #expect(history[70]["at"] as? String == "2023-11-14T22:31:00Z")
        // The pressure is missing in this reading.
        #expect(history[70]["values"] as? [String: Double] == ["temperature": 93.5])
    }

    @Test(
        arguments: [
            ("explain 9", 66, "no alert 9"), ("models show 9", 66, "no model 9"), ("explain x", 64, "'x'"),
            ("alerts --database nowhere.db", 66, "no database at"), ("alerts --since never", 64, "'never'"),
            ("alerts --limit 0", 64, "--limit is 0"), ("streams --database rows.sql", 65, "not a Harken database"),
        ]) func `what is wrong is said on standard error, with a code`(arguments: String, code: Int32, message: String)
        throws
    {
        let result = try Self.shell().run("harken \(arguments)")
        #expect(result.exitCode == code)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains(message), "\(result.errors)")
    }

    @Test func `colors are for terminals, and NO_COLOR turns them off`() throws {
        let shell = try Self.shell()
        // `script` gives the program a terminal.
        let colored = try shell.run("unset NO_COLOR; TERM=xterm script -qec 'harken alerts' /dev/null")
        let plain = try shell.run("NO_COLOR=1 TERM=xterm script -qec 'harken alerts' /dev/null")
        let dumb = try shell.run("unset NO_COLOR; TERM=dumb script -qec 'harken alerts' /dev/null")
        let piped = try shell.run("unset NO_COLOR; TERM=xterm harken alerts")
        #expect(colored.output.contains("\u{1B}["))
        for result in [plain, dumb, piped] {
            #expect(!result.output.contains("\u{1B}["))
            #expect(result.output.contains("firing"))
        }
    }

    @Test func `the database of this directory is the usual one, and reading changes nothing`() throws {
        let result = try Self.shell().run(
            """
            sha256sum harken.db > before
            for command in alerts streams models 'models show 1' 'explain 1'; do harken $command > /dev/null; done
            sha256sum --check --quiet before
            ls harken.db*
            """)
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.output == "harken.db\n")
    }
}
