/// Whether a cell of the grid holds something that was read.
package enum Presence {
    /// The grid has this slot, but no reading came.
    package static let gap: Int8 = 0
    /// A reading came without a value for this channel.
    package static let missing: Int8 = 1
    /// A value was read.
    package static let observed: Int8 = 2
}

/// The newest slots of one stream's interval grid, normalized, oldest first.
///
/// What is missing is marked in ``presence`` and filled in: slots in which no reading came with what lies on the line between the
/// readings around them, a value that its reading did not have with the channel's last value for a while, then with its center.
/// Rows lie one behind the other in one array, so the newest window of any length is one contiguous stretch. All memory
/// is allocated by the initializer; appending is safe on the hot path.
package struct StreamHistory: Sendable {
    /// What a reading did to the grid.
    package enum Step: Sendable {
        /// It took the next slots; those between are gaps.
        case continued
        /// It came after a gap longer than the history, which therefore begins anew with it.
        case restarted
    }

    /// Values of the common scale, (slots × channels).
    package private(set) var values: [Float]
    /// A ``Presence`` for each value, (slots × channels).
    package private(set) var presence: [Int8]
    /// The number of channels.
    package let channelCount: Int
    /// How many of the newest slots are always kept, once there were so many.
    package let keptSlots: Int
    /// After a gap of more slots a new stretch begins.
    package let longestGap: Int
    /// Counts the slots of the stream; the newest one has this number.
    package private(set) var newestSlot = -1

    private let capacity: Int
    private var slotCount = 0
    private var stretchLength = 0
    private var lastTime: Timestamp?
    private var held: HeldValues

    /// So many slots more than are kept fit in before the kept ones are moved.
    private static let spareSlots = 96

    /// An empty history that keeps at least `keptSlots` slots, and begins anew after a gap of more than `longestGap` slots, which is no
    /// more than that.
    package init(channelCount: Int, keptSlots: Int, longestGap: Int? = nil) {
        self.channelCount = channelCount
        self.keptSlots = keptSlots
        self.longestGap = min(longestGap ?? keptSlots, keptSlots)
        capacity = keptSlots + Self.spareSlots + 1
        values = [Float](repeating: 0, count: capacity * channelCount)
        presence = [Int8](repeating: Presence.gap, count: capacity * channelCount)
        held = HeldValues(channelCount: channelCount)
    }

    /// The number of slots that are held, at least ``keptSlots`` after the first reading.
    package var count: Int { slotCount }
    /// How many of the slots lie in the stretch that the newest reading belongs to. Those before it only fill the windows.
    package var countInStretch: Int { min(stretchLength, slotCount) }
    /// The time of the newest reading.
    package var newest: Timestamp? { lastTime }

    /// Puts a reading, a value a channel with NaN for missing, into its slot.
    package mutating func append(
        _ reading: Span<Double>, at time: Timestamp, profiles: [ChannelProfile], cadence: Cadence
    ) -> Step {
        var step = Step.continued
        if let last = lastTime {
            let slots = cadence.slots(from: last, to: time)
            if slots > longestGap {
                step = .restarted
            } else {
                for slot in stride(from: 1, to: slots, by: 1) {
                    held.advance(towards: reading, slotsAway: slots - slot, profiles: profiles)
                    appendGapSlot()
                }
            }
        } else {
            step = .restarted
        }
        lastTime = time
        if step == .restarted { held.forget() } else { held.advance() }
        held.observe(reading, profiles: profiles)
        if step == .restarted {
            slotCount = 0
            for _ in 1..<keptSlots { appendGapSlot() }
            stretchLength = 0
        }
        makeRoom()
        let start = slotCount * channelCount
        for channel in 0..<channelCount {
            values[start + channel] = held.values[channel]
            let isObserved = channel < reading.count && reading[channel].isFinite
            presence[start + channel] = isObserved ? Presence.observed : Presence.missing
        }
        slotCount += 1
        newestSlot += 1
        stretchLength += 1
        return step
    }

    private mutating func appendGapSlot() {
        makeRoom()
        let start = slotCount * channelCount
        for channel in 0..<channelCount {
            values[start + channel] = held.values[channel]
            presence[start + channel] = Presence.gap
        }
        slotCount += 1
        newestSlot += 1
        stretchLength += 1
    }

    private mutating func makeRoom() {
        guard slotCount == capacity else { return }
        let kept = keptSlots * channelCount
        let start = slotCount * channelCount - kept
        for index in 0..<kept {
            values[index] = values[start + index]
            presence[index] = presence[start + index]
        }
        slotCount = keptSlots
    }

    /// The newest window of a length, as a range of ``values`` and ``presence``.
    package func window(length: Int) -> Range<Int> {
        precondition(length <= slotCount, "the history holds \(slotCount) slots, the window has \(length)")
        return ((slotCount - length) * channelCount)..<(slotCount * channelCount)
    }

    /// The share of slots of the newest window in which a reading came.
    package func filledShare(length: Int) -> Double {
        var filled = 0
        for slot in (slotCount - length)..<slotCount where presence[slot * channelCount] != Presence.gap { filled += 1 }
        return Double(filled) / Double(length)
    }

    /// Whether the window of so many slots that ends with a reading so many slots before the newest can be looked at: it lies within one
    /// stretch, and at least half of its slots have a reading.
    package func hasWindow(length: Int, slotsBefore offset: Int = 0) -> Bool {
        let last = slotCount - 1 - offset
        guard offset >= 0, countInStretch - offset >= length, presence[last * channelCount] != Presence.gap else {
            return false
        }
        var filled = 0
        for slot in (last + 1 - length)...last where presence[slot * channelCount] != Presence.gap { filled += 1 }
        return 2 * filled >= length
    }
}
