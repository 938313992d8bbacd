import LinearAlgebra
import Testing
import VAE

struct SerializationTests {
    @Test func `values come back as they were written, to the last bit`() throws {
        var writer = ByteWriter()
        writer.write(UInt8(200))
        writer.write(true)
        writer.write(UInt16(60_000))
        writer.write(UInt32(4_000_000_000))
        writer.write(UInt64.max - 5)
        writer.write(Int32.min)
        writer.write(Int64.min + 1)
        writer.write(-42)
        writer.write(Float(bitPattern: 0x7FC0_1234))
        writer.write(-Double.leastNonzeroMagnitude)
        writer.write("Größe 🌡")
        writer.write([UInt8]([1, 2, 3]))
        writer.write([Float]([1.5, -0.0]))
        writer.write([Double]([.infinity, 0.1]))
        writer.write([Int]([Int.min, 7]))
        writer.writeCount(3)
        writer.write(UInt8(1))
        writer.write(UInt8(2))
        writer.write(UInt8(3))

        var reader = ByteReader(writer.bytes)
        #expect(try reader.readUInt8("a") == 200)
        #expect(try reader.readBool("b"))
        #expect(try reader.readUInt16("c") == 60_000)
        #expect(try reader.readUInt32("d") == 4_000_000_000)
        #expect(try reader.readUInt64("e") == UInt64.max - 5)
        #expect(try reader.readInt32("f") == Int32.min)
        #expect(try reader.readInt64("g") == Int64.min + 1)
        #expect(try reader.readInt("h") == -42)
        #expect(try reader.readFloat("i").bitPattern == 0x7FC0_1234)
        #expect(try reader.readDouble("j") == -Double.leastNonzeroMagnitude)
        #expect(try reader.readString("k") == "Größe 🌡")
        #expect(try reader.readBytes("l") == [1, 2, 3])
        let floats = try reader.readFloats("m")
        #expect(floats == [1.5, 0] && floats[1].sign == .minus)
        #expect(try reader.readDoubles("n") == [.infinity, 0.1])
        #expect(try reader.readInts("o") == [Int.min, 7])
        #expect(try reader.readCount("p") == 3)
        for expected in UInt8(1)...3 { #expect(try reader.readUInt8("q") == expected) }
        try reader.finish()
    }

    @Test(arguments: [
        ([Float](), 5), ([1, -0.5, 65_504, 6e-8 as Float16].map { Float($0) }, 13), ([1, 0.1], 13), ([65_505], 9),
        ([.infinity, -0.0], 9),
    ])
    func `numbers that half precision holds take half the bytes, and all come back to the last bit`(
        values: [Float], byteCount: Int
    ) throws {
        var writer = ByteWriter()
        writer.writeCompactly(values)
        #expect(writer.bytes.count == byteCount)
        var reader = ByteReader(writer.bytes)
        #expect(try reader.readCompactFloats("numbers").map(\.bitPattern) == values.map(\.bitPattern))
        try reader.finish()
    }

    @Test func `numbers are written lowest byte first`() {
        var writer = ByteWriter()
        writer.write(UInt32(0x0102_0304))
        writer.write("A")
        writer.write(Float(1))
        #expect(writer.bytes == [4, 3, 2, 1, 1, 0, 0, 0, 65, 0, 0, 0x80, 0x3F])
    }

    @Test func `a count larger than what is left is refused before anything is allocated`() {
        let bytes: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 1, 2]
        let failure = BlobFailure.truncated(
            value: "weights", offset: 0, neededByteCount: 4 * 0xFFFF_FFFF, availableByteCount: 2)
        #expect(throws: failure) {
            var reader = ByteReader(bytes)
            _ = try reader.readFloats("weights")
        }
        #expect(failure.description.contains("weights at byte 0"))
    }

    @Test func `values that cannot be are refused with name, place and what was expected`() {
        #expect(throws: BlobFailure.unexpected(value: "flag", offset: 1, found: "2", expected: "0 or 1")) {
            var reader = ByteReader([0, 2])
            _ = try reader.readUInt8("first")
            _ = try reader.readBool("flag")
        }
        #expect(throws: BlobFailure.unexpected(value: "size", offset: 0, found: "9", expected: "1 to 5")) {
            var reader = ByteReader([9, 0, 0, 0, 0, 0, 0, 0])
            _ = try reader.readInt("size", in: 1...5)
        }
        #expect(throws: BlobFailure.self) {
            var reader = ByteReader([2, 0, 0, 0, 0xC3, 0x28])
            _ = try reader.readString("name")
        }
        #expect(throws: BlobFailure.trailingBytes(offset: 1, byteCount: 2)) {
            var reader = ByteReader([0, 1, 2])
            _ = try reader.readUInt8("first")
            try reader.finish()
        }
    }

    @Test(arguments: UInt64(1)...200)
    func `random bytes never trap the reader`(seed: UInt64) {
        var source = RandomSource(seed: seed)
        let bytes = (0..<source.index(below: 60)).map { _ in
            UInt8(source.index(below: source.index(below: 2) == 0 ? 4 : 256))
        }
        var reader = ByteReader(bytes)
        while true {
            do throws(BlobFailure) {
                switch source.index(below: 10) {
                case 0: _ = try reader.readString("text")
                case 1: _ = try reader.readFloats("floats")
                case 2: _ = try reader.readDoubles("doubles")
                case 3: _ = try reader.readInts("numbers")
                case 4: _ = try reader.readBytes("bytes")
                case 5: _ = try reader.readUInt64("number")
                case 6: _ = try reader.readCount("count", elementByteCount: 12)
                case 7: _ = try reader.readBool("flag")
                case 8: _ = try reader.readCompactFloats("numbers")
                default: _ = try reader.readUInt8("byte")
                }
            } catch {
                break
            }
        }
        #expect(reader.offset <= bytes.count)
    }

    @Test(arguments: [
        ("", 0 as UInt32), ("123456789", 0xCBF4_3926), ("The quick brown fox jumps over the lazy dog", 0x414F_A339),
    ])
    func `the checksum is the CRC-32 of the standard`(text: String, expected: UInt32) {
        #expect(CRC32.checksum(of: Array(text.utf8).span) == expected)
    }

    @Test(arguments: 0..<40)
    func `eight bytes at a time or one by one, the checksum is the same`(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        var expected: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            expected ^= UInt32(byte)
            for _ in 0..<8 { expected = expected & 1 == 1 ? 0xEDB8_8320 ^ (expected >> 1) : expected >> 1 }
        }
        #expect(CRC32.checksum(of: bytes.span) == ~expected)
    }
}

