import AnomalyDetection
import ArgumentParser
import Daemon
import Storage

/// `harken models`: what was trained, what became of it and why.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract:
            "Lists trainings and the model versions that came out of them, shows or compares them, or goes back to one.",
        subcommands: [List.self, Show.self, Compare.self, Rollback.self], defaultSubcommand: List.self)

    /// `harken models list`, which is also what `harken models` does.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists trainings, the newest first.",
            discussion: "Reads the database only, so it works whether a daemon runs or not.")

        @OptionGroup var location: DatabaseOption

        @Option(help: ArgumentHelp("Only streams whose name matches, such as 'pump-*'.", valueName: "glob"))
        var stream: String?

        @OptionGroup var listing: ListingOptions

        func run() async throws {
            try await location.read { store in
                let runs = try await store.trainingRuns(streamPattern: stream, limit: listing.limit + 1)
                let models = try await store.models(streamPattern: stream)
                let byID = Dictionary(uniqueKeysWithValues: models.map { ($0.id, $0) })
                let documents = runs.map { run in TrainingDocument(run, model: run.modelID.flatMap { byID[$0] }) }
                try listing.print(documents, document: { $0 }, table: Self.table)
            }
        }

        private static func table(_ trainings: [TrainingDocument], on terminal: Terminal) -> [String] {
            guard !trainings.isEmpty else { return ["no trainings yet"] }
            var table = TextTable([
                .number("MODEL"), .text("STREAM"), .text("SCOPE"), .number("VERSION"), .text("STATUS"),
                .text("VERDICT"), .text("DUE TO"), .number("TRAINED"), .number("EXCLUDED"), .number("HELD OUT"),
                .text("FINISHED"),
                .text("WHY"),
            ])
            for training in trainings {
                table.append(
                    [
                        training.modelID.map { "\($0)" } ?? Phrase.nothing, training.stream,
                        training.modelID == nil ? Phrase.nothing : training.fleet.map { "fleet \($0)" } ?? "stream",
                        training.version.map { "\($0)" } ?? Phrase.nothing,
                        training.status?.rawValue ?? Phrase.nothing, training.verdict,
                        Phrase.words(training.dueTo), "\(training.trainedReadings)",
                        "\(training.excludedReadings)", "\(training.heldOutReadings)", training.finishedAt,
                        training.explanation,
                    ], style: training.status == .live ? .bold : .plain)
            }
            return table.lines(on: terminal)
        }
    }

    /// `harken models show ID`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Shows one model version and the numbers of its training.")

        @Argument(help: "The model's number, as in the column MODEL of `harken models`.")
        var id: Int64

        @OptionGroup var location: DatabaseOption

        @Flag(help: "Print a JSON object.")
        var json = false

        func run() async throws {
            try await location.read { store in
                guard let model = try await store.model(id),
                    let run = try await store.trainingRuns(modelID: id, limit: 1).first
                else {
                    throw DatabaseOption.missing("there is no model \(id) in \(store.path); see `harken models`")
                }
                let document = TrainingDocument(run, model: model)
                if json {
                    print(try JSONOutput.text(document))
                } else {
                    Self.lines(document, model: model, run: run).forEach { print($0) }
                }
            }
        }

        private static func lines(
            _ document: TrainingDocument, model: StoredModel, run: TrainingRunRecord
        ) -> [String] {
            let decision = run.decision
            var lines = [
                "model \(model.id): version \(model.version) of \(Phrase.printable(model.streamName)), "
                    + model.status.rawValue,
                "  verdict    \(document.verdict): \(Phrase.printable(document.explanation))",
                "  trained    \(Phrase.time(run.finishedAt)), in \(Phrase.duration(from: run.startedAt, to: run.finishedAt))"
                    + ", due to \(Phrase.words(document.dueTo)), seed \(model.seed)",
                "  history    \(Phrase.time(model.trainedFrom)) to \(Phrase.time(model.trainedThrough))",
                "  readings   \(decision.trainedReadings) trained on, \(decision.excludedReadings) left out, "
                    + "\(decision.heldOutReadings) held out",
                "  effective  from reading \(model.effectiveFromReading) of the stream"
                    + (model.withdrawnAt.map { ", taken back \(Phrase.time($0)) for too many alerts on its first day" }
                        ?? ""),
                "  size       \(Phrase.byteCount(model.byteCount))"
                    + (model.fleetPattern.map { " beside the weights of the fleet \(Phrase.printable($0))" } ?? ""),
                "  choices",
            ]
            lines += model.choices.map { "    " + Phrase.printable($0) }
            let width = decision.metrics.keys.map(\.count).max() ?? 0
            if width > 0 { lines.append("  numbers") }
            for (name, value) in decision.metrics.sorted(by: { $0.key < $1.key }) {
                let name = Phrase.printable(name)
                lines.append(
                    "    " + name + String(repeating: " ", count: max(0, width - name.count)) + "  "
                        + Phrase.number(value))
            }
            return lines
        }
    }
}

