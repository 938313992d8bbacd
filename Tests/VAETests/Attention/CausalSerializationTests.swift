import LinearAlgebra
import Testing
import VAE

struct CausalSerializationTests {
    private static let shapes = [
        CausalForecaster.Shape(channelCount: 2, slotCount: 3, binCount: 4, width: 4, headCount: 2, blockCount: 1),
        CausalForecaster.Shape(channelCount: 1, slotCount: 2, binCount: 2, width: 1, headCount: 1, blockCount: 2),
    ]
    private static let networks = shapes.map { CausalSeries.network($0, seed: 1) }

    @Test(arguments: networks.indices)
    func `a network comes back from its bytes exactly`(index: Int) throws {
        let network = Self.networks[index]
        let restored = try CausalForecaster(blob: network.blob())
        #expect(restored == network)
        #expect(restored.blob() == network.blob())
    }

    @Test(arguments: networks.indices)
    func `a network of half precision comes back exactly, and takes half the bytes`(index: Int) throws {
        let (network, halved) = (Self.networks[index], Self.networks[index].halved)
        #expect(halved.halved == halved && halved.quantizers == network.quantizers && halved != network)
        #expect(try CausalForecaster(blob: halved.blob()) == halved)
        #expect(halved.blob().count == network.blob().count - 2 * network.parameters.count)
        for (half, whole) in zip(halved.parameters, network.parameters) {
            #expect(abs(half - whole) <= max(abs(whole) / 2_048, 1e-7))
        }
    }

    @Test func `a network comes back from the middle of other bytes`() throws {
        var writer = ByteWriter()
        writer.write("before")
        Self.networks[0].encode(into: &writer)
        writer.write(UInt8(7))
        var reader = ByteReader(writer.bytes)
        #expect(try reader.readString("before") == "before")
        #expect(try CausalForecaster(from: &reader) == Self.networks[0])
        #expect(try reader.readUInt8("after") == 7)
    }

    @Test(arguments: networks.indices)
    func `a blob that is cut off anywhere is refused`(index: Int) {
        let blob = Self.networks[index].blob()
        for count in 0..<blob.count {
            #expect(throws: BlobFailure.self, "\(count) bytes") {
                try CausalForecaster(blob: Array(blob.prefix(count)))
            }
        }
    }

    @Test(arguments: networks.indices)
    func `a blob with any byte altered is refused`(index: Int) {
        let blob = Self.networks[index].blob()
        var source = RandomSource(seed: UInt64(index))
        for place in blob.indices {
            for change in [1, 0x80, UInt8(1 + source.index(below: 255))] {
                var altered = blob
                altered[place] ^= change
                #expect(throws: BlobFailure.self, "byte \(place)") { try CausalForecaster(blob: altered) }
            }
        }
    }

    /// Blobs whose checksum is right and whose contents are not: as a later version or a faulty writer would make them.
    @Test func `a sealed blob of impossible contents is refused with what was expected`() {
        /// The first network's bytes with two of them, from a place on, replaced.
        func sealed(_ value: UInt16, at offset: Int, magic: StaticString = "HKCAF") -> [UInt8] {
            var inner = ByteWriter()
            Self.networks[1].encode(into: &inner)
            var bytes = inner.bytes
            bytes[offset] = UInt8(truncatingIfNeeded: value)
            if offset > 0 { bytes[offset + 1] = UInt8(truncatingIfNeeded: value >> 8) }
            var writer = ByteWriter(magic: magic)
            for byte in bytes { writer.write(byte) }
            return writer.sealed()
        }
        func expect(_ value: String, _ found: String, _ expected: String, offset: Int, _ blob: [UInt8]) {
            let failure = BlobFailure.unexpected(value: value, offset: 5 + offset, found: found, expected: expected)
            #expect(throws: failure) { try CausalForecaster(blob: blob) }
        }
        expect("version", "2", "1", offset: 0, sealed(2, at: 0))
        expect("count of channels", "0", "1 to 64", offset: 1, sealed(0, at: 1))
        expect("count of slots", "1", "2 to 1024", offset: 3, sealed(1, at: 3))
        expect("count of bins", "257", "2 to 256", offset: 5, sealed(257, at: 5))
        expect("count of features", "65535", "1 to 1024", offset: 7, sealed(65_535, at: 7))
        expect("count of heads", "2", "1 to 1", offset: 9, sealed(2, at: 9))
        expect("count of blocks", "17", "1 to 16", offset: 11, sealed(17, at: 11))
        expect("edge of bin 1", "1024", "1 to 1023", offset: 13, sealed(1_024, at: 13))
        // The upper half of a center is that of infinity, or nearly.
        #expect(throws: BlobFailure.self) { try CausalForecaster(blob: sealed(0x7F80, at: 17)) }
        #expect(throws: BlobFailure.self) { try CausalForecaster(blob: sealed(3, at: 1)) }
        #expect(throws: BlobFailure.self) { try CausalForecaster(blob: sealed(1, at: 0, magic: "HKAAE")) }
    }
}
