import AnomalyDetection
import Foundation
import Storage

/// From scored readings to committed ones, and the whole way from CSV, beside sqlite3's import of the same CSV.
struct StorageBenchmark {
    /// Readings in a transaction, as in the daemon.
    private static let commitReadings = 8_192
    /// Bytes that are decoded at a time.
    private static let chunkBytes = 1 << 16

    let workload: BenchmarkWorkload
    let model: StreamModel

    /// Storing alone, and decoding, scoring and storing. Works in a temporary folder, which is removed afterwards.
    func results(repeated count: Int) async throws -> [BenchmarkResult] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "harken-benchmark-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let csv = try workload.text(streams: 1, layout: .wide, readings: workload.storedReadingCount)
        let file = folder.appending(path: "readings.csv")
        try Data(csv).write(to: file)
        let shell = SQLiteShell()
        let plain = shell.map { importing(file, $0, folder) }
        let note = shell == nil ? "sqlite3 is not installed, so there is nothing to compare with" : nil
        var results: [BenchmarkResult] = []
        for subject in [storing(csv, folder), wholeWay(csv, folder)] {
            results.append(
                try await BenchmarkResult.measure(
                    subject, beside: plain, as: .multipleOfTime, in: .store, repeated: count, note: note))
        }
        return results
    }

    private func importing(_ file: URL, _ shell: SQLiteShell, _ folder: URL) -> BenchmarkSubject {
        BenchmarkSubject("sqlite3's .import into a plain table", workload.storedReadingCount, "rows/s") {
            let database = folder.appending(path: "plain.db")
            Self.remove(database)
            return try await BenchmarkSubject.seconds { try await shell.importCSV(file, into: database) }
        }
    }

    private func storing(_ csv: [UInt8], _ folder: URL) -> BenchmarkSubject {
        let commits = scoredCommits(csv)
        return BenchmarkSubject(
            "scored readings of 1 stream × 4 channels to SQLite", workload.storedReadingCount, "rows/s"
        ) {
            let store = try await newStore(folder)
            return try await BenchmarkSubject.seconds {
                for commit in commits { try await store.commit(commit) }
            }
        }
    }

    private func wholeWay(_ csv: [UInt8], _ folder: URL) -> BenchmarkSubject {
        BenchmarkSubject(
            "CSV of 1 stream × 4 channels, decoded, scored, stored", workload.storedReadingCount, "rows/s"
        ) {
            let store = try await newStore(folder)
            let engine = workload.engine(models: [model])
            return try await BenchmarkSubject.seconds {
                try await read(csv, engine: engine, into: store)
            }
        }
    }

    /// Decodes and scores a part while the part before is stored, as the daemon does.
    private func read(_ csv: [UInt8], engine: DetectionEngine, into store: Store) async throws {
        var input = Input(csv)
        var stored = 0
        var inFlight: Task<StoreCommit, any Error>?
        var commit = StoreCommit()
        while true {
            let isEnd = !input.ingest(byteCount: Self.chunkBytes, engine, &commit)
            if isEnd || commit.detection.rows.count >= Self.commitReadings {
                note(engine, &commit)
                stored += commit.detection.rows.count
                // The task is owned: it is awaited before the next one starts and before this returns.
                var spare = try await inFlight?.value ?? StoreCommit()
                let full = commit
                inFlight = Task {
                    try await store.commit(full)
                    return full
                }
                spare.detection.removeAll()
                spare.states.removeAll(keepingCapacity: true)
                commit = spare
            }
            if isEnd { break }
        }
        _ = try await inFlight?.value
        precondition(stored == workload.storedReadingCount, "\(stored) readings of \(workload.storedReadingCount)")
    }

    /// The same commits as they come out of the detector, made beforehand.
    private func scoredCommits(_ csv: [UInt8]) -> [StoreCommit] {
        let engine = workload.engine(models: [model])
        var input = Input(csv)
        var commits: [StoreCommit] = []
        var commit = StoreCommit()
        var isEnd = false
        while !isEnd {
            isEnd = !input.ingest(byteCount: Self.chunkBytes, engine, &commit)
            if isEnd || commit.detection.rows.count >= Self.commitReadings {
                note(engine, &commit)
                commits.append(commit)
                commit = StoreCommit()
            }
        }
        return commits
    }

    /// Adds where the stream stands, which is stored with its readings.
    private func note(_ engine: DetectionEngine, _ commit: inout StoreCommit) {
        let standing = engine.standing(of: StreamID(0))
        commit.states[StreamID(0)] = StreamState(
            status: StreamStatus(phase: .scoring, readings: standing.readings, threshold: standing.threshold),
            bytes: engine.snapshot(of: StreamID(0)).encoded())
    }

    /// A new database that knows the stream and its model.
    private func newStore(_ folder: URL) async throws -> Store {
        let database = folder.appending(path: "harken.db")
        Self.remove(database)
        let store = try Store(path: database.path())
        var commit = StoreCommit()
        commit.streams = [
            StreamRecord(id: StreamID(0), name: "pump-1", channels: MachineKind.pump.channels.map(\.name))
        ]
        try await store.commit(commit)
        let time = StartArgument.usual.timestamp
        let request = TrainingRequest(
            stream: StreamID(0), reason: .warmUp, throughTime: time, throughReading: 0, effectiveFromReading: 0,
            seed: workload.seed)
        let id = try await store.insertTrainingRun(
            decision: TrainingDecision(verdict: .promoted, reason: "a benchmark"), request: request, startedAt: time,
            finishedAt: time,
            model: TrainedModel(
                blob: ModelBlob.encode(model), summary: "of a benchmark", trainedFrom: time, trainedThrough: time))
        try await store.markLive(id)
        return store
    }

    private static func remove(_ database: URL) {
        for suffix in ["", "-wal", "-shm", "-journal", ".lock"] {
            try? FileManager.default.removeItem(atPath: database.path() + suffix)
        }
    }
}

/// A CSV on its way through decoder and detector.
private struct Input {
    private let csv: [UInt8]
    private var position = 0
    private var decoder = CSVStreamDecoder()
    private var batch = ReadingBatch()
    private var streams = StreamTable()
    private var rejections = RejectionTally()

    init(_ csv: [UInt8]) {
        self.csv = csv
    }

    /// Takes the next bytes; false when they were the last.
    mutating func ingest(byteCount: Int, _ engine: DetectionEngine, _ commit: inout StoreCommit) -> Bool {
        let end = min(position + byteCount, csv.count)
        batch.removeAll()
        let bytes = csv
        decoder.decode(bytes.span.extracting(position..<end), into: &batch, streams: &streams, rejections: &rejections)
        position = end
        if end == csv.count { decoder.finish(into: &batch, streams: &streams, rejections: &rejections) }
        engine.ingest(batch, into: &commit.detection)
        return end < csv.count
    }
}
