import Yams

/// Reads one mapping of the configuration strictly, key by key.
///
/// Whoever reads asks for each key that exists; ``finish()`` then knows which of the keys that are there nobody asked
/// for.
struct ConfigurationSection {
    /// The section's own name with the sections around it; empty for the whole file.
    let path: String
    /// The path with list places left open, under which keys are recorded.
    private let keyPath: String
    private let report: ConfigurationReport
    private var pairs: [(key: Node, value: Node)] = []
    private var known: [String] = []
    /// What was read, defaults included, in the order of reading.
    private(set) var effective: [ConfigurationValue.Entry] = []
    /// Where the section begins, for issues that concern it as a whole.
    let mark: Mark?
    /// Whether there is a section at all, and not something else in its place.
    let isSection: Bool

    /// A section over a node; a node that is null or nil is an empty section.
    init(_ node: Node?, path: String, keyPath: String, report: ConfigurationReport) {
        self.path = path
        self.keyPath = keyPath
        self.report = report
        mark = node?.mark
        switch node {
        case .mapping(let mapping):
            pairs = mapping.map { ($0.key, $0.value) }
            isSection = true
        case nil:
            isSection = true
        case .some(let node) where node.isNull:
            isSection = true
        case .some(let node):
            isSection = false
            report.add(
                "expected a section with keys and values, found \(node.kindName)", path: path, at: node.mark)
        }
    }

    /// The value of a key, or the default where it is left out or not good; what is not good is reported.
    mutating func value<Value>(_ name: String, _ kind: ConfigurationKind<Value>, default defaultValue: Value) -> Value {
        let rendered = kind.render(defaultValue)
        report.addKey(join(keyPath, name), expected: kind.expected, defaultValue: rendered)
        guard let node = take(name) else {
            effective.append(.init(name, rendered))
            return defaultValue
        }
        guard case .scalar(let scalar) = node, let value = kind.parse(scalar) else {
            let instead = rendered == .null ? "by default it is not set" : "the default is \(rendered.json())"
            report.add(
                "expected \(kind.expected), found \(node.shown); \(instead)", path: join(path, name), at: node.mark)
            effective.append(.init(name, rendered))
            return defaultValue
        }
        effective.append(.init(name, kind.render(value)))
        return value
    }

    /// The values of a list; an empty key is an empty list.
    mutating func list<Value>(_ name: String, of kind: ConfigurationKind<Value>, default defaults: [Value]) -> [Value] {
        let rendered = ConfigurationValue.list(defaults.map(kind.render))
        report.addKey(join(keyPath, name), expected: "a list, each item \(kind.expected)", defaultValue: rendered)
        guard let node = take(name), let items = items(of: node, name: name) else {
            effective.append(.init(name, rendered))
            return defaults
        }
        var values: [Value] = []
        for (index, item) in items.enumerated() {
            let itemPath = "\(join(path, name))[\(index)]"
            guard case .scalar(let scalar) = item, let value = kind.parse(scalar) else {
                report.add("expected \(kind.expected), found \(item.shown)", path: itemPath, at: item.mark)
                continue
            }
            guard !values.contains(value) else {
                report.add("\(item.shown) is in the list twice; leave one out", path: itemPath, at: item.mark)
                continue
            }
            values.append(value)
        }
        effective.append(.init(name, .list(values.map(kind.render))))
        return values
    }

    /// The numbers of a list, in their order; nil where the key is left out or not good. What is not good is reported.
    mutating func numbers(_ name: String) -> [Double]? {
        report.addKey(join(keyPath, name), expected: "a list of numbers", defaultValue: .null)
        guard let node = take(name), let items = items(of: node, name: name) else {
            effective.append(.init(name, .null))
            return nil
        }
        var values: [Double] = []
        for (index, item) in items.enumerated() {
            guard case .scalar(let scalar) = item, let value = decimalNumber(scalar) else {
                report.add(
                    "expected a number, found \(item.shown)", path: "\(join(path, name))[\(index)]", at: item.mark)
                effective.append(.init(name, .null))
                return nil
            }
            values.append(value)
        }
        effective.append(.init(name, .list(values.map { .number($0) })))
        return values
    }

    /// A section within this one.
    mutating func section<Value>(_ name: String, read: (inout ConfigurationSection) -> Value) -> Value {
        var inner = ConfigurationSection(
            take(name), path: join(path, name), keyPath: join(keyPath, name), report: report)
        let value = read(&inner)
        inner.finish()
        effective.append(.init(name, .mapping(inner.effective)))
        return value
    }

