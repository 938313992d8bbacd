import AnomalyDetection
import LinearAlgebra
import Testing

struct ForecastTests {
    /// A series in which each value is a linear function of the two before it, plus noise.
    private func series(
        _ count: Int, seed: UInt64, first: Double = 0.6, second: Double = -0.3, constant: Double = 0, noise: Double = 1
    ) -> [Float] {
        var random = RandomSource(seed: seed)
        var values = [0.0, 0]
        while values.count < count + 100 {
            let (last, before) = (values[values.count - 1], values[values.count - 2])
            values.append(constant + first * last + second * before + noise * random.normal())
        }
        return values.suffix(count).map { Float($0) }
    }

    /// The windows of a series, (channels of values) slot by slot.
    private func windows(_ channels: [[Float]], length: Int, every step: Int = 1) -> [[Float]] {
        stride(from: 0, through: channels[0].count - length, by: step).map { start in
            (start..<(start + length)).flatMap { slot in channels.map { $0[slot] } }
        }
    }

    private func fitted(_ channels: [[Float]], horizon: Int = 1, lags: Int = 32) throws -> Forecast {
        let windows = windows(channels, length: lags + horizon)
        return try Forecast(
            fittedTo: Matrix(rows: windows.count, columns: windows[0].count, elements: windows.flatMap { $0 }),
            channels: Array(channels.indices), horizon: horizon, weight: 1)
    }

    /// The error as its definition has it.
    private func error(_ part: Forecast, _ window: [Float], missing: Set<Int> = []) -> Float {
        let channelCount = part.layout.channels.count
        let inputs = part.lagCount * channelCount
        var (sum, observed) = (Float(0), 0)
        for slot in 0..<Forecast.slotCount {
            for channel in 0..<channelCount {
                let cell = (part.layout.length - Forecast.slotCount + slot) * channelCount + channel
                if missing.contains(cell) { continue }
                var forecast = part.constants[channel]
                for input in 0..<inputs {
                    forecast += part.coefficients[channel * inputs + input] * window[slot * channelCount + input]
                }
                let residual = (window[cell] - forecast) / part.deviations[channel]
                sum += residual * residual
                observed += 1
            }
        }
        return sum / Float(max(1, observed))
    }

    // MARK: Fitting

    @Test(arguments: UInt64(1)...5) func `the coefficients of a series are found`(seed: UInt64) throws {
        let part = try fitted([series(6_000, seed: seed, constant: 1.4)])
        #expect(part.lagCount == 32 && part.layout.length == 64)
        #expect(abs(part.coefficients[31] - 0.6) < 0.06)
        #expect(abs(part.coefficients[30] + 0.3) < 0.06)
        #expect(part.coefficients[..<30].allSatisfy { abs($0) < 0.08 })
        #expect(abs(part.deviations[0] - 1) < 0.04)
        let level = part.constants[0] / (1 - part.coefficients.reduce(0, +))
        #expect(abs(level - 2) < 0.1, "1.4 / (1 − 0.6 + 0.3)")
        let fresh = windows([series(2_000, seed: seed + 50, constant: 1.4)], length: 64, every: 32)
        let errors = part.errors(of: WindowBlock(Array(fresh.prefix(60)), layout: part.layout))
        #expect(abs(errors.reduce(0, +) / 60 - 1) < 0.15)
    }

    @Test(arguments: UInt64(1)...3) func `a channel is forecast from the past of the others too`(seed: UInt64) throws {
        let cause = series(4_000, seed: seed, noise: 1)
        var random = RandomSource(seed: seed + 9)
        let effect = cause.indices.map { ($0 < 3 ? 0 : 0.9 * cause[$0 - 3]) + 0.1 * Float(random.normal()) }
        let part = try fitted([cause, effect], lags: 8)
        let (inputs, threeAgo) = (16, (8 - 3) * 2)
        #expect(abs(part.coefficients[inputs + threeAgo] - 0.9) < 0.05)
        #expect(part.deviations[1] < 0.15 && part.deviations[0] > 0.9)
    }

    @Test(arguments: UInt64(1)...3) func `eight slots ahead less is known`(seed: UInt64) throws {
        // With one coefficient φ the best forecast of horizon h has φ^h, and its error the variance (1 − φ^2h) ÷ (1 − φ²).
        let part = try fitted([series(12_000, seed: seed, first: 0.9, second: 0)], horizon: 8)
        #expect(part.horizon == 8 && part.lagCount == 32)
        #expect(part.layout.length == Forecast.slotCount + 32 + 7)
        #expect(abs(part.coefficients.reduce(0, +) - 0.43) < 0.12)
        #expect(abs(part.coefficients[31] - 0.43) < 0.1)
        #expect(abs(part.deviations[0] - 2.07) < 0.15)
    }

    @Test(arguments: [(1, 10_000, 32), (8, 10_000, 32), (25, 10_000, 16), (64, 10_000, 4), (1, 100, 16), (8, 100, 2)])
    func `a forecast looks back less with many channels and with a short history`(
        channels: Int, readingCount: Int, lags: Int
    ) {
        let layout = Forecast.fittingLayout(of: Array(0..<channels), horizon: 8, readingCount: readingCount)
        #expect(layout.length == lags + 8)
    }

    @Test func `a channel that never moves makes no infinite error`() throws {
        let part = try fitted([[Float](repeating: 0, count: 300)])
        let window = [Float](repeating: 0, count: 63) + [1]
        let errors = part.errors(of: WindowBlock([[Float](repeating: 0, count: 64), window], layout: part.layout))
        #expect(errors[0] == 0)
        #expect(errors[1].isFinite && errors[1] > 10)
    }

    // MARK: Scoring

