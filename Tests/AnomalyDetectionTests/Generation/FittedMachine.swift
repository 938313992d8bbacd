import AnomalyDetection

/// A simulated machine's readings and the model that was fitted to them.
struct FittedMachine: Sendable {
    /// A pump with many readings.
    static let pump = FittedMachine(.pump, readingCount: 3_000)
    /// A motor with many readings.
    static let motor = FittedMachine(.motor, readingCount: 3_000)
    /// A room, which has a switch, with a fifth channel that is always 7 and a sixth that never reports.
    static let room = FittedMachine(.room, readingCount: 2_000, constants: [7, .nan])
    /// A pump with too few readings for a residual path.
    static let young = FittedMachine(.pump, readingCount: 500)

    static let start = Timestamp(nanoseconds: 1_767_225_600_000_000_000)

    let history: TrainingHistory
    let model: StreamModel

    /// The machines with many readings, for the arguments of tests.
    enum Name: String, CaseIterable {
        case pump, motor, room

        var machine: FittedMachine {
            switch self {
            case .pump: .pump
            case .motor: .motor
            case .room: .room
            }
        }
    }

    init(
        _ kind: MachineKind, readingCount: Int, constants: [Double] = [], detector: DetectorKind = .vae,
        seed: UInt64 = 11
    ) {
        let plan = SimulationPlan(
            kinds: [kind], streamCount: 1, start: Self.start, intervalNanoseconds: 1_000_000_000,
            rowCount: readingCount)
        var simulator = Simulator(plan: plan, seed: seed)
        var history = TrainingHistory(channelCount: MachineKind.channelCount + constants.count)
        while simulator.advance() {
            history.times.append(simulator.time)
            history.values += simulator.values + constants
            history.isAlerting.append(false)
        }
        self.history = history
        do {
            var settings = DetectorSettings()
            settings.detector = detector
            model = try ModelFitter(settings: settings, seed: seed).fit(history)
        } catch {
            preconditionFailure("a simulated \(kind) cannot be fitted: \(error)")
        }
    }

    /// Readings that the model draws, at the times behind the training's.
    func synthetic(count: Int, seed: UInt64) throws -> TrainingHistory {
        var readings = try SyntheticReadings(model: model, resembling: history, seed: seed)
        var result = TrainingHistory(channelCount: model.channelCount)
        let end = history.times[history.count - 1]
        for number in 1...count {
            result.times.append(end.advanced(byNanoseconds: Int64(number) * readings.interval))
            result.values += readings.next()
            result.isAlerting.append(false)
        }
        return result
    }

    /// The scores that the detector gives to readings behind those of the training.
    func scores(of readings: TrainingHistory) -> [Float] { rows(of: readings).map(\.score) }

    /// The readings as the live detector has them.
    func rows(of readings: TrainingHistory) -> [DetectionOutput.Row] {
        let engine = DetectionEngine(settings: DetectorSettings()) { _ in [] }
        var output = DetectionOutput()
        engine.resume(
            StreamID(0), from: .scoringOnly(channelCount: model.channelCount),
            readings: history[(history.count - DetectionEngine.readingsToResume)..<history.count],
            live: LiveModel(id: 1, model: model), scheduled: nil, into: &output)
        var batch = ReadingBatch()
        for reading in 0..<readings.count {
            for channel in 0..<readings.channelCount {
                batch.appendCell(channel: channel, value: readings.values[reading * readings.channelCount + channel])
            }
            batch.endReading(stream: StreamID(0), time: readings.times[reading])
        }
        engine.ingest(batch, into: &output)
        engine.completeReadings(into: &output)
        return output.rows
    }
}
