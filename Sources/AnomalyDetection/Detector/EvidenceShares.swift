/// Which kinds of evidence spoke in the score of one reading.
package enum EvidenceShares {
    /// So many readings up to the one that is asked for say it: they fill the windows, and let what fades find its context.
    package static let readingCount = StreamScoringState.readingsToFill + 4 * Int(Fading.readings)

    /// Each kind's share of the sum of evidence of the newest reading, the largest first; none where the model cannot score it.
    ///
    /// The shares sum to 1. With fewer than ``readingCount`` readings the share of what fades is only about that of the live score.
    package static func ofNewest(
        in history: TrainingHistory, model: StreamModel
    ) -> [(kind: EvidenceKind, share: Double)] {
        var workspace = ScoringWorkspace()
        var sums: [EvidenceKind: Double] = [:]
        HistoryReplay.forEachBlock(of: history, model: model, in: &workspace) { readings, workspace, _ in
            guard readings.last == history.count - 1 else { return }
            for (index, part) in model.parts.enumerated() {
                sums[part.kind, default: 0] += Double(
                    workspace.partSums[index * WindowBlock.rowCount + readings.count - 1])
            }
        }
        let total = sums.values.reduce(0, +)
        guard total > 0 else { return [] }
        return EvidenceKind.allCases.compactMap { kind in sums[kind].map { (kind, $0 / total) } }
            .sorted { $0.share > $1.share }
    }
}
