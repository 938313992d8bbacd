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
        #expect(read.network == model.network)
        let fresh = SampleModel.history(rows: 500, seed: seed + 50)
        let expected = scores(of: model, over: fresh)
        #expect(expected.count { $0.isFinite } > 400)
        #expect(scores(of: read, over: fresh).map(\.bitPattern) == expected.map(\.bitPattern))
    }

    @Test func `a model without settled scores gives none when it was stored`() throws {
        let model = try smallModel().withoutSettledCalibration
        let read = try ModelBlob.decode(ModelBlob.encode(model))
        #expect(read.settledCalibration == nil)
        #expect(read.calibration == model.calibration)
        #expect(read.parts.count == model.parts.count)
    }

    @Test(arguments: [UInt8(0), 1, 2, 5, 7, 255]) func `a model of another version is refused`(version: UInt8) throws {
        var bytes = Array(ModelBlob.encode(try smallModel()).dropLast(4))
        #expect(bytes[7] == 6)
        bytes[7] = version
        let stored = bytes + checksum(of: bytes)
        #expect(throws: BlobFailure.self) { try ModelBlob.decode(stored) }
    }

    @Test(arguments: [DetectorKind.usad, .pca, .ar]) func `models of other detectors are stored to the last bit too`(
        kind: DetectorKind
    ) throws {
        var settings = DetectorSettings()
        settings.detector = kind
        let model = try ModelFitter(settings: settings, training: .quick, seed: 1)
            .fit(SampleModel.history(rows: 1_100, seed: 2))
        let bytes = ModelBlob.encode(model)
        let read = try ModelBlob.decode(bytes)
        #expect(ModelBlob.encode(read) == bytes && read.network == model.network)
        let fresh = SampleModel.history(rows: 300, seed: 3)
        #expect(scores(of: read, over: fresh).map(\.bitPattern) == scores(of: model, over: fresh).map(\.bitPattern))
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

    /// A small model, for the tests that go through its bytes one by one.
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
