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
    init(of record: AlertRecord, in store: Store) async throws {
        let alert = record.alert
        guard let version = record.modelVersion, let blob = try await store.modelBlobs([alert.modelID]).first else {
            (shares, obstacle) = ([], "the model that scored the peak is not stored any more")
            return
        }
        let model: StreamModel
        do {
            model = try ModelBlob.decode(blob)
        } catch {
            (shares, obstacle) = ([], "model version \(version) cannot be read: \(error)")
            return
        }
        let readings = try await store.history(
            of: alert.stream, through: alert.peakAt, limit: EvidenceShares.readingCount)
        shares = EvidenceShares.ofNewest(in: TrainingHistory(readings), model: model)
        obstacle = shares.isEmpty ? "the readings before the peak are not stored any more" : nil
    }

    /// One line for people.
    var text: String {
        if let obstacle { return "unknown: \(obstacle)" }
        return shares.filter { $0.share >= 0.005 }
            .map { "\($0.kind.rawValue) \(Int(($0.share * 100).rounded())) %" }
            .joined(separator: ", ")
    }
}
