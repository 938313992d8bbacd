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

    @Test func `a snapshot that was stored before there were settled scores is read`() throws {
        var read = 0
        // What version 5 added to a fresh snapshot: the count of readings over the threshold, whether something is owed, normal has
        // moved, a drift is counted, and there are a tenure, a rollback and an alert of values that cannot be, when those
        // were and how many were possible since, the weights of a fleet, and whether a rule holds something back.
        let added = 8 + 3 + 2 + 17 + 24 + 1
        let fresh = StreamSnapshot(settings: .quick).encoded().dropLast(4)
        for snapshot in try snapshots(seed: 1) {
            var old = Array(snapshot.encoded().dropLast(4))
            #expect(old[7] == 5)
            guard old.suffix(added) == fresh.suffix(added),
                old.dropLast(added).suffix(36) == fresh.dropLast(added).suffix(36)
            else { continue }
            old.removeLast(added)
            old[7] = 4
            #expect(try StreamSnapshot(decoding: old + checksum(of: old)) == snapshot)
            // At the end of version 4 what alerts and the last hour make of the level, before that whether there is a silence, the usual gap, when to adapt, and to what: all zero.
            old.removeLast(36)
            guard old.suffix(18).allSatisfy({ $0 == 0 }) else { continue }
            old.removeLast(18)
            old[7] = 3
            #expect(try StreamSnapshot(decoding: old + checksum(of: old)) == snapshot)
            // Behind all else of version 3 whether the calibration has moved on.
            guard old.removeLast() == 0 else { continue }
            var second = old
            second[7] = 2
            #expect(try StreamSnapshot(decoding: second + checksum(of: second)) == snapshot)
            // At the end the model of the waiting sums and two counts, then whether there is a stretch and the count of
            // alerts: all zero where nothing waits.
            guard old.suffix(25).allSatisfy({ $0 == 0 }) else { continue }
            old[7] = 1
            old.removeLast(25)
            #expect(try StreamSnapshot(decoding: old + checksum(of: old)) == snapshot)
            read += 1
        }
        #expect(read > 300, "all of the warm-up")
    }

    @Test func `a model is no snapshot`() throws {
        let bytes = StreamSnapshot(settings: DetectorSettings()).encoded()
        #expect(throws: BlobFailure.self) { try ModelBlob.decode(bytes) }
    }
}
