import RealModule

extension ChannelProfile {
    /// A value of the common scale as a sensor of this channel would say it: in the channel's unit, one of the known values
    /// of a state, and otherwise with no more decimals than show a thousandth of the spread.
    func rendered(_ value: Float) -> Double {
        let exact = denormalized(value)
        if role != .continuous { return knownValues.min { abs($0 - exact) < abs($1 - exact) } ?? exact }
        let decimals = min(max(3 - Double.log10(spread).rounded(.down), 0), 15)
        let scale = Double.exp10(decimals).rounded()
        let rounded = (exact * scale).rounded() / scale
        return rounded.isFinite ? rounded : exact
    }
}
