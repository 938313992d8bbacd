import AnomalyDetection
import LinearAlgebra

/// One reading as a test hands it to the engine: which cells it has, and what is in them.
struct SampleReading: Equatable {
    var stream: Int
    var time: Timestamp
    var cells: [Cell]

    struct Cell: Equatable {
        var channel: Int
        var value: Double
    }
}

/// Readings of simulated machines with faults, missing cells, gaps and a channel that falls silent for long.
enum SampleReadings {
    static let start = Timestamp(nanoseconds: 1_767_225_600_000_000_000)
    static let second: Int64 = 1_000_000_000

    /// A sound stretch of pumps, in the order of time, streams within a moment in the order of their numbers.
    static func sound(streams: Int = 1, rows: Int, seed: UInt64, kinds: [MachineKind] = [.pump]) -> [SampleReading] {
        make(plan(streams: streams, rows: rows, kinds: kinds), seed: seed)
    }

    /// A plan of machines that read once a second.
    static func plan(streams: Int = 1, rows: Int, kinds: [MachineKind] = [.pump]) -> SimulationPlan {
        SimulationPlan(
            kinds: kinds, streamCount: streams, start: start, intervalNanoseconds: second, rowCount: rows)
    }

    /// All readings of a plan.
    static func make(_ plan: SimulationPlan, seed: UInt64) -> [SampleReading] {
        var simulator = Simulator(plan: plan, seed: seed)
        var readings: [SampleReading] = []
        while simulator.advance() {
            for stream in 0..<plan.streamCount {
                let cells = (0..<MachineKind.channelCount).map { channel in
                    SampleReading.Cell(
                        channel: channel, value: simulator.values[stream * MachineKind.channelCount + channel])
                }
                readings.append(SampleReading(stream: stream, time: simulator.time, cells: cells))
            }
        }
        return readings
    }

    /// What a plant really sends: level shifts and spikes that raise alerts, single values missing, readings lost one by one, for a
    /// minute and for minutes, and a channel that stops reporting for longer than any window.
    static func troubled(streams: Int = 1, rows: Int, seed: UInt64) throws -> [SampleReading] {
        var plan = plan(streams: streams, rows: rows)
        var random = RandomSource(seed: seed ^ 0x7E57)
        for stream in 0..<streams {
            var row = 420 + random.index(below: 120)
            while row < rows {
                let shape: FaultShape = [.levelShift, .spike, .stuck, .drift][random.index(below: 4)]
                let length = shape == .spike ? 6 : 20 + random.index(below: 60)
                try plan.inject(
                    SimulatedFault(
                        shape: shape, stream: stream, channel: random.index(below: 4), rows: row..<(row + length),
                        magnitude: shape == .stuck ? nil : 8))
                row += length + 150 + random.index(below: 100)
            }
        }
        let silentFrom = (0..<streams).map { _ in 250 + random.index(below: rows / 2) }
        let minuteFrom = (0..<streams).map { _ in 300 + random.index(below: rows / 2) }
        let minutesFrom = (0..<streams).map { _ in rows * 3 / 4 + random.index(below: rows / 8) }
        return make(plan, seed: seed).enumerated().compactMap { index, reading in
            let (row, stream) = (index / streams, reading.stream)
            if (minuteFrom[stream]..<(minuteFrom[stream] + 55)).contains(row) { return nil }
            if (minutesFrom[stream]..<(minutesFrom[stream] + 130)).contains(row) { return nil }
            if random.uniform() < 0.01 { return nil }
            var reading = reading
            reading.cells.removeAll { cell in
                let isSilent = cell.channel == 1 && (silentFrom[stream]..<(silentFrom[stream] + 140)).contains(row)
                return isSilent || random.uniform() < 0.01
            }
            return reading
        }
    }
}

extension ReadingBatch {
    /// A batch of these readings.
    init(_ readings: some Sequence<SampleReading>) {
        self.init()
        for reading in readings {
            for cell in reading.cells { appendCell(channel: cell.channel, value: cell.value) }
            endReading(stream: StreamID(reading.stream), time: reading.time)
        }
    }
}

extension ReadingBatch {
    /// A batch of a history's readings, all of one stream.
    init(_ history: TrainingHistory) {
        self.init(
            (0..<history.count).map { reading in
                let cells = (0..<history.channelCount).map { channel in
                    SampleReading.Cell(
                        channel: channel, value: history.values[reading * history.channelCount + channel])
                }
                return SampleReading(stream: 0, time: history.times[reading], cells: cells)
            })
    }
}

extension Array {
    /// The array cut into runs of random lengths from 1 to `limit`.
    func cutAtRandom(limit: Int, random: inout RandomSource) -> [ArraySlice<Element>] {
        var pieces: [ArraySlice<Element>] = []
        var start = 0
        while start < count {
            let end = Swift.min(count, start + 1 + random.index(below: limit))
            pieces.append(self[start..<end])
            start = end
        }
        return pieces
    }
}
