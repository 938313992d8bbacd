package import AnomalyDetection

/// A stream's number, name and channels.
package struct StreamRecord: Sendable, Equatable {
    /// The interned number.
    package var id: StreamID
    /// The name.
    package var name: String
    /// The names of all its channels so far, in their fixed order.
    package var channels: [String]

    /// A stream.
    package init(id: StreamID, name: String, channels: [String]) {
        self.id = id
        self.name = name
        self.channels = channels
    }
}
