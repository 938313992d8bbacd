import Foundation
import Testing

/// `harken explain` on a pump whose pressure sensor gets stuck after 40 minutes, with nothing but the database.
struct ExplainCommandTests {
    /// The database, in a silence from minute 50 on, in which the flow moves to another level.
    private static let scene = """
        harken simulate --streams 2 --duration 1h --fault stuck@40m:pump-1.pressure+3m \
            --fault 'level_shift@52m:pump-1.flow+3m*9' > readings.csv
        printf 'alerts: {cool_down: 0s}\\n' > plant.yaml
        head -n 6001 readings.csv | harken run --stdin --config plant.yaml --database plant.db 2> run.log
        harken silence 'pump-*' --for 2h --database plant.db > /dev/null
        harken run --stdin --config plant.yaml --database plant.db < readings.csv 2>> run.log
        """

    private func run(_ script: String, prepared scene: String = scene) throws -> Shell.Result {
        let result = try Shell().run("export LC_ALL=C.UTF-8 NO_COLOR=1\n\(scene)\n\(script)")
        #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
        return result
    }

    @Test func `an alert is drawn in the terminal, in ASCII where the locale asks for it, and as wide as asked`() throws
    {
        let result = try run(
            """
            harken explain 1 --database plant.db
            echo ----
            LC_ALL=C COLUMNS=60 harken explain 1 --database plant.db
            """)
        let texts = result.output.components(separatedBy: "----\n")
        let lines = texts[0].components(separatedBy: "\n")
        #expect(texts[0].contains("pressure is stuck at one value"), "\(texts[0])")
        #expect(lines.contains { $0.hasPrefix("pressure, ") && $0.hasSuffix(" of the evidence") })
        for piece in [
            "░", "▲ peak 2026-01-01T00:4", "▲ alert raised 2026-01-01T00:4", "━━━", "┤", "00:40", "anomaly score",
        ] {
            #expect(texts[0].contains(piece), "\(piece) is missing in \(texts[0])")
        }
        let drawing = texts[1].components(separatedBy: "legend:")[1].components(separatedBy: "It ended")[0]
        #expect(drawing.unicodeScalars.allSatisfy { $0.isASCII }, "\(drawing)")
        let drawn = drawing.components(separatedBy: "\n").dropFirst()
        #expect(drawn.allSatisfy { $0.count <= 60 }, "\(drawing)")
    }

    @Test func `an alert is drawn as SVG, into a file or alone to standard output`() throws {
        let result = try run(
            """
            harken explain 1 --database plant.db --svg alert.svg > text
            harken explain 1 --database plant.db --svg - | cmp - alert.svg
            python3 - <<'END'
            import xml.etree.ElementTree as tree
            root = tree.parse("alert.svg").getroot()
            texts = [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]
            print(root.tag, root.find("{http://www.w3.org/2000/svg}title").text)
            print(sum(element.get("class") == "band" for element in root.iter()) >= 1)
            print(any("of the evidence" in text and text.startswith("pressure") for text in texts))
            print(any(text.startswith("It is over") for text in texts))
            END
            grep -c 'is stuck at' text
            """)
        #expect(
            result.output == """
                {http://www.w3.org/2000/svg}svg Alert 1, pump-1: pressure is stuck at one value
                True
                True
                True
                1

                """)
    }

    @Test func `why there was no alert is told for every reading`() throws {
        let result = try run(
            """
            reason() { harken explain --stream pump-1 --at "$1" --database plant.db --json | grep '"reason"'; }
            reason 2026-01-01T00:01:00Z
            reason 1767226500
            reason 2026-01-01T00:41:30.5Z
            reason 2026-01-01T00:53:00Z
            reason now
            harken explain --stream pump-1 --at 2026-01-01T00:53:00Z --database plant.db
            harken explain --stream pump-1 --at 2026-01-01T00:15:00Z --database plant.db --svg - | grep -c 'this reading'
            """)
        let lines = result.output.components(separatedBy: "\n").filter { !$0.isEmpty }
        #expect(
            lines.prefix(5).map { $0.components(separatedBy: "\"")[3] } == [
                "warm_up", "below_threshold", "part_of_alert", "silence", "no_data",
            ], "\(result.output)")
        #expect(result.output.contains("it is in alert, and nobody was told"))
        #expect(result.output.contains("silence 1"))
        #expect(result.output.contains("reading 2026-01-01T00:53:00Z"))
        #expect(lines.last == "1")
    }

    @Test func `what is shorter than the hold is pending, in the view as in the command`() throws {
        let result = try run(
            """
            time=$(sqlite3 plant.db "select reading_at from why_not where reason = 'pending' order by time_ns desc limit 1")
            test -n "$time"
            harken explain --stream pump-1 --at "$time" --database plant.db | grep -o 'reason  *pending: the score has been over the threshold'
            sqlite3 plant.db 'select count(*) from alerts'
            """,
            prepared: """
                harken simulate --streams 2 --duration 1h --fault 'level_shift@40m:pump-1.pressure+60s*9' > readings.csv
                printf 'alerts: {hold_readings: 500}\\n' > patient.yaml
                harken run --stdin --config patient.yaml --database plant.db < readings.csv 2> run.log
                """)
        #expect(result.output.hasSuffix("the score has been over the threshold\n0\n"), "\(result.output)")
    }

    @Test func `degrees Fahrenheit are told from degrees Celsius, and from a mere shift`() throws {
        let result = try run(
            """
            for fault in unit_change@40m:pump-1.temperature+3m 'level_shift@40m:pump-1.temperature+3m*60'; do
                rm -f plant.db
                harken simulate --streams 2 --duration 1h --fault "$fault" |
                    harken run --stdin --database plant.db 2> run.log
                sqlite3 plant.db "select shape, coalesce(unit_change, 'none') from alerts"
            done
            """, prepared: "")
        #expect(result.output == "unit_change|celsius_to_fahrenheit\nlevel_shift|none\n")
    }

    @Test func `what is not stored any more is said, and what the alert has is shown`() throws {
        let result = try run(
            """
            sqlite3 plant.db "update model set blob = x''"
            harken explain 1 --database plant.db > without-model
            grep -o 'is not stored any more, so what it expected is shown at the peak alone' without-model
            grep -c 'of the evidence' without-model
            sqlite3 plant.db 'delete from reading'
            harken explain 1 --database plant.db --svg bare.svg > without-readings
            grep -o 'The readings are not stored any more.' without-readings
            grep -o 'pressure is stuck at one value' without-readings
            python3 -c 'import xml.dom.minidom; xml.dom.minidom.parse("bare.svg")'
            """)
        #expect(result.output.contains("The readings are not stored any more."))
        #expect(result.output.contains("shown at the peak alone"))
    }

    @Test func `what cannot be explained says why`() throws {
        let result = try run(
            """
            code() { "$@" > /dev/null 2>> errors || echo $?; }
            code harken explain --stream pomp-1 --at now --database plant.db
            code harken explain --stream pump-1 --database plant.db
            code harken explain 1 --stream pump-1 --at now --database plant.db
            code harken explain --database plant.db
            code harken explain 1 --database plant.db --svg nowhere/alert.svg
            code harken explain --stream pump-1 --at 2020-01-01 --svg x.svg --database plant.db
            cat errors
            """)
        #expect(result.output.hasPrefix("66\n64\n64\n64\n73\n66\n"), "\(result.output)")
        #expect(result.output.contains("did you mean pump-1?"))
        #expect(result.output.contains("first stored reading"))
    }
}
