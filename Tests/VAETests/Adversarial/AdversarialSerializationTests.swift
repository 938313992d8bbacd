import LinearAlgebra
import Testing
import VAE

struct AdversarialSerializationTests {
    private static let networks = [
        AdversarialAutoencoder(shape: .init(inputCount: 5, hiddenCount: 7, latentCount: 2), seed: 1),
        AdversarialAutoencoder(shape: .init(inputCount: 1, hiddenCount: 1, latentCount: 1), seed: 2),
    ]

    @Test(arguments: networks.indices)
    func `a network comes back from its bytes exactly`(index: Int) throws {
        let network = Self.networks[index]
        let restored = try AdversarialAutoencoder(blob: network.blob())
        #expect(restored == network)
        #expect(restored.blob() == network.blob())
    }

    @Test(arguments: networks.indices)
    func `a blob that is cut off anywhere is refused`(index: Int) {
        let blob = Self.networks[index].blob()
        for count in 0..<blob.count {
            #expect(throws: BlobFailure.self, "\(count) bytes") {
                try AdversarialAutoencoder(blob: Array(blob.prefix(count)))
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
                #expect(throws: BlobFailure.self, "byte \(place)") { try AdversarialAutoencoder(blob: altered) }
            }
        }
    }

    @Test func `neither kind of network is read as the other`() {
        let variational = VariationalAutoencoder.random(GradientCase.shape, seed: 1)
        #expect(throws: BlobFailure.self) { try AdversarialAutoencoder(blob: variational.blob()) }
        #expect(throws: BlobFailure.self) { try VariationalAutoencoder(blob: Self.networks[0].blob()) }
    }

    /// Blobs whose checksum is right and whose contents are not: as a later version or a faulty writer would make them.
    @Test func `a sealed blob of impossible contents is refused with what was expected`() {
        func sealed(version: UInt8 = 1, inputs: Int = 1, hidden: Int = 1, parameters: [Float] = []) -> [UInt8] {
            var writer = ByteWriter(magic: "HKAAE")
            writer.write(version)
            writer.write(inputs)
            writer.write(hidden)
            writer.write(1)
            writer.write(parameters)
            return writer.sealed()
        }
        func expect(_ failure: BlobFailure, _ blob: [UInt8]) {
            #expect(throws: failure) { try AdversarialAutoencoder(blob: blob) }
        }
        expect(.unexpected(value: "version", offset: 5, found: "2", expected: "1"), sealed(version: 2))
        expect(
            .unexpected(value: "count of inputs", offset: 6, found: "0", expected: "1 to 65536"), sealed(inputs: 0))
        expect(
            .unexpected(value: "count of hidden units", offset: 14, found: "\(Int.max)", expected: "1 to 65536"),
            sealed(hidden: .max))
        expect(
            .unexpected(value: "count of parameters", offset: 30, found: "2", expected: "12 for the shape"),
            sealed(parameters: [1, 2]))
        var parameters = [Float](repeating: 0, count: 12)
        parameters[3] = .infinity
        expect(
            .unexpected(value: "parameter 3", offset: 46, found: "inf", expected: "a finite number"),
            sealed(parameters: parameters))
    }
}
