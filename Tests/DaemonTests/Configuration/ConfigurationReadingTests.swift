import AnomalyDetection
import Daemon
import Testing

struct ConfigurationReadingTests {
    private func read(_ yaml: String) throws -> Configuration {
        try Configuration.read(yaml: yaml, file: "harken.yaml").configuration
    }

    private func issues(_ yaml: String) -> [String] {
        do throws(ConfigurationFailure) {
            _ = try Configuration.read(yaml: yaml, file: "harken.yaml")
            return []
        } catch {
            return error.issues.map(\.description)
        }
    }

    @Test(arguments: ["", "# nothing but a comment\n", "---\n", "input:\nalerts:\n", "{}"])
    func `no configuration at all gives the defaults`(yaml: String) throws {
        #expect(try read(yaml) == Configuration())
    }

    @Test func `every key is read`() throws {
        var expected = Configuration()
        expected.database = "/var/lib/harken/x.db"
        expected.seed = .max
        expected.input.udp = [NetworkAddress(host: "127.0.0.1", port: 8_089), NetworkAddress(host: "::1", port: 8_089)]
        expected.input.queueReadings = 2_048
        expected.input.ignore = ["label", "changepoint"]
        expected.input.format = .lineProtocol
        expected.input.csv.layout = .long
        expected.input.csv.header = .present
        expected.input.csv.delimiter = .semicolon
        expected.input.csv.timeColumn = "t"
        expected.input.csv.streamColumn = "s"
        expected.input.csv.channelColumn = "c"
        expected.input.csv.valueColumn = "v"
        expected.input.csv.defaultStream = "line 1"
        expected.streams.limit = 7
        expected.detector.kind = .ar
        expected.detector.warmUpReadings = 500
        expected.detector.interval = .seconds(1)
        expected.detector.evidence = [.foresight, .memory]
        expected.alerts.falseAlarms = Daemon.FalseAlarmBudget(alarms: 2, period: .seconds(7 * 86_400))
        expected.alerts.holdReadings = 2
        expected.alerts.keepFiringReadings = 16
        expected.alerts.coolDown = .seconds(120)
        expected.alerts.noDataHold = nil
        expected.alerts.adaptAfter = .seconds(7 * 86_400)
        expected.alerts.groupWait = .milliseconds(500)
        expected.alerts.groupInterval = .seconds(60)
        expected.alerts.fleetBudget = nil
        expected.alerts.digestEvery = .seconds(7_200)
        expected.rules = [
            StreamRule(
                stream: GlobPattern("pump-*"), channel: GlobPattern("flow"), direction: .down, minDeviation: 0.5,
                minRelativeDeviation: 0.1, validFrom: -1, validThrough: 1e3, ignores: false,
                labels: ["severity": "critical", "team": "water"]),
            StreamRule(ignores: true),
        ]
        expected.retrain.every = nil
        expected.retrain.clock = .wall
        expected.retrain.historyReadings = 1_000
        expected.retrain.historySpan = .seconds(3 * 86_400)
        expected.retrain.gap = .seconds(600)
        expected.retrain.mostDrift = nil
        expected.retrain.cpuShare = Percentage(25)
        expected.retrain.memory = MemorySize(mebibytes: 2_048)
        let url = try #require(WebhookURL("https://example.org/hook?key=1"))
        expected.webhooks = [
            .init(
                name: "ops", address: .url(url), headers: ["Authorization": "Bearer x"],
                secret: .file("/etc/harken/secret"), match: ["stream": "pump-*", "severity": "critical"],
                sendsResolved: false, timeout: .seconds(3), maxAge: .seconds(3_600)),
            .init(
                name: "url.txt", address: .file("/etc/harken/url.txt"), secret: .credential("ops-secret")),
            .init(name: "pager", address: .credential("pager")),
        ]
        expected.log.level = .debug
        let configuration = try read(
            """
            database: /var/lib/harken/x.db
            seed: 18446744073709551615
            input:
              udp: ["127.0.0.1:8089", "[::1]:8089"]
              queue_readings: 2048
              ignore: [label, changepoint]
              format: line_protocol
              csv: {layout: long, header: present, delimiter: semicolon, time_column: t, stream_column: s,
                    channel_column: c, value_column: v, default_stream: line 1}
            streams: {limit: 7}
            detector:
              kind: ar
              warm_up_readings: 500
              interval: 1s
              evidence: [foresight, memory]
            alerts: {false_alarms: 2 per 7d, hold_readings: 2, keep_firing_readings: 16, cool_down: 2m,
                no_data_hold: never, adapt_after: 7d, group_wait: 500ms, group_interval: 1m, fleet_budget: unlimited,
                digest_every: 2h}
            rules:
              - stream: pump-*
                channel: flow
                direction: down
                min_deviation: 0.5
                min_relative_deviation: 0.1
                valid_range: [-1, 1.0e+3]
                ignore: false
                labels: {severity: critical, team: water}
              - ignore: true
            retrain: {every: never, clock: wall, history_readings: 1000, history_span: 3d, gap: 10m, most_drift: never,
                cpu_share: 25%, memory: 2GiB}
            webhook:
              - name: ops
                url: https://example.org/hook?key=1
                headers: {Authorization: Bearer x}
                secret_file: /etc/harken/secret
                match: {stream: pump-*, severity: critical}
                send_resolved: false
                timeout: 3s
                max_age: 1h
              - url_file: /etc/harken/url.txt
                secret_credential: ops-secret
              - url_credential: pager
            log: {level: debug}
            """)
        #expect(configuration == expected)
    }

