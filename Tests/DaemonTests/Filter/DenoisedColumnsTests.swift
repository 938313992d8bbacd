import AnomalyDetection
import Daemon
import Foundation
import Testing

/// The columns that `harken score --denoise` adds.
struct DenoisedColumnsTests {
    private static let warmUp = 400

    /// Sums of twelve uniform numbers (SplitMix64), which are normal enough.
    private struct Noise {
        var state: UInt64

        mutating func next() -> Double {
            (0..<12).reduce(-6.0) { sum, _ in
                state &+= 0x9E37_79B9_7F4A_7C15
                var bits = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
                bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
                return sum + Double((bits ^ (bits >> 31)) >> 11) * 0x1p-53
            }
        }
    }

    /// Two waves under noise; `clean` has them without. Some values and some rows are missing.
    private struct Sample {
        var text = "timestamp,a,b\n"
        var history = TrainingHistory(channelCount: 2)
        var clean: [[Double]] = []

        init(rows: Int, seed: UInt64) {
            var noise = Noise(state: seed)
            for row in 0..<rows {
                let truth = [sin(2 * .pi * Double(row) / 24), 5 + 2 * cos(2 * .pi * Double(row) / 48)]
                let values = truth.map { Double(Float($0 + 0.4 * noise.next())) }
                if row > warmUp, row % 11 == 3 || (700..<900).contains(row) { continue }
                let isMissing = row > warmUp && row % 17 == 5
                history.times.append(Timestamp(nanoseconds: Int64(row) * 1_000_000_000))
                history.values += [isMissing ? .nan : values[0], values[1]]
                history.isAlerting.append(false)
                clean.append(truth)
                text += "\(row)," + (isMissing ? "" : "\(Float(values[0]))") + ",\(Float(values[1]))\n"
            }
        }
    }

