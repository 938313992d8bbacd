import LinearAlgebra

/// Windows on their way into a forecaster: what each position sees, and the bins that it has to foretell.
struct CausalBatch: Sendable {
    /// The most windows.
    let windowLimit: Int
    /// How many there are.
    private(set) var windowCount = 0
    /// What each position sees (windows · T, 2d): the values of the slot before, 0 where missing, and 1 where observed.
    private(set) var input: [Float]
    /// The bins of each slot's values (windows · T, d), −1 where missing.
    private(set) var targets: [Int32]

    private let slotCount: Int
    private let channelCount: Int

    init(shape: CausalForecaster.Shape, windowLimit: Int) {
        self.windowLimit = windowLimit
        (slotCount, channelCount) = (shape.slotCount, shape.channelCount)
        input = [Float](repeating: 0, count: windowLimit * slotCount * 2 * channelCount)
        targets = [Int32](repeating: -1, count: windowLimit * slotCount * channelCount)
    }

    /// Empties the batch.
    mutating func removeWindows() { windowCount = 0 }

    /// Adds a window of up to T slots (slots · d), slot by slot; the positions after the one behind it see nothing.
    ///
    /// A value is missing where the mask is 0, or where it is not a number.
    mutating func append(_ values: Span<Float>, mask: Span<Float>?, quantizers: [ValueQuantizer]) {
        let (t, d) = (slotCount, channelCount)
        precondition(windowCount < windowLimit && values.count <= t * d && values.count % d == 0)
        let firstRow = windowCount * t
        for index in firstRow * 2 * d..<(firstRow + t) * 2 * d { input[index] = 0 }
        for index in firstRow * d..<(firstRow + t) * d { targets[index] = -1 }
        for slot in 0..<values.count / d {
            let row = firstRow + slot
            for channel in 0..<d {
                let value = values[slot * d + channel]
                if let mask, mask[slot * d + channel] == 0 { continue }
                guard !value.isNaN else { continue }
                targets[row * d + channel] = Int32(quantizers[channel].bin(of: value))
                // The last slot is foretold and not seen.
                guard slot + 1 < t else { continue }
                let limit = ValueQuantizer.limit
                input[(row + 1) * 2 * d + channel] = min(max(value, -limit), limit)
                input[(row + 1) * 2 * d + d + channel] = 1
            }
        }
        windowCount += 1
    }

    /// Hides some of what positions see, as if it were missing: whole slots with a probability, and of the others each value with it;
    /// what they foretell stays.
    mutating func hideInputs(share: Double, from source: inout RandomSource) {
        for row in 0..<windowCount * slotCount {
            let isHidden = source.uniform() < share
            for channel in 0..<channelCount where isHidden || source.uniform() < share {
                let place = row * 2 * channelCount + channel
                input[place] = 0
                input[place + channelCount] = 0
            }
        }
    }

    /// Adds noise to the observed values that positions see; what they foretell stays.
    mutating func addInputNoise(deviation: Float, from source: inout RandomSource) {
        for row in 0..<windowCount * slotCount {
            for channel in 0..<channelCount {
                let place = row * 2 * channelCount + channel
                if input[place + channelCount] != 0 { input[place] += deviation * Float(source.normal()) }
            }
        }
    }
}