    @Test(arguments: [
        (
            "alerts:\n  hold_reading: 4\n",
            "harken.yaml:2:3: alerts.hold_reading: unknown key; did you mean `hold_readings`?"
        ),
        ("Database: x\n", "harken.yaml:1:1: Database: unknown key; did you mean `database`?"),
        (
            "retrain: {hsitory_readings: 900}\n",
            "harken.yaml:1:11: retrain.hsitory_readings: unknown key; did you mean `history_readings`?"
        ),
        ("streams: {maximum: 1}\n", "harken.yaml:1:11: streams.maximum: unknown key; known here: limit"),
        (
            "alerts:\n\n  hold_readings: 0\n",
            "harken.yaml:3:18: alerts.hold_readings: expected a whole number from 1 to 10000, found the number 0; the default is 6"
        ),
        (
            "retrain:\n  every: 6\n",
            "harken.yaml:2:10: retrain.every: expected a duration from 1s to 3650d such as 10s, 6h or 30d, or `never`, found the number 6; the default is \"6h\""
        ),
        (
            "seed: \"1\"\n",
            "harken.yaml:1:7: seed: expected a whole number from 0 to 18446744073709551615, found \"1\"; the default is 1"
        ),
        (
            "database:\n",
            "harken.yaml:1:10: database: expected the path of a database file, found nothing; the default is \"harken.db\""
        ),
        (
            "log: {level: loud}\n",
            "harken.yaml:1:14: log.level: expected one of `trace`, `debug`, `info`, `notice`, `warning`, `error`, `critical`, found \"loud\"; the default is \"info\""
        ),
        (
            "input: {udp: localhost:1}\n",
            "harken.yaml:1:14: input.udp: expected a list (lines that begin with `- `), found \"localhost:1\""
        ),
        ("input: {ignore: [a, a]}\n", "harken.yaml:1:21: input.ignore[1]: \"a\" is in the list twice; leave one out"),
        ("alerts: 5\n", "harken.yaml:1:9: alerts: expected a section with keys and values, found the number 5"),
        ("webhook: [x]\n", "harken.yaml:1:11: webhook[0]: expected a section with keys and values, found \"x\""),
        (
            "webhook: [{}]\n",
            "harken.yaml:1:11: webhook[0]: nothing says where to post; set `url`, `url_file` or `url_credential`"
        ),
        (
            "webhook: [{url: 'http://a/', url_file: /b}]\n",
            "harken.yaml:1:11: webhook[0]: only one of `url`, `url_file` and `url_credential` may be set; leave the others out"
        ),
        (
            "webhook: [{url: 'http://a/', secret_file: /b, secret_credential: c}]\n",
            "harken.yaml:1:43: webhook[0].secret_file: only one of `secret_file` and `secret_credential` may be set; leave the other out"
        ),
        (
            "webhook: [{url: 'ftp://a/'}]\n",
            "harken.yaml:1:17: webhook[0].url: expected a URL that begins with http:// or https:// and has a host, found \"ftp://a/\"; by default it is not set"
        ),
        (
            "webhook: [{url: 'http://a/', headers: {Host: b}}]\n",
            "harken.yaml:1:46: webhook[0].headers.Host: this header is set by Harken; leave it out"
        ),
        (
            "webhook: [{url: 'http://a/1'}, {url: 'http://a/2'}]\n",
            "harken.yaml:1:10: webhook: two receivers are called `a`; give each its own `name`, by which deliveries are kept"
        ),
        (
            "detector: {evidence: []}\n",
            "harken.yaml:1:22: detector.evidence: the list is empty, so that nothing could be found; name at least one of `rebuild`, `foresight`, `memory`, `context`, `statistics`, `state`"
        ),
        (
            "detector: {kind: lof}\n",
            "harken.yaml:1:18: detector.kind: expected one of `vae`, `ae`, `dae`, `usad`, `pca`, `ar`, `attn`, found \"lof\"; the default is \"vae\""
        ),
        (
            "detector: {kind: ar, evidence: [context, memory]}\n",
            "harken.yaml:1:32: detector.evidence: the detector `ar` has none of these; it has `foresight`, `state`"
        ),
        (
            "rules:\n  - ignore: true\n    min_deviaton: 3\n",
            "harken.yaml:3:5: rules[0].min_deviaton: unknown key; did you mean `min_deviation`?"
        ),
        (
            "rules:\n  - stream: a\n",
            "harken.yaml:2:5: rules[0]: the rule says nothing; set one of `direction`, `min_deviation`, `min_relative_deviation`, `valid_range`, `ignore`, `labels`"
        ),
        (
            "rules:\n  - valid_range: [5, 1]\n",
            "harken.yaml:2:18: rules[0].valid_range: expected two numbers, the least and the largest value that is possible"
        ),
        (
            "rules:\n  - valid_range: [0, x]\n",
            "harken.yaml:2:22: rules[0].valid_range[1]: expected a number, found \"x\""
        ),
        (
            "rules:\n  - labels: {stream: x}\n",
            "harken.yaml:2:22: rules[0].labels.stream: this label is set by Harken; leave it out"
        ),
        (
            "rules:\n  - labels: {my-team: x}\n",
            "harken.yaml:2:23: rules[0].labels.my-team: a label's name has letters, digits and underscores only, and does not begin with a digit"
        ),
        (
            "rules:\n  - min_deviation: -1\n",
            "harken.yaml:2:20: rules[0].min_deviation: expected a number of at least 0.0, found the number -1; by default it is not set"
        ),
        (
            "alerts: {fleet_budget: many}\n",
            "harken.yaml:1:24: alerts.fleet_budget: expected a number of notifications and a duration such as `50 per 24h`, or `unlimited`, found \"many\"; the default is \"50 per 24h\""
        ),
        (
            "webhook: [{url: 'http://a/', send_resolved: maybe}]\n",
            "harken.yaml:1:45: webhook[0].send_resolved: expected true or false, found \"maybe\"; the default is true"
        ),
        ("seed: 1\nseed: 2\n", "harken.yaml:1:1: `seed` stands twice in the section that begins here; leave one out"),
    ])
    func `what is wrong is said with its place and what was expected`(yaml: String, expected: String) {
        #expect(issues(yaml) == [expected])
    }

