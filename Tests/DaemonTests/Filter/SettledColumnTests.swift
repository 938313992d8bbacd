import Foundation
import AnomalyDetection
import Daemon
import Testing

/// The column that `harken score --settled` adds.
struct SettledColumnTests {
    private static let warmUp = 400

    /// Readings of a simulated pump as CSV; some rows are lost, and there is one gap longer than any window.
    private func csv(rows: Int, seed: UInt64) -> String {
        let start = Timestamp(nanoseconds: 1_767_225_600_000_000_000)
        var simulator = Simulator(
            plan: SimulationPlan(
                kinds: [.pump], streamCount: 1, start: start, intervalNanoseconds: 1_000_000_000, rowCount: rows),
            seed: seed)
        var text = "timestamp," + MachineKind.pump.channels.map(\.name).joined(separator: ",") + "\n"
        while simulator.advance() {
            let row = simulator.row
            if row > Self.warmUp, row % 7 == 3 || (700..<900).contains(row) { continue }
            let time = simulator.time.nanoseconds / 1_000_000_000
            text += "\(time)," + simulator.values.map { "\(Float($0))" }.joined(separator: ",") + "\n"
        }
        return text
    }

    /// The filter's output, row by row, each by the names of its columns.
    private func score(
        _ text: String, settled: Bool, chunk: Int = 4_096, change: (inout ScoreFilter.Options) -> Void = { _ in }
    ) -> [[String: String]] {
        var options = ScoreFilter.Options()
        options.trainRows = Self.warmUp
        options.isSettled = settled
        change(&options)
        var output: [UInt8] = []
        var filter = ScoreFilter(options) {
            output += $0
        } warn: { _ in
        }
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            let end = min(start + chunk, bytes.count)
            filter.feed(bytes.span.extracting(start..<end))
        }
        filter.finish()
        return rows(String(decoding: output, as: UTF8.self))
    }

    private func rows(_ text: String) -> [[String: String]] {
        let lines = text.split(separator: "\n").map { line in
            line.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
        }
        return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
    }

    @Test(arguments: UInt64(1)...2)
    func `the settled column is the mean of the live sums of all that look back on a row`(seed: UInt64) throws {
        let text = csv(rows: 1_600, seed: seed)
        let input = rows(text)
        let history = try history(of: input)
        let model = try fit(history[0..<Self.warmUp], seed: seed)
        let scored = score(text, settled: true) { options in
            options.trainRows = nil
            options.models = ["default": LiveModel(id: 1, model: model)]
        }
        #expect(scored.count == input.count)

        let sums = liveSums(of: history, model)
        var compared = 0
        for (index, row) in scored.enumerated() {
            let expected = settledScore(of: index, sums, history, model)
            #expect(row["score"]?.isEmpty == sums[index].isNaN, "row \(index)")
            #expect(row["settled"] == expected.map { "\($0)" } ?? "", "row \(index)")
            if expected != nil { compared += 1 }
        }
        #expect(compared > 900)
    }

    private func history(of input: [[String: String]]) throws -> TrainingHistory {
        let channels = MachineKind.pump.channels.map(\.name)
        var history = TrainingHistory(channelCount: channels.count)
        for row in input {
            history.times.append(Timestamp(nanoseconds: try #require(Int64(row["timestamp"] ?? "")) * 1_000_000_000))
            history.values += try channels.map { try #require(Double(row[$0] ?? "")) }
            history.isAlerting.append(false)
        }
        return history
    }

    private func fit(_ history: TrainingHistory, seed: UInt64) throws -> StreamModel {
        try ModelFitter(settings: DetectorSettings(), seed: seed).fit(history)
    }

    /// The sum behind the live score of each reading, one window at a time; NaN where there is none.
    private func liveSums(of history: TrainingHistory, _ model: StreamModel) -> [Float] {
        var workspace = ScoringWorkspace()
        let placement = workspace.prepare(for: model)
        var state = StreamScoringState(model: model)
        return (0..<history.count).map { reading in
            let start = reading * history.channelCount
            let values = Array(history.values[start..<(start + history.channelCount)])
            _ = state.history.append(
                values.span, at: history.times[reading], profiles: model.profiles, cadence: model.cadence)
            guard workspace.add(newestOf: &state, model: model, placement) else { return .nan }
            workspace.evaluate(model, placement, state: &state)
            defer { workspace.clear(placement) }
            return workspace.heldSums[0]
        }
    }

    private func settledScore(
        of index: Int, _ sums: [Float], _ history: TrainingHistory, _ model: StreamModel
    ) -> Float? {
        guard sums[index].isFinite else { return nil }
        let end = history.times[index].advanced(byNanoseconds: 63_500_000_000)
        let covering = sums.indices.filter { $0 >= index && history.times[$0] < end && sums[$0].isFinite }
        let cubes = covering.reduce(0.0) { $0 + Double(sums[$1]) * Double(sums[$1]) * Double(sums[$1]) }
        return model.settledCalibration?.score(Float(cbrt(cubes / Double(covering.count))))
    }

    @Test(arguments: [1, 500, 1 << 20])
    func `the column changes nothing else, and does not depend on how the input comes`(chunk: Int) {
        let text = csv(rows: 1_300, seed: 3)
        let (live, settled) = (score(text, settled: false), score(text, settled: true, chunk: chunk))
        #expect(live.count == settled.count)
        for (before, after) in zip(live, settled) {
            var after = after
            let value = after.removeValue(forKey: "settled")
            #expect(before == after)
            #expect(value?.isEmpty == before["score"]?.isEmpty)
        }
        #expect(score(text, settled: true).map { $0["settled"] } == settled.map { $0["settled"] })
    }

    @Test func `rows leave once they are settled, not at the end of input`() {
        let text = csv(rows: 12_000, seed: 4)
        var options = ScoreFilter.Options()
        options.trainRows = Self.warmUp
        options.isSettled = true
        var rows = 0
        var filter = ScoreFilter(options) { bytes in
            rows += bytes.count { $0 == UInt8(ascii: "\n") }
        } warn: { _ in
        }
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: 1_000) {
            filter.feed(bytes.span.extracting(start..<min(start + 1_000, bytes.count)))
        }
        #expect(rows > 8_000, "two batches have gone but for their last window")
        filter.finish()
        #expect(rows == bytes.count { $0 == UInt8(ascii: "\n") })
    }

    @Test func `with a model that gives no settled scores the column is empty and nothing waits`() throws {
        let text = csv(rows: 900, seed: 5)
        let history = try history(of: rows(text))
        let model = try fit(history[0..<Self.warmUp], seed: 5)
        let old = StreamModel(
            cadence: model.cadence, profiles: model.profiles, parts: model.parts, calibration: model.calibration,
            settledCalibration: nil, threshold: model.threshold, trainedReadings: model.trainedReadings,
            choices: model.choices)
        let scored = score(text, settled: true) { options in
            options.trainRows = nil
            options.models = ["default": LiveModel(id: 1, model: old)]
        }
        #expect(scored.count == rows(text).count)
        #expect(scored.allSatisfy { $0["settled"] == "" })
        #expect(scored.contains { $0["score"] != "" })
    }
}
