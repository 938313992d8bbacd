/// A configuration as a tree of plain values, for printing.
package indirect enum ConfigurationValue: Sendable, Equatable {
    case null
    case integer(UInt64)
    case number(Double)
    case truth(Bool)
    case text(String)
    case list([ConfigurationValue])
    case mapping([Entry])

    /// A key and its value.
    package struct Entry: Sendable, Equatable {
        /// The key, without its sections.
        package var key: String
        /// The value; ``ConfigurationValue/null`` where the key is not set.
        package var value: ConfigurationValue

        /// A key with its value.
        package init(_ key: String, _ value: ConfigurationValue) {
            self.key = key
            self.value = value
        }
    }

    /// The tree as JSON, indented by two spaces, the keys in their own order.
    package func json(indentation: Int = 0) -> String {
        let outer = String(repeating: " ", count: indentation)
        let inner = outer + "  "
        switch self {
        case .null: return "null"
        case .integer(let number): return String(number)
        case .number(let number): return Self.text(number)
        case .truth(let truth): return String(truth)
        case .text(let text): return JSONText.quoted(text)
        case .list(let values) where values.isEmpty: return "[]"
        case .mapping(let entries) where entries.isEmpty: return "{}"
        case .list(let values):
            let lines = values.map { inner + $0.json(indentation: indentation + 2) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(outer)]"
        case .mapping(let entries):
            let lines = entries.map {
                inner + JSONText.quoted($0.key) + ": " + $0.value.json(indentation: indentation + 2)
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(outer)}"
        }
    }

    /// The tree as YAML that the reader of the configuration takes back; what is not set becomes a comment.
    package func yaml() -> String {
        guard case .mapping(let entries) = self else { return scalarYAML + "\n" }
        return entries.map { $0.yaml(indentation: 0) }.joined()
    }

    /// A scalar, or an empty list or mapping, on one line.
    fileprivate var scalarYAML: String {
        switch self {
        case .null: "null"
        case .integer(let number): String(number)
        case .number(let number): Self.text(number)
        case .truth(let truth): String(truth)
        case .text(let text): Self.isPlain(text) ? text : JSONText.quoted(text)
        case .list: "[]"
        case .mapping: "{}"
        }
    }

    /// A number as JSON and YAML both read it: one with an exponent has to have a point for YAML.
    private static func text(_ number: Double) -> String {
        if let whole = Int64(exactly: number), whole.magnitude < 1 << 53 { return String(whole) }
        let text = String(number)
        guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }

    /// Whether YAML reads a text back as the same text without quotes. Anything that might be a number, a time or a
    /// word
    /// with a meaning of its own (`on`, `null`) is quoted; YAML takes JSON's quotes.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.first, first.isASCII, first.isLetter || first == "/" else {
            return DurationText.parse(text) != nil || FalseAlarmBudget(text) != nil
        }
        let special = ["y", "n", "yes", "no", "true", "false", "on", "off", "null"]
        return !special.contains(text.lowercased())
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-".contains($0)) }
    }
}

extension ConfigurationValue.Entry {
    fileprivate func yaml(indentation: Int, afterDash: Bool = false) -> String {
        let indent = String(repeating: " ", count: indentation)
        let start = (afterDash ? "" : indent)
        let name = ConfigurationValue.text(key).scalarYAML
        switch value {
        case .null:
            return "\(start)# \(name): not set\n"
        case .mapping(let entries) where !entries.isEmpty:
            return "\(start)\(name):\n" + entries.map { $0.yaml(indentation: indentation + 2) }.joined()
        case .list(let values) where !values.isEmpty:
            return "\(start)\(name):\n" + values.map { Self.yamlItem($0, indentation: indentation + 2) }.joined()
        default:
            return "\(start)\(name): \(value.scalarYAML)\n"
        }
    }

    private static func yamlItem(_ value: ConfigurationValue, indentation: Int) -> String {
        let indent = String(repeating: " ", count: indentation)
        guard case .mapping(let entries) = value else { return "\(indent)- \(value.scalarYAML)\n" }
        let set = entries.filter { $0.value != .null }
        guard !set.isEmpty else { return "\(indent)- {}\n" }
        return "\(indent)- "
            + set.enumerated().map { $1.yaml(indentation: indentation + 2, afterDash: $0 == 0) }.joined()
    }
}
