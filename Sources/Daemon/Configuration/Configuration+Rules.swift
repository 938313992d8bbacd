import AnomalyDetection

extension StreamRule {
    /// `rules[].stream`, `rules[].channel`: patterns of `*`, `?` and `[...]`; default `*`.
    /// `rules[].direction`: `up`, `down` or `both`. `rules[].min_deviation`: in the channel's unit.
    /// `rules[].min_relative_deviation`: a share of the expected value. `rules[].valid_range`: the least and the largest value that
    /// is possible. `rules[].ignore`: whether the channel does not count. `rules[].labels`: what receivers route by, `severity` for
    /// one. What is not set is left to other rules.
    static func read(_ section: inout ConfigurationSection) -> StreamRule? {
        var rule = StreamRule()
        let pattern = ConfigurationKind<GlobPattern>.text(
            "a pattern of `*`, `?` and `[...]`",
            parse: { $0.isEmpty || $0.contains(where: \.isNewline) ? nil : GlobPattern($0) }, render: \.text)
        rule.stream = section.value("stream", pattern, default: .everything)
        rule.channel = section.value("channel", pattern, default: .everything)
        rule.direction = section.value("direction", ConfigurationKind<Direction>.choice.optional, default: nil)
        let amount = ConfigurationKind<Double>.number(in: 0...1e300).optional
        rule.minDeviation = section.value("min_deviation", amount, default: nil)
        rule.minRelativeDeviation = section.value("min_relative_deviation", amount, default: nil)
        if let range = section.numbers("valid_range") {
            if range.count == 2, range[0] < range[1] {
                (rule.validFrom, rule.validThrough) = (range[0], range[1])
            } else {
                section.add(
                    "expected two numbers, the least and the largest value that is possible", key: "valid_range")
            }
        }
        rule.ignores = section.value("ignore", ConfigurationKind<Bool>.truth.optional, default: nil)
        rule.labels = section.texts(
            "labels", expected: "a section with labels and their values",
            check: { name, value in
                AlertLabels.problem(name: name) ?? AlertLabels.reservedProblem(name: name)
                    ?? (value.isEmpty ? "a label that says nothing is no label; leave it out" : nil)
            })
        guard section.isSection else { return nil }
        let said = ["direction", "min_deviation", "min_relative_deviation", "valid_range", "ignore", "labels"]
        if section.count(of: said) == 0 {
            section.add("the rule says nothing; set one of \(said.map { "`\($0)`" }.joined(separator: ", "))")
        }
        return rule
    }
}

/// Which labels an alert may have.
enum AlertLabels {
    /// What Harken itself says.
    private static let reserved = ["alertname", "instance", "stream"]

    /// What is wrong with a label's name, or nil (Prometheus, "Data model").
    static func problem(name: String) -> String? {
        let isName =
            name.first.map { !$0.isNumber } ?? false
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        return isName ? nil : "a label's name has letters, digits and underscores only, and does not begin with a digit"
    }

    /// What is wrong with setting a label, or nil.
    static func reservedProblem(name: String) -> String? {
        reserved.contains(name) ? "this label is set by Harken; leave it out" : nil
    }
}
