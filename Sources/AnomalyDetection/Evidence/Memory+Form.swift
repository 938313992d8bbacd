import LinearAlgebra

extension Memory {
    /// What of a window is compared.
    package enum Form: UInt8, Sendable, CaseIterable {
        /// The values as they are.
        case level
        /// Each channel less its mean over the window, so that a slow drift alone is not odd.
        case centered
        /// Each channel's course alone: less its mean, divided by its deviation.
        case shape
    }
}

extension Memory.Form {
    /// A channel that moves less than this in a window is not stretched: there, its course is noise.
    private static let deviationFloor: Float = 0.2
    /// A window is worked on in pieces of so many slots, whose cells fill whole vectors whatever the number of channels.
    private static let tileSlots = 8

    /// The elements of what ``apply(to:channelCount:tile:)`` needs besides the window.
    static func tileCount(channelCount: Int) -> Int { tileSlots * channelCount }

    /// What ``apply(to:channelCount:tile:)`` needs besides the window.
    static func tile(channelCount: Int) -> [Float] {
        [Float](repeating: 0, count: tileCount(channelCount: channelCount))
    }

    /// Brings a window (slots × channels) to the form. `tile` has at least ``tileCount(channelCount:)`` elements.
    func apply(to window: inout MutableSpan<Float>, channelCount: Int, tile: inout [Float]) {
        guard self != .level else { return }
        let size = Self.tileSlots * channelCount
        let slotCount = Float(window.count / channelCount)
        var all = tile.mutableSpan
        var numbers = all._mutatingExtracting(0..<size)
        Self.add(window.span, to: &numbers) { $0 + $1 }
        Self.joinChannels(of: &numbers, channelCount: channelCount)
        replaceEach(&numbers) { $0 / slotCount }
        Self.replace(&window, with: numbers.span) { $0 - $1 }
        guard self == .shape else { return }
        Self.add(window.span, to: &numbers) { $0 + $1 * $1 }
        Self.joinChannels(of: &numbers, channelCount: channelCount)
        replaceEach(&numbers) { squares in
            let deviations = (squares / slotCount).squareRoot()
            return 1 / deviations.replacing(with: Self.deviationFloor, where: deviations .< Self.deviationFloor)
        }
        Self.replace(&window, with: numbers.span) { $0 * $1 }
    }

    /// Adds up a function of the cells of a window, each in its place of a tile.
    @inline(__always)
    private static func add(
        _ window: Span<Float>, to tile: inout MutableSpan<Float>,
        _ function: (SIMD8<Float>, SIMD8<Float>) -> SIMD8<Float>
    ) {
        replaceEach(&tile) { _ in SIMD8() }
        for start in stride(from: 0, to: window.count, by: tile.count) {
            let count = min(tile.count, window.count - start)
            var part = tile._mutatingExtracting(0..<count)
            replaceEach(&part, with: window.extracting(start..<(start + count)), function)
        }
    }

    /// Replaces each cell of a window by a function of it and of the number in its place of a tile.
    @inline(__always)
    private static func replace(
        _ window: inout MutableSpan<Float>, with tile: Span<Float>,
        _ function: (SIMD8<Float>, SIMD8<Float>) -> SIMD8<Float>
    ) {
        for start in stride(from: 0, to: window.count, by: tile.count) {
            let count = min(tile.count, window.count - start)
            var part = window._mutatingExtracting(start..<(start + count))
            replaceEach(&part, with: tile.extracting(0..<count), function)
        }
    }

    /// Puts in each place of a tile (slots × channels) the sum over its channel.
    private static func joinChannels(of tile: inout MutableSpan<Float>, channelCount: Int) {
        for channel in 0..<channelCount {
            var sum: Float = 0
            for place in stride(from: channel, to: tile.count, by: channelCount) { sum += tile[place] }
            for place in stride(from: channel, to: tile.count, by: channelCount) { tile[place] = sum }
        }
    }
}
