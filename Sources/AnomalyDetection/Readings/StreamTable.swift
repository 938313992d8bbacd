/// Gives streams and their channels numbers, in the order in which they are first seen.
///
/// Looking up a name that is known does not allocate.
package struct StreamTable: Sendable {
    /// A stream has at most this many channels.
    package static let channelLimit = 64

    /// The most streams the table takes.
    package let streamLimit: Int
    /// The names of the streams; the index is the ``StreamID``.
    package private(set) var streamNames: [String] = []
    /// For each stream the names of its channels, in their fixed order.
    package private(set) var channelNames: [[String]] = []

    /// An empty table.
    package init(streamLimit: Int = 100_000) {
        self.streamLimit = streamLimit
    }

    /// The number of streams.
    package var count: Int { streamNames.count }
}
