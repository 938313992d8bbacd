import RealModule

/// The readings of one stream that have a live sum of evidence and wait for their settled one.
///
/// A window's error belongs to every reading in it, so what is known of a reading is known only with the last window that
/// covers it. The settled sum of a reading is the cubic mean of the live sums of the readings in its slot and in the
/// ``slotCount`` − 1 slots after it: of all that looked back on it. The cube lets the few that saw it best count most.
///
/// A reading settles with the first reading at or after the last of those slots; after a longer gap that is the next reading,
/// whatever is missing between. It settles with what there is when another model takes over, for the sums of two models have
/// no common scale. Where the rhythm is irregular a reading takes one slot, so its slots are readings. A reading without a
/// live sum has no settled one and adds to none.
///
/// All memory is allocated by ``init(alertLevel:)``.
package struct Settling: Sendable {
    /// The slots over which live sums are averaged: the usual length of a window.
    static let slotCount = 64

    /// A reading that waits.
    struct Reading: Sendable, Equatable {
        /// Its number among the stream's recent readings.
        var number: Int
        /// Its slot, counted from anywhere.
        var slot: Int
        /// The sum behind its live score, with what is held.
        var sum: Float
        /// Its own sum of evidence, on which alerts are decided.
        var evidence: Float
        /// Where its row is in the output that it came with.
        var row: Int
    }

    /// What a reading settled to.
    struct Settled: Sendable, Equatable {
        /// The cubic mean of live sums, which ranks readings best.
        var sum: Float
        /// The mean of the readings' own sums: what most of the windows that cover the reading say. It places alerts in time, for the
        /// cubic mean follows a few high sums and would begin an alert a window before they come.
        var evidence: Float
    }

    /// The slot of the newest reading that came, with or without a sum.
    private(set) var newestSlot = 0
    /// The settled evidence from which on a reading counts as part of an alert.
    let alertLevel: Float
    /// A ring; slots ascend, so no more than ``slotCount`` readings can wait.
    private var readings: [Reading]
    private var start = 0
    private(set) var count = 0

    /// Nothing waits.
    init(alertLevel: Float) {
        self.alertLevel = alertLevel
        readings = Array(repeating: Reading(number: 0, slot: 0, sum: 0, evidence: 0, row: -1), count: Self.slotCount)
    }

    /// A reading that waits, counted from the oldest.
    subscript(index: Int) -> Reading { readings[(start + index) % Self.slotCount] }

    /// Goes on to the next reading, so many slots later, and says which slot it has.
    mutating func advance(bySlots slots: Int) -> Int {
        newestSlot += slots
        return newestSlot
    }

    /// Adds a reading whose sum is known. Those before it whose last slot is earlier must have been taken.
    mutating func append(_ reading: Reading) {
        precondition(count < Self.slotCount, "\(count) readings wait within \(Self.slotCount) slots")
        readings[(start + count) % Self.slotCount] = reading
        count += 1
    }

    /// Takes the oldest reading if its last slot is this one or an earlier one.
    mutating func takeOldest(settledBy slot: Int) -> (reading: Reading, settled: Settled)? {
        guard count > 0, self[0].slot + Self.slotCount - 1 <= slot else { return nil }
        defer { removeOldest() }
        return (self[0], settled(at: 0))
    }

    /// Takes the oldest reading, whatever its last slot is.
    mutating func takeOldest() -> (reading: Reading, settled: Settled)? {
        guard count > 0 else { return nil }
        defer { removeOldest() }
        return (self[0], settled(at: 0))
    }

    private mutating func removeOldest() {
        start = (start + 1) % Self.slotCount
        count -= 1
    }

    /// What a reading settles to with the sums that there are.
    ///
    /// Added up anew each time: a sum that is carried along would depend, in its last bits, on where the stream was resumed.
    func settled(at index: Int) -> Settled {
        let end = self[index].slot + Self.slotCount
        var (cubes, total) = (0.0, 0.0)
        var added = 0
        let readings = readings.span
        while index + added < count {
            let reading = readings[(start + index + added) % Self.slotCount]
            guard reading.slot < end else { break }
            cubes += Self.cube(reading.sum)
            total += Double(reading.evidence)
            added += 1
        }
        return Settled(
            sum: Float(Double.root(cubes / Double(added), 3)), evidence: Float(total / Double(added)))
    }

    /// The settled sums of readings one slot apart from their live sums; for the last ones from those that there are.
    package static func settledSums(of sums: [Float]) -> [Float] {
        sums.indices.map { index in
            let covering = sums[index..<min(index + slotCount, sums.count)]
            return Float(Double.root(covering.reduce(0.0) { $0 + cube($1) } / Double(covering.count), 3))
        }
    }

    private static func cube(_ sum: Float) -> Double {
        let positive = Double(max(sum, 0))
        return positive * positive * positive
    }
}
