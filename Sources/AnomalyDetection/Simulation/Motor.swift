import LinearAlgebra

/// An induction motor that idles, works and works hard in turn: it slips under load, draws current for it, and warms with
/// the current's square.
struct Motor: Sendable {
    private static let noise = MachineKind.motor.noise

    private var random: RandomSource
    private var cycle: DutyCycle
    private var loadWander = Wander(deviation: 0.02, memory: 10)
    private var ambientWander = Wander(deviation: 0.15, memory: 20)
    private var load = 0.5
    private var heat = 0.3
    private let slip: Double
    private let currentAtFullLoad: Double
    private let imbalance: Double
    private let surroundings: Double

    init(random source: RandomSource) {
        random = source
        cycle = DutyCycle(levels: [0.1, 0.55, 1], random: &random)
        slip = 55 * random.variation(0.1)
        currentAtFullLoad = 16 * random.variation(0.1)
        imbalance = random.variation(0.2)
        surroundings = 34 * random.variation(0.1)
    }

    mutating func next(_ day: TimeOfDay) -> SIMD4<Double> {
        let demand = cycle.next(&random) * (1 + 0.01 * day.warmth)
        load += 0.3 * (demand + loadWander.next(&random) - load)
        // Even an idling motor draws the current that magnetizes it.
        let relativeCurrent = (0.09 + 0.91 * load * load).squareRoot()
        heat += 0.05 * (relativeCurrent * relativeCurrent - heat)
        let speed = 1498 - slip * load
        let temperature = surroundings + day.warmth + 14 * heat + ambientWander.next(&random)
        let vibration = imbalance * (0.9 + 0.5 * load)
        return SIMD4(currentAtFullLoad * relativeCurrent, speed, temperature, vibration)
            + Self.noise * random.normals()
    }
}
