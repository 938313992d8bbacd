import AnomalyDetection
import LinearAlgebra
import RealModule
import Testing
import VAE

@Suite(.timeLimit(.minutes(10))) struct ContinuedReadingsTests {
    enum Forecaster: String, CaseIterable, CustomTestStringConvertible {
        case attention, foresight

        /// A model of two sines that foretells in this way, and what it was fitted to.
        var model: StreamModel {
            switch self {
            case .attention: AttentionForesightTests.model
            case .foresight: ContinuedReadingsTests.closedForm
            }
        }

        var testDescription: String { rawValue }
    }

    private static let closedForm: StreamModel = {
        var settings = DetectorSettings()
        settings.detector = .ar
        do {
            return try ModelFitter(settings: settings, seed: 5).fit(SineReadings.history(count: 1_400, seed: 1))
        } catch {
            preconditionFailure("sines cannot be fitted: \(error)")
        }
    }()

    /// What follows a history, (readings × channels).
    private func following(
        _ history: TrainingHistory, _ forecaster: Forecaster, _ sampling: TokenSampling, count: Int = 24, seed: UInt64
    ) throws -> [[Double]] {
        var readings = try ContinuedReadings(model: forecaster.model, after: history, sampling: sampling, seed: seed)
        return (0..<count).map { _ in readings.next() }
    }

    private func spread(_ readings: [[Double]], over count: Int, channel: Int, after history: TrainingHistory) -> Double
    {
        let squares = readings.prefix(count).enumerated().map { step, values in
            let difference = values[channel] - SineReadings.value(history.count + step, channel: channel)
            return difference * difference
        }
        return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
    }

    @Test(arguments: Forecaster.allCases) func `the same seed gives the same readings, and another one others`(
        forecaster: Forecaster
    ) throws {
        let history = SineReadings.history(count: 400, seed: 40)
        let sampling = try TokenSampling(temperature: 0.8, topP: 0.9)
        let first = try following(history, forecaster, sampling, seed: 1)
        #expect(try following(history, forecaster, sampling, seed: 1) == first)
        #expect(try following(history, forecaster, sampling, seed: 2) != first)
    }

    @Test(arguments: Forecaster.allCases) func `at temperature 0 the seed changes nothing`(forecaster: Forecaster)
        throws
    {
        let history = SineReadings.history(count: 400, seed: 41)
        let greedy = try TokenSampling(temperature: 0)
        #expect(
            try following(history, forecaster, greedy, seed: 1) == following(history, forecaster, greedy, seed: 2))
    }

    @Test(arguments: Forecaster.allCases, UInt64(1)...3)
    func `a sine goes on in phase, from the time of its newest reading`(forecaster: Forecaster, seed: UInt64) throws {
        let history = SineReadings.history(count: 400 + Int(seed) * 7, seed: 42 + seed)
        let readings = try ContinuedReadings(
            model: forecaster.model, after: history, sampling: TokenSampling(temperature: 0), seed: 0)
        #expect(readings.interval == 1_000_000_000)
        #expect(readings.start == history.times[history.count - 1].advanced(byNanoseconds: 1_000_000_000))
        #expect(readings.isByAttention == (forecaster == .attention))
        let values = try following(history, forecaster, TokenSampling(temperature: 0), seed: 0)
        for channel in 0..<2 {
            // A sine of no amplitude would be off by 7, one of the other phase by 14.
            let error = spread(values, over: 24, channel: channel, after: history)
            #expect(error < 3, "channel \(channel) is off by \(error)")
        }
    }

    @Test(arguments: Forecaster.allCases) func `readings scatter more at a higher temperature, and less within a mass`(
        forecaster: Forecaster
    ) throws {
        let history = SineReadings.history(count: 400, seed: 50)
        /// The deviation of the reading that comes next, over many seeds.
        func deviation(_ sampling: TokenSampling) throws -> Double {
            let values = try (UInt64(1)...300).map {
                try following(history, forecaster, sampling, count: 1, seed: $0)[0][0]
            }
            return Moments.deviation(values)
        }
        let (cold, usual) = (try deviation(TokenSampling(temperature: 0.25)), try deviation(TokenSampling()))
        let (hot, cut) = (try deviation(TokenSampling(temperature: 4)), try deviation(TokenSampling(topP: 0.3)))
        #expect(cold < usual && usual < hot && cut < usual, "\(cold), \(usual), \(hot), \(cut)")
        guard forecaster == .foresight else { return }
        // The variance goes with the temperature; 300 draws tell a deviation to within 8 % (two of its own).
        #expect(abs(cold / usual - 0.5) < 0.08 && abs(hot / usual - 2) < 0.3)
    }

    @Test(arguments: Forecaster.allCases) func `readings go on without end, and stay where the stream is`(
        forecaster: Forecaster
    ) throws {
        let values = try following(
            SineReadings.history(count: 400, seed: 51), forecaster, TokenSampling(), count: 1_000, seed: 3)
        #expect(values.allSatisfy { $0.allSatisfy { abs($0 - 50) < 40 } })
        #expect(Moments.deviation(values.map { $0[0] }) > 2)
    }

    @Test(arguments: Forecaster.allCases) func `newest values may be missing`(forecaster: Forecaster) throws {
        var history = SineReadings.history(count: 400, seed: 52)
        let whole = try following(history, forecaster, TokenSampling(temperature: 0), seed: 0)
        history.values[history.count * 2 - 1] = .nan
        history.values[history.count * 2 - 6] = .nan
        let values = try following(history, forecaster, TokenSampling(temperature: 0), seed: 0)
        #expect(values.allSatisfy { $0.allSatisfy(\.isFinite) })
        #expect(values != whole)
        #expect(spread(values, over: 12, channel: 0, after: history) < 4)
    }

    @Test func `constants and switches keep their newest value, and a channel that never reported is missing`() throws {
        let machine = FittedMachine(.room, readingCount: 600, constants: [7, .nan], detector: .ar)
        var history = machine.history
        // The switch was last seen on; in the newest reading it is missing.
        history.values[(history.count - 2) * 6 + 3] = 1
        history.values[(history.count - 1) * 6 + 3] = .nan
        var readings = try ContinuedReadings(model: machine.model, after: history, sampling: TokenSampling(), seed: 1)
        for _ in 0..<50 {
            let values = readings.next()
            #expect(values[3] == 1 && values[4] == 7 && values[5].isNaN && values[..<3].allSatisfy(\.isFinite))
        }
    }

    @Test func `what cannot be gone on from is said`() throws {
        let model = Self.closedForm
        let none = TrainingHistory(channelCount: 2)
        #expect(throws: GenerationFailure.nothingToContinue) {
            try ContinuedReadings(model: model, after: none, sampling: TokenSampling(), seed: 1)
        }
        let few = SineReadings.history(count: 3, seed: 1)
        let length = model.scoredWindow
        #expect(throws: GenerationFailure.sparseEnd(filledSlots: 3, slots: length)) {
            try ContinuedReadings(model: model, after: few, sampling: TokenSampling(), seed: 1)
        }
        let history = SineReadings.history(count: 400, seed: 1)
        #expect(throws: GenerationFailure.noBins) {
            try ContinuedReadings(model: model, after: history, sampling: TokenSampling(topK: 5), seed: 1)
        }
        let blind = StreamModel(
            cadence: model.cadence, profiles: model.profiles, parts: [], calibration: model.calibration,
            threshold: model.threshold, trainedReadings: 400, choices: [])
        #expect(throws: GenerationFailure.nothingForetells) {
            try ContinuedReadings(model: blind, after: history, sampling: TokenSampling(), seed: 1)
        }
    }
}