    private func score(
        _ text: String, chunk: Int = 4_096, change: (inout ScoreFilter.Options) -> Void = { _ in }
    ) -> [[String: String]] {
        var options = ScoreFilter.Options()
        options.trainRows = Self.warmUp
        options.isDenoised = true
        change(&options)
        var output: [UInt8] = []
        var filter = ScoreFilter(options) {
            output += $0
        } warn: { _ in
        }
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            filter.feed(bytes.span.extracting(start..<min(start + chunk, bytes.count)))
        }
        filter.finish()
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\n").map { line in
            line.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
        }
        return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
    }

    private func fit(
        _ history: TrainingHistory, rows: Int, seed: UInt64, _ evidence: Set<EvidenceKind>,
        detector: DetectorKind = .pca
    ) throws
        -> StreamModel
    {
        var settings = DetectorSettings()
        settings.evidence = evidence
        settings.detector = detector
        return try ModelFitter(settings: settings, seed: seed).fit(history[0..<rows])
    }

    private static func use(_ model: StreamModel, _ options: inout ScoreFilter.Options) {
        options.trainRows = nil
        options.models = ["default": LiveModel(id: 1, model: model)]
    }

    @Test(arguments: UInt64(1)...2)
    func `a denoised value is the mean of what all windows over the reading rebuild`(seed: UInt64) throws {
        let sample = Sample(rows: 1_600, seed: seed)
        let model = try fit(sample.history, rows: Self.warmUp, seed: seed, [.rebuild, .novelty])
        let rows = score(sample.text) { Self.use(model, &$0) }
        #expect(rows.count == sample.history.count)
        let expected = denoised(sample.history, model)
        var compared = 0
        for (index, row) in rows.enumerated() {
            #expect(row["denoised_a"]?.isEmpty == row["score"]?.isEmpty, "row \(index)")
            guard let expected = expected[index] else {
                #expect(row["denoised_a"] == "", "row \(index)")
                continue
            }
            for (name, value) in zip(["denoised_a", "denoised_b"], expected) {
                let text = try #require(row[name])
                #expect(abs((Double(text) ?? .nan) - value) < 1e-5, "row \(index), \(name)")
            }
            compared += 1
        }
        #expect(compared > 900)
    }

    /// The denoised values of each reading, worked out window by window; nil for those that are not scored.
    private func denoised(_ history: TrainingHistory, _ model: StreamModel) -> [[Double]?] {
        var workspace = ScoringWorkspace()
        workspace.wantsRebuilt = true
        let placement = workspace.prepare(for: model)
        var state = StreamScoringState(model: model)
        let seconds = history.times.map { Int($0.nanoseconds / 1_000_000_000) }
        var windows: [[Float]] = []
        var length = 0
        for reading in 0..<history.count {
            let values = Array(history.values[(reading * 2)..<(reading * 2 + 2)])
            _ = state.history.append(
                values.span, at: history.times[reading], profiles: model.profiles, cadence: model.cadence)
            guard workspace.add(newestOf: &state, model: model, placement) else {
                windows.append([])
                continue
            }
            workspace.evaluate(model, placement, state: &state)
            windows.append(Array(workspace.rebuilt))
            length = workspace.rebuiltLayout?.length ?? 0
            workspace.clear(placement)
        }
        return windows.indices.map { reading in
            guard !windows[reading].isEmpty else { return nil }
            let covering = windows.indices.filter {
                !windows[$0].isEmpty && (0..<length).contains(seconds[$0] - seconds[reading])
            }
            return (0..<2).map { channel in
                let sum = covering.reduce(0.0) { sum, end in
                    let slot = length - 1 - (seconds[end] - seconds[reading])
                    return sum + model.profiles[channel].denormalized(windows[end][slot * 2 + channel])
                }
                return sum / Double(covering.count)
            }
        }
    }

    @Test(arguments: [false, true])
    func `it is nearer to the truth than the reading, and than what was expected of it`(isTrained: Bool) throws {
        let sample = Sample(rows: 3_000, seed: 3)
        let model = try fit(
            sample.history, rows: 1_500, seed: 3, [.rebuild, .novelty], detector: isTrained ? .vae : .pca)
        #expect(model.choices.contains { $0.contains("trained for") } == isTrained)
        let rows = score(sample.text) { Self.use(model, &$0) }
        func error(_ column: String) -> Double {
            var (squares, count) = (0.0, 0)
            for index in 1_600..<rows.count {
                for (channel, name) in ["a", "b"].enumerated() {
                    guard let value = rows[index][column + name].flatMap(Double.init) else { continue }
                    squares += (value - sample.clean[index][channel]) * (value - sample.clean[index][channel])
                    count += 1
                }
            }
            return (squares / Double(count)).squareRoot()
        }
        let (reading, expected, denoised) = (error(""), error("expected_"), error("denoised_"))
        // Measured, of noise of 0.40: 0.141 expected and 0.125 denoised by the trained network.
        #expect(denoised < (isTrained ? 0.35 : 0.7) * reading)
        #expect(denoised < 0.95 * expected)
        #expect(rows[1_600...].allSatisfy { $0["denoised_a"] != "" }, "also where the reading is missing")
    }

    @Test(arguments: [1, 500, 1 << 20])
    func `the columns change nothing else, and do not depend on how the input comes`(chunk: Int) {
        let text = Sample(rows: 1_300, seed: 4).text
        let plain = score(text) { $0.isDenoised = false }
        let (whole, cut) = (score(text), score(text, chunk: chunk))
        let both = score(text, chunk: chunk) { $0.isSettled = true }
        let settled = score(text) { ($0.isDenoised, $0.isSettled) = (false, true) }
        #expect(whole == cut)
        #expect(plain == whole.map { $0.filter { !$0.key.hasPrefix("denoised_") } })
        #expect(settled == both.map { $0.filter { !$0.key.hasPrefix("denoised_") } })
        #expect(whole == both.map { $0.filter { $0.key != "settled" } })
    }

    @Test func `rows leave once no window covers them, and at once where nothing is rebuilt`() throws {
        let text = Sample(rows: 12_000, seed: 5).text
        let bytes = Array(text.utf8)
        func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") }
        var counts: [Bool: Int] = [:]
        for rebuilds in [true, false] {
            var options = ScoreFilter.Options()
            options.trainRows = Self.warmUp
            options.settings.evidence = rebuilds ? [.rebuild, .novelty] : [.novelty, .stuck]
            options.isDenoised = true
            var output: [UInt8] = []
            var filter = ScoreFilter(options) {
                output += $0
            } warn: { _ in
            }
            for start in stride(from: 0, to: bytes.count, by: 1_000) {
                filter.feed(bytes.span.extracting(start..<min(start + 1_000, bytes.count)))
            }
            counts[rebuilds] = output.count(where: isLineEnd)
            filter.finish()
            #expect(output.count(where: isLineEnd) == bytes.count(where: isLineEnd))
            let last = String(decoding: output, as: UTF8.self).split(separator: "\n").last ?? ""
            #expect(last.hasSuffix(",,,,") == !rebuilds, "\(last)")
        }
        let (denoised, plain) = (try #require(counts[true]), try #require(counts[false]))
        #expect(plain > 8_000, "two batches have gone")
        // A window of at most 64 slots, fewer where training had few readings, of which one in eleven has no reading.
        #expect((30..<64).contains(plain - denoised), "\(plain - denoised) rows wait")
    }
}
