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
                switch source.index(below: 9) {
                case 0: _ = try reader.readString("text")
                case 1: _ = try reader.readFloats("floats")
                case 2: _ = try reader.readDoubles("doubles")
                case 3: _ = try reader.readInts("numbers")
                case 4: _ = try reader.readBytes("bytes")
                case 5: _ = try reader.readUInt64("number")
                case 6: _ = try reader.readCount("count", elementByteCount: 12)
                case 7: _ = try reader.readBool("flag")
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
        VariationalAutoencoder(shape: NetworkShape(inputCount: 6, hiddenCount: 5, latentCount: 2), seed: 1),
        VariationalAutoencoder(
            shape: NetworkShape(
                inputCount: 3, hiddenCount: 4, latentCount: 1, activation: .identity,
                outputKinds: [.gaussian, .bernoulli, .gaussian], outputNoise: .fixed(0.25)), seed: 2),
    ]

    @Test(arguments: networks.indices)
    func `a network comes back from its bytes exactly`(index: Int) throws {
        let network = Self.networks[index]
        let restored = try VariationalAutoencoder(blob: network.blob())
        #expect(restored == network)
        #expect(restored.blob() == network.blob())
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
        func sealed(_ change: (inout ByteWriter) -> Void) -> [UInt8] {
            var writer = ByteWriter(magic: "HKVAE")
            change(&writer)
            return writer.sealed()
        }
        func header(_ writer: inout ByteWriter, inputs: Int, hidden: Int = 1, latents: Int = 1) {
            writer.write(UInt8(1))
            writer.write(inputs)
            writer.write(hidden)
            writer.write(latents)
        }
        #expect(throws: BlobFailure.unexpected(value: "version", offset: 5, found: "2", expected: "1")) {
            try VariationalAutoencoder(blob: sealed { $0.write(UInt8(2)) })
        }
        #expect(
            throws: BlobFailure.unexpected(
                value: "count of hidden units", offset: 14, found: "\(Int.max)", expected: "1 to 65536")
        ) {
            try VariationalAutoencoder(blob: sealed { header(&$0, inputs: 1, hidden: .max) })
        }
        #expect(throws: BlobFailure.unexpected(value: "activation", offset: 30, found: "7", expected: "0 or 1")) {
            try VariationalAutoencoder(
                blob: sealed {
                    header(&$0, inputs: 1)
                    $0.write(UInt8(7))
                })
        }
        #expect(
            throws: BlobFailure.unexpected(
                value: "count of parameters", offset: 40, found: "2", expected: "11 for the shape")
        ) {
            try VariationalAutoencoder(
                blob: sealed {
                    header(&$0, inputs: 1)
                    $0.write(UInt8(0))
                    $0.write(Float(0))
                    $0.write([UInt8]([0]))
                    $0.write([Float]([1, 2]))
                })
        }
        #expect(
            throws: BlobFailure.unexpected(
                value: "parameter 3", offset: 56, found: "nan", expected: "a finite number")
        ) {
            try VariationalAutoencoder(
                blob: sealed {
                    header(&$0, inputs: 1)
                    $0.write(UInt8(0))
                    $0.write(Float(0))
                    $0.write([UInt8]([0]))
                    $0.write([Float]([1, 2, 0, .nan, 0, 0, 0, 0, 0, 0, 0]))
                })
        }
    }
}
