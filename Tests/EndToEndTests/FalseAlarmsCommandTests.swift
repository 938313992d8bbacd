import Foundation
import Testing

/// What `harken false-alarms` says.
struct FalseAlarmsCommandTests {
    private struct Count: Decodable {
        var budget: String
        var data: String
        var streams: Int
        var days: Double
        var asked: Double
        var observed: Int
    }

    @Test func `machines that never fail raise about as many alerts as were asked for`() throws {
        let shell = try Shell()
        let result = try shell.run("harken false-alarms --streams 6 --duration 10d --budget '1 per 5d' --json")
        #expect(result.exitCode == 0, "\(result.errors)")
        let counts = try JSONDecoder().decode([Count].self, from: Data(result.output.utf8))
        let count = try #require(counts.first)
        #expect(counts.count == 1 && count.budget == "1 per 5d" && count.data == "simulated machines")
        #expect(count.streams == 6 && abs(count.days - 60) < 0.01 && abs(count.asked - 12) < 0.01)
        // Twelve at most is what chance makes of so few machines; the first days of each decide.
        #expect(count.observed >= 2 && count.observed <= 24, "\(count.observed)")
    }

    @Test func `normal stretches of labelled files count beside machines, by the distance of their readings`() throws {
        let shell = try Shell()
        let result = try shell.run(
            """
            harken simulate --rows 4000 > sound.csv
            awk -F, 'NR == 1 { print $0 ",label" } NR > 1 { print $0 "," (NR > 3900 ? 1 : 0) }' sound.csv > labelled.csv
            harken false-alarms --streams 0 --budget '1 per 30d' labelled.csv
            """)
        #expect(result.exitCode == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == 2 && lines.last?.contains("files, one in 1 s") == true, "\(result.output)")
    }

    @Test(arguments: [
        ("--budget lots", "is no budget; expected a text such as '1 per 30d'"), ("--streams 0", "expected at least 1"),
        ("--duration 1h", "fewer than 2000 readings"), ("missing.csv --streams 0", "missing.csv"),
    ])
    func `what cannot be counted is said`(arguments: String, expected: String) throws {
        let result = try Shell().run("harken false-alarms \(arguments)")
        #expect(result.exitCode != 0)
        #expect(result.errors.contains(expected), "\(result.errors)")
    }
}
