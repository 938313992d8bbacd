import LinearAlgebra

/// Where faults go that are placed at random: one to a slot, so that between two faults of a stream there is always a
/// stretch in which its readings are normal again.
enum RandomFaultPlacement {
    /// The rows that belong to one fault: the longest one, and the quiet time around it.
    static let slotRowCount = 300
    /// The rows at the start of a slot among which a fault begins.
    static let startRowCount = 60
}

extension SimulationPlan {
    /// Adds faults at random places after a learning time.
    ///
    /// The kinds of fault take turns, so that with seven or more each kind occurs. Channels with two values are spared.
    ///
    /// - Parameters:
    ///   - count: The number of faults.
    ///   - learningRowCount: The first rows, which stay without faults.
    ///   - seed: The seed of all random choices.
    package mutating func injectRandomFaults(
        count: Int, learningRowCount: Int, seed: UInt64
    ) throws(SimulationFailure) {
        var random = RandomSource(seed: seed ^ 0xFA17)
        let slotsPerStream = max(0, rowCount - learningRowCount) / RandomFaultPlacement.slotRowCount
        let slotCount = slotsPerStream * streamCount
        guard count <= slotCount else { throw .tooManyFaults(count: count, limit: slotCount) }

        // The first `count` places of a shuffle (Fisher and Yates) without the rest of it.
        var moved: [Int: Int] = [:]
        let shapes = SimulatedFault.shapes
        let firstShape = random.index(below: shapes.count)
        for number in 0..<count {
            let drawn = number + random.index(below: slotCount - number)
            let slot = moved[drawn] ?? drawn
            moved[drawn] = moved[number] ?? number

            let shape = shapes[(firstShape + number) % shapes.count]
            let stream = slot % streamCount
            let suitable = channels(of: stream).indices.filter { !channels(of: stream)[$0].isTwoValued }
            let first =
                learningRowCount + slot / streamCount * RandomFaultPlacement.slotRowCount
                + random.index(below: RandomFaultPlacement.startRowCount)
            let size = 0.7 + 0.8 * random.uniform()
            let sign = random.uniform() < 0.5 ? -1.0 : 1
            let isSigned = shape == .spike || shape == .levelShift || shape == .drift
            try inject(
                SimulatedFault(
                    shape: shape, stream: stream, channel: suitable[random.index(below: suitable.count)],
                    rows: first..<(first + shape.usualRowCount),
                    magnitude: shape.usualMagnitude.map { $0 * size * (isSigned ? sign : 1) }))
        }
    }
}
