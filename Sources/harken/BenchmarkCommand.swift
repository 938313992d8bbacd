import ArgumentParser
import Foundation
import Glibc

/// `harken benchmark`: how fast this machine does Harken's work, beside bare work of the same size.
struct BenchmarkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark",
        abstract: "Times decoding, scoring, training and storing on this machine.",
        discussion: """
            Everything works on simulated readings that the seed decides, in a temporary folder. Each row is the median of \
            several runs, with the slowest and the fastest. Where there is something to compare with, both run in \
            turns and the ratio is that of neighboring runs, so it holds on a busy machine too:

              score  in % of the rate of bare matrix products of the same shapes
              store  as a multiple of the time that sqlite3 takes to .import the same CSV into one plain table

            Decoding, scoring and training are work of one thread, and their seconds are those of one processor. Storing is \
            timed by the clock; the whole way from CSV scores one part while the part before is stored.
            """)

    @Option(name: .customLong("repeat"), help: ArgumentHelp("How often each is timed.", valueName: "n"))
    var repeatCount = 5

    @Option(help: "The seed of all readings and weights.")
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp(
            "Only this kind of work: decode, score, detect, train or store; may be repeated.", valueName: "kind"))
    var only: [BenchmarkGroup] = []

    @Flag(help: "So little work that the numbers say nothing: to see that all of it works.")
    var quick = false

    @Flag(help: "Print a JSON object.")
    var json = false

    func validate() throws {
        guard (1...1_000).contains(repeatCount) else {
            throw ValidationError("--repeat is \(repeatCount); expected a number from 1 to 1000")
        }
    }

    func run() async throws {
        let workload = BenchmarkWorkload(seed: seed, isQuick: quick)
        var report = BenchmarkReport(seed: seed, repeatCount: repeatCount, isQuick: quick)
        let groups = BenchmarkGroup.allCases.filter { only.isEmpty || only.contains($0) }
        do {
            let needsModel = groups.contains(.detect) || groups.contains(.store)
            let model = needsModel ? try workload.trainedModel() : nil
            for group in groups {
                say("timing \(group.rawValue) …")
                switch (group, model) {
                case (.decode, _):
                    report.results += try await DecodingBenchmark(workload: workload).results(repeated: repeatCount)
                case (.score, _):
                    report.results += try await ScoringBenchmark(workload: workload).results(repeated: repeatCount)
                case (.train, _):
                    report.results += try await TrainingBenchmark(workload: workload).results(repeated: repeatCount)
                case (.detect, let model?):
                    report.results += try await DetectionBenchmark(workload: workload, model: model)
                        .results(repeated: repeatCount)
                case (.store, let model?):
                    report.results += try await StorageBenchmark(workload: workload, model: model)
                        .results(repeated: repeatCount)
                case (.detect, nil), (.store, nil):
                    preconditionFailure("the model is made above where a group needs it")
                }
            }
        } catch {
            FileHandle.standardError.write(Data("harken benchmark: \(error)\n".utf8))
            throw ExitCode(70)  // EX_SOFTWARE
        }
        say("")
        if json {
            print(try JSONOutput.text(report))
        } else {
            report.lines(on: .standardOutput).forEach { print($0) }
        }
    }

    /// Says on a terminal what goes on.
    private func say(_ text: String) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
    }
}
