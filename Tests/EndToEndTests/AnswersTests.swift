import Testing

/// What people say with `sqlite3` while a daemon runs is in force at once, and stays so over a kill.
struct AnswersTests {
    /// A pump over UDP, a receiver, and functions to talk with both. `offset` moves the flow of the rows that `send` sends.
    private static let scene = """
        cat > send.py <<'END'
        import math, random, socket, sys, time
        port, start, count, offset = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
        out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for first in range(start, start + count, 5):
            lines = []
            for t in range(first, min(first + 5, start + count)):
                noise = random.Random(t)
                flow = 10 * math.sin(t / 8) + noise.gauss(0, 0.5) + offset
                lines.append(f"pump-1 flow={flow:.3f},power={5 + noise.gauss(0, 0.2):.3f} {1767225600 + t}000000000")
            out.sendto("\\n".join(lines).encode(), ("127.0.0.1", port))
            time.sleep(0.01)
        END
        \(UDPReplay.findPort)
        deploy/webhook-receiver --port-file receiver.port > calls.log &
        receiver=$!
        until [ -s receiver.port ]; do sleep 0.1; done
        cat > harken.yaml <<END
        retrain: {every: never}
        alerts: {no_data_hold: never}
        webhook: [{name: ops, url: "http://127.0.0.1:$(cat receiver.port)/"}]
        END
        start() {
            : > daemon.log
            \(UDPReplay.start(database: "x.db", options: "--config harken.yaml"))
        }
        say() { sqlite3 -cmd '.timeout 10000' x.db "$1"; }
        until_is() {
            for _ in $(seq 600); do [ "$(say "$1")" = "$2" ] && return; sleep 0.1; done
            echo "$1 is $(say "$1"), not $2" >&2
            exit 1
        }
        send() { python3 send.py $port $1 $2 $3; until_is 'select count(*) from reading' $(($1 + $2)); }
        start
        send 0 1200 0
        until_is 'select phase from streams' scoring
        """

    private static let end = """
        kill $daemon; wait $daemon || true
        kill $receiver
        """

    @Test func `a silence holds back what is sent, and what still fires is sent when it ends`() throws {
        let shell = try Shell()
        let result = try shell.run(
            """
            \(Self.scene)
            say "INSERT INTO silences (stream, reason) VALUES ('pump-*', 'known')"
            sleep 1
            send 1200 20 40
            until_is "select state || held_back_by from alerts" 'firingsilence 1'
            # The silence goes on over a kill.
            kill -9 $daemon; wait $daemon || true
            start
            sleep 2
            say 'select count(*) from deliveries'
            say 'DELETE FROM silences'
            until_is 'select transition || state from deliveries' fireddelivered
            until_is "select state || coalesce(held_back_by, '') from alerts" firing
            \(Self.end)
            grep -c 'firing   pump-1' calls.log
            """)
        #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
        #expect(result.output.split(separator: "\n") == ["0", "1"], "\(result.output)")
    }

    @Test func `a false alarm ends, and the same does not fire again, not after a kill either`() throws {
        let shell = try Shell()
        let result = try shell.run(
            """
            \(Self.scene)
            send 1200 20 40
            until_is 'select transition || state from deliveries' fireddelivered
            say "INSERT INTO feedback (alert_id, verdict, note) VALUES (1, 'false_alarm', 'valve test')"
            until_is "select state || verdict from alerts" resolvedfalse_alarm
            until_is "select group_concat(transition || state, ' ') from (select * from deliveries order by id)" \
                'fireddelivered resolveddelivered'
            send 1220 780 0
            kill -9 $daemon; wait $daemon || true
            start
            send 2000 20 40
            send 2020 780 0
            say 'select count(*) from alerts'
            # The same with the opposite sign is something else.
            send 2800 20 -40
            until_is 'select count(*) from alerts' 2
            \(Self.end)
            """)
        #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
        #expect(result.output.split(separator: "\n") == ["1"], "\(result.output)")
    }

    @Test func `maintenance holds back what is sent and keeps readings out of training`() throws {
        let shell = try Shell()
        let result = try shell.run(
            """
            \(Self.scene)
            say "INSERT INTO maintenance (stream, starts_at, ends_at) VALUES ('pump-1', '2026-01-01T00:20:00Z', '2026-01-01T00:30:00Z')"
            sleep 1
            send 1200 20 40
            until_is "select state || held_back_by from alerts" 'firingmaintenance 1'
            send 1220 1000 0
            until_is 'select state from alerts' resolved
            kill $daemon; wait $daemon || true
            say 'select count(*) from deliveries'
            harken train --database x.db > /dev/null
            say "select sum(readings) from training_ledger where reason = 'maintenance'"
            kill $receiver
            """)
        #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
        #expect(result.output.split(separator: "\n") == ["0", "601"], "\(result.output)")
    }

