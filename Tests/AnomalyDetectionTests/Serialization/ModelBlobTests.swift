import AnomalyDetection
import LinearAlgebra
import Testing
import VAE

struct ModelBlobTests {
    @Test(arguments: UInt64(1)...2) func `a model that was stored gives the same scores to the last bit`(seed: UInt64)
        throws
    {
        let model = try SampleModel.model(seed: seed)
        #expect(Set(model.parts.map(\.kind)) == Set(EvidenceKind.allCases), "every kind of part must be in the blob")
        let bytes = ModelBlob.encode(model)
        let read = try ModelBlob.decode(bytes)
        #expect(ModelBlob.encode(read) == bytes)
        #expect(read.cadence == model.cadence)
        #expect(read.profiles == model.profiles)
        #expect(read.calibration == model.calibration)
        #expect(read.settledCalibration == model.settledCalibration && model.settledCalibration != nil)
        #expect(read.threshold == model.threshold)
        #expect(read.choices == model.choices)
        #expect(read.trainedReadings == model.trainedReadings)
        #expect(read.usualGap == model.usualGap)
        #expect(read.layouts == model.layouts)
        let fresh = SampleModel.history(rows: 500, seed: seed + 50)
        let expected = scores(of: model, over: fresh)
        #expect(expected.count { $0.isFinite } > 400)
        #expect(scores(of: read, over: fresh).map(\.bitPattern) == expected.map(\.bitPattern))
    }

    @Test func `a model that was stored before there were settled scores is read, and gives none`() throws {
        let model = try smallModel()
        var old = Array(ModelBlob.encode(model.withoutSettledCalibration).dropLast(4))
        // At the end the time that is known and the usual gap, and before them what the threshold came from, two numbers.
        old.removeLast(8 + 8 + 9)
        #expect(old.removeLast() == 0, "it says that there is no settled calibration")
        #expect(old[7] == 5)
        old[7] = 1
        let read = try ModelBlob.decode(old + checksum(of: old))
        #expect(read.settledCalibration == nil)
        #expect(read.calibration == model.calibration)
        #expect(read.parts.count == model.parts.count)
        #expect(read.threshold.firing == model.threshold.firing && read.threshold.origin == nil)
        old[7] = 6
        #expect(throws: BlobFailure.self) { try ModelBlob.decode(old + checksum(of: old)) }
    }

    @Test func `a model that was stored before thresholds moved keeps the sum at which alerts fire`() throws {
        let model = try smallModel()
        var old = Array(ModelBlob.encode(model).dropLast(4 + 8 + 8 + 9))
        old[7] = 2
        let read = try ModelBlob.decode(old + checksum(of: old))
        #expect(read.settledCalibration == model.settledCalibration && read.threshold.origin == nil)
        let sums = (read.threshold.sums(read.calibration), model.threshold.sums(model.calibration))
        #expect(abs(sums.0.firing / sums.1.firing - 1) < 1e-4)
    }

    @Test func `a network that was stored before networks had a weight counts in full`() throws {
        let model = try SampleModel.model(seed: 1)
        let part = try #require(model.parts.first { $0.kind == .reconstruction } as? Reconstruction)
        var writer = ByteWriter()
        part.encode(into: &writer)
        let current = writer.bytes
        // Tag, length, number of channels and the channels, the scale: then the weight.
        let weightStart = 1 + 8 * (2 + part.layout.channels.count) + 4
        let old = [7] + current[1..<weightStart] + current[(weightStart + 4)...]
        let bytes = Array(ModelBlob.encode(model).dropLast(4))
        let place = try #require(
            (0...(bytes.count - current.count)).first { bytes[$0..<($0 + current.count)].elementsEqual(current) })
        let stored = bytes[..<place] + old + bytes[(place + current.count)...]
        let read = try ModelBlob.decode(stored + checksum(of: Array(stored)))
        var expected = part
        expected.weight = 1
        #expect(read.parts.first { $0.kind == .reconstruction } as? Reconstruction == expected)
        #expect(read.parts.count == model.parts.count)
    }

    @Test func `every truncation is refused`() throws {
        let bytes = ModelBlob.encode(try smallModel())
        for count in 0..<bytes.count {
            #expect(throws: BlobFailure.self) { try ModelBlob.decode(Array(bytes[..<count])) }
        }
        #expect(throws: BlobFailure.self) { try ModelBlob.decode(bytes + [0]) }
    }

    @Test(arguments: UInt64(1)...4) func `an altered byte is refused`(seed: UInt64) throws {
        let bytes = ModelBlob.encode(try smallModel())
        var random = RandomSource(seed: seed)
        for _ in 0..<500 {
            var altered = bytes
            altered[random.index(below: bytes.count)] ^= UInt8(1 << random.index(below: 8))
            #expect(throws: BlobFailure.self) { try ModelBlob.decode(altered) }
        }
    }

    /// Bytes that were altered by somebody who mends the checksum must not bring the reader down either.
    @Test(arguments: UInt64(1)...4) func `an altered byte under a right checksum is refused or read, and never traps`(
        seed: UInt64
    ) throws {
        let bytes = ModelBlob.encode(try smallModel())
        var random = RandomSource(seed: seed)
        var refused = 0
        for _ in 0..<2_000 {
            var altered = Array(bytes.dropLast(4))
            let place = random.index(below: altered.count)
            altered[place] = UInt8(truncatingIfNeeded: random.next())
            do {
                _ = try ModelBlob.decode(altered + checksum(of: altered))
            } catch {
                refused += 1
            }
        }
        #expect(refused > 0)
    }

    @Test func `other bytes are refused`() {
        #expect(throws: BlobFailure.self) { try ModelBlob.decode([]) }
        #expect(throws: BlobFailure.self) { try ModelBlob.decode(Array("not a model at all".utf8)) }
    }

    /// A model without a network, for the tests that go through its bytes one by one.
    private func smallModel() throws -> StreamModel {
        let history = SampleModel.history(rows: 300, seed: 3)
        let narrow = TrainingHistory(
            channelCount: 1, times: history.times, values: history.column(1), isAlerting: history.isAlerting)
        return try ModelFitter(settings: .quick, training: .quick, seed: 1).fit(narrow)
    }
}

/// The CRC-32 of IEEE 802.3, little-endian, as blobs end with it; written here once more so that a test can forge one.
func checksum(of bytes: [UInt8]) -> [UInt8] {
    var crc = UInt32.max
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return (0..<4).map { UInt8(truncatingIfNeeded: ~crc >> (8 * UInt32($0))) }
}
