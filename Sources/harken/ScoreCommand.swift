import AnomalyDetection
import ArgumentParser
import Daemon
import Foundation
import Storage

/// `harken score`: CSV in, the same CSV with scores out.
struct ScoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Adds a score, an alert flag and expected values to each row of a CSV.",
        discussion: """
            Reads CSV from standard input and writes every row, in order, with the added columns `score`, `alert` (0 or 1) \
            and `expected_<channel>`. The score is −log10 of the probability of an error at least this large on normal \
            data: 3 is one in a thousand. Rows of the warm-up have an empty score. Messages go to standard error.

            Example: harken score --ignore label < readings.csv > scored.csv
            """)

    @Option(help: "Fit the model to the first N readings, and to nothing later.")
    var trainRows: Int?

    @Option(help: "Score with the live models of this database instead of fitting one.")
    var database: String?

    @Flag(
        help: """
            Add the column `settled`: what all windows that cover a reading say of it, on the same scale. A row then leaves \
            when the stream's reading 63 intervals later was scored, or at the end of input.
            """)
    var settled = false

    @Flag(
        help: """
            Add the columns `denoised_<channel>`: each reading as the model rebuilds it, also where it is missing. That is the \
            mean over all windows that cover the reading, those that come after it too, while `expected_<channel>` is what the \
            one window that ends with it says. A row then leaves once no later window covers it, at most 95 intervals later.
            """)
    var denoise = false

    @OptionGroup var input: CSVInputOptions

    func validate() throws {
        if let trainRows, trainRows < ModelFitter.fewestWindows {
            throw ValidationError(
                "--train-rows is \(trainRows); a model needs at least \(ModelFitter.fewestWindows) readings")
        }
        if trainRows != nil, database != nil {
            throw ValidationError("--train-rows fits a model and --database takes one: give one of the two")
        }
        if input.detector != nil, database != nil {
            throw ValidationError(
                "--detector chooses what is fitted and --database takes what was fitted: give one of the two")
        }
    }

    func run() async throws {
        var options = ScoreFilter.Options()
        (options.csv, options.settings) = try input.load()
        options.trainRows = trainRows
        options.isSettled = settled
        options.isDenoised = denoise
        if let database { options.models = try await liveModels(database) }
        var filter = ScoreFilter(options) { bytes in
            FileHandle.standardOutput.write(Data(bytes))
        } warn: { message in
            FileHandle.standardError.write(Data("harken score: \(message)\n".utf8))
        }
        while let chunk = try FileHandle.standardInput.read(upToCount: 1 << 18), !chunk.isEmpty {
            filter.feed([UInt8](chunk).span)
        }
        filter.finish()
        if let failure = filter.headerFailure {
            FileHandle.standardError.write(Data("harken score: \(failure)\n".utf8))
            throw ExitCode(65)
        }
    }

    private func liveModels(_ path: String) async throws -> [String: LiveModel] {
        let store = try Store.openReadOnly(path: path)
        let stored = try await store.activeModels().filter { $0.status == .live }
        let reader = ModelReader(store: store)
        var models: [String: LiveModel] = [:]
        for record in stored {
            models[record.streamName] = LiveModel(id: record.id, model: try await reader.model(record))
        }
        if models.isEmpty {
            throw ValidationError("\(path) has no model yet; let `harken run` finish a stream's warm-up first")
        }
        return models
    }
}
