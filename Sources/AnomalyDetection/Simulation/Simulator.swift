import LinearAlgebra
import RealModule

/// Simulates machines reading by reading, with the faults of its plan.
///
/// Everything comes from the plan and the seed. A stream's readings depend on the seed and the stream's number alone: not
/// on how many streams there are, nor, outside a fault's rows, on the faults.
package struct Simulator: Sendable {
    /// What is simulated.
    package let plan: SimulationPlan
    /// The number of rows so far; the current row is the one before.
    package private(set) var row = 0
    /// The values of the current row, as the sensors resolve them: for each stream in turn its channels,
    /// ``MachineKind/channelCount`` of them; NaN where missing.
    package private(set) var values: [Double]

    private var machines: [SimulatedMachine]
    private let steps: [SIMD4<Double>]
    private let waiting: [Int]
    private var waitingStart = 0
    private var active: [ActiveFault] = []
    private let seed: UInt64

    /// A simulator before its first row.
    package init(plan: SimulationPlan, seed: UInt64) {
        self.plan = plan
        self.seed = seed
        values = Array(repeating: .nan, count: plan.streamCount * MachineKind.channelCount)
        machines = plan.kinds.enumerated().map { index, kind in
            SimulatedMachine(kind, random: RandomSource(seed: Self.mix(seed, UInt64(index))))
        }
        steps = plan.kinds.map { kind in
            let decimals = kind.channels.map { Self.powersOfTen[$0.decimals] }
            return SIMD4(decimals[0], decimals[1], decimals[2], decimals[3])
        }
        // A stable sort: faults that begin together act in the order in which they were added.
        waiting = plan.faults.indices.sorted {
            (plan.faults[$0].rows.lowerBound, $0) < (plan.faults[$1].rows.lowerBound, $1)
        }
    }

    /// The time of the current row.
    package var time: Timestamp { plan.time(of: row - 1) }

    /// Goes on to the next row; false when there is none.
    package mutating func advance() -> Bool {
        guard row < plan.rowCount else { return false }
        startFaults()
        row += 1
        let day = timeOfDay()
        for index in machines.indices {
            store(machines[index].next(day), stream: index)
        }
        applyFaults()
        return true
    }

    /// Adds the current row to a batch: a reading of each stream, whose ``StreamID`` is its place in the plan.
    package func append(to batch: inout ReadingBatch) {
        for stream in 0..<plan.streamCount {
            for channel in 0..<MachineKind.channelCount {
                batch.appendCell(channel: channel, value: values[stream * MachineKind.channelCount + channel])
            }
            batch.endReading(stream: StreamID(stream), time: time)
        }
    }

    private func timeOfDay() -> TimeOfDay {
        let dayNanoseconds: Int64 = 86_400_000_000_000
        let intoDay = time.nanoseconds % dayNanoseconds
        let angle = 2 * Double.pi * Double(intoDay) / Double(dayNanoseconds)
        return TimeOfDay(sine: .sin(angle), cosine: .cos(angle))
    }

    /// Writes a reading, rounded to what the sensors resolve.
    private mutating func store(_ reading: SIMD4<Double>, stream: Int) {
        let scale = steps[stream]
        let rounded = (reading * scale).rounded(.toNearestOrAwayFromZero) / scale
        let start = stream * MachineKind.channelCount
        for channel in 0..<MachineKind.channelCount { values[start + channel] = rounded[channel] }
    }

    /// Starts the faults of the coming row, while the row before is still there to be held.
    private mutating func startFaults() {
        while waitingStart < waiting.count {
            let number = waiting[waitingStart]
            let fault = plan.faults[number]
            guard fault.rows.lowerBound <= row else { return }
            waitingStart += 1
            let cell = fault.stream * MachineKind.channelCount + fault.channel
            let channel = plan.channels(of: fault.stream)[fault.channel]
            active.append(
                ActiveFault(
                    fault: fault, channel: channel, cell: cell, held: values[cell],
                    random: RandomSource(seed: Self.mix(~seed, UInt64(number)))))
        }
    }

    private mutating func applyFaults() {
        guard !active.isEmpty else { return }
        for index in active.indices {
            let cell = active[index].cell
            values[cell] = active[index].apply(to: values[cell], row: row - 1)
        }
        active.removeAll { $0.fault.rows.upperBound <= row }
    }

    /// A seed for one of many sources, unlike those of its neighbors.
    private static func mix(_ seed: UInt64, _ number: UInt64) -> UInt64 {
        var source = RandomSource(seed: seed)
        return source.next() ^ (number &* 0xD1B5_4A32_D192_ED03)
    }

    static let powersOfTen: [Double] = [1, 10, 100, 1000]
}
