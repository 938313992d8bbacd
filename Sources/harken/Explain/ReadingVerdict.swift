import AnomalyDetection
import Daemon
import Storage

/// Why a stream raised no alert at a moment: what the newest reading at or before it came to, or that there was none.
struct ReadingVerdict {
    /// The stream.
    let stream: StreamRecord
    /// The moment that was asked for.
    let time: Timestamp
    /// What became of the newest reading at or before it; nil where there is none.
    let record: WhyNotRecord?
    /// The reading that came after it; nil where none did.
    let nextTime: Timestamp?
    /// Whether a reading was due between that reading and the moment.
    let isAfterGap: Bool
    /// The alert of a silence that lasted at the moment.
    let silence: AlertRecord?
    /// Input of all streams that came to nothing at about that time, by the wall clock.
    let losses: [LossRecord]
    /// What the model says of the reading; nil where it says nothing.
    let explanation: ReadingExplanation?
    /// The time around the reading; nil where there is none.
    let scene: AlertScene?

    /// A reading is due when so many intervals have passed since the one before; of a stream that keeps to none, when so many have.
    private static let dueIntervals = (regular: 1.75, irregular: 16.0)
    /// The readings that tell the interval.
    private static let rhythmReadings = 64

    /// Looks it up.
    init(of stream: StreamRecord, at time: Timestamp, in store: Store, _ reader: ModelReader) async throws {
        self.stream = stream
        self.time = time
        record = try await store.whyNot(stream: stream.name, at: time)
        silence = try await store.silence(of: stream.id, at: time)
        guard let record else {
            nextTime = try await store.nextReadingTime(of: stream.id, after: time)
            (isAfterGap, explanation, scene) = (true, nil, nil)
            losses = try await store.losses(from: time, through: time)
            return
        }
        nextTime = try await store.nextReadingTime(of: stream.id, after: record.time)
        let rhythm = try await store.history(of: stream.id, through: record.time, limit: Self.rhythmReadings)
        let cadence = Cadence(inferredFrom: rhythm.times)
        let due = cadence.isRegular ? Self.dueIntervals.regular : Self.dueIntervals.irregular
        isAfterGap =
            rhythm.count > 1 && Double(time.nanoseconds(since: record.time)) > due * Double(cadence.interval)
        losses = isAfterGap ? try await store.losses(from: record.time, through: time) : []
        explanation = try await Self.explanation(of: record.time, stream, in: store, reader)
        scene = try await AlertScene(
            ofReadingAt: record.time, of: stream.id, contributions: explanation?.contributions ?? [],
            threshold: record.threshold, in: store, reader)
    }

    private static func explanation(
        of time: Timestamp, _ stream: StreamRecord, in store: Store, _ reader: ModelReader
    ) async throws -> ReadingExplanation? {
        let readings = try await store.history(of: stream.id, through: time, limit: EvidenceShares.readingCount)
        guard let id = readings.modelIDs.last, id > 0, let record = try await store.model(id),
            let model = try? await reader.model(record)
        else { return nil }
        return ReadingExplanation(ofNewestIn: TrainingHistory(readings), model: model, names: stream.channels)
    }

    /// The rule that held an alert back; `no_data` where there was no reading to begin one.
    var reason: String { isAfterGap ? "no_data" : record?.reason ?? "no_data" }

    /// The rule as a sentence.
    var detail: String {
        guard isAfterGap || record == nil else { return record?.detail ?? "" }
        guard let record else {
            return nextTime.map { "the stream's first stored reading is of \(Phrase.time($0))" }
                ?? "no reading of the stream is stored"
        }
        let next = nextTime.map { "the next one came at \(Phrase.time($0))" } ?? "none has come since"
        return "the last reading before is of \(Phrase.time(record.time)), \(next)"
    }
}
