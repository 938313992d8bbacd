/// The forms in which simulated readings are written.
package enum SimulationLayout: String, CaseIterable, Sendable {
    /// CSV with a column per channel, and one for the stream when there are several.
    case wide
    /// CSV with a line per value: `timestamp,stream,channel,value`; a missing value has no line.
    case long
    /// Influx line protocol: the stream is the measurement, the channels are fields, times are in nanoseconds.
    case lineProtocol = "line-protocol"
    /// A JSON object per line with `timestamp`, `stream` and the channels; a missing value is `null`.
    case json
}
