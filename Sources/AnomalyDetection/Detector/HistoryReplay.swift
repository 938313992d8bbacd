/// Runs a model over a stretch of history exactly as the live detector would.
enum HistoryReplay {
    /// Calls `body` for each block of readings that the model can score, with their places in the history, the workspace that
    /// holds what was found for them, and where the model lies in it.
    ///
    /// `workspace` says by its settings what is found besides the sums.
    static func forEachBlock(
        of history: TrainingHistory, model: StreamModel, in workspace: inout ScoringWorkspace,
        _ body: (_ readings: [Int], _ workspace: inout ScoringWorkspace, _ placement: ScoringWorkspace.Placement) ->
            Void
    ) {
        var state = StreamScoringState(model: model)
        forEachBlock(of: history, model: model, from: &state, in: &workspace, body)
    }

    /// The same for readings that go on from what came before them, which `state` holds; it moves along.
    static func forEachBlock(
        of history: TrainingHistory, model: StreamModel, from state: inout StreamScoringState,
        in workspace: inout ScoringWorkspace,
        _ body: (_ readings: [Int], _ workspace: inout ScoringWorkspace, _ placement: ScoringWorkspace.Placement) ->
            Void
    ) {
        let placement = workspace.prepare(for: model)
        var pending: [Int] = []
        for reading in 0..<history.count {
            let start = reading * history.channelCount
            let row = Array(history.values[start..<(start + history.channelCount)])
            _ = state.history.append(
                row.span, at: history.times[reading], profiles: model.profiles, cadence: model.cadence)
            if workspace.add(newestOf: &state, model: model, placement) { pending.append(reading) }
            guard workspace.isFull || reading == history.count - 1 else { continue }
            workspace.evaluate(model, placement, state: &state)
            body(pending, &workspace, placement)
            pending.removeAll(keepingCapacity: true)
            workspace.clear(placement)
        }
    }
}
