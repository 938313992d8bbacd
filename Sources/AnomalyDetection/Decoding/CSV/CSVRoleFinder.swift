/// Gives the columns of a CSV header their roles.
struct CSVRoleFinder {
    let names: [String]
    let options: CSVOptions
    private(set) var roles: [CSVLayout.Role]
    /// The columns whose role is settled.
    private var isSettled: [Bool]

    init(names: [String], options: CSVOptions) {
        self.names = names
        self.options = options
        roles = Array(repeating: .channel, count: names.count)
        isSettled = Array(repeating: false, count: names.count)
    }

    /// Settles every column's role and returns the layout that they make.
    mutating func find() throws(CSVLayoutFailure) -> CSVOptions.Layout {
        try settle(.time, option: "time", named: options.timeColumn)
        try settle(.stream, option: "stream", named: options.streamColumn)
        try settle(.channelName, option: "channel", named: options.channelColumn)
        try settle(.value, option: "value", named: options.valueColumn)
        for index in names.indices where !isSettled[index] && isIgnored(names[index]) { assign(.ignored, to: index) }
        findKnown(.time, as: .time)
        if !roles.contains(.time) {
            guard let index = probableTimeColumn() else { throw .noTimeColumn(names: names) }
            assign(.time, to: index)
        }
        let kind = layout()
        // A long file's channel column may be called what a stream's would, so it comes first.
        if kind == .long {
            findKnown(.channel, as: .channelName)
            findKnown(.value, as: .value)
        }
        findKnown(.stream, as: .stream)
        switch kind {
        case .long:
            guard roles.contains(.channelName) else { throw .missingLongColumn(role: "channel", names: names) }
            guard roles.contains(.value) else { throw .missingLongColumn(role: "value", names: names) }
            for index in names.indices where !isSettled[index] { roles[index] = .ignored }
        case .wide:
            // A column without a name has nothing to call its channel by: it is the row number that pandas writes.
            for index in names.indices where !isSettled[index] && names[index].isEmpty { roles[index] = .ignored }
            guard roles.contains(.channel) else { throw .noChannels(names: names) }
        }
        return kind
    }

    private func layout() -> CSVOptions.Layout {
        if let layout = options.layout { return layout }
        let hasChannel = roles.contains(.channelName) || hasKnown(.channel)
        let hasValue = roles.contains(.value) || hasKnown(.value)
        return hasChannel && hasValue ? .long : .wide
    }

    private func hasKnown(_ known: KnownNames.Role) -> Bool {
        names.indices.contains { !isSettled[$0] && KnownNames.match(names[$0])?.role == known }
    }

    private mutating func assign(_ role: CSVLayout.Role, to index: Int) {
        roles[index] = role
        isSettled[index] = true
    }

    /// Gives the column that an option names its role; the name counts without case where it does not occur as it is.
    private mutating func settle(
        _ role: CSVLayout.Role, option: String, named name: String?
    ) throws(CSVLayoutFailure) {
        guard let name else { return }
        guard
            let index = names.firstIndex(of: name)
                ?? names.firstIndex(where: { $0.lowercased() == name.lowercased() })
        else { throw .unknownColumn(option: option, name: name, names: names) }
        guard !isSettled[index] else { throw .columnUsedTwice(name: name) }
        assign(role, to: index)
    }

    private func isIgnored(_ name: String) -> Bool {
        options.ignoredColumns.contains(name)
            || options.ignoredColumns.contains { $0.lowercased() == name.lowercased() }
    }

    /// Gives the role to the best-known name, unless an option gave it; other columns with such names are not read.
    private mutating func findKnown(_ known: KnownNames.Role, as role: CSVLayout.Role) {
        var best: (index: Int, rank: Int)?
        var others: [Int] = []
        for index in names.indices where !isSettled[index] {
            guard let match = KnownNames.match(names[index]), match.role == known else { continue }
            others.append(index)
            if best.map({ match.rank < $0.rank }) ?? true { best = (index, match.rank) }
        }
        // In the long layout nothing else is read anyway, and a second column may still turn out to be the stream.
        for index in others where role == .time || role == .stream { assign(.ignored, to: index) }
        if let best, !roles.contains(role) { assign(role, to: best.index) }
    }

    private func probableTimeColumn() -> Int? {
        let words = ["time", "timestamp", "date"]
        let index = names.indices.first { index in
            let name = names[index].lowercased()
            return !isSettled[index] && words.contains { name.hasPrefix($0) || name.hasSuffix($0) }
        }
        if let index { return index }
        return names.first == "" && !isSettled[0] ? 0 : nil
    }
}
