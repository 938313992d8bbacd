import AnomalyDetection
import LinearAlgebra
import RealModule
import Testing
import VAE

/// Histories that a network could trip over: each gives a model whose sums are numbers, or a reason.
struct DegenerateHistoryTests {
    private static func history(
        channels: Int, count: Int, seed: UInt64 = 1, interval: Int64 = SampleReadings.second,
        _ value: (_ reading: Int, _ channel: Int, inout RandomSource) -> Double
    ) -> TrainingHistory {
        var random = RandomSource(seed: seed)
        var history = TrainingHistory(channelCount: channels)
        for reading in 0..<count {
            history.times.append(SampleReadings.start.advanced(byNanoseconds: Int64(reading) * interval))
            for channel in 0..<channels { history.values.append(value(reading, channel, &random)) }
            history.isAlerting.append(false)
        }
        return history
    }

    private static func wave(_ reading: Int, _ channel: Int, _ random: inout RandomSource) -> Double {
        Double.sin(Double(reading) / Double(3 + channel)) + 0.1 * random.normal()
    }

    private func fit(_ history: TrainingHistory) throws(FittingFailure) -> StreamModel {
        try ModelFitter(settings: DetectorSettings(), training: .quick, seed: 1).fit(history)
    }

    /// A model of the history all of whose scores on it are numbers, and which can be stored.
    @discardableResult private func expectModel(
        _ history: TrainingHistory, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> StreamModel {
        let model = try fit(history)
        let found = scores(of: model, over: history)
        let scored = found.filter { !$0.isNaN }
        #expect(scored.count > history.count / 3, "\(scored.count) scores", sourceLocation: sourceLocation)
        #expect(scored.allSatisfy { $0.isFinite && $0 >= 0 }, sourceLocation: sourceLocation)
        #expect(model.threshold.firing.isFinite && model.threshold.firing > 0, sourceLocation: sourceLocation)
        let bytes = ModelBlob.encode(model)
        #expect(ModelBlob.encode(try ModelBlob.decode(bytes)) == bytes, sourceLocation: sourceLocation)
        return model
    }

    @Test(arguments: [1, 4], [400, 1_100]) func `constant channels alone give a model, which finds that one moves`(
        channels: Int, count: Int
    ) throws {
        var history = Self.history(channels: channels, count: count) { _, channel, _ in Double(channel) }
        let model = try expectModel(history)
        for reading in (count - 20)..<count { history.values[reading * channels] = 5 }
        let found = scores(of: model, over: history)
        #expect((found.last ?? 0) > model.threshold.firing)
    }

    @Test(arguments: [400, 1_100]) func `a constant channel among moving ones stays out of windows`(count: Int) throws {
        let history = Self.history(channels: 3, count: count) { reading, channel, random in
            channel == 1 ? 7 : Self.wave(reading, channel, &random)
        }
        #expect(try expectModel(history).network?.layout.channels == [0, 2])
    }

    @Test(arguments: [1, 3], [400, 1_100]) func `two-valued channels alone give a model`(channels: Int, count: Int)
        throws
    {
        let history = Self.history(channels: channels, count: count) { reading, channel, _ in
            (reading / (7 + channel)).isMultiple(of: 2) ? 0 : 1
        }
        try expectModel(history)
    }

    @Test(arguments: [1, 2, 8]) func `with so few readings there is a model or the number that is needed`(
        channels: Int
    ) throws {
        var modelled: [Int] = []
        for count in [1, 63, 64, 70, 80, 90, 100, 130, 170, 191, 192, 260, 383, 384, 400] {
            let history = Self.history(channels: channels, count: count, Self.wave)
            do {
                let model = try fit(history)
                let found = scores(of: model, over: history)
                #expect(found.allSatisfy { $0.isNaN || $0.isFinite } && found.contains { !$0.isNaN }, "\(count)")
                modelled.append(count)
            } catch FittingFailure.tooFewReadings(let usable, let needed) {
                #expect(usable < needed && needed == ModelFitter.fewestWindows, "\(count)")
            }
        }
        #expect(modelled.last == 400 && modelled.contains(130), "\(modelled)")
    }

    @Test func `a part whose windows are over a third of the history is left out`() throws {
        for (count, contexts, statistics) in [
            (180, [], [32]), (260, [], [32, 64]), (400, [128], [32, 64]), (800, [128, 256], [32, 64]),
        ] {
            let model = try fit(Self.history(channels: 1, count: count, Self.wave))
            let context = model.parts.compactMap { $0 as? Context }.first
            let rolling = model.parts.compactMap { $0 as? RollingStatistics }.first
            #expect(context?.tables.map(\.length) ?? [] == contexts, "\(count)")
            #expect(rolling?.tables.map(\.length) ?? [] == statistics, "\(count)")
        }
    }

    @Test(arguments: [400, 1_200], UInt64(1)...2) func `half of the slots missing gives a model`(
        count: Int, seed: UInt64
    ) throws {
        let whole = Self.history(channels: 2, count: count, Self.wave)
        var random = RandomSource(seed: seed)
        var history = TrainingHistory(channelCount: 2)
        for reading in 0..<count where random.uniform() < 0.5 {
            history.times.append(whole.times[reading])
            history.values += whole.values[(reading * 2)..<(reading * 2 + 2)]
            history.isAlerting.append(false)
        }
        var settings = DetectorSettings()
        settings.interval = SampleReadings.second
        do {
            let model = try ModelFitter(settings: settings, training: .quick, seed: 1).fit(history)
            let found = scores(of: model, over: history)
            #expect(found.allSatisfy { $0.isNaN || ($0.isFinite && $0 >= 0) } && found.contains { !$0.isNaN })
        } catch FittingFailure.tooFewReadings(let usable, let needed) {
            #expect(count == 400 && usable < needed)
        }
        try expectModel(history)
    }

    @Test(arguments: [400, 1_100]) func `a channel that never reports gives a model of the others`(count: Int) throws {
        let history = Self.history(channels: 3, count: count) { reading, channel, random in
            channel == 2 ? .nan : Self.wave(reading, channel, &random)
        }
        #expect(try expectModel(history).network?.layout.channels == [0, 1])
        let nothing = Self.history(channels: 1, count: count) { _, _, _ in .nan }
        let model = try fit(nothing)
        #expect(scores(of: model, over: nothing).allSatisfy { $0.isNaN || $0.isFinite })
    }

    @Test(arguments: [400, 2_200]) func `so many channels as a stream may have give a model`(count: Int) throws {
        let model = try expectModel(Self.history(channels: StreamTable.channelLimit, count: count, Self.wave))
        #expect(model.network?.layout.channels.count == 64)
        #expect((model.network?.layout.width ?? .max) <= 1_000)
    }

    // The quantile that values are pulled in to is free of one outlier from a thousand readings on.
    @Test(arguments: [1e6, 1e12, -1e300]) func `one huge outlier does not blunt the others`(outlier: Double) throws {
        var history = Self.history(channels: 2, count: 2_100, Self.wave)
        history.values[300 * 2] = outlier
        let model = try expectModel(history)
        #expect(model.profiles[0].spread < 10)
        var fresh = Self.history(channels: 2, count: 600, seed: 2, Self.wave)
        for reading in 580..<600 { fresh.values[reading * 2] += 5 }
        let found = scores(of: model, over: fresh)
        #expect((found.last ?? 0) > 2 * (found[300..<570].max() ?? .infinity))
    }

    @Test(arguments: [400, 1_100]) func `windows that are all the same but for their phase give a model`(count: Int)
        throws
    {
        // Four values in turn: each window is one of four, and their covariance has three dimensions.
        let cycle = Self.history(channels: 1, count: count) { reading, _, _ in [0, 1, 3, 2][reading % 4] }
        let model = try expectModel(cycle)
        #expect((model.network?.network.shape.latentCount ?? 0) <= 4)
        var odd = cycle
        for reading in (count - 10)..<count { odd.values[reading] = 1.5 }
        #expect((scores(of: model, over: odd).last ?? 0) > model.threshold.firing)
    }

    @Test(arguments: [400, 1_100]) func `channels that are copies of one another give a model`(count: Int) throws {
        let history = Self.history(channels: 4, count: count) { reading, _, _ in
            Double.sin(Double(reading) / 5) + 0.3 * Double.sin(Double(reading) * 1.7)
        }
        try expectModel(history)
    }
}
