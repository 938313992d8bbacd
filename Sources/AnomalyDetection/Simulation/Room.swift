import LinearAlgebra

/// A room that people enter and leave: they bring carbon dioxide, warmth and moisture, and the ventilation takes them away.
struct Room: Sendable {
    private static let noise = MachineKind.room.noise

    private var random: RandomSource
    private var isOccupied = false
    private var readingsUntilChange: Int
    private var ambientWander = Wander(deviation: 0.08, memory: 25)
    private var carbonDioxide = 0.4
    private var warmth = 0.4
    private let setpoint: Double
    private let carbonDioxideRise: Double
    private let moisture: Double

    init(random source: RandomSource) {
        random = source
        readingsUntilChange = 20 + random.index(below: 40)
        setpoint = 21 * random.variation(0.05)
        carbonDioxideRise = 700 * random.variation(0.15)
        moisture = 44 * random.variation(0.1)
    }

    mutating func next(_ day: TimeOfDay) -> SIMD4<Double> {
        readingsUntilChange -= 1
        if readingsUntilChange == 0 {
            isOccupied.toggle()
            readingsUntilChange = 30 + random.index(below: 30)
        }
        let occupancy = isOccupied ? 1.0 : 0.0
        carbonDioxide += 0.08 * (occupancy - carbonDioxide)
        warmth += 0.06 * (occupancy - warmth)
        let wander = ambientWander.next(&random)
        let temperature = setpoint + 0.3 * day.warmth + 1.4 * warmth + wander
        let humidity = moisture + 5 * carbonDioxide - 1.5 * (temperature - setpoint)
        let values = SIMD4(temperature, humidity, 420 + carbonDioxideRise * carbonDioxide, occupancy)
        return values + Self.noise * random.normals()
    }
}
