import AnomalyDetection
import ArgumentParser
import Daemon
import Storage

extension ModelsCommand {
    /// `harken models compare A B`.
    struct Compare: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "compare", abstract: "Shows two model versions of a stream side by side.",
            discussion: """
                First the numbers of each version's own decision, as they were stored. Then both are measured now, on the stream's \
                newest stretch without an alert and on faults injected into it: how likely the readings are under forecasts (a higher \
                number is better), how far scores are from what they mean, alerts, and the share of faults that is found. The \
                database is read only, whether a daemon runs or not.

                Example: harken models compare 1 2
                """)

        @Argument(help: "A model's number, as in the column MODEL of `harken models`.")
        var first: Int64

        @Argument(help: "Another's.")
        var second: Int64

        @OptionGroup var location: DatabaseOption

        @Option(help: "The configuration file.")
        var config: String?

        @Flag(help: "Print a JSON object.")
        var json = false

        func run() async throws {
            let settings = try CommandConfigurationFile.load(config).detectorSettings
            try await location.read { store in
                let sides = [try await side(first, in: store), try await side(second, in: store)]
                guard sides[0].model.stream == sides[1].model.stream else {
                    throw DatabaseOption.exit(
                        with: 65,  // EX_DATAERR
                        "model \(first) is of \(Phrase.printable(sides[0].model.streamName)) and model \(second) of "
                            + "\(Phrase.printable(sides[1].model.streamName)); only versions of one stream can be compared"
                    )
                }
                let measured = try await measure(sides.map(\.model), settings: settings, in: store)
                let document = ComparisonDocument(sides, measured: measured)
                if json {
                    print(try JSONOutput.text(document))
                } else {
                    lines(sides, measured).forEach { print($0) }
                }
            }
        }

        /// A version and its training.
        fileprivate struct Side {
            var model: StoredModel
            var run: TrainingRunRecord
        }

        private func side(_ id: Int64, in store: Store) async throws -> Side {
            guard let model = try await store.model(id),
                let run = try await store.trainingRuns(modelID: id, limit: 1).first
            else {
                throw DatabaseOption.missing("there is no model \(id) in \(store.path); see `harken models`")
            }
            return Side(model: model, run: run)
        }

        private func measure(
            _ models: [StoredModel], settings: DetectorSettings, in store: Store
        ) async throws -> ModelComparison? {
            var versions: [StreamModel] = []
            let reader = ModelReader(store: store)
            for model in models {
                do {
                    versions.append(try await reader.model(model))
                } catch {
                    throw DatabaseOption.exit(with: 65, "model \(model.id) cannot be read: \(error)")
                }
            }
            let stream = models[0].stream
            let history = try await store.recentReadings(of: stream, limit: settings.historyReadings)
            return ModelComparison(
                versions[0], versions[1], on: TrainingHistory(history),
                labels: try await store.labels(of: stream, in: history), settings: settings, seed: settings.seed)
        }

        private func lines(_ sides: [Side], _ measured: ModelComparison?) -> [String] {
            let models = sides.map(\.model)
            var lines = [
                "models \(models[0].id) and \(models[1].id): versions \(models[0].version) and \(models[1].version) of "
                    + Phrase.printable(models[0].streamName)
            ]
            let headings = models.map { "MODEL \($0.id)" }
            var table = TextTable([TextTable.Column.text("")] + headings.map { TextTable.Column.number($0) })
            table.append(["status"] + models.map(\.status.rawValue))
            table.append(["verdict"] + sides.map(\.run.decision.verdict.rawValue))
            table.append(["due to"] + sides.map { Phrase.words($0.run.request.reason.rawValue) })
            table.append(["trained through"] + models.map { Phrase.time($0.trainedThrough) })
            table.append(["readings trained on"] + sides.map { "\($0.run.decision.trainedReadings)" })
            table.append(["readings held out"] + sides.map { "\($0.run.decision.heldOutReadings)" })
            lines += table.lines(on: .standardOutput)
            lines += sides.map { "model \($0.model.id): \(Phrase.printable($0.run.decision.reason))" }
            for side in sides { lines += Self.decided(side) }
            guard let measured else {
                return lines + ["", "there is no stretch of 100 readings without an alert to measure both on now"]
            }
            lines += [
                "",
                "measured now, on \(measured.readings) readings from \(Phrase.time(measured.times.lowerBound)) to "
                    + "\(Phrase.time(measured.times.upperBound)) and \(measured.injectedFaults) faults injected into them",
            ]
            lines += Self.table(measured.numbers, headings)
            let knowing = models.filter { $0.trainedThrough >= measured.times.lowerBound }
            if !knowing.isEmpty {
                lines.append(
                    "of these readings "
                        + knowing.map {
                            "model \($0.id) was trained on those through \(Phrase.time($0.trainedThrough))"
                        }
                        .joined(separator: ", and ")
                        + ", or was compared on them")
            }
            return lines
        }

        /// The numbers of a version's own decision: beside it those of the versions that it had to stand up to.
        private static func decided(_ side: Side) -> [String] {
            let opponents = ["candidate", "live", "pca", "ar", "no_model"]
            var rest = side.run.decision.metrics
            var columns: [(name: String, numbers: [String: Double])] = []
            for opponent in opponents {
                let own = rest.filter { $0.key.hasPrefix(opponent + "_") }
                guard !own.isEmpty else { continue }
                rest = rest.filter { own[$0.key] == nil }
                let bare = own.map { (String($0.key.dropFirst(opponent.count + 1)), $0.value) }
                columns.append((opponent, Dictionary(uniqueKeysWithValues: bare)))
            }
            guard !columns.isEmpty else { return [] }
            let others = rest.sorted { $0.key < $1.key }.map { "\($0.key) \(Phrase.number($0.value))" }
            return [
                "",
                "when model \(side.model.id) was decided on"
                    + (others.isEmpty ? "" : " (\(others.joined(separator: ", ")))"),
            ] + table(columns.map(\.numbers), columns.map { Phrase.words($0.name).uppercased() })
        }

        private static func table(_ numbers: [[String: Double]], _ headings: [String]) -> [String] {
            var table = TextTable([TextTable.Column.text("")] + headings.map { TextTable.Column.number($0) })
            for name in Set(numbers.flatMap(\.keys)).sorted() {
                table.append([name] + numbers.map { Phrase.number($0[name]) })
            }
            return table.lines(on: .standardOutput)
        }
    }
}

/// Two versions as `--json` says them.
private struct ComparisonDocument: Encodable {
    /// What was measured now.
    struct Measured: Encodable {
        let readings: Int
        let from: String
        let through: String
        let injectedFaults: Int
        let numbers: [[String: Double]]
    }

    let models: [TrainingDocument]
    let measured: Measured?

    init(_ sides: [ModelsCommand.Compare.Side], measured: ModelComparison?) {
        models = sides.map { TrainingDocument($0.run, model: $0.model) }
        self.measured = measured.map { comparison in
            Measured(
                readings: comparison.readings, from: RFC3339.text(comparison.times.lowerBound),
                through: RFC3339.text(comparison.times.upperBound), injectedFaults: comparison.injectedFaults,
                numbers: comparison.numbers)
        }
    }
}
