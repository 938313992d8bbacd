import AnomalyDetection
import LinearAlgebra
import RealModule

/// Readings of two sines a quarter of a period apart, with a little noise.
enum SineReadings {
    /// Readings in one period.
    static let period = 24.0
    /// The amplitude, in a unit of which the center is 50.
    static let amplitude = 10.0

    /// The value of a channel without noise.
    static func value(_ reading: Int, channel: Int, pace: Double = 1) -> Double {
        50 + amplitude * Double.sin(2 * .pi * (pace * Double(reading) / period + Double(channel) / 4))
    }

    /// Readings one second apart.
    static func history(count: Int, pace: Double = 1, noise: Double = 0.5, seed: UInt64) -> TrainingHistory {
        var random = RandomSource(seed: seed)
        var history = TrainingHistory(channelCount: 2)
        for reading in 0..<count {
            history.times.append(Timestamp(nanoseconds: Int64(reading) * 1_000_000_000))
            for channel in 0..<2 {
                history.values.append(value(reading, channel: channel, pace: pace) + noise * random.normal())
            }
            history.isAlerting.append(false)
        }
        return history
    }
}