    /// A list of sections, each read the same way; those that are not good are left out and reported.
    mutating func sections<Value>(_ name: String, read: (inout ConfigurationSection) -> Value?) -> [Value] {
        let keyPath = join(keyPath, name)
        report.addKey(keyPath, expected: "a list of sections", defaultValue: .list([]))
        report.describing {
            var empty = ConfigurationSection(nil, path: "", keyPath: keyPath + "[]", report: report)
            _ = read(&empty)
        }
        let nodes = take(name).flatMap { items(of: $0, name: name) } ?? []
        var values: [Value] = []
        var rendered: [ConfigurationValue] = []
        for (index, node) in nodes.enumerated() {
            var inner = ConfigurationSection(
                node, path: "\(join(path, name))[\(index)]", keyPath: keyPath + "[]", report: report)
            if let value = read(&inner) { values.append(value) }
            inner.finish()
            rendered.append(.mapping(inner.effective))
        }
        effective.append(.init(name, .list(rendered)))
        return values
    }

    /// A mapping whose names are free, each with a text; `check` says what is wrong with a pair, or nil.
    mutating func texts(_ name: String, expected: String, check: (String, String) -> String?) -> [String: String] {
        report.addKey(join(keyPath, name), expected: expected, defaultValue: .mapping([]))
        var texts: [String: String] = [:]
        if let node = take(name), !node.isNull {
            guard case .mapping(let mapping) = node else {
                report.add("expected \(expected), found \(node.kindName)", path: join(path, name), at: node.mark)
                return [:]
            }
            for (key, value) in mapping {
                let itemPath = "\(join(path, name)).\(key.string ?? "?")"
                guard let key = key.textValue, let text = value.textValue else {
                    report.add("expected a text, found \(value.shown); quote it", path: itemPath, at: value.mark)
                    continue
                }
                if let problem = check(key, text) { report.add(problem, path: itemPath, at: value.mark) }
                texts[key] = text
            }
        }
        let sorted = texts.sorted { $0.key < $1.key }
        effective.append(.init(name, .mapping(sorted.map { .init($0.key, .text($0.value)) })))
        return texts
    }

    /// How many of the keys are there.
    func count(of names: [String]) -> Int {
        pairs.count { pair in pair.key.string.map(names.contains) ?? false }
    }

    /// Reports an issue that concerns a key, or the section as a whole.
    func add(_ problem: String, key: String? = nil) {
        let node = key.flatMap { name in pairs.first { $0.key.string == name }?.value }
        report.add(problem, path: key.map { join(path, $0) } ?? path, at: node?.mark ?? mark)
    }

    /// Reports every key that nobody asked for.
    func finish() {
        for pair in pairs {
            guard let name = pair.key.string else {
                report.add("expected a name, found \(pair.key.kindName)", path: path, at: pair.key.mark)
                continue
            }
            guard !known.contains(name) else { continue }
            let advice =
                NearestName.nearest(to: name, in: known).map { "did you mean `\($0)`?" }
                ?? "known here: \(known.joined(separator: ", "))"
            report.add("unknown key; \(advice)", path: join(path, name), at: pair.key.mark)
        }
    }

    private mutating func take(_ name: String) -> Node? {
        known.append(name)
        return pairs.first { $0.key.string == name }?.value
    }

    private func items(of node: Node, name: String) -> [Node]? {
        if node.isNull { return [] }
        guard case .sequence(let sequence) = node else {
            report.add(
                "expected a list (lines that begin with `- `), found \(node.kindName)", path: join(path, name),
                at: node.mark)
            return nil
        }
        return Array(sequence)
    }

    private func join(_ path: String, _ name: String) -> String {
        path.isEmpty ? name : "\(path).\(name)"
    }
}

extension Node {
    /// Whether the node is a key without a value.
    fileprivate var isNull: Bool {
        guard case .scalar = self else { return false }
        return tag == Tag(.null)
    }

    /// The text of a scalar that YAML takes for a text.
    fileprivate var textValue: String? {
        guard case .scalar(let scalar) = self, tag == Tag(.str) else { return nil }
        return scalar.string
    }

    /// What sort of node it is, in a user's words.
    fileprivate var kindName: String {
        switch self {
        case .scalar: shown
        case .mapping: "a section"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }

    /// The node as an error message quotes it.
    fileprivate var shown: String {
        guard case .scalar(let scalar) = self else { return kindName }
        if isNull { return "nothing" }
        let text = scalar.string.count > 60 ? scalar.string.prefix(60) + "…" : scalar.string[...]
        let name =
            switch tag {
            case Tag(.int), Tag(.float): "the number "
            case Tag(.bool): "the truth value "
            default: ""
            }
        return name + (name.isEmpty ? JSONText.quoted(String(text)) : String(text))
    }
}