extension ModelsCommand {
    /// `harken models rollback STREAM`.
    struct Rollback: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rollback",
            abstract: "Scores a stream with an earlier model version from its next reading on.",
            discussion: """
                Without --to it is the version that was live before the one that is. A running daemon changes over within a \
                second; otherwise the next one begins with it. What is trained later has to beat it.

                Example: harken models rollback pump-3
                """)

        @Argument(help: "The stream's name.")
        var stream: String

        @Option(help: ArgumentHelp("The model's number, as in the column MODEL of `harken models`.", valueName: "id"))
        var to: Int64?

        @OptionGroup var location: DatabaseOption

        func run() async throws {
            do {
                let target = try await target()
                try await location.perform(.rollBackModel, on: target) { store in
                    _ = try await store.rollbackTarget(target, ModelReader(store: store))
                    try await store.markLive(target)
                    return "model \(target) is live; the daemon scores with it when it runs"
                }
            } catch let failure as RollbackFailure {
                throw DatabaseOption.missing(failure.description)
            } catch let failure as StorageFailure {
                throw DatabaseOption.exit(with: failure.exitCode, "\(failure)")
            }
        }

        /// The number of the model to go back to.
        private func target() async throws -> Int64 {
            let store = try Store.openReadOnly(path: location.path)
            guard let to else { return try await store.versionBeforeLive(of: stream).id }
            guard let model = try await store.model(to), model.streamName == stream else {
                throw DatabaseOption.missing(
                    "there is no model \(to) of \(stream) in \(store.path); see `harken models`")
            }
            return to
        }
    }
}

extension StoredModel {
    /// What training chose and why, a line a choice.
    fileprivate var choices: [String] { summary.split(separator: "\n").map { String($0) } }
}

/// A training and its model as `--json` says them.
struct TrainingDocument: Encodable {
    let stream: String
    let modelID: Int64?
    let version: Int?
    let status: StoredModel.Status?
    let fleet: String?
    let choices: [String]?
    let verdict: String
    let explanation: String
    let dueTo: String
    let trainedReadings: Int
    let excludedReadings: Int
    let heldOutReadings: Int
    let metrics: [String: Double]
    let trainedFrom: String?
    let trainedThrough: String?
    let effectiveFromReading: Int?
    let withdrawnAt: String?
    let seed: UInt64
    let startedAt: String
    let finishedAt: String

    /// The document for a training.
    init(_ run: TrainingRunRecord, model: StoredModel?) {
        stream = run.streamName
        modelID = run.modelID
        version = run.modelVersion
        status = model?.status
        fleet = model?.fleetPattern
        choices = model?.choices
        verdict = run.decision.verdict.rawValue
        explanation = run.decision.reason
        dueTo = run.request.reason.rawValue
        trainedReadings = run.decision.trainedReadings
        excludedReadings = run.decision.excludedReadings
        heldOutReadings = run.decision.heldOutReadings
        metrics = run.decision.metrics
        trainedFrom = model.map { RFC3339.text($0.trainedFrom) }
        trainedThrough = model.map { RFC3339.text($0.trainedThrough) }
        effectiveFromReading = model?.effectiveFromReading
        withdrawnAt = model?.withdrawnAt.map { RFC3339.text($0) }
        seed = run.request.seed
        startedAt = RFC3339.text(run.startedAt)
        finishedAt = RFC3339.text(run.finishedAt)
    }
}