    @Test(arguments: [(1, 1), (1, 8), (3, 1), (3, 8)], UInt64(1)...2)
    func `the error is the mean squared residual of the newest slots`(shape: (Int, Int), seed: UInt64) throws {
        let (channelCount, horizon) = shape
        let channels = (0..<channelCount).map { series(1_500, seed: seed * 10 + UInt64($0)) }
        let part = try fitted(channels, horizon: horizon, lags: 12)
        let sample = Array(windows(channels, length: part.layout.length, every: 29).prefix(50))
        let found = part.errors(of: WindowBlock(sample, layout: part.layout))
        for (row, window) in sample.enumerated() { #expect(abs(found[row] / error(part, window) - 1) < 1e-4) }
    }

    /// One channel has a path of its own; two that know nothing of each other must come to the same.
    @Test(arguments: [1, 8]) func `one channel alone has the error that it has beside another`(horizon: Int) throws {
        let channels = [series(2_000, seed: 1), series(2_000, seed: 2, first: 0.2, second: 0.5, constant: 3)]
        let single = try channels.map { try fitted([$0], horizon: horizon) }
        var coefficients: [Float] = []
        for channel in 0..<2 {
            for lag in 0..<32 {
                let coefficient = single[channel].coefficients[lag]
                coefficients += channel == 0 ? [coefficient, 0] : [0, coefficient]
            }
        }
        let both = Forecast(
            channels: [0, 1], horizon: horizon, lagCount: 32, weight: 1, scale: 1, coefficients: coefficients,
            constants: single.map { $0.constants[0] }, deviations: single.map { $0.deviations[0] })
        let length = both.layout.length
        let errors = both.errors(of: WindowBlock(windows(channels, length: length, every: 40), layout: both.layout))
        let alone = (0..<2).map { channel in
            single[channel].errors(
                of: WindowBlock(windows([channels[channel]], length: length, every: 40), layout: single[channel].layout)
            )
        }
        for row in errors.indices {
            let mean = (alone[0][row] + alone[1][row]) / 2
            #expect(abs(errors[row] / mean - 1) < 1e-5)
        }
    }

    @Test(arguments: [1, 2]) func `a missing value has no residual, and what stands for it is looked back on`(
        channelCount: Int
    ) throws {
        let channels = (0..<channelCount).map { series(1_500, seed: UInt64($0 + 1)) }
        let part = try fitted(channels, lags: 16)
        let window = windows(channels, length: part.layout.length)[100]
        let newest = part.layout.width - 1
        var spoiled = window
        spoiled[newest] = 50
        let missing: [Set<Int>] = [[newest], [newest], [20 * channelCount, newest - 3 * channelCount], []]
        let block = WindowBlock([window, spoiled, window, spoiled], layout: part.layout, missing: missing)
        let errors = part.errors(of: block)
        #expect(errors[0] == errors[1], "nothing looks back on the newest value")
        for row in 0..<4 {
            let expected = error(part, row == 1 || row == 3 ? spoiled : window, missing: missing[row])
            #expect(abs(errors[row] / expected - 1) < 1e-4)
        }
        #expect(errors[3] > 10 * errors[0])
        let nothing = WindowBlock([window], layout: part.layout, missing: [Set(0..<part.layout.width)])
        #expect(part.errors(of: nothing) == [0])
    }

    @Test(arguments: [(1, 1), (1, 8), (3, 1), (5, 8)]) func `a window's error does not depend on its neighbors`(
        channelCount: Int, horizon: Int
    ) throws {
        let channels = (0..<channelCount).map { series(2_000, seed: UInt64($0 + 1)) }
        let part = try fitted(channels, horizon: horizon, lags: 10)
        let sample = Array(windows(channels, length: part.layout.length, every: 17).prefix(64))
        var random = RandomSource(seed: 3)
        let missing: [Set<Int>] = sample.map { _ in
            random.uniform() < 0.5 ? [] : [random.index(below: part.layout.width), part.layout.width - 1]
        }
        let together = part.errors(of: WindowBlock(sample, layout: part.layout, missing: missing))
        for row in sample.indices {
            let alone = part.errors(of: WindowBlock([sample[row]], layout: part.layout, missing: [missing[row]]))
            #expect(alone[0].bitPattern == together[row].bitPattern, "row \(row)")
        }
    }

    @Test(arguments: [1, 8]) func `a forecast that was stored is the same`(horizon: Int) throws {
        let whole = try fitted([series(800, seed: 1), series(800, seed: 2)], horizon: horizon, lags: 9)
        let part = Forecast(
            channels: [0, 3], horizon: horizon, lagCount: 9, weight: 0.5, scale: 2.5, coefficients: whole.coefficients,
            constants: whole.constants, deviations: whole.deviations)
        #expect(try stored(part, channelCount: 4) == part)
    }

    @Test(arguments: UInt64(1)...3) func `the shares sum to the error and lie with the channel that is odd`(
        seed: UInt64
    ) throws {
        let channels = (0..<3).map { series(2_000, seed: seed * 10 + UInt64($0)) }
        let part = try fitted(channels)
        var window = windows(channels, length: part.layout.length)[500]
        for slot in 50..<64 { window[slot * 3 + 2] += slot.isMultiple(of: 2) ? 5 : -5 }
        let block = WindowBlock([windows(channels, length: part.layout.length)[7], window], layout: part.layout)
        let shares = part.explanation(of: block, row: 1).shares
        let total = Double(part.errors(of: block)[1]) * Double(Forecast.slotCount * 3)
        #expect(abs(shares.reduce(0, +) / total - 1) < 1e-4)
        #expect(shares[2] > 0.7 * shares.reduce(0, +))
    }
}
