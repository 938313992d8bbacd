/// What a simulated stream is a machine of.
package enum MachineKind: String, CaseIterable, Sendable {
    /// A pump: temperature (°C), pressure (bar), vibration (mm/s), flow (m³/h).
    case pump
    /// An electric motor: current (A), speed (1/min), temperature (°C), vibration (mm/s).
    case motor
    /// A room: temperature (°C), humidity (%), CO₂ (ppm), occupancy (0 or 1).
    case room

    /// The number of channels, the same for every kind.
    package static let channelCount = 4

    /// The channels in their fixed order, ``channelCount`` of them.
    package var channels: [SimulatedChannel] {
        switch self {
        case .pump:
            [
                SimulatedChannel(name: "temperature", decimals: 2, noise: 0.12, spread: 1.6, foreignUnit: .fahrenheit),
                SimulatedChannel(name: "pressure", decimals: 3, noise: 0.03, spread: 0.87, foreignUnit: .thousandth),
                SimulatedChannel(name: "vibration", decimals: 3, noise: 0.06, spread: 0.26, foreignUnit: .thousandth),
                SimulatedChannel(name: "flow", decimals: 2, noise: 0.3, spread: 4.9, foreignUnit: .thousandth),
            ]
        case .motor:
            [
                SimulatedChannel(name: "current", decimals: 2, noise: 0.12, spread: 4.15, foreignUnit: .thousandth),
                SimulatedChannel(name: "speed", decimals: 1, noise: 1.2, spread: 18.7, foreignUnit: .thousandth),
                SimulatedChannel(name: "temperature", decimals: 2, noise: 0.15, spread: 2.2, foreignUnit: .fahrenheit),
                SimulatedChannel(name: "vibration", decimals: 3, noise: 0.04, spread: 0.18, foreignUnit: .thousandth),
            ]
        case .room:
            [
                SimulatedChannel(name: "temperature", decimals: 2, noise: 0.05, spread: 0.44, foreignUnit: .fahrenheit),
                SimulatedChannel(name: "humidity", decimals: 1, noise: 0.3, spread: 1.2, foreignUnit: .thousandth),
                SimulatedChannel(name: "co2", decimals: 0, noise: 6, spread: 250, foreignUnit: .thousandth),
                SimulatedChannel(name: "occupancy", decimals: 0, noise: 0, spread: 0.5, foreignUnit: .thousandth),
            ]
        }
    }
}

/// One measured quantity of a simulated machine.
package struct SimulatedChannel: Sendable, Equatable {
    /// What the readings turn into when somebody changes the unit of a sensor: `factor` · value + `offset`.
    package enum ForeignUnit: Sendable {
        /// Degrees Fahrenheit instead of degrees Celsius.
        case fahrenheit
        /// A unit a thousand times smaller, such as millibar instead of bar.
        case thousandth

        var factor: Double { self == .fahrenheit ? 1.8 : 1000 }
        var offset: Double { self == .fahrenheit ? 32 : 0 }
    }

    /// The channel's name.
    package var name: String
    /// Digits behind the decimal point: what the sensor resolves.
    package var decimals: Int
    /// The standard deviation of the sensor's noise; 0 for a two-valued channel.
    package var noise: Double
    /// The standard deviation of the sound values, working cycle included, as a mean over many machines: the unit of a
    /// fault's magnitude.
    package var spread: Double
    /// What a change of unit does to the values.
    package var foreignUnit: ForeignUnit

    /// Whether the channel only ever is 0 or 1.
    package var isTwoValued: Bool { noise == 0 }
}
