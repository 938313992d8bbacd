import LinearAlgebra

/// A pump with two working speeds: flow follows speed, pressure the pump curve, vibration the speed's square, and the
/// temperature the heat that the load leaves behind.
struct Pump: Sendable {
    private static let noise = MachineKind.pump.noise

    private var random: RandomSource
    private var cycle: DutyCycle
    private var loadWander = Wander(deviation: 0.03, memory: 8)
    private var ambientWander = Wander(deviation: 0.15, memory: 20)
    private var load = 0.5
    private var heat = 0.5
    private let flowAtFullSpeed: Double
    private let headAtFullSpeed: Double
    private let roughness: Double
    private let surroundings: Double

    init(random source: RandomSource) {
        random = source
        cycle = DutyCycle(levels: [0.1, 0.1, 1], random: &random)
        flowAtFullSpeed = 42 * random.variation(0.1)
        headAtFullSpeed = 6.4 * random.variation(0.1)
        roughness = 1.2 * random.variation(0.2)
        surroundings = 30 * random.variation(0.1)
    }

    mutating func next(_ day: TimeOfDay) -> SIMD4<Double> {
        let demand = cycle.next(&random) * (1 + 0.02 * day.warmth)
        load += 0.25 * (demand + loadWander.next(&random) - load)
        heat += 0.06 * (load - heat)
        let speed = 0.7 + 0.3 * load
        let flow = flowAtFullSpeed * speed
        let pressure = headAtFullSpeed * (speed * speed - 0.3 * (flow / 42) * (flow / 42))
        let vibration = roughness * (0.4 + speed * speed)
        let temperature = surroundings + day.warmth + 8 * heat + ambientWander.next(&random)
        return SIMD4(temperature, pressure, vibration, flow) + Self.noise * random.normals()
    }
}

extension MachineKind {
    /// The noise of the channels, for the machines' own arithmetic.
    var noise: SIMD4<Double> {
        let channels = channels
        return SIMD4(channels[0].noise, channels[1].noise, channels[2].noise, channels[3].noise)
    }
}
