import Daemon
import Foundation
import Testing

struct ConfigurationSchemaTests {
    /// The keys of the schema with their defaults as JSON text, in the form in which the reader records its own.
    private func schemaKeys() throws -> [String: String] {
        let file = SchemaPeer.packageRoot.appending(path: "schemas/config.schema.json")
        let schema = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        var keys: [String: String] = [:]
        func collect(_ schema: [String: Any], path: String) throws {
            #expect(schema["additionalProperties"] as? Bool == false, "\(path) takes unknown keys")
            let properties = try #require(schema["properties"] as? [String: [String: Any]])
            for (name, property) in properties {
                let inner = path.isEmpty ? name : "\(path).\(name)"
                #expect((property["description"] as? String)?.isEmpty == false, "\(inner) has no description")
                if property["properties"] != nil {
                    try collect(property, path: inner)
                    continue
                }
                keys[inner] = try text(property["default"])
                if let items = property["items"] as? [String: Any], items["properties"] != nil {
                    try collect(items, path: inner + "[]")
                }
            }
        }
        try collect(schema, path: "")
        return keys
    }

    private func text(_ value: Any?) throws -> String {
        guard let value else { return "null" }
        return String(
            decoding: try JSONSerialization.data(
                withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes]),
            as: UTF8.self)
    }

    @Test func `schema and reader have the same keys with the same defaults`() throws {
        let loaded = try Configuration.read(yaml: "", file: "")
        let ours = try loaded.keys.map { key in
            (
                key.path,
                try text(
                    JSONSerialization.jsonObject(with: Data(key.defaultValue.json().utf8), options: .fragmentsAllowed))
            )
        }
        let theirs = try schemaKeys()
        #expect(Dictionary(uniqueKeysWithValues: ours) == theirs)
    }

    @Test func `the recorded defaults are those of the struct`() throws {
        let loaded = try Configuration.read(yaml: "", file: "")
        #expect(loaded.configuration == Configuration())
        let entries = loaded.keys.filter { !$0.path.contains("[]") }.map { ($0.path, $0.defaultValue) }
        for (path, value) in entries { #expect(value == find(path, in: loaded.effective), "\(path)") }
    }

    private func find(_ path: String, in tree: ConfigurationValue) -> ConfigurationValue? {
        path.split(separator: ".").reduce(ConfigurationValue?.some(tree)) { tree, name in
            guard case .mapping(let entries) = tree else { return nil }
            return entries.first { $0.key == name }?.value
        }
    }

    /// Files of which both have to say the same.
    private static let table: [(yaml: String, isValid: Bool)] = [
        ("", true), ("{}", true), ("input:\nwebhook:\n", true), ("- a\n", false), ("text\n", false),
        ("database: x.db\n", true), ("database: 5\n", false), ("database: ''\n", false), ("database:\n", false),
        ("database: [x]\n", false), ("seed: 0\n", true), ("seed: 18446744073709551615\n", true), ("seed: -1\n", false),
        ("seed: 18446744073709551616\n", false), ("seed: 1.5\n", false), ("seed: 2.0\n", true), ("seed: '1'\n", false),
        ("seed: 0x10\n", true), ("seed: 1_000\n", true), ("sead: 1\n", false),
        ("input: {udp: ['0.0.0.0:8089']}\n", true), ("input: {udp: ['[::]:1', 'h:0']}\n", true),
        ("input: {udp: ['h:65536']}\n", false), ("input: {udp: [8089]}\n", false), ("input: {udp: ['::1:5']}\n", false),
        ("input: {udp: 'h:1'}\n", false), ("input: {udp: ['h:1', 'h:1']}\n", false), ("input: {udp: []}\n", true),
        ("input: {queue_readings: 1023}\n", false), ("input: {queue_readings: 1024}\n", true),
        ("input: {ignore: [label]}\n", true), ("input: {ignore: [1]}\n", false), ("input: {ignore: [on]}\n", false),
        ("input: {format: csv}\n", true), ("input: {format: CSV}\n", false),
        ("input: {csv: {layout: wide, header: absent, delimiter: tab}}\n", true),
        ("input: {csv: {layout: tall}}\n", false),
        ("input: {csv: {time_column: t}}\n", true), ("input: {csv: {time_column: }}\n", false),
        ("input: {csv: {colum: t}}\n", false), ("streams: {limit: 1}\n", true), ("streams: {limit: 0}\n", false),
        ("detector: {warm_up_readings: 99}\n", false), ("detector: {interval: auto}\n", true),
        ("detector: {interval: 1.5s}\n", true), ("detector: {interval: 1}\n", false),
        ("detector: {interval: never}\n", false),
        ("detector: {evidence: [state, rebuild]}\n", true), ("detector: {evidence: []}\n", false),
        ("detector: {evidence: [foresight, memory, context, statistics]}\n", true),
        ("detector: {evidence: [linear]}\n", false), ("detector: {evidence: [novelty]}\n", false),
        ("detector: {kind: usad}\n", true), ("detector: {kind: attn}\n", true),
        ("detector: {kind: gan}\n", false), ("detector: {kind: [vae]}\n", false), ("detector: {evidence: }\n", false),
        ("alerts: {false_alarms: 1 per 30d}\n", true), ("alerts: {false_alarms: 0 per 30d}\n", false),
        ("alerts: {false_alarms: 0.5 per 1h30m}\n", true), ("alerts: {false_alarms: 1}\n", false),
        ("alerts: {hold_readings: 10000}\n", true), ("alerts: {hold_readings: 10001}\n", false),
        ("alerts: {keep_firing_readings: true}\n", false), ("alerts: {cool_down: 0s, no_data_hold: never}\n", true),
        ("alerts: {no_data_hold: soon}\n", false), ("alerts: {adapt_after: never}\n", true),
        ("alerts: {cool_down: never}\n", false), ("alerts: {adapt_after: 3d}\n", true),
        ("alerts: {group_wait: 0s, group_interval: 1m, digest_every: 2h}\n", true),
        ("alerts: {group_wait: never}\n", false),
        ("alerts: {fleet_budget: 50 per 1d}\n", true), ("alerts: {fleet_budget: unlimited}\n", true),
        ("alerts: {fleet_budget: 0 per 1d}\n", false), ("alerts: {fleet_budget: 50}\n", false),
        ("rules:\n", true), ("rules: []\n", true), ("rules: [{}]\n", false), ("rules: {ignore: true}\n", false),
        ("rules: [{ignore: true}]\n", true), ("rules: [{ignore: 'true'}]\n", false), ("rules: [{stream: a}]\n", false),
        ("rules: [{stream: a*, channel: 'b?', direction: up}]\n", true), ("rules: [{direction: sideways}]\n", false),
        ("rules: [{min_deviation: 0}]\n", true), ("rules: [{min_deviation: -0.5}]\n", false),
        ("rules: [{min_relative_deviation: 0.25}]\n", true), ("rules: [{min_relative_deviation: '1'}]\n", false),
        ("rules: [{valid_range: [-5, 5.5]}]\n", true), ("rules: [{valid_range: [1]}]\n", false),
        ("rules: [{valid_range: 5}]\n", false), ("rules: [{valid_range: [a, b]}]\n", false),
        ("rules: [{labels: {severity: critical}}]\n", true), ("rules: [{labels: {severity: 1}}]\n", false),
        ("rules: [{labels: {severity: ''}}]\n", false), ("rules: [{labels: {alertname: x}}]\n", false),
        ("rules: [{labels: {1a: x}}]\n", false), ("rules: [{ignored: true}]\n", false),
        ("rules: [{stream: '', ignore: true}]\n", false),
        ("webhook: [{url: 'http://h/', match: {stream: 'pump-*', alertname: ''}}]\n", true),
        ("webhook: [{url: 'http://h/', match: {a-b: x}}]\n", false),
        ("webhook: [{url: 'http://h/', match: {severity: 1}}]\n", false),
        ("webhook: [{url: 'http://h/', send_resolved: false}]\n", true),
        ("webhook: [{url: 'http://h/', send_resolved: 0}]\n", false),
        ("retrain: {every: never}\n", true),
        ("retrain: {every: 6h}\n", true), ("retrain: {every: 6 h}\n", false), ("retrain: {every: 6}\n", false),
        ("retrain: {clock: event}\n", true), ("retrain: {clock: cpu}\n", false),
        ("retrain: {history_readings: 99}\n", false), ("retrain: {history_span: 0s, gap: 30m}\n", true),
        ("retrain: {gap: never}\n", false), ("retrain: {most_drift: 150%}\n", true),
        ("retrain: {most_drift: never}\n", true), ("retrain: {most_drift: 1.5}\n", false),
        ("retrain: {cpu_share: 100%, memory: 1GiB}\n", true), ("retrain: {cpu_share: 50}\n", false),
        ("retrain: {cpu_share: -5%}\n", false), ("retrain: {memory: 256}\n", false),
        ("retrain: {memory: 256MB}\n", false), ("webhook: [{url: 'http://h/'}]\n", true),
        ("webhook: [{url: 'https://h:8443/a?b=c'}]\n", true), ("webhook: [{url: 'h'}]\n", false),
        ("webhook: [{url: 'http://'}]\n", false), ("webhook: [{url: 'http://h/ x'}]\n", false),
        ("webhook: [{}]\n", false),
        ("webhook: [{name: x}]\n", false), ("webhook: [{url_file: /x}]\n", true),
        ("webhook: [{url_credential: x}]\n", true), ("webhook: [{url_credential: a/b}]\n", false),
        ("webhook: [{url: 'http://h/', url_file: /x}]\n", false), ("webhook: {url: 'http://h/'}\n", false),
        ("webhook: ['http://h/']\n", false), ("webhook: [{url: 'http://h/', headers: {X-A: b}}]\n", true),
        ("webhook: [{url: 'http://h/', headers: {X-A: 1}}]\n", false),
        ("webhook: [{url: 'http://h/', headers: {'X A': b}}]\n", false),
        ("webhook: [{url: 'http://h/', headers: {Content-Type: b}}]\n", false),
        ("webhook: [{url: 'http://h/', headers: }]\n", true), ("webhook: [{url: 'http://h/', timeout: 10s}]\n", true),
        ("webhook: [{url: 'http://h/', timeout: soon}]\n", false),
        ("webhook: [{url: 'http://h/', max_age: 2d}]\n", true),
        ("webhook: [{url: 'http://h/', secret_file: /s}]\n", true),
        ("webhook: [{url: 'http://h/', secret_credential: s}]\n", true),
        ("webhook: [{url: 'http://h/', secret_credential: s/t}]\n", false),
        ("webhook: [{url: 'http://h/', secret_file: /s, secret_credential: s}]\n", false),
        ("webhook: [{url: 'http://h/', headers: {Webhook-Signature: b}}]\n", false),
        ("webhook: [{url: 'http://h/', retries: 3}]\n", false), ("log: {level: warning}\n", true),
        ("log: {level: warn}\n", false), ("log: info\n", false),
    ]

    @Test(.enabled(if: SchemaPeer.isAvailable, Comment(rawValue: SchemaPeer.absence)))
    func `schema and reader agree on good and bad files`() throws {
        let errors = try SchemaPeer.validate(Self.table.map(\.yaml), schema: "config.schema.json", format: "yaml")
        for (row, error) in zip(Self.table, errors) {
            #expect((error == nil) == row.isValid, "the schema on \(row.yaml): \(error ?? "valid")")
            let ours = Result { try Configuration.read(yaml: row.yaml, file: "f") }
            switch ours {
            case .success: #expect(row.isValid, "the reader takes \(row.yaml)")
            case .failure(let failure): #expect(!row.isValid, "the reader on \(row.yaml): \(failure)")
            }
        }
    }
}
