import RealModule

/// What became of a channel's unit: the raw value is the word in the database.
package enum UnitChange: String, Sendable, Codable, CaseIterable {
    case times10 = "x10"
    case times100 = "x100"
    case times1000 = "x1000"
    case tenth = "x0.1"
    case hundredth = "x0.01"
    case thousandth = "x0.001"
    case celsiusToFahrenheit = "celsius_to_fahrenheit"
    case fahrenheitToCelsius = "fahrenheit_to_celsius"

    /// How far the logarithm of the factor may be from a whole power of ten: a third of the value, as a signal moves on while
    /// its unit changes.
    private static let powerTolerance = 0.12
    /// How far a converted temperature may lie from the new level, as a share of it: a temperature moves on meanwhile.
    private static let degreeTolerance = 0.05
    /// By how much more a temperature moves in degrees Fahrenheit than in Celsius, as a few readings tell it. A channel that has
    /// moved to another level in its own unit moves as it did.
    private static let degreeMovement = 1.35...2.4
    /// Outside of these degrees Celsius temperatures are not read in practice.
    private static let celsius = -60.0...400.0

    /// The change that turns one level of a channel into another; nil where none does. `movement` is how much more the channel moves
    /// from reading to reading than before.
    init?(from before: Double, to after: Double, movement: Double) {
        if before != 0, after / before > 0 {
            let power = Double.log10(after / before)
            let whole = power.rounded()
            if abs(power - whole) <= Self.powerTolerance {
                switch Int(whole) {
                case 1: self = .times10
                case 2: self = .times100
                case 3: self = .times1000
                case -1: self = .tenth
                case -2: self = .hundredth
                case -3: self = .thousandth
                default: return nil
                }
                return
            }
        }
        if Self.celsius.contains(before), Self.degreeMovement.contains(movement),
            Self.isNear(after, 1.8 * before + 32)
        {
            self = .celsiusToFahrenheit
        } else if Self.celsius.contains(after), movement > 0, Self.degreeMovement.contains(1 / movement),
            Self.isNear(before, 1.8 * after + 32)
        {
            self = .fahrenheitToCelsius
        } else {
            return nil
        }
    }

    private static func isNear(_ level: Double, _ converted: Double) -> Bool {
        abs(level - converted) <= degreeTolerance * abs(converted)
    }
}