    @Test func `a stream that falls silent raises no_data, which ends when it reports again`() throws {
        let shell = try Shell()
        let result = try shell.run(
            """
            \(Self.scene.replacing("no_data_hold: never", with: "no_data_hold: 1s"))
            until_is 'select kind || state from alerts' no_datafiring
            send 1200 20 0
            until_is 'select kind || state from alerts' no_dataresolved
            until_is "select group_concat(transition || state, ' ') from (select * from deliveries order by id)" \
                'fireddelivered resolveddelivered'
            \(Self.end)
            cut -d' ' -f4- calls.log | sed 's/ since.*: /: /'
            """)
        #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
        #expect(
            result.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") } == [
                "firing pump-1 dropout: pump-1 has fallen silent", "resolved pump-1 dropout: pump-1 reports again",
            ], "\(result.output)")
    }

    @Test func `commands say the same as SQL, with and without a daemon`() throws {
        let shell = try Shell()
        let result = try shell.run(
            """
            \(Self.scene)
            send 1200 20 40
            until_is 'select transition || state from deliveries' fireddelivered
            harken feedback 1 confirmed --note bearing --database x.db
            harken feedback 9 confirmed --database x.db || echo "exit $?"
            harken silence 'pump-*' --for 2h --reason filters --database x.db
            harken silence --database x.db | awk '{print $1, $2, $3, $NF}'
            harken silence --end 1 --database x.db
            harken maintenance pump-1 --from 2026-01-01T08:00:00Z --for 4h --database x.db
            harken maintenance --database x.db | awk '{print $1, $2, $4, $5}'
            harken deliveries --database x.db
            harken deliveries retry 1 --database x.db
            harken models rollback pump-1 --database x.db || echo "exit $?"
            \(Self.end)
            say "update delivery set state = 'failed'"
            harken deliveries --database x.db | awk '{print $1, $2, $3, $4, $5}'
            harken deliveries retry 1 --database x.db
            """)
        #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
        #expect(
            result.output.split(separator: "\n") == [
                "alert 1: confirmed", "exit 66", "silence 1: pump-*", "ID STREAMS STATE WHY", "1 pump-* active filters",
                "silence 1 has ended", "maintenance 1: pump-1", "ID STREAMS FROM UNTIL",
                "1 pump-1 2026-01-01T08:00:00Z 2026-01-01T12:00:00Z", "everything was delivered",
                "there is no delivery 1 that was given up", "exit 66", "ID STATE RECEIVER ALERT WHAT",
                "1 failed ops 1 fired", "it is due again, and sent when the daemon runs",
            ], "\(result.output)")
    }

    @Test func `a model is rolled back with one command, with and without a daemon`() throws {
        let shell = try Shell()
        let result = try shell.run(
            """
            harken simulate --duration 1h --streams 2 > readings.csv
            harken run --stdin --database x.db < readings.csv
            versions() {
                sqlite3 x.db "select group_concat(version || status, ' ') from (
                    select m.version, m.status from model m join stream s on s.id = m.stream_id where s.name = 'pump-1'
                    order by 1)"
            }
            first=$(versions)
            echo "$first"
            harken models rollback pump-1 --database x.db
            versions
            \(UDPReplay.findPort)
            \(UDPReplay.start(database: "x.db"))
            newest=$(sqlite3 x.db "select m.id from model m join stream s on s.id = m.stream_id where s.name = 'pump-1' order by version desc limit 1")
            harken models rollback pump-1 --to $newest --database x.db
            for _ in $(seq 600); do [ "$(versions)" = "$first" ] && break; sleep 0.1; done
            versions
            kill $daemon; wait $daemon || true
            """)
        #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
        let lines = result.output.split(separator: "\n").filter { $0.hasPrefix("1") }.map(String.init)
        #expect(lines.count == 3, "\(result.output)")
        guard lines.count == 3 else { return }
        #expect(lines[0] == lines[2])
        #expect(lines[0].hasSuffix("live"))
        #expect(lines[1].contains("live ") && lines[1].hasSuffix("superseded"))
    }
}
