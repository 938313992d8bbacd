import LinearAlgebra

/// Copies of normal readings with a known fault in them, on which versions are compared.
struct InjectedFaults {
    /// Readings before the fault in each copy, enough for any window.
    static let lead = 2 * StreamScoringState.keptSlots
    private static let faultLength = 32
    private static let magnitude = 4.0
    private static let channelLimit = 4

    /// The faulty copies; in each the fault begins with reading ``lead``.
    let copies: [TrainingHistory]

    /// Injects a spike, a level shift, a drift, a standstill and noise into up to four channels of a clean history, at its end, and
    /// with fewer channels at earlier places too, so that there are some twenty. Empty when the history is too short.
    init(into history: TrainingHistory, profiles: [ChannelProfile], seed: UInt64) {
        let length = Self.lead + Self.faultLength
        let channels = profiles.indices.filter { profiles[$0].role == .continuous }.evenlySpaced(
            limit: Self.channelLimit)
        guard history.count >= length else {
            copies = []
            return
        }
        let places = channels.isEmpty ? 0 : Self.channelLimit / channels.count
        let ends = (0..<places).map { history.count - $0 * (history.count - length) / places }
        var random = RandomSource(seed: seed)
        copies = zip(channels.flatMap { Array(repeating: $0, count: places) }, channels.flatMap { _ in ends }).flatMap {
            channel, end in
            Shape.allCases.map { shape in
                var copy = history[(end - length)..<end]
                Self.inject(shape, into: &copy, channel: channel, spread: profiles[channel].spread, random: &random)
                return copy
            }
        }
    }

    private enum Shape: CaseIterable {
        case spike, levelShift, drift, stuck, noise
    }

    private static func inject(
        _ shape: Shape, into copy: inout TrainingHistory, channel: Int, spread: Double, random: inout RandomSource
    ) {
        let amount = magnitude * spread
        let held = copy.values[lead * copy.channelCount + channel]
        for offset in 0..<faultLength {
            let cell = (lead + offset) * copy.channelCount + channel
            switch shape {
            case .spike: copy.values[cell] += offset < 2 ? 2 * amount : 0
            case .levelShift: copy.values[cell] += amount
            case .drift: copy.values[cell] += amount * Double(offset + 1) / Double(faultLength)
            case .stuck: copy.values[cell] = held
            case .noise: copy.values[cell] += amount / 2 * random.normal()
            }
        }
    }

    /// The share of copies in which the model's score reaches its threshold after the fault has begun.
    func detectedShare(by model: StreamModel, yardstick: [ChannelProfile]) -> Double {
        guard !copies.isEmpty else { return 0 }
        let detected = copies.count { copy in
            let replay = ModelReplay(model, over: copy, firstCounted: Self.lead, yardstick: yardstick)
            return replay.scores[Self.lead...].contains { $0 >= model.threshold.firing }
        }
        return Double(detected) / Double(copies.count)
    }
}