struct NetworkBlobTests {
    private static let networks = [
        VariationalAutoencoder.random(
            NetworkShape(slotCount: 3, channelCount: 2, latentCount: 2, hiddenCount: 3, newestSlots: 1), seed: 1),
        VariationalAutoencoder.random(
            NetworkShape(slotCount: 4, channelCount: 1, latentCount: 1, hiddenCount: 2, horizons: [1, 2, 5]), seed: 2
        ).halved,
    ]

    @Test(arguments: networks.indices)
    func `a network comes back from its bytes exactly`(index: Int) throws {
        let network = Self.networks[index]
        let restored = try VariationalAutoencoder(blob: network.blob())
        #expect(restored == network)
        #expect(restored.blob() == network.blob())
        let windows = TestSeries.noise(rows: 5, columns: network.shape.inputCount, seed: 1)
        let (found, expected) = (restored.reconstruct(windows), network.reconstruct(windows))
        #expect(found.reconstructions == expected.reconstructions && found.foretold == expected.foretold)
    }

    @Test func `halved, a network takes two bytes a weight and rebuilds nearly the same`() throws {
        let series = TestSeries.whole(TestSeries.machine(count: 800, seed: 1), slotCount: 16)
        let network = try VariationalAutoencoder(closedFormOf: series, slotCount: 16, latentLimit: 8, seed: 1)
            .trained(on: series, seed: 1) { $0.stepCount = 100 }.network
        let halved = network.halved
        #expect(halved.halved == halved && halved != network)
        let (width, k, targets) = (network.shape.inputCount, network.linear.latentCount, network.shape.foretoldCount)
        // Magic, version, six sizes and two horizons; center and variances with their counts, residual variance; two precisions and
        // three counts; the noise; the checksum.
        let noiseCount = width + targets
        let rest = 5 + 1 + 8 * 8 + 4 * (2 + width + k) + 4 + 2 * 1 + 3 * 4 + 4 * noiseCount + 4
        let weightCount = width * k + network.parameters.count - noiseCount
        #expect(halved.blob().count == rest + 2 * weightCount)
        #expect(network.blob().count == rest + 4 * weightCount)

        let windows = series.windows(endingIn: series.ends, slotCount: 16)
        let (first, second) = (network.reconstruct(windows), halved.reconstruct(windows))
        for (a, b) in zip(first.reconstructions.elements, second.reconstructions.elements) {
            #expect(abs(a - b) < 0.01)
        }
        for (a, b) in zip(first.foretold.elements, second.foretold.elements) { #expect(abs(a - b) < 0.01) }
        #expect(halved.noiseVariances == network.noiseVariances && halved.linear.center == network.linear.center)
    }

    @Test func `a weight beyond half precision stays finite when it is halved`() throws {
        let network = Self.networks[0].changing(.outputBias) { $0 == 0 ? 1e5 : $0 == 1 ? -1e6 : $1 }
        let halved = network.halved
        #expect(halved.parameters.allSatisfy { $0.isFinite })
        #expect(try VariationalAutoencoder(blob: halved.blob()) == halved)
    }

    @Test(arguments: networks.indices)
    func `a blob that is cut off anywhere is refused`(index: Int) {
        let blob = Self.networks[index].blob()
        for count in 0..<blob.count {
            #expect(throws: BlobFailure.self, "\(count) bytes") {
                try VariationalAutoencoder(blob: Array(blob.prefix(count)))
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
                #expect(throws: BlobFailure.self, "byte \(place)") { try VariationalAutoencoder(blob: altered) }
            }
        }
    }

