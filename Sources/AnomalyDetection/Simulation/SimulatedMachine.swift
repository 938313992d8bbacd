import LinearAlgebra

/// Where the sun stands, shared by all machines: the sine and cosine of the day's angle, which is 0 at midnight UTC.
struct TimeOfDay {
    var sine: Double
    var cosine: Double

    /// A daily cycle between −1 and 1 that is highest in the middle of the afternoon (15:00).
    var warmth: Double { (-sine - cosine) * 0.5.squareRoot() }
}

/// One machine of any kind, advanced reading by reading.
///
/// A machine's own rhythms are counted in readings, so that streams look alike at every interval; only the daily cycle
/// follows the clock.
enum SimulatedMachine: Sendable {
    case pump(Pump)
    case motor(Motor)
    case room(Room)

    /// A machine whose parameters and noise all come from `random`.
    init(_ kind: MachineKind, random: RandomSource) {
        switch kind {
        case .pump: self = .pump(Pump(random: random))
        case .motor: self = .motor(Motor(random: random))
        case .room: self = .room(Room(random: random))
        }
    }

    /// The machine's next reading, in the channel order of its kind.
    mutating func next(_ day: TimeOfDay) -> SIMD4<Double> {
        switch self {
        case .pump(var pump):
            let values = pump.next(day)
            self = .pump(pump)
            return values
        case .motor(var motor):
            let values = motor.next(day)
            self = .motor(motor)
            return values
        case .room(var room):
            let values = room.next(day)
            self = .room(room)
            return values
        }
    }
}

/// A slow, random wandering around zero: an autoregressive process of first order.
struct Wander: Sendable {
    private let persistence: Double
    private let step: Double
    private var value = 0.0

    /// A wandering with the given standard deviation, which forgets itself within about `memory` readings.
    init(deviation: Double, memory: Double) {
        persistence = 1 - 1 / memory
        step = deviation * (1 - persistence * persistence).squareRoot()
    }

    mutating func next(_ random: inout RandomSource) -> Double {
        value = persistence * value + step * random.normal()
        return value
    }
}

/// A machine's working cycle: a few levels of load that follow each other and repeat.
struct DutyCycle: Sendable {
    private let period: Int
    private let firstEnd: Int
    private let secondEnd: Int
    private let levels: SIMD3<Double>
    private var position: Int
    private var strength = 1.0

    /// A cycle of 48 to 80 readings that spends 30 %, 30 % and 40 % of them at the three levels.
    init(levels: SIMD3<Double>, random: inout RandomSource) {
        period = 48 + random.index(below: 33)
        firstEnd = period * 3 / 10
        secondEnd = period * 6 / 10
        self.levels = levels
        position = random.index(below: period)
    }

    /// The load of the next reading; no two cycles are equally strong.
    mutating func next(_ random: inout RandomSource) -> Double {
        position += 1
        if position >= period {
            position = 0
            strength = 1 + 0.02 * random.normal()
        }
        return strength * (position < firstEnd ? levels[0] : position < secondEnd ? levels[1] : levels[2])
    }
}

extension RandomSource {
    /// A factor near one by which machines of a kind differ: evenly distributed between 1 − `width` and 1 + `width`.
    mutating func variation(_ width: Double) -> Double {
        1 + width * (2 * uniform() - 1)
    }

    /// Four numbers from the standard normal distribution.
    mutating func normals() -> SIMD4<Double> {
        SIMD4(normal(), normal(), normal(), normal())
    }
}
