/// A share of something in whole percent, such as `50%`.
package struct Percentage: Sendable, Equatable, CustomStringConvertible {
    /// The percent.
    package var percent: Int

    /// So many percent.
    package init(_ percent: Int) {
        self.percent = percent
    }

    /// The share that a text such as `50%` says, or nil where it says none.
    package init?(_ text: String) {
        guard text.last == "%", let percent = Int(text.dropLast()), percent >= 0, text.dropLast().allSatisfy(\.isNumber)
        else { return nil }
        self.percent = percent
    }

    package var description: String { "\(percent)%" }

    /// As a fraction of 1.
    package var fraction: Double { Double(percent) / 100 }
}

extension ConfigurationKind where Value == Percentage {
    /// A share within bounds.
    static func percentage(in range: ClosedRange<Int>) -> Self {
        .text(
            "a share from \(range.lowerBound)% to \(range.upperBound)%",
            parse: { Percentage($0).flatMap { range.contains($0.percent) ? $0 : nil } }, render: \.description)
    }
}

extension ConfigurationKind where Value == Percentage? {
    /// A share within bounds, or one word instead.
    static func percentage(in range: ClosedRange<Int>, or word: String) -> Self {
        .text(
            "a share from \(range.lowerBound)% to \(range.upperBound)%, or `\(word)`",
            parse: { text in
                if text == word { return .some(nil) }
                return Percentage(text).flatMap { range.contains($0.percent) ? .some($0) : nil }
            },
            render: { $0?.description ?? word })
    }
}
