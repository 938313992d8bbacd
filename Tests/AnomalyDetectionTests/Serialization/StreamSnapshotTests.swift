import AnomalyDetection
import LinearAlgebra
import Testing
import VAE

struct StreamSnapshotTests {
    /// Snapshots of a stream in every situation: warm-up, training, scoring, pending, firing, waiting, silent.
    private func snapshots(seed: UInt64) throws -> [StreamSnapshot] {
        let run = EngineRun(settings: .quick)
        run.trainsAtOnce = false
        var snapshots = [StreamSnapshot(settings: .quick), .scoringOnly(channelCount: 4)]
        for (index, reading) in try SampleReadings.troubled(rows: 1_300, seed: seed).enumerated() {
            // Halfway the wall clock comes in, and with it the rhythm of arrivals.
            try run.ingest([reading], arrival: index > 650 ? reading.time : nil)
            if index % 37 == 0 { try run.train() }
            snapshots.append(run.engine.snapshot(of: StreamID(0)))
        }
        run.checkSilence(at: SampleReadings.start.advanced(byNanoseconds: 10_000 * SampleReadings.second))
        snapshots.append(run.engine.snapshot(of: StreamID(0)))
        #expect(run.told.last?.alert.kind == .noData)
        #expect(!run.alerts.isEmpty, "the sample must raise alerts")
        return snapshots
    }

    @Test(arguments: UInt64(1)...3) func `a snapshot is read back as it was written`(seed: UInt64) throws {
        for snapshot in try snapshots(seed: seed) {
            let bytes = snapshot.encoded()
            let read = try StreamSnapshot(decoding: bytes)
            #expect(read == snapshot)
            #expect(read.encoded() == bytes)
        }
    }

    @Test(arguments: UInt64(1)...3) func `every truncation and every altered bit of a snapshot is refused`(seed: UInt64)
        throws
    {
        let all = try snapshots(seed: seed).map { $0.encoded() }
        // The longest one has an open alert with all its parts.
        let longest = try #require(all.max { $0.count < $1.count })
        #expect(longest.count > 300)
        for count in 0..<longest.count {
            #expect(throws: BlobFailure.self) { try StreamSnapshot(decoding: Array(longest[..<count])) }
        }
        for place in longest.indices {
            for bit in 0..<8 {
                var altered = longest
                altered[place] ^= UInt8(1 << bit)
                #expect(throws: BlobFailure.self) { try StreamSnapshot(decoding: altered) }
            }
        }
        #expect(throws: BlobFailure.self) { try StreamSnapshot(decoding: longest + [0]) }
    }

    @Test(arguments: UInt64(1)...3) func `an altered byte under a right checksum never traps`(seed: UInt64) throws {
        let all = try snapshots(seed: seed).map { $0.encoded() }
        let longest = try #require(all.max { $0.count < $1.count })
        var random = RandomSource(seed: seed)
        for _ in 0..<5_000 {
            var altered = Array(longest.dropLast(4))
            altered[random.index(below: altered.count)] = UInt8(truncatingIfNeeded: random.next())
            _ = try? StreamSnapshot(decoding: altered + checksum(of: altered))
        }
    }

    @Test(arguments: [UInt8(0), 5, 7]) func `a snapshot of another version is refused`(version: UInt8) {
        var bytes = Array(StreamSnapshot(settings: .quick).encoded().dropLast(4))
        bytes[7] = version
        #expect(throws: BlobFailure.self) { try StreamSnapshot(decoding: bytes + checksum(of: bytes)) }
    }

    @Test func `a model is no snapshot`() throws {
        let bytes = StreamSnapshot(settings: DetectorSettings()).encoded()
        #expect(throws: BlobFailure.self) { try ModelBlob.decode(bytes) }
    }
}