    @Test func `all issues are found at once, in the order of their lines`() {
        let found = issues("log: {level: x}\nnonsense: 1\nseed: y\n")
        #expect(found.map { $0.prefix(14) } == ["harken.yaml:1:", "harken.yaml:2:", "harken.yaml:3:"])
    }

    @Test func `text that is not YAML is refused with its line`() {
        let found = issues("seed: 1\ninput: [\n")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("harken.yaml:3:1: is not YAML: ") == true)
    }

    @Test(arguments: DetectorKind.allCases) func `the detector is set by the word that it is called`(
        kind: DetectorKind
    ) throws {
        let settings = try read("detector: {kind: \(kind.rawValue), evidence: [memory, foresight, rebuild, state]}\n")
            .detectorSettings
        #expect(settings.detector == kind)
        #expect(settings.evidence == [.memory, .foresight, .rebuild, .novelty, .stuck])
    }

    @Test func `a history shorter than the warm-up is refused`() {
        let found = issues("retrain: {history_readings: 300}\n")
        #expect(found.count == 1)
        #expect(found.first?.contains("history_readings is 300") == true)
    }

    @Test(arguments: [
        "", "seed: 5\ninput: {udp: ['[::1]:1'], ignore: [a, 'on', '12', 'x: y']}\n",
        "webhook: [{url: 'http://a/', headers: {X: '1', Y: 'a \"b\"'}}, {url_file: /x, name: 'null'}]\n",
        "rules: [{valid_range: [-0.5, 1.0e+30], ignore: false, labels: {severity: 'on'}}, {min_deviation: 0.1}]\n",
        "webhook: [{url: 'http://a/', match: {stream: '*'}, send_resolved: false}]\n",
        "retrain: {every: never}\ndetector: {interval: 250ms, evidence: [state]}\nalerts: {false_alarms: 0.25 per 1w}\n",
    ])
    func `the effective configuration reads back as the same`(yaml: String) throws {
        let loaded = try Configuration.read(yaml: yaml, file: "a")
        let fromYAML = try Configuration.read(yaml: loaded.effective.yaml(), file: "b")
        #expect(fromYAML.configuration == loaded.configuration)
        #expect(fromYAML.effective == loaded.effective)
    }
}
