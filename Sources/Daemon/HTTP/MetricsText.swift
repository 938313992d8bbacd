package import Storage

/// Metrics in the text format of Prometheus, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
package struct MetricsText {
    /// The media type of the text.
    package static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    /// What is told of one metric before its samples.
    private struct Family {
        var name: String
        var kind: String
        var help: String
        var labels: [String] = []
    }

    /// The text, each line with its end.
    package private(set) var text = ""

    /// The text of what a database holds.
    package init(_ metrics: StoreMetrics) {
        write(
            .init(name: "harken_streams", kind: "gauge", help: "Streams by phase.", labels: ["phase"]), metrics.streams)
        write(
            .init(name: "harken_readings_total", kind: "counter", help: "Readings that were accepted."),
            [StoreMetrics.Count(labels: [], value: metrics.readings)])
        write(
            .init(
                name: "harken_input_lost_total", kind: "counter", help: "Input that came to nothing.",
                labels: ["source", "reason"]), metrics.losses)
        write(
            .init(name: "harken_alerts_total", kind: "counter", help: "Alerts that were raised.", labels: ["kind"]),
            metrics.alerts)
        write(
            .init(name: "harken_alerts_firing", kind: "gauge", help: "Alerts that fire now.", labels: ["kind"]),
            metrics.firing)
        write(
            .init(
                name: "harken_alerts_judged", kind: "gauge", help: "Alerts of which somebody said something.",
                labels: ["verdict"]), metrics.verdicts)
        write(
            .init(
                name: "harken_trainings_total", kind: "counter", help: "Trainings and what became of them.",
                labels: ["reason", "verdict"]), metrics.trainings)
        write(
            .init(
                name: "harken_deliveries", kind: "gauge", help: "Webhook messages by what became of them.",
                labels: ["receiver", "state"]), metrics.deliveries)
        writeAlarms(metrics)
    }

    private mutating func writeAlarms(_ metrics: StoreMetrics) {
        let time = "in its newest 30 days with scores"
        head(
            .init(
                name: "harken_false_alarms_asked", kind: "gauge",
                help: "Alerts that the false-alarm budget asks for, of each stream \(time)."))
        sample("harken_false_alarms_asked", [], [], Self.number(metrics.alarmsAsked))
        head(
            .init(
                name: "harken_false_alarms_observed", kind: "gauge",
                help: "Alerts that were raised and that nobody confirmed, of each stream \(time)."))
        sample("harken_false_alarms_observed", [], [], "\(metrics.alarmsObserved)")
        guard !metrics.streamAlarms.isEmpty else { return }
        let families: [(Family, (ObservedAlarms) -> String)] = [
            (
                .init(
                    name: "harken_stream_false_alarms_asked", kind: "gauge",
                    help: "Alerts that the false-alarm budget asks for \(time)."), { Self.number($0.asked) }
            ),
            (
                .init(
                    name: "harken_stream_false_alarms_observed", kind: "gauge",
                    help: "Alerts that were raised and that nobody confirmed \(time)."), { "\($0.observed)" }
            ),
            (
                .init(
                    name: "harken_stream_false_alarms_seconds", kind: "gauge",
                    help: "The time to which asked and observed alerts belong."),
                { Self.number(Double($0.duration) / 1e9) }
            ),
        ]
        for (family, value) in families {
            head(family)
            for entry in metrics.streamAlarms { sample(family.name, ["stream"], [entry.stream], value(entry.alarms)) }
        }
    }

    private mutating func write(_ family: Family, _ counts: [StoreMetrics.Count]) {
        head(family)
        for count in counts { sample(family.name, family.labels, count.labels, "\(count.value)") }
    }

    private mutating func head(_ family: Family) {
        text += "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(family.kind)\n"
    }

    private mutating func sample(_ name: String, _ labels: [String], _ values: [String], _ value: String) {
        let pairs = zip(labels, values).map { label, value in "\(label)=\"\(Self.escaped(value))\"" }
        text += pairs.isEmpty ? "\(name) \(value)\n" : "\(name){\(pairs.joined(separator: ","))} \(value)\n"
    }

    /// A label's value as the format has it: backslash, quote and line feed are escaped.
    private static func escaped(_ value: String) -> String {
        var text = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(character)
            }
        }
        return text
    }

    /// A whole number without a fraction, as people write it.
    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }
}