    /// As a faulty writer would make them: the checksum is that of the altered bytes.
    @Test(arguments: networks.indices, UInt64(1)...20)
    func `an altered blob with a checksum that fits never traps`(index: Int, seed: UInt64) {
        let blob = Self.networks[index].blob().dropLast(4)
        var source = RandomSource(seed: seed)
        for place in blob.indices.dropFirst(5) {
            var writer = ByteWriter()
            for (offset, byte) in blob.enumerated() {
                writer.write(offset == place ? UInt8(source.index(below: 256)) : byte)
            }
            guard let network = try? VariationalAutoencoder(blob: writer.sealed()) else { continue }
            let values =
                network.parameters + network.linear.center + network.linear.directions + network.linear.variances
            #expect(values.allSatisfy { $0.isFinite }, "byte \(place)")
        }
    }

    @Test func `a blob with bytes behind its end is refused`() {
        #expect(throws: BlobFailure.self) { try VariationalAutoencoder(blob: Self.networks[0].blob() + [0]) }
    }

    @Test func `what is wrong with a blob is said`() {
        let blob = Self.networks[0].blob()
        func failure(_ bytes: [UInt8]) -> String {
            do throws(BlobFailure) {
                _ = try VariationalAutoencoder(blob: bytes)
                return "none"
            } catch {
                return error.description
            }
        }
        #expect(failure(Array("SQLite format 3".utf8)).contains("magic at byte 0"))
        #expect(failure(Array(blob.prefix(3))).contains("cut off"))
        #expect(failure(Array(blob.dropLast(9))).contains("checksum"))
    }

    /// Blobs whose checksum is right and whose contents are not: as a later version or a faulty writer would make them.
    @Test func `a sealed blob of impossible contents is refused with what was expected`() {
        func sealed(
            version: UInt8 = 2, sizes: [Int] = [2, 1, 1, 1, 1], horizons: [Int] = [1], center: [Float] = [0, 0],
            variances: [Float] = [1], residualVariance: Float = 0.1, directions: [Float] = [1, 0],
            weightCount: Int = 14, noise: [Float] = [0, 0, 0]
        ) -> [UInt8] {
            var writer = ByteWriter(magic: "HKVAE")
            writer.write(version)
            for size in sizes { writer.write(size) }
            writer.write(horizons.count)
            for horizon in horizons { writer.write(horizon) }
            writer.write(center)
            writer.write(variances)
            writer.write(residualVariance)
            writer.writeCompactly(directions)
            writer.writeCompactly([Float](repeating: 0.5, count: weightCount))
            writer.write(noise)
            return writer.sealed()
        }
        func failure(_ blob: [UInt8]) -> BlobFailure? {
            do throws(BlobFailure) {
                _ = try VariationalAutoencoder(blob: blob)
                return nil
            } catch {
                return error
            }
        }
        // k·h + h, h·2k + 2k, k·h + h, h·(D + 1) + D + 1, v₀, P, S, c.
        let weightCount = 2 + 4 + 2 + 6 + 1 + 1 + 1 + 1
        func sealedSound(noise: [Float] = [0, 0, 0]) -> [UInt8] { sealed(weightCount: weightCount, noise: noise) }
        #expect(failure(sealedSound()) == nil)
        for version: UInt8 in [1, 3] {
            let expected = BlobFailure.unexpected(value: "version", offset: 5, found: "\(version)", expected: "2")
            #expect(failure(sealed(version: version)) == expected)
        }
        #expect(
            failure(sealed(sizes: [2, 1, 1, .max, 1]))
                == .unexpected(value: "count of hidden units", offset: 30, found: "\(Int.max)", expected: "1 to 65536"))
        #expect(
            failure(sealed(sizes: [2, 1, 1, 1, 3]))
                == .unexpected(value: "count of newest slots", offset: 38, found: "3", expected: "1 to 2"))
        #expect(
            failure(sealed(horizons: [4, 4]))
                == .unexpected(value: "horizon", offset: 62, found: "4", expected: "5 to 65536"))
        // Nothing comes after the largest horizon.
        #expect(failure(sealed(horizons: [65_536, 1])) != nil)
        #expect(failure(sealed(sizes: [65_536, 65_536, 1, 1, 1])) != nil)
        #expect(failure(sealed(weightCount: weightCount - 1)) != nil)
        for broken: Float in [.nan, .infinity] {
            #expect(failure(sealedSound(noise: [0, broken, 0])) != nil)
            #expect(failure(sealed(center: [0, broken], weightCount: weightCount)) != nil, "center")
            #expect(failure(sealed(directions: [broken, 0], weightCount: weightCount)) != nil, "directions")
            #expect(failure(sealed(variances: [broken], weightCount: weightCount)) != nil, "variances")
            #expect(failure(sealed(residualVariance: broken, weightCount: weightCount)) != nil, "residual variance")
        }
        #expect(failure(sealed(residualVariance: 0, weightCount: weightCount)) != nil)
        #expect(failure(sealed(center: [0], weightCount: weightCount)) != nil)
    }
}
