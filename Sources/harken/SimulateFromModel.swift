import AnomalyDetection
import ArgumentParser
import Daemon
import Foundation
import Storage
import VAE

/// The part of `harken simulate` that takes readings from a stored model instead of simulating a machine.
struct SimulateFromModel: ParsableArguments {
    /// Readings that are written where nothing says how many.
    private static let usualRowCount = 1_000

    @Option(
        help: ArgumentHelp(
            "Draw normal readings from this stream's model in the database instead of simulating a machine.",
            valueName: "stream"))
    var fromModel: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "With --from-model: the windows on the way from the stored one that ends at the first time to the one at the second.",
            valueName: "time"))
    var between: [SinceArgument] = []

    @Option(help: ArgumentHelp("With --between: how many windows, both ends included (default: 5).", valueName: "n"))
    var steps: Int?

    @Option(
        name: .customLong("continue"),
        help: ArgumentHelp(
            "Go on from the newest readings of this stream in the database, as its model foretells them.",
            valueName: "stream"))
    var continued: String?

    @Option(
        help: ArgumentHelp(
            """
            With --continue: how freely readings are drawn. Under 1 they keep to what is likely, over 1 they scatter more; 0 draws \
            nothing and takes the mean, or the most likely bin of the detector attn (default: 1).
            """, valueName: "number"))
    var temperature: Double?

    @Option(
        help: ArgumentHelp(
            """
            With --continue: draw each value from so many of the most likely bins. Only the detector attn has bins (default: all).
            """, valueName: "n"))
    var topK: Int?

    @Option(
        help: ArgumentHelp(
            """
            With --continue: draw each value from the likeliest part of its distribution that has this mass, over 0 and up to 1 \
            (default: 1).
            """, valueName: "mass"))
    var topP: Double?

    @OptionGroup var location: DatabaseOption

    /// The option that names the stream, and the stream; nil where a machine is simulated.
    var source: (option: String, stream: String)? {
        fromModel.map { ("--from-model", $0) } ?? continued.map { ("--continue", $0) }
    }

    func validate() throws {
        guard fromModel == nil || continued == nil else {
            throw ValidationError("--from-model and --continue both say where readings come from; give one of them")
        }
        guard fromModel != nil || (between.isEmpty && steps == nil) else {
            throw ValidationError("--between and --steps belong to --from-model; name its stream")
        }
        guard source != nil || location.database == nil else {
            throw ValidationError("--database belongs to --from-model and --continue; name a stream of it")
        }
        guard continued != nil || (temperature == nil && topK == nil && topP == nil) else {
            throw ValidationError("--temperature, --top-k and --top-p belong to --continue; name its stream")
        }
        _ = try sampling()
        guard between.isEmpty || between.count == 2 else {
            throw ValidationError("--between has \(between.count) times; expected the ends of two stored windows")
        }
        guard steps == nil || between.count == 2 else {
            throw ValidationError("--steps says how many windows lie --between two; give their times too")
        }
        guard (2...100_000).contains(steps ?? 2) else {
            throw ValidationError("--steps is \(steps ?? 0); expected a number from 2 to 100000")
        }
    }

    /// How readings are drawn that go on.
    private func sampling() throws -> TokenSampling {
        do {
            return try TokenSampling(temperature: temperature ?? 1, topK: topK, topP: topP ?? 1)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// Writes readings from the stream's model as CSV to standard output. `start` is the time of the first one, where it does not go on
    /// from others.
    ///
    /// `rows` is called with the interval of the readings and says how many are wanted; nil leaves it to the model.
    func write(stream name: String, start: Timestamp, seed: UInt64, rows: (Int64) -> Int?) async throws {
        try await location.read { store in
            let (stream, model, trainedThrough) = try await load(name, from: store)
            do {
                let channels = Array(stream.channels.prefix(model.channelCount))
                if continued != nil {
                    let history = try await store.history(
                        of: stream.id, through: Timestamp(nanoseconds: .max), limit: ContinuedReadings.readingsNeeded)
                    let readings = try ContinuedReadings(
                        model: model, after: TrainingHistory(history), sampling: try sampling(), seed: seed)
                    try write(readings, count: rows(readings.interval) ?? Self.usualRowCount, channels: channels)
                } else if between.isEmpty {
                    let history = try await store.history(
                        of: stream.id, through: trainedThrough, limit: DetectorSettings().historyReadings)
                    let readings = try SyntheticReadings(
                        model: model, resembling: TrainingHistory(history), seed: seed)
                    if readings.isFromPrior {
                        FileHandle.standardError.write(
                            Data(
                                """
                                harken simulate: the readings that the model was trained on are no longer stored; without \
                                them the output is less like the stream\n
                                """.utf8))
                    }
                    let count = rows(readings.interval) ?? Self.usualRowCount
                    try write(readings, count: count, start: start, channels: channels)
                } else {
                    try write(try await morph(stream, model, store), channels: channels)
                }
            } catch GenerationFailure.noBins {
                throw ValidationError("--top-k does not go with stream \(name): \(GenerationFailure.noBins)")
            } catch let failure as GenerationFailure {
                throw DatabaseOption.missing("stream \(name) in \(store.path): \(failure)")
            }
        }
    }

    /// The stream of this name, the model that scores it, or is about to, and the time of the newest reading that it saw.
    private func load(_ name: String, from store: Store) async throws -> (StreamRecord, StreamModel, Timestamp) {
        let summaries = try await store.streamSummaries()
        guard let summary = summaries.first(where: { $0.stream.name == name }) else {
            let known = summaries.prefix(5).map(\.stream.name).joined(separator: ", ")
            throw DatabaseOption.missing(
                "there is no stream '\(name)' in \(store.path); "
                    + (summaries.isEmpty ? "it has none yet" : "see `harken streams`, there is for example \(known)"))
        }
        let records = try await store.activeModels(of: summary.stream.id)
        guard let record = records.first(where: { $0.status == .live }) ?? records.first else {
            let needed = summary.status?.readingsNeeded ?? 0
            throw DatabaseOption.missing(
                "stream \(name) in \(store.path) has no model yet: "
                    + (needed > 0 ? "it needs \(needed) more readings for one" : "its training is still to come"))
        }
        do {
            return (summary.stream, try await ModelReader(store: store).model(record), record.trainedThrough)
        } catch {
            throw DatabaseOption.missing("model \(record.id) of stream \(name) in \(store.path) is damaged: \(error)")
        }
    }

    private func write(_ readings: SyntheticReadings, count: Int, start: Timestamp, channels: [String]) throws {
        var readings = readings
        try write(count, start: start, interval: readings.interval, channels: channels) { readings.next() }
    }

    private func write(_ readings: ContinuedReadings, count: Int, channels: [String]) throws {
        var readings = readings
        try write(count, start: readings.start, interval: readings.interval, channels: channels) { readings.next() }
    }

    private func write(
        _ count: Int, start: Timestamp, interval: Int64, channels: [String], next: () -> [Double]
    ) throws {
        let text = SyntheticText(start: start, interval: interval)
        var writer = ChunkWriter()
        text.appendHeader(channels: channels, to: &writer.bytes)
        for number in 0..<count {
            text.append(next(), number: number, to: &writer.bytes)
            guard try writer.writeFullChunk() else { return }
        }
        try writer.writeRest()
    }

    // MARK: Between two windows

    private func morph(_ stream: StreamRecord, _ model: StreamModel, _ store: Store) async throws -> WindowMorph {
        var ends: [TrainingHistory] = []
        for time in between.map({ $0.timestamp(now: Date.now) }) {
            let history = try await store.history(of: stream.id, through: time, limit: WindowMorph.readingsNeeded)
            let windowSpan = model.cadence.duration(ofReadings: Double(model.longestWindow))
            if let newest = history.times.last, time.nanoseconds(since: newest) > windowSpan {
                throw DatabaseOption.missing(
                    "stream \(stream.name) has no reading in the window that ends at \(TimestampFormat.text(time)); "
                        + "its newest before that is of \(TimestampFormat.text(newest))")
            }
            ends.append(TrainingHistory(history))
        }
        return try WindowMorph(model: model, from: ends[0], to: ends[1], steps: steps ?? 5)
    }

    /// Writes the windows one behind the other in time, the first at its own.
    private func write(_ morph: WindowMorph, channels: [String]) throws {
        let start = morph.firstWindowEnd.advanced(byNanoseconds: -Int64(morph.windowLength - 1) * morph.interval)
        let text = SyntheticText(start: start, interval: morph.interval)
        var writer = ChunkWriter()
        text.appendHeader(stepColumn: "step", channels: channels, to: &writer.bytes)
        for step in 0..<morph.stepCount {
            for slot in 0..<morph.windowLength {
                text.append(
                    morph.reading(step: step, slot: slot), number: step * morph.windowLength + slot, step: step,
                    to: &writer.bytes)
            }
            guard try writer.writeFullChunk() else { return }
        }
        try writer.writeRest()
    }
}

extension TrainingHistory {
    /// Stored readings as those to learn from.
    fileprivate init(_ stored: ReadingHistory) {
        self.init(
            channelCount: stored.channelCount, times: stored.times, values: stored.values,
            isAlerting: stored.isAlerting)
    }
}

/// Writes to standard output in pieces of a sensible size.
private struct ChunkWriter {
    var bytes: [UInt8] = []
    private let output = StandardOutput()

    /// Writes what there is, once it is enough; false when nobody reads it any more.
    mutating func writeFullChunk() throws -> Bool {
        guard bytes.count >= 128 * 1024 else { return true }
        defer { bytes.removeAll(keepingCapacity: true) }
        return try output.write(bytes)
    }

    /// Writes what is left.
    func writeRest() throws {
        _ = try output.write(bytes)
    }
}
