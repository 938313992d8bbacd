import Foundation
import Testing

struct BenchmarkCommandTests {
    private struct Report: Decodable {
        struct Spread: Decodable {
            let median: Double
            let minimum: Double
            let maximum: Double

            var isSound: Bool { minimum > 0 && minimum <= median && median <= maximum && maximum.isFinite }
        }

        struct Rate: Decodable {
            let unit: String
            let spread: Spread
        }

        struct Baseline: Decodable {
            let name: String
            let rates: [Rate]
        }

        struct Result: Decodable {
            let group: String
            let name: String
            let rates: [Rate]
            let baseline: Baseline?
            let ratio: Rate?
            let note: String?
        }

        let seed: Int
        let repeatCount: Int
        let isQuick: Bool
        let results: [Result]
    }

    @Test func `each kind of work is timed, and compared where there is something to compare with`() throws {
        let result = try Shell().run("harken benchmark --quick --repeat 2 --seed 5 --json")
        #expect(result.exitCode == 0, "\(result.errors)")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let report = try decoder.decode(Report.self, from: Data(result.output.utf8))
        #expect(report.seed == 5 && report.repeatCount == 2 && report.isQuick)
        #expect(Set(report.results.map(\.group)) == ["decode", "score", "detect", "train", "store"])
        for result in report.results {
            #expect(!result.rates.isEmpty && result.rates.allSatisfy { $0.spread.isSound }, "\(result.name)")
            if let baseline = result.baseline {
                #expect(baseline.rates.allSatisfy { $0.spread.isSound }, "\(baseline.name)")
                #expect(result.ratio?.spread.isSound == true, "\(result.name)")
            }
            switch result.group {
            case "score": #expect(result.ratio?.unit == "%", "\(result.name)")
            case "store": #expect(result.ratio?.unit == "×", "\(result.name)")
            default: #expect(result.ratio == nil, "\(result.name)")
            }
        }
    }

    @Test func `without sqlite3 the table says so and has no ratio`() throws {
        let result = try Shell().run(#"PATH="$PWD/.bin" harken benchmark --quick --repeat 1 --only store"#)
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.output.contains("sqlite3 is not installed"))
        #expect(result.output.contains("rows/s"))
        #expect(!result.output.contains("×  ") && !result.output.contains("beside"))
    }

    @Test func `what cannot be done is said`() throws {
        for (options, message) in [("--repeat 0", "--repeat is 0"), ("--only fly", "fly")] {
            let result = try Shell().run("harken benchmark \(options)")
            #expect(result.exitCode == 64)
            #expect(result.errors.contains(message), "\(result.errors)")
        }
    }
}
