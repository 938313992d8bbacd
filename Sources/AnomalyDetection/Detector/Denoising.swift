/// The readings of one stream that windows to come still cover, with the sum of what windows have rebuilt of them.
///
/// A window is rebuilt as a whole, so a reading is rebuilt by every window that covers it: first as the newest slot, last as
/// the oldest. One window's errors are its own; their mean over all of them is what denoises.
struct Denoising: Sendable {
    private struct Reading {
        var time: Timestamp
        var slot: Int
        var windowCount = 0
    }

    /// The windows that are rebuilt.
    let layout: WindowLayout
    /// Oldest first; slots ascend, so there are no more than a window has.
    private var readings: [Reading] = []
    /// The sums, (readings × channels of the layout).
    private var sums: [Double] = []

    /// Nothing waits.
    init(layout: WindowLayout) {
        self.layout = layout
    }

    /// The number of readings that wait.
    var count: Int { readings.count }

    /// The time of a reading that waits, counted from the oldest.
    func time(of index: Int) -> Timestamp { readings[index].time }

    /// The mean of what windows rebuilt of a reading that waits, for a channel of the layout.
    func mean(of index: Int, channel: Int) -> Float {
        Float(sums[index * layout.channels.count + channel] / Double(readings[index].windowCount))
    }

    /// Adds a reading with the window that ends with it as it was rebuilt, (slots × channels), which counts for the readings
    /// before it as well. Those that the window does not reach must have been taken.
    mutating func append(at time: Timestamp, slot: Int, window: Span<Float>) {
        let channelCount = layout.channels.count
        readings.append(Reading(time: time, slot: slot))
        sums.append(contentsOf: repeatElement(0, count: channelCount))
        for index in readings.indices {
            let cell = (readings[index].slot - slot + layout.length - 1) * channelCount
            for channel in 0..<channelCount { sums[index * channelCount + channel] += Double(window[cell + channel]) }
            readings[index].windowCount += 1
        }
    }

    /// How many of the oldest readings no window that ends in this slot or later covers.
    func passedCount(by slot: Int) -> Int {
        readings.firstIndex { $0.slot > slot - layout.length } ?? readings.count
    }

    /// Takes away the oldest readings.
    mutating func removeOldest(_ count: Int) {
        readings.removeFirst(count)
        sums.removeFirst(count * layout.channels.count)
    }
}
