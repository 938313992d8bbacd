import AnomalyDetection
import LinearAlgebra
import Testing
import VAE

@Suite(.timeLimit(.minutes(10))) struct AttentionForesightTests {
    /// A model of two sines.
    static let model = fit(SineReadings.history(count: 1_400, seed: 1))

    static func fit(_ history: TrainingHistory, steps: Int = TrainingSettings().stepCount) -> StreamModel {
        var settings = DetectorSettings()
        settings.detector = .attn
        var training = TrainingSettings()
        training.stepCount = steps
        do {
            return try ModelFitter(settings: settings, training: training, seed: 5).fit(history)
        } catch {
            preconditionFailure("sines cannot be fitted: \(error)")
        }
    }

    private static func part() throws -> AttentionForesight {
        try #require(model.parts.lazy.compactMap { $0 as? AttentionForesight }.first)
    }

    /// Normalized windows of the part's layout, the last ending with the newest reading of a history and the others so many readings
    /// before each other, (count).
    private static func windows(of history: TrainingHistory, count: Int, apart: Int = 1) throws -> [[Float]] {
        let layout = try part().layout
        let grid = TrainingGrid(
            history, profiles: model.profiles, cadence: model.cadence, longestGap: StreamScoringState.longestGap)
        let (cells, _) = grid.windows(layout, endingWith: (1...count).map { history.count - 1 - (count - $0) * apart })
        return (0..<count).map { Array(cells.elements[($0 * layout.width)..<(($0 + 1) * layout.width)]) }
    }

    @Test func `the detector foretells by attention, watches the state of channels, and says what it chose`() throws {
        #expect(Set(Self.model.parts.map(\.kind)).isSubset(of: [.foresight, .novelty, .stuck]))
        let part = try Self.part()
        #expect(part.layout == WindowLayout(length: 64, channels: [0, 1]))
        #expect(part.scale >= AttentionForesight.leastScale && part.center.isFinite)
        #expect(Self.model.network?.network.isTrained == false)
        #expect(Self.model.choices.contains { $0.hasPrefix("foresight: by attention over windows of 64 slots") })
    }

    @Test func `with few readings the network foretells in its place, and a choice says so`() throws {
        let model = Self.fit(SineReadings.history(count: 700, seed: 2), steps: 50)
        #expect(model.foresight != nil && !model.parts.contains { $0 is AttentionForesight })
        let choice = try #require(model.choices.first { $0.hasPrefix("foresight: the network's, in closed form") })
        #expect(choice.contains("attention needs 1000 readings"))
    }

    @Test func `the same history and seed give the same part`() throws {
        let history = SineReadings.history(count: 1_100, seed: 3)
        let parts = [Self.fit(history, steps: 50), Self.fit(history, steps: 50)].map { model in
            model.parts.lazy.compactMap { $0 as? AttentionForesight }.first
        }
        #expect(parts[0] == parts[1] && parts[0] != nil)
    }

    @Test func `a part that was stored gives the same ratios to the last bit, in half precision`() throws {
        let part = try Self.part()
        let read = try stored(part, channelCount: 2)
        #expect(read == part)
        let block = WindowBlock(
            try Self.windows(of: SineReadings.history(count: 400, seed: 8), count: 64), layout: part.layout)
        #expect(read.ratios(of: block).map(\.bitPattern) == part.ratios(of: block).map(\.bitPattern))
        var writer = ByteWriter()
        part.encode(into: &writer)
        #expect(writer.bytes.first == 14)
        #expect(writer.bytes.count < 3 * part.network.parameters.count, "\(writer.bytes.count) bytes")
    }

    @Test func `a part that was stored and cut off is refused`() throws {
        let bytes = ModelBlob.encode(Self.model)
        for count in stride(from: 0, to: bytes.count, by: 997) {
            #expect(throws: BlobFailure.self) { try ModelBlob.decode(Array(bytes[..<count])) }
        }
    }

    @Test(arguments: UInt64(1)...3)
    func `a window's ratio does not depend on the windows beside it`(seed: UInt64) throws {
        let part = try Self.part()
        let windows = try Self.windows(of: SineReadings.history(count: 400, seed: 20 + seed), count: 64)
        var random = RandomSource(seed: seed)
        let missing = windows.map { _ in
            random.uniform() < 0.5 ? Set((0..<20).map { _ in random.index(below: part.layout.width) }) : []
        }
        let together = part.ratios(of: WindowBlock(windows, layout: part.layout, missing: missing))
        for row in windows.indices {
            let alone = part.ratios(of: WindowBlock([windows[row]], layout: part.layout, missing: [missing[row]]))
            #expect(alone[0].bitPattern == together[row].bitPattern)
        }
    }

    @Test func `what stands in for a missing value says nothing, and too few values have no ratio`() throws {
        let part = try Self.part()
        var window = try Self.windows(of: SineReadings.history(count: 300, seed: 9), count: 1)[0]
        let width = part.layout.width
        let missing = Set([width - 1, width - 6, width - 40])
        let before = part.ratios(of: WindowBlock([window], layout: part.layout, missing: [missing]))
        for cell in missing { window[cell] = 8 }
        #expect(part.ratios(of: WindowBlock([window], layout: part.layout, missing: [missing])) == before)
        #expect(before[0].isFinite)
        // Seven of the newest 32 slots are observed, and then eight.
        let seven = Set((width - 64)..<(width - 14))
        #expect(part.ratios(of: WindowBlock([window], layout: part.layout, missing: [seven]))[0].isNaN)
        let eight = Set((width - 64)..<(width - 16))
        #expect(part.ratios(of: WindowBlock([window], layout: part.layout, missing: [eight]))[0].isFinite)
    }

    @Test(arguments: UInt64(1)...3)
    func `normal windows are under 1 but for a few, and a course that was never seen is far over`(seed: UInt64) throws {
        let part = try Self.part()
        // Neighboring windows share all but one reading, so those over 1 come in runs; these have judged slots of their own.
        let fresh = SineReadings.history(count: 64 * 32 + 100, seed: 30 + seed)
        let windows = try Self.windows(of: fresh, count: 64, apart: 32)
        let normal = part.ratios(of: WindowBlock(windows, layout: part.layout))
        #expect(normal.allSatisfy { $0 >= 0 })
        // The scale is of windows that were trained on, which are foretold a little better than others.
        #expect(normal.count { $0 > 1 } <= 10 && normal.allSatisfy { $0 < 2 }, "\(normal)")
        // The same values at twice the pace: no value is odd, but how they follow each other is.
        let fast = try Self.windows(of: SineReadings.history(count: 600, pace: 2, seed: 30 + seed), count: 64)
        let odd = part.ratios(of: WindowBlock(fast, layout: part.layout))
        #expect(odd.allSatisfy { $0 > 3 }, "\(odd)")
    }

    @Test func `the channel that goes its own way has the most of the explanation`() throws {
        let part = try Self.part()
        var window = try Self.windows(of: SineReadings.history(count: 300, seed: 12), count: 1)[0]
        for slot in 50..<64 { window[slot * 2 + 1] += 2 }
        let block = WindowBlock([window], layout: part.layout)
        var scratch = EvidenceScratch()
        part.reserve(in: &scratch)
        var ratios = [Float](repeating: 0, count: WindowBlock.rowCount)
        part.score(block, scratch: &scratch, into: &ratios)
        let shares = part.explain(block, row: 0, scratch: &scratch).shares
        #expect(ratios[0] > 1)
        #expect(shares.count == 2 && shares.allSatisfy { $0 >= 0 } && shares[1] > 2 * shares[0], "\(shares)")
    }
}
