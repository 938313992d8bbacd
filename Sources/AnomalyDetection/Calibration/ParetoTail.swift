import RealModule

/// The excesses over a threshold as a generalized Pareto distribution (Pickands 1975) whose shape is not negative.
struct ParetoTail {
    /// The scale; positive.
    var scale: Double
    /// The shape; 0 is the exponential distribution.
    var shape: Double

    /// A shape nearer to 0 than this is 0.
    private static let nearZero = 1e-6

    /// The natural logarithm of the share of excesses that are larger.
    func logSurvival(of excess: Double) -> Double {
        let ratio = excess / scale
        return shape > Self.nearZero ? -Double.log(onePlus: shape * ratio) / shape : -ratio
    }

    /// The excess that a share with this natural logarithm is larger than.
    func excess(atLogSurvival logSurvival: Double) -> Double {
        scale * (shape > Self.nearZero ? Double.expMinusOne(-shape * logSurvival) / shape : -logSurvival)
    }
}
