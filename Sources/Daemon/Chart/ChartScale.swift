import Foundation

/// Turns numbers into places on a vertical axis.
struct ChartScale {
    /// How numbers are spread over the axis.
    enum Spacing {
        /// Evenly.
        case linear
        /// By the logarithm of one more, so that a high peak does not flatten what is low.
        case logarithmic
    }

    /// The numbers that are marked.
    let ticks: [Double]
    private let low: Double
    private let high: Double
    private let spacing: Spacing
    private let box: ChartBox

    /// An even scale for these numbers, of which NaN are none.
    init(linear numbers: [Double], in box: ChartBox) {
        let finite = numbers.filter(\.isFinite)
        var (low, high) = (finite.min() ?? 0, finite.max() ?? 1)
        let margin = high > low ? (high - low) * 0.06 : max(abs(high) * 0.1, 0.5)
        (low, high) = (low - margin, high + margin)
        self.low = low
        self.high = high
        self.box = box
        spacing = .linear
        ticks = Self.ticks(from: low, to: high)
    }

    /// A scale for anomaly scores from 0 to the highest.
    init(scoresUpTo highest: Double, in box: ChartBox) {
        low = 0
        high = log1p(max(highest, 4) * 1.1)
        self.box = box
        spacing = .logarithmic
        ticks = [0, 1, 3, 10, 30, 100, 300, 1_000].filter { $0 <= max(highest, 4) }
    }

    /// The place of a number, in pixels from the top; far outside the axis it stays near its end.
    func y(_ number: Double) -> Double {
        let value = spacing == .linear ? number : log1p(max(number, 0))
        let share = min(max((value - low) / (high - low), -1), 2)
        return box.y + box.height * (1 - share)
    }

    /// Round numbers, two to six of them: between numbers two steps apart there are always two.
    private static func ticks(from low: Double, to high: Double) -> [Double] {
        let widest = (high - low) / 2
        guard widest.isFinite, widest > 0 else { return [] }
        let power = pow(10, floor(log10(widest)))
        let step = ([5, 2].first { $0 * power <= widest } ?? 1) * power
        let first = (low / step).rounded(.up)
        let last = (high / step).rounded(.down)
        guard last >= first, last - first < 10 else { return [] }
        return (0...Int(last - first)).map { (first + Double($0)) * step }
    }

    /// A tick as text.
    static func text(_ number: Double) -> String {
        String(format: abs(number) >= 1e6 && abs(number) < 1e9 ? "%.0f" : "%.6g", number == 0 ? 0 : number)
    }
}
