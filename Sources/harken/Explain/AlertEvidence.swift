import AnomalyDetection
import Daemon
import Storage

/// Which kinds of evidence spoke at an alert's peak, from the stored readings and the model that scored them.
struct AlertEvidence {
    /// Each kind's share of the evidence, the largest first; empty where it cannot be told.
    let shares: [(kind: EvidenceKind, share: Double)]
    /// Why it cannot be told; nil where it can.
    let obstacle: String?

    /// Runs the model over the readings up to the peak.
    init(of record: AlertRecord, in store: Store, _ reader: ModelReader) async throws {
        let alert = record.alert
        guard let version = record.modelVersion, let stored = try await store.model(alert.modelID) else {
            (shares, obstacle) = ([], "the model that scored the peak is not stored any more")
            return
        }
        let model: StreamModel
        do {
            model = try await reader.model(stored)
        } catch {
            (shares, obstacle) = ([], "model version \(version) cannot be read: \(error)")
            return
        }
        let readings = try await store.history(
            of: alert.stream, through: alert.peakAt, limit: EvidenceShares.readingCount)
        shares = EvidenceShares.ofNewest(in: TrainingHistory(readings), model: model)
        obstacle = shares.isEmpty ? "the readings before the peak are not stored any more" : nil
    }

    /// The lines for people.
    var lines: [String] { obstacle.map { ["unknown: \($0)"] } ?? Self.lines(shares) }

    /// Kinds with their shares and what they mean, a line each, without those that say next to nothing.
    static func lines(_ shares: [(kind: EvidenceKind, share: Double)]) -> [String] {
        shares.filter { $0.share >= 0.005 }.map { kind, share in
            let percent = Phrase.percent(share)
            let padding = String(repeating: " ", count: max(0, 5 - percent.count))
            return "\(padding)\(percent) \(kind.rawValue): \(meaning(of: kind))"
        }
    }

    /// What spoke most, as a sentence; none where it cannot be told.
    var sentences: [String] {
        guard let most = shares.first else { return [] }
        return [
            "What spoke most (\(Phrase.percent(most.share)) of the evidence, \(most.kind.rawValue)): \(Self.meaning(of: most.kind))."
        ]
    }

    private static func meaning(of kind: EvidenceKind) -> String {
        switch kind {
        case .rebuild: "the network cannot rebuild these readings from what it has learned"
        case .memory: "no stretch of normal readings that is remembered looks like this"
        case .foresight: "the readings before led to expect something else"
        case .context: "the course of the last hundreds of readings is like none that is remembered"
        case .statistics: "level, spread, extremes and pace of the newest readings do not go together as they used to"
        case .novelty: "a value never seen before, or a channel that is missing and never was"
        case .stuck: "a channel moves less than it ever did"
        }
    }
}
