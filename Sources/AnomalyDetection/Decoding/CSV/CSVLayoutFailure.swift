/// Why the first record of a CSV input does not say which column is what.
package enum CSVLayoutFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// No column has a name that is known for timestamps.
    case noTimeColumn(names: [String])
    /// An option names a column that is not there.
    case unknownColumn(option: String, name: String, names: [String])
    /// The long layout was asked for and this column was not found.
    case missingLongColumn(role: String, names: [String])
    /// There is no column left for a channel.
    case noChannels(names: [String])
    /// A column has two roles by option.
    case columnUsedTwice(name: String)

    package var description: String {
        switch self {
        case .noTimeColumn(let names):
            """
            no column of the CSV header holds the time; the columns are \(Self.list(names)). \
            Name it timestamp, time, ts, date or datetime, or say which one it is
            """
        case .unknownColumn(let option, let name, let names):
            "the \(option) column \"\(name)\" is not in the CSV header; the columns are \(Self.list(names))"
        case .missingLongColumn(let role, let names):
            """
            the long CSV layout needs a \(role) column; the columns are \(Self.list(names)). \
            Name it \(role), or say which one it is
            """
        case .noChannels(let names):
            "the CSV header leaves no column to measure; the columns are \(Self.list(names))"
        case .columnUsedTwice(let name):
            "the CSV column \"\(name)\" is given two roles; each column has one"
        }
    }

    /// The names as a message can bear them.
    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(20).map { "\"\($0.prefix(60))\"" }.joined(separator: ", ")
        return names.count > 20 ? "\(shown) and \(names.count - 20) more" : shown
    }
}
