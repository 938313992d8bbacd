import AnomalyDetection
import LinearAlgebra
import RealModule
import Testing

/// What a model says about the choices that its training made.
struct AutomaticChoicesTests {
    /// A wave of 24 slots, noise, a switch, a constant, and a channel that never reports.
    private static let names = ["wave", "noise", "switch", "constant", "silent"]

    private func history(count: Int, seed: UInt64, missing: Double = 0) -> TrainingHistory {
        var source = RandomSource(seed: seed)
        var history = TrainingHistory(channelCount: 5)
        for reading in 0..<count {
            history.times.append(Timestamp(nanoseconds: Int64(reading) * 5_000_000_000))
            let wave = Double.sin(2 * .pi * Double(reading) / 24) + 0.1 * source.normal()
            history.values += [
                wave, source.uniform() < missing ? .nan : source.normal(), reading / 50 % 2 == 0 ? 0 : 1, 7, .nan,
            ]
            history.isAlerting.append(false)
        }
        return history
    }

    private func choices(
        _ history: TrainingHistory, names: [String] = names, change: (inout DetectorSettings) -> Void = { _ in }
    ) throws -> [String] {
        var settings = DetectorSettings()
        change(&settings)
        return try ModelFitter(settings: settings, training: .quick, seed: 1, channelNames: names).fit(history).choices
    }

    @Test func `interval, treatment of channels and missing values are said`() throws {
        let choices = try choices(history(count: 600, seed: 1, missing: 0.25))
        #expect(choices[0].hasPrefix("interval: 5 s, inferred; regular"))
        #expect(choices.contains("in windows: wave, noise, continuous: more than 3 values were seen"))
        #expect(choices.contains("out of windows: switch (0, 1), few-valued, watched for a new value"))
        #expect(
            choices.contains("out of windows: constant (7), silent (never reported), constant, watched for a change"))
        let missing = try #require(choices.first { $0.hasPrefix("missing: ") })
        #expect(missing.contains("noise 2") && missing.contains("silent 100 % of values"))
        #expect(missing.hasSuffix("; 0 % of the slots have no reading"))
    }

    @Test func `without names channels are counted from one`() throws {
        let choices = try choices(history(count: 600, seed: 1), names: ["wave"])
        #expect(choices.contains { $0.hasPrefix("in windows: wave, channel 2, continuous") })
    }

    @Test func `a name cannot break a line`() throws {
        let choices = try choices(history(count: 600, seed: 1), names: ["a\nb", "c\r\nd"])
        #expect(choices.contains { $0.hasPrefix("in windows: a b, c d, continuous") })
        #expect(choices.allSatisfy { !$0.contains(where: \.isNewline) })
    }

    @Test func `a period gives the length of windows, and no period the usual one`() throws {
        let history = history(count: 1_200, seed: 2)
        #expect(
            try choices(history).contains(
                "window length: 24 slots, 1 of 2 channels have a period, of 24 slots in the middle"))
        var noise = history
        for reading in 0..<noise.count { noise.values[reading * 5] = noise.values[(reading * 7 % 1_200) * 5 + 1] }
        #expect(
            try choices(noise).contains(
                "window length: 64 slots, the usual, for 0 of 2 channels have a period, fewer than half"))
    }

    @Test func `each part says what it looks at and remembers, and what a short history does not support`() throws {
        let long = try choices(history(count: 1_200, seed: 3))
        #expect(long.contains("memory: 1177 windows of 24 slots, by course and by shape"))
        #expect(long.contains("context: 128 slots (500 remembered), 256 slots (500 remembered)"))
        #expect(long.contains("statistics: 32 slots (500 remembered), 64 slots (500 remembered)"))
        let short = try choices(history(count: 180, seed: 3))
        #expect(
            short.contains {
                $0.hasPrefix("window length: 22 slots") && $0.hasSuffix("cut from 24 for a short history")
            })
        #expect(short.contains("memory: 159 windows of 22 slots, by course and by shape"))
        #expect(short.contains("context: not of 128 and 256, for a short history"))
        #expect(short.contains("statistics: 32 slots (148 remembered), not of 64, for a short history"), "\(short)")
    }

    @Test func `readings with an alert, and a threshold that is provisional, are said`() throws {
        var history = history(count: 600, seed: 4)
        for reading in 300..<340 { history.isAlerting[reading] = true }
        let choices = try choices(history)
        #expect(choices.contains("left out: 40 of 600 readings, for they were taken for abnormal"))
        #expect(choices.last?.hasPrefix("threshold: ") == true)
        #expect(choices.last?.contains("provisional, for ") == true)
    }

    @Test func `a stream without a rhythm is said to have none`() throws {
        var history = history(count: 600, seed: 5)
        var source = RandomSource(seed: 6)
        var time: Int64 = 0
        for reading in 0..<history.count {
            history.times[reading] = Timestamp(nanoseconds: time)
            time += Int64(1e9 * (0.1 + 10 * source.uniform()))
        }
        #expect(try choices(history)[0].contains("irregular"))
        let regular = self.history(count: 600, seed: 5)
        #expect(try choices(regular) { $0.interval = 5_000_000_000 }[0] == "interval: 5 s, set by the configuration")
    }

    @Test func `a part that is left out is named with who left it out`() throws {
        let history = history(count: 600, seed: 7)
        let configured = try choices(history) { $0.evidence = [.rebuild, .novelty] }
        for part in ["memory", "foresight", "context", "statistics", "stuck"] {
            #expect(configured.contains("\(part): left out, the configuration says so"))
        }
        let other = try choices(history) { $0.detector = .pca }
        #expect(other.contains("foresight: left out, the detector pca has none"))
        #expect(other.contains("memory: left out, the detector pca has none"))
        let withoutNetwork = try choices(history) { $0.evidence = [.statistics, .stuck] }
        #expect(withoutNetwork.contains("rebuild: left out, the configuration says so"))
        #expect(!withoutNetwork.contains { $0.hasPrefix("window length") })
    }

    @Test(arguments: [(DetectorKind.vae, "variational"), (.ae, "plain"), (.dae, "denoising"), (.usad, "adversarial")])
    func `the network says its sizes and how its training went`(kind: DetectorKind, word: String) throws {
        let choices = try choices(history(count: 1_100, seed: 8)) { $0.detector = kind }
        let line = try #require(choices.first { $0.hasPrefix("network: ") })
        #expect(line.contains(word))
        #expect(line.contains("windows of 24 slots, 32 latent dimensions, 128 hidden units"))
        #expect(line.contains("foretells 1 and 8 ahead") && line.contains("trained for 60 steps"))
        #expect(line.contains("its residual path gained") && line.contains("nats a cell"))
    }

    @Test(arguments: [DetectorKind.pca, .ar]) func `a network in closed form says that it is`(kind: DetectorKind) throws
    {
        let choices = try choices(history(count: 1_100, seed: 8)) { $0.detector = kind }
        #expect(
            choices.contains { $0.hasPrefix("network: linear, ") && $0.hasSuffix("in closed form") }, "\(choices)")
    }

    @Test func `a history too short for a residual path is said with the number`() throws {
        let choices = try choices(history(count: 400, seed: 9))
        #expect(
            choices.contains {
                $0.hasPrefix("network: variational")
                    && $0.hasSuffix("in closed form, for a residual path needs 1000 readings")
            })
    }

    @Test func `the choices are stored with the version`() throws {
        let model = try ModelFitter(settings: DetectorSettings(), seed: 1, channelNames: Self.names)
            .fit(history(count: 400, seed: 10))
        #expect(try ModelBlob.decode(ModelBlob.encode(model)).choices == model.choices)
    }
}
