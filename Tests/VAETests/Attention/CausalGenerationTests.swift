import LinearAlgebra
import Testing
import VAE

struct CausalGenerationTests {
    private static let shape = CausalForecaster.Shape(
        channelCount: 2, slotCount: 12, binCount: 9, width: 8, headCount: 2)
    private static let network = CausalSeries.network(shape, seed: 1)
    private static let readings = CausalSeries.noise(rows: 15, columns: 2, seed: 2).values

    @Test func `at temperature 0 the seed changes nothing, and each value is its bin's center`() throws {
        let greedy = try TokenSampling(temperature: 0)
        let (network, readings) = (Self.network, Self.readings)
        let first = network.continuation(of: readings, steps: 20, sampling: greedy, seed: 1)
        #expect(first == network.continuation(of: readings, steps: 20, sampling: greedy, seed: 2))
        #expect(first.rowCount == 20 && first.columnCount == 2)
        for step in 0..<20 {
            // The forecast after the readings and what was continued so far.
            let seen = Matrix(
                rows: 15 + step, columns: 2, elements: readings.elements + first.elements.prefix(2 * step))
            let forecast = network.next(after: seen)
            for channel in 0..<2 {
                let bins = (0..<9).map { forecast[channel, $0] }
                let best = bins.indices.max { bins[$0] < bins[$1] } ?? 0
                #expect(first[step, channel] == network.quantizers[channel].centers[best])
            }
        }
    }

    @Test(arguments: UInt64(1)...3)
    func `the most likely bin alone leaves only the place within it to chance`(seed: UInt64) throws {
        let (network, readings) = (Self.network, Self.readings)
        let greedy = network.continuation(
            of: readings, steps: 1, sampling: try TokenSampling(temperature: 0), seed: seed)
        let drawn = network.continuation(of: readings, steps: 1, sampling: try TokenSampling(topK: 1), seed: seed)
        for channel in 0..<2 {
            let quantizer = network.quantizers[channel]
            #expect(quantizer.bin(of: drawn[0, channel]) == quantizer.bin(of: greedy[0, channel]))
        }
        #expect(drawn != greedy)
    }

    @Test func `the same seed gives the same readings, and another seed others`() throws {
        let sampling = try TokenSampling(temperature: 0.9, topK: 8, topP: 0.95)
        let (network, readings) = (Self.network, Self.readings)
        let first = network.continuation(of: readings, steps: 30, sampling: sampling, seed: 3)
        #expect(first == network.continuation(of: readings, steps: 30, sampling: sampling, seed: 3))
        #expect(first != network.continuation(of: readings, steps: 30, sampling: sampling, seed: 4))
    }

    @Test func `drawn readings follow the forecast`() throws {
        let (network, readings) = (Self.network, Self.readings)
        let forecast = network.next(after: readings)
        var counts = [Int](repeating: 0, count: 9)
        let sampling = try TokenSampling()
        for seed in UInt64(1)...2_000 {
            let value = network.continuation(of: readings, steps: 1, sampling: sampling, seed: seed)[0, 0]
            counts[network.quantizers[0].bin(of: value)] += 1
        }
        // Four deviations of a share of 2,000 draws are at most 0.045.
        for bin in 0..<9 { #expect(abs(Float(counts[bin]) / 2_000 - forecast[0, bin]) < 0.045) }
    }
}
