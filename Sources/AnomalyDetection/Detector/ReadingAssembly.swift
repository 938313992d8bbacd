/// Puts the cells of one stream together to readings.
///
/// Inputs with a line a channel give a reading piece by piece. A reading is whole when every channel that the stream is
/// known to have was mentioned, or when a later time comes. Until a second time was seen, the channels are not known.
struct ReadingAssembly: Sendable {
    /// The time of the reading that is being put together.
    private(set) var time: Timestamp?
    /// Its values so far, NaN where missing.
    private(set) var values: [Double] = []
    private var isMentioned: [Bool] = []
    private var mentionedCount = 0
    private var knowsChannels = false

    /// The number of channels that were ever mentioned.
    var channelCount: Int { values.count }

    /// Whether nothing more is expected for the reading.
    var isWhole: Bool { time != nil && knowsChannels && mentionedCount == values.count }

    /// Sets the number of channels when the stream is known from before.
    mutating func restore(channelCount: Int) {
        values = [Double](repeating: .nan, count: channelCount)
        isMentioned = [Bool](repeating: false, count: channelCount)
        knowsChannels = channelCount > 0
    }

    /// Starts a reading; the one before must have been taken.
    mutating func begin(at time: Timestamp) {
        self.time = time
    }

    /// Adds a cell to the reading that was begun.
    mutating func add(channel: Int, value: Double) {
        while values.count <= channel {
            values.append(.nan)
            isMentioned.append(false)
        }
        values[channel] = value.isFinite ? value : .nan
        if !isMentioned[channel] {
            isMentioned[channel] = true
            mentionedCount += 1
        }
    }

    /// Forgets the reading after it was taken, and from now on knows the stream's channels.
    mutating func end() {
        time = nil
        knowsChannels = true
        mentionedCount = 0
        for channel in values.indices {
            values[channel] = .nan
            isMentioned[channel] = false
        }
    }
}
