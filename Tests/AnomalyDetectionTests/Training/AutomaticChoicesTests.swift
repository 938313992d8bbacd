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
        settings.evidence.remove(.reconstruction)
        change(&settings)
        return try ModelFitter(settings: settings, seed: 1, channelNames: names).fit(history).choices
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

    @Test func `each part says its windows, and which are cut for a short history`() throws {
        let long = try choices(history(count: 1_200, seed: 3))
        #expect(long.count { $0.hasPrefix("linear model: windows of ") && !$0.contains("cut") } == 2)
        #expect(long.count { $0.hasPrefix("memory: ") && $0.contains(" windows of ") } == 5)
        #expect(long.contains("forecast: 1 ahead from the newest 32 slots"))
        #expect(long.contains("forecast: 8 ahead from the newest 32 slots"))
        let short = try choices(history(count: 120, seed: 3))
        #expect(
            short.contains {
                $0.hasPrefix("linear model: windows of 30 slots") && $0.hasSuffix("cut from 64 for a short history")
            })
        #expect(short.contains { $0.hasPrefix("memory: not of windows as they are, which needs 1000 readings") })
        #expect(
            short.contains("forecast: 1 ahead from the newest 8 slots, not 32: it would fit a short history by heart"))
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
        let configured = try choices(history) { $0.evidence = [.linear, .novelty] }
        #expect(configured.contains("memory: left out, the configuration says so"))
        #expect(configured.contains("autoencoder: left out, the configuration says so"))
        let other = try choices(history) {
            $0.evidence = Set(EvidenceKind.allCases)
            $0.detector = .pca
        }
        #expect(other.contains("forecast: left out, the detector pca has none"))
        #expect(other.contains("autoencoder: left out, the detector pca has none"))
        #expect(!other.contains { $0.hasPrefix("window length") })
    }

    @Test(arguments: [(DetectorKind.vae, "variational"), (.ae, "plain"), (.dae, "denoising"), (.usad, "adversarial")])
    func `the autoencoder says its sizes and how its training went`(kind: DetectorKind, word: String) throws {
        let choices = try choices(history(count: 1_100, seed: 8)) {
            $0.evidence = Set(EvidenceKind.allCases)
            $0.detector = kind
        }
        let line = try #require(choices.first { $0.hasPrefix("autoencoder: ") })
        #expect(line.contains("held-out squared error"))
        if kind == .vae {
            #expect(line.contains("linear, of 4 principal components") && line.contains("after a quarter"))
            return
        }
        #expect(line.hasPrefix("autoencoder: \(word)"))
        #expect(line.contains("windows of 24 slots, 128 hidden units, 4 latent dimensions"))
        #expect(line.contains(" steps") && line.contains("held-out windows"))
    }

    @Test func `a history too short for the autoencoder is said with the numbers`() throws {
        let choices = try choices(history(count: 400, seed: 9)) { $0.evidence = Set(EvidenceKind.allCases) }
        #expect(choices.contains { $0.hasPrefix("autoencoder: not yet, it needs 1000 readings") })
    }

    @Test func `the choices are stored with the version`() throws {
        let model = try ModelFitter(settings: DetectorSettings(), seed: 1, channelNames: Self.names)
            .fit(history(count: 400, seed: 10))
        #expect(try ModelBlob.decode(ModelBlob.encode(model)).choices == model.choices)
    }
}
