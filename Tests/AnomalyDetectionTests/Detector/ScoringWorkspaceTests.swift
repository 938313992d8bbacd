import AnomalyDetection
import LinearAlgebra
import Testing
import VAE

/// A model's sums as a stream goes on, rests and is resumed.
struct ScoringWorkspaceTests {
    /// What became of one reading: the bits of its sums, and what each part adds.
    private struct Scored: Equatable {
        var sum: UInt32
        var heldSum: UInt32
        var parts: [UInt32]
        var rests: Bool
    }

    private static let model = Result { try SampleModel.model(seed: 2) }

    /// Scores readings one after the other, `blockSize` windows at a time; nil where one has no sum. With `scored` readings before are only
    /// put on their slots, and `before` is what moves along besides.
    private func run(
        _ history: TrainingHistory, _ model: StreamModel, scored first: Int = 0, before: StreamScoringState? = nil,
        blockSize: Int = WindowBlock.rowCount
    ) -> (scored: [Scored?], states: [StreamScoringState]) {
        var workspace = ScoringWorkspace()
        let placement = workspace.prepare(for: model)
        var state = StreamScoringState(model: model)
        if let before { (state.context, state.held) = (before.context, before.held) }
        var result = [Scored?](repeating: nil, count: history.count)
        var (pending, states): ([Int], [StreamScoringState]) = ([], [])
        for reading in 0..<history.count {
            let row = history[reading..<(reading + 1)].values
            _ = state.history.append(
                row.span, at: history.times[reading], profiles: model.profiles, cadence: model.cadence)
            guard reading >= first else { continue }
            if workspace.add(newestOf: &state, model: model, placement) { pending.append(reading) }
            if workspace.count == blockSize || workspace.isFull || reading == history.count - 1 {
                workspace.evaluate(model, placement, state: &state)
                for (row, reading) in pending.enumerated() {
                    result[reading] = Scored(
                        sum: workspace.sums[row].bitPattern, heldSum: workspace.heldSums[row].bitPattern,
                        parts: model.parts.indices.map {
                            workspace.partSums[$0 * WindowBlock.rowCount + row].bitPattern
                        }, rests: workspace.rests[row])
                }
                pending.removeAll()
                workspace.clear(placement)
            }
            if blockSize == 1 { states.append(state) }
        }
        return (result, states)
    }

    /// Readings of which some are lost, for a moment, a minute and minutes, and some lack a channel.
    private func troubled(seed: UInt64) -> TrainingHistory {
        let whole = SampleModel.history(rows: 1_500, seed: seed)
        var random = RandomSource(seed: seed)
        var history = TrainingHistory(channelCount: 6)
        for reading in 0..<1_500 {
            if (500..<512).contains(reading) || (800..<860).contains(reading) || (1_100..<1_250).contains(reading) {
                continue
            }
            if random.uniform() < 0.01 { continue }
            history.times.append(whole.times[reading])
            history.isAlerting.append(false)
            for channel in 0..<6 {
                history.values.append(random.uniform() < 0.01 ? .nan : whole.values[reading * 6 + channel])
            }
        }
        return history
    }

    @Test(arguments: UInt64(1)...2) func `sums do not depend on how many windows are looked at together`(seed: UInt64)
        throws
    {
        let model = try Self.model.get()
        let history = troubled(seed: seed)
        let expected = run(history, model).scored
        #expect(expected.count { $0 != nil } > 1_000 && expected.contains { $0?.rests == true })
        for blockSize in [1, 5, 63] {
            #expect(run(history, model, blockSize: blockSize).scored == expected, "\(blockSize) at a time")
        }
    }

    /// What was foretold is not stored: it is found again from the slots that are kept.
    @Test(arguments: UInt64(1)...2)
    func `a stream that is resumed anywhere has the sums that it would have had, from its next reading on`(
        seed: UInt64
    ) throws {
        let model = try Self.model.get()
        let history = troubled(seed: seed)
        let whole = run(history, model, blockSize: 1)
        var random = RandomSource(seed: seed)
        let stops =
            [498, 499, 500, 505, 520, 780, 790, 800, 1_000, 1_040]
            + (0..<20).map { _ in 330 + random.index(below: 900) }
        for stop in stops {
            let start = stop - StreamScoringState.readingsToFill
            let resumed = run(
                history[start..<min(stop + 60, history.count)], model, scored: StreamScoringState.readingsToFill,
                before: whole.states[stop - 1]
            ).scored.dropFirst(StreamScoringState.readingsToFill)
            for (offset, found) in resumed.enumerated() {
                #expect(found == whole.scored[stop + offset], "reading \(stop + offset), resumed at \(stop)")
                guard found == whole.scored[stop + offset] else { break }
            }
        }
    }

    @Test func `a part rests while a long gap is in its own window, and no longer`() throws {
        let model = try Self.model.get()
        let whole = SampleModel.history(rows: 1_500, seed: 7)
        let gap = 600..<620
        var history = whole[0..<gap.lowerBound]
        history.append(whole[gap.upperBound..<1_500])
        let scored = run(history, model).scored
        for (index, part) in model.parts.enumerated() where part.needsReadings {
            let usual = (part.weight * 0.4).bitPattern
            for reading in gap.upperBound..<1_000 {
                guard let found = scored[reading - gap.count] else { continue }
                // The slots of the gap that the window still has are more than the model is used to.
                let left = gap.upperBound - max(gap.lowerBound, reading + 1 - part.layout.length)
                if left > part.layout.bearableGap(usual: model.usualGap) {
                    #expect(found.parts[index] == usual, "\(part.kind) at \(reading)")
                    #expect(found.rests)
                } else if part.kind != .foresight || left < -Int(ForesightState.slotCount) {
                    #expect(found.parts[index] != usual, "\(part.kind) at \(reading)")
                }
            }
        }
        #expect(scored[1_200]?.rests == false)
    }

    /// What stood in for the readings that did not come must not be held against those that come after.
    @Test(arguments: [3, 12, 20]) func `behind a gap sums are as they were before it`(length: Int) throws {
        let model = try Self.model.get()
        let whole = SampleModel.history(rows: 1_500, seed: 8)
        var history = whole[0..<700]
        history.append(whole[(700 + length)..<1_500])
        func sums(_ history: TrainingHistory) -> [Float] {
            run(history, model).scored.map { $0.map { Float(bitPattern: $0.sum) } ?? 0 }
        }
        let (undisturbed, found) = (sums(whole), sums(history))
        let usual = undisturbed[300..<1_400].max() ?? 0
        #expect(found[700...].allSatisfy { $0 < 1.5 * usual }, "\(found[700...].max() ?? 0), usually \(usual)")
    }
}
