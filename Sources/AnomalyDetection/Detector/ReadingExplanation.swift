/// What a model says of one reading: which kinds of evidence and which channels are behind its score.
package struct ReadingExplanation: Sendable {
    /// Each kind's share of the evidence, the largest first; the shares sum to 1.
    package let evidence: [(kind: EvidenceKind, share: Double)]
    /// Every channel's part, the largest share first; the shares sum to 1.
    package let contributions: [ChannelContribution]
    /// How much of the longest window was there.
    package let window: WindowLoss

    /// Explains the newest reading of a history; nil where the model cannot score it.
    ///
    /// ``EvidenceShares/readingCount`` readings make it what the live score was made of. `names` are those of the channels.
    package init?(ofNewestIn history: TrainingHistory, model: StreamModel, names: [String]) {
        var workspace = ScoringWorkspace()
        var found: (shares: [Double], expected: [Float], deviations: [Float])?
        var loss = WindowLoss(readings: 0, missing: 0)
        HistoryReplay.forEachBlock(of: history, model: model, in: &workspace) { readings, workspace, placement in
            guard readings.last == history.count - 1 else { return }
            found = workspace.explain(model, placement, row: readings.count - 1)
            loss = workspace.loss(model, placement, row: readings.count - 1)
        }
        guard let found else { return nil }
        let newest = history.values.suffix(history.channelCount)
        contributions = AlertExplanation.contributions(found, of: newest, model: model, names: names)
        evidence = EvidenceShares.ofNewest(in: history, model: model)
        window = loss
    }
}
