import Foundation
import Testing

struct SimulateCommandTests {
    @Test func `the same options give the same bytes, and another seed gives others`() throws {
        let shell = try Shell()
        let result = try shell.run(
            """
            harken simulate --streams 3 --rows 500 > a.csv
            harken simulate --streams 3 --rows 500 > b.csv
            harken simulate --streams 3 --rows 500 --seed 2 > c.csv
            cmp a.csv b.csv && ! cmp -s a.csv c.csv
            head -n 2 a.csv && wc -l < a.csv
            """)
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(
            result.output.hasPrefix(
                "timestamp,stream,temperature,pressure,vibration,flow\n2026-01-01T00:00:00Z,pump-1,"))
        #expect(result.output.hasSuffix("\n1501\n"))
        #expect(result.errors.isEmpty)
    }

    @Test func `a reader that has seen enough ends the simulation quietly`() throws {
        let shell = try Shell()
        for prefix in ["", "trap '' PIPE; "] {
            let result = try shell.run("\(prefix)harken simulate --duration 30d | head -n 1")
            #expect(result.exitCode == 0)
            #expect(result.output == "timestamp,temperature,pressure,vibration,flow\n")
            #expect(result.errors.isEmpty)
        }
    }

    @Test(
        arguments: [
            ("--streams 0", 64, "--streams is 0"),
            ("--rows 5 --duration 5s", 64, "--rows and --duration"),
            ("--interval 5", 64, "--interval"),
            ("--start yesterday", 64, "--start"),
            ("--udp 127.0.0.1", 64, "--udp"),
            ("--udp 127.0.0.1:9 --layout wide", 64, "wide"),
            ("--kind mixed --streams 2 --layout wide", 64, "several kinds"),
            ("--fault spike@5s:pump-1.speed", 64, "its channels are temperature"),
            ("--rows 900 --faults 2", 64, "the limit is 1"),
            ("--labels /nonexistent/faults.csv", 73, "cannot write the labels to /nonexistent/faults.csv"),
            ("> /dev/full", 74, "cannot write to standard output"),
        ] as [(String, Int32, String)])
    func `what cannot be done is said, with an exit code of sysexits`(options: String, code: Int32, message: String)
        throws
    {
        let result = try Shell().run("harken simulate \(options)")
        #expect(result.exitCode == code)
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    @Test(arguments: ["line-protocol", "long", "json"])
    func `datagrams carry the same lines that standard output would, none longer than 1,400 bytes`(layout: String)
        throws
    {
        let shell = try Shell()
        let result = try shell.run(
            """
            cat > receive.py <<'END'
            import socket, sys
            receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            receiver.bind(("127.0.0.1", 0))
            with open("port.new", "w") as file:
                file.write(str(receiver.getsockname()[1]))
            import os
            os.rename("port.new", "port")
            lines = b""
            longest = 0
            while lines.count(b"\\n") < int(sys.argv[1]):
                datagram = receiver.recv(65535)
                assert datagram.endswith(b"\\n"), datagram
                longest = max(longest, len(datagram))
                lines += datagram
            sys.stdout.buffer.write(lines)
            assert 1300 < longest <= 1400, longest
            END
            options="--streams 3 --rows 50 --layout \(layout)"
            harken simulate $options | grep -v ^timestamp, > expected
            python3 receive.py "$(wc -l < expected)" > actual &
            until [[ -e port ]]; do sleep 0.1; done
            harken simulate $options --udp "127.0.0.1:$(<port)" --rate 2000
            wait $!
            cmp expected actual
            """)
        #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
    }
}
