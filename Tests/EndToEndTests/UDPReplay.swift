/// Pieces of shell scripts that send a CSV over UDP with a program that is not ours.
enum UDPReplay {
    /// Sets `$port` to a free one.
    static let findPort =
        #"port=$(python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"#

    /// Writes send.py: sends the rows of a wide CSV (without its `label`) as line protocol, the values as they stand in the
    /// file. Arguments: FILE PORT SKIP_ROWS ROWS_PER_SECOND.
    static let script = """
        cat > send.py <<'END'
        import csv, datetime, socket, sys, time
        path, port, skip, rate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
        out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        rows = list(csv.reader(open(path)))
        names, lines = rows[0], []
        for row in rows[1 + skip:]:
            moment = datetime.datetime.fromisoformat(row[0].replace("Z", "+00:00"))
            fields = ",".join(f"{n}={v}" for n, v in zip(names[1:], row[1:]) if n != "label")
            lines.append(f"default {fields} {int(moment.timestamp())}000000000\\n")
        for start in range(0, len(lines), 5):
            out.sendto("".join(lines[start:start + 5]).encode(), ("127.0.0.1", port))
            time.sleep(5 / rate)
        END
        \(findPort)
        """

    /// Starts the daemon, with more options if any, and waits until it listens; its process is `$daemon`.
    static func start(database: String, options: String = "") -> String {
        """
        harken run --udp 127.0.0.1:$port --database \(database) \(options) 2> daemon.log &
        daemon=$!
        for _ in $(seq 600); do grep -q 'Listening at udp' daemon.log && break; sleep 0.1; done
        """
    }

    /// Waits until a database has as many scores as another.
    static func waitForScores(database: String, like other: String) -> String {
        """
        wanted=$(sqlite3 \(other) 'select count(score) from reading')
        for _ in $(seq 1200); do
            [ "$(sqlite3 \(database) 'select count(score) from reading' 2> /dev/null || echo 0)" -ge "$wanted" ] && break
            sleep 0.1
        done
        """
    }
}
