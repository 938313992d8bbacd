import LinearAlgebra
import VAE

/// Copies of normal readings with a known fault in them, on which versions are compared.
struct InjectedFaults {
    /// The shapes that are injected; what rules say cannot be is no matter of the model.
    static let shapes = FaultShape.allCases.filter { $0 != .unknown && $0 != .outOfRange }
    /// Readings before the fault in each copy, enough for any window.
    static let lead = StreamScoringState.keptSlots
    private static let faultLength = 32
    /// A fault is usually so many spreads large.
    static let magnitude = 4.0
    private static let channelLimit = 4
    /// Somebody reads in another unit.
    private static let unitFactor = 10.0

    /// Readings with a fault that begins with reading ``lead``.
    struct Copy {
        /// The fault's shape.
        var shape: FaultShape
        /// Where in the clean history the readings end: copies with the same end are the same before the fault.
        var end: Int
        /// The readings.
        var history: TrainingHistory
    }

    /// The faulty copies, shape by shape at each place.
    let copies: [Copy]

    /// Injects each shape into up to four channels of a clean history, at its end, and with fewer channels at earlier places
    /// too, so that there are four copies of a shape or nearly so. Empty when the history is too short.
    init(
        into history: TrainingHistory, profiles: [ChannelProfile], magnitude: Double = Self.magnitude, seed: UInt64
    ) {
        let length = Self.lead + Self.faultLength
        let channels = profiles.indices.filter { profiles[$0].role == .continuous && $0 < history.channelCount }
            .evenlySpaced(limit: Self.channelLimit)
        guard history.count >= length else {
            copies = []
            return
        }
        let places = channels.isEmpty ? 0 : Self.channelLimit / channels.count
        let ends = (0..<places).map { history.count - $0 * (history.count - length) / places }
        var random = RandomSource(seed: seed)
        copies = zip(channels.flatMap { Array(repeating: $0, count: places) }, channels.flatMap { _ in ends }).flatMap {
            channel, end in
            Self.shapes.map { shape in
                var copy = history[(end - length)..<end]
                Self.inject(
                    shape, into: &copy, channel: channel, amount: magnitude * profiles[channel].spread, random: &random)
                return Copy(shape: shape, end: end, history: copy)
            }
        }
    }

    private static func inject(
        _ shape: FaultShape, into copy: inout TrainingHistory, channel: Int, amount: Double,
        random: inout RandomSource
    ) {
        let held = copy.values[lead * copy.channelCount + channel]
        for offset in 0..<faultLength {
            let cell = (lead + offset) * copy.channelCount + channel
            switch shape {
            case .spike: copy.values[cell] += offset < 2 ? 2 * amount : 0
            case .levelShift: copy.values[cell] += amount
            case .drift: copy.values[cell] += amount * Double(offset + 1) / Double(faultLength)
            case .stuck: copy.values[cell] = held
            case .noise: copy.values[cell] += amount / 2 * random.normal()
            case .dropout: copy.values[cell] = .nan
            case .unitChange: copy.values[cell] *= unitFactor
            case .outOfRange, .unknown: break
            }
        }
    }

    /// For each copy whether the model's score reaches its threshold after the fault has begun.
    ///
    /// What comes before the fault is run once for all copies that share it: they are eight parts of it to one of faults.
    func found(by model: StreamModel) -> [Bool] {
        var workspace = ScoringWorkspace()
        var before: [Int: StreamScoringState] = [:]
        return copies.map { copy in
            var state = before[copy.end] ?? StreamScoringState(model: model)
            if before[copy.end] == nil {
                HistoryReplay.forEachBlock(
                    of: copy.history[0..<Self.lead], model: model, from: &state, in: &workspace
                ) { _, _, _ in }
                before[copy.end] = state
            }
            var isFound = false
            HistoryReplay.forEachBlock(
                of: copy.history[Self.lead..<copy.history.count], model: model, from: &state, in: &workspace
            ) { readings, workspace, _ in
                for index in readings.indices
                where model.calibration.score(workspace.sums[index]) >= model.threshold.firing {
                    isFound = true
                }
            }
            return isFound
        }
    }

    /// How many of the copies of a shape were found, and how many there are.
    func count(of shape: FaultShape, in found: [Bool]) -> (found: Int, all: Int) {
        let places = copies.indices.filter { copies[$0].shape == shape }
        return (places.count { found[$0] }, places.count)
    }
}
