import Yams

/// What a key of the configuration takes: how its text is read, how it is written, and how to say what was expected.
struct ConfigurationKind<Value: Equatable> {
    /// What a good value looks like, to follow the word "expected".
    let expected: String
    /// The value that a scalar says, or nil where it says none.
    let parse: (Node.Scalar) -> Value?
    /// The value as it is written in a file.
    let render: (Value) -> ConfigurationValue

    /// A kind with the same texts for a key that may be left unset.
    var optional: ConfigurationKind<Value?> {
        ConfigurationKind<Value?>(
            expected: expected, parse: { scalar in parse(scalar).map(Optional.some) },
            render: { value in value.map(render) ?? .null })
    }
}

extension ConfigurationKind {
    /// A kind that is read from a text.
    static func text(_ expected: String, parse: @escaping (String) -> Value?, render: @escaping (Value) -> String)
        -> Self
    {
        Self(
            expected: expected,
            parse: { scalar in Node.scalar(scalar).tag == Tag(.str) ? parse(scalar.string) : nil },
            render: { .text(render($0)) })
    }
}

extension ConfigurationKind where Value == Int {
    /// A whole number; `400.0` is one too, as it is in JSON Schema.
    static func integer(in range: ClosedRange<Int>) -> Self {
        Self(
            expected: "a whole number from \(range.lowerBound) to \(range.upperBound)",
            parse: { scalar in
                let number = wholeNumber(scalar).flatMap { Int(exactly: $0) }
                return number.flatMap { range.contains($0) ? $0 : nil }
            },
            render: { .integer(UInt64($0)) })
    }
}

extension ConfigurationKind where Value == UInt64 {
    /// A whole number from 0 to 2⁶⁴ − 1.
    static var seed: Self {
        Self(expected: "a whole number from 0 to 18446744073709551615", parse: wholeNumber, render: { .integer($0) })
    }
}

extension ConfigurationKind where Value == Double {
    /// A number.
    static func number(in range: ClosedRange<Double>) -> Self {
        let isOpenEnded = range.upperBound >= 1e300
        return Self(
            expected: isOpenEnded
                ? "a number of at least \(range.lowerBound)"
                : "a number from \(range.lowerBound) to \(range.upperBound)",
            parse: { scalar in decimalNumber(scalar).flatMap { range.contains($0) ? $0 : nil } },
            render: { .number($0) })
    }
}

extension ConfigurationKind where Value == Bool {
    /// True or false, in any of YAML's words.
    static var truth: Self {
        Self(
            expected: "true or false",
            parse: { scalar in Node.scalar(scalar).tag == Tag(.bool) ? Bool.construct(from: scalar) : nil },
            render: { .truth($0) })
    }
}

extension ConfigurationKind where Value == String {
    /// A text of one line that is not empty.
    static func line(_ expected: String) -> Self {
        .text(
            expected, parse: { text in text.isEmpty || text.contains(where: \.isNewline) ? nil : text }, render: { $0 })
    }
}

extension ConfigurationKind where Value == Duration {
    /// A duration with its unit.
    static func duration(in range: ClosedRange<Duration>) -> Self {
        let bounds = "from \(DurationText.format(range.lowerBound)) to \(DurationText.format(range.upperBound))"
        return .text(
            "a duration \(bounds) such as 250ms, 6h or 30d",
            parse: { DurationText.parse($0).flatMap { range.contains($0) ? $0 : nil } }, render: DurationText.format)
    }
}

extension ConfigurationKind where Value == Duration? {
    /// A duration with its unit, or one word instead.
    static func duration(in range: ClosedRange<Duration>, or word: String) -> Self {
        let bounds = "from \(DurationText.format(range.lowerBound)) to \(DurationText.format(range.upperBound))"
        return .text(
            "a duration \(bounds) such as 10s, 6h or 30d, or `\(word)`",
            parse: { text in
                if text == word { return .some(nil) }
                return DurationText.parse(text).flatMap { range.contains($0) ? .some($0) : nil }
            },
            render: { $0.map(DurationText.format) ?? word })
    }
}

extension ConfigurationKind where Value == NetworkAddress? {
    /// A host and a port, or one word instead.
    static func address(or word: String) -> Self {
        .text(
            "an address such as 127.0.0.1:9797 or [::1]:9797, or `\(word)`",
            parse: { text in text == word ? .some(nil) : NetworkAddress(text).map(Optional.some) },
            render: { $0?.description ?? word })
    }
}

extension ConfigurationKind where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of a few words.
    static var choice: Self {
        let words = Value.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        return .text("one of \(words)", parse: Value.init(rawValue:), render: \.rawValue)
    }
}

/// The finite number that a scalar says in any of YAML's ways, or nil where it says none.
func decimalNumber(_ scalar: Node.Scalar) -> Double? {
    let node = Node.scalar(scalar)
    guard node.tag == Tag(.int) || node.tag == Tag(.float) else { return nil }
    return Double.construct(from: scalar).flatMap { $0.isFinite ? $0 : nil }
}

/// The whole number that a scalar says in any of YAML's ways, or nil where it says none.
private func wholeNumber(_ scalar: Node.Scalar) -> UInt64? {
    let node = Node.scalar(scalar)
    if node.tag == Tag(.int) { return UInt64.construct(from: scalar) }
    guard node.tag == Tag(.float), let number = Double.construct(from: scalar) else { return nil }
    return UInt64(exactly: number)
}
