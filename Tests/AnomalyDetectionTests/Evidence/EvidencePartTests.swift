import AnomalyDetection
import LinearAlgebra
import TestSupport
import Testing
import VAE

/// The parts that look at windows.
enum WindowPart: CaseIterable {
    case rebuild, foresight, memory, context, statistics

    /// The part as it is made from a stretch, with the network that it reads.
    func reader(_ stretch: SampleStretch) throws -> PartReader {
        let network = try stretch.network()
        switch self {
        case .rebuild: return PartReader(stretch.rebuild(network), network)
        case .foresight: return PartReader(stretch.foresight(network), network)
        case .memory: return PartReader(stretch.memory(network), network)
        case .context: return PartReader(try stretch.memory(Context.self))
        case .statistics: return PartReader(try stretch.memory(RollingStatistics.self))
        }
    }
}

/// What is the same for every part that looks at windows.
struct EvidencePartTests {
    private let slots = Array(300..<600)

    @Test(arguments: WindowPart.allCases, [1, 3]) func `a window's ratio does not depend on its neighbors in the block`(
        kind: WindowPart, channels: Int
    ) throws {
        let stretch = SampleStretch(channels: channels, seed: 1)
        var random = RandomSource(seed: 2)
        let missing = Set((0..<200).map { _ in [100 + random.index(below: 500), random.index(below: channels)] })
        let whole = try kind.reader(stretch)
        var together = whole
        let expected = together.ratios(of: stretch, endingIn: slots, missing: missing)
        for blockSize in [1, 2, 7, 33] {
            var apart = whole
            let found = apart.ratios(of: stretch, endingIn: slots, missing: missing, blockSize: blockSize)
            #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "blocks of \(blockSize)")
        }
        #expect(expected.dropFirst(40).allSatisfy { $0.isFinite && $0 >= 0 })
    }

    @Test(arguments: WindowPart.allCases, UInt64(1)...3) func `normal windows have ordinary ratios`(
        kind: WindowPart, seed: UInt64
    ) throws {
        var reader = try kind.reader(SampleStretch(seed: 1))
        // The same machine, with other noise.
        let found = reader.ratios(of: SampleStretch(phasesOf: 1, seed: seed + 20), endingIn: slots).dropFirst(40)
        #expect(found.reduce(0, +) / Float(found.count) < 4, "\(found.max() ?? 0)")
    }

    @Test(arguments: WindowPart.allCases, UInt64(1)...3)
    func `a channel that jumps is odd, and is the one that is named`(
        kind: WindowPart, seed: UInt64
    ) throws {
        var reader = try kind.reader(SampleStretch(channels: 3, seed: 1))
        var stretch = SampleStretch(channels: 3, phasesOf: 1, seed: seed + 20)
        for slot in 560..<600 { stretch[slot, 1] += slot.isMultiple(of: 8) ? -6 : 6 }
        let found = reader.ratios(of: stretch, endingIn: slots)
        let before = found[100..<260]
        #expect((found.last ?? 0) > 2 * (before.max() ?? .infinity), "\(found.last ?? 0), \(before.max() ?? 0)")
        let block = stretch.block(reader.part.layout, endingIn: slots.suffix(300 % WindowBlock.rowCount))
        let shares = reader.explanation(of: block, row: block.count - 1).shares
        #expect(shares.count == 3 && shares.allSatisfy { $0 >= 0 && $0.isFinite })
        #expect(shares[1] > 0.6 * shares.reduce(0, +), "\(shares)")
    }

    @Test(arguments: WindowPart.allCases) func `a part that was stored gives the same ratios to the last bit`(
        kind: WindowPart
    ) throws {
        let stretch = SampleStretch(seed: 3)
        var reader = try kind.reader(stretch)
        func again<Part: EvidencePart & Equatable>(_ part: Part) throws -> PartReader {
            let read = try stored(part, channelCount: 2, network: reader.network)
            #expect(read == part)
            return PartReader(read, reader.network)
        }
        var read: PartReader
        switch reader.part {
        case let part as Rebuild: read = try again(part)
        case let part as Foresight: read = try again(part)
        case let part as Memory: read = try again(part)
        case let part as Context: read = try again(part)
        case let part as RollingStatistics: read = try again(part)
        default: throw TestFailure()
        }
        let other = SampleStretch(seed: 4)
        #expect(
            read.ratios(of: other, endingIn: slots).map(\.bitPattern)
                == reader.ratios(of: other, endingIn: slots).map(\.bitPattern))
    }

    private struct TestFailure: Error {}

    @Test(
        .enabled(if: AllocationCounter.isAvailable, "a sanitizer has an allocator of its own"),
        arguments: WindowPart.allCases, [1, 64]) func `scoring allocates nothing`(kind: WindowPart, rows: Int) throws
    {
        let stretch = SampleStretch(channels: 3, seed: 5)
        var reader = try kind.reader(stretch)
        let ends = Array(slots.prefix(rows))
        let block = stretch.block(reader.part.layout, endingIn: ends, missing: [[301, 1]], gaps: [305])
        _ = reader.ratios(of: block, slots: ends)
        let allocations = AllocationCounter.allocations { for _ in 0..<3 { reader.score(block) } }
        #expect(allocations == 0)
    }

    @Test(arguments: WindowPart.allCases) func `windows of which much is missing have a ratio or say nothing`(
        kind: WindowPart
    ) throws {
        let stretch = SampleStretch(seed: 6)
        var reader = try kind.reader(stretch)
        var random = RandomSource(seed: 7)
        let missing = Set((0..<1_200).map { _ in [random.index(below: 600), random.index(below: 2)] })
        let found = reader.ratios(of: stretch, endingIn: slots, missing: missing)
        #expect(found.allSatisfy { $0.isNaN || ($0.isFinite && $0 >= 0) })
    }
}
