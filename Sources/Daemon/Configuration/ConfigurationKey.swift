/// What is known of one key of the configuration; the reader makes one for every key that it asks for.
package struct ConfigurationKey: Sendable, Equatable {
    /// The key with its sections, such as `alerts.hold_readings`; `webhook[].url` for a key of every item of a list.
    package var path: String
    /// What a good value looks like.
    package var expected: String
    /// The value where the key is left out; nil where there is none.
    package var defaultValue: ConfigurationValue
}
