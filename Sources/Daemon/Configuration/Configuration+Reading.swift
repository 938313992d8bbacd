import AnomalyDetection

extension Configuration {
    /// Reads the whole file; what each key means stands beside the property of the same name.
    init(_ section: inout ConfigurationSection) {
        self.init()
        database = section.value("database", .line("the path of a database file"), default: database)
        seed = section.value("seed", .seed, default: seed)
        input = section.section("input") { Input(&$0) }
        streams = section.section("streams") { Streams(&$0) }
        detector = section.section("detector") { Detector(&$0) }
        alerts = section.section("alerts") { Alerts(&$0) }
        rules = section.sections("rules") { StreamRule.read(&$0) }
        models = section.sections("models") { Models.read(&$0) }
        retrain = section.section("retrain") { Retraining(&$0) }
        webhooks = section.sections("webhook") { Webhook.read(&$0) }
        http = section.section("http") { HTTP(&$0) }
        log = section.section("log") { Log(&$0) }
        checkTogether(section)
    }

    /// Checks what only holds between keys.
    private func checkTogether(_ section: ConfigurationSection) {
        if retrain.historyReadings < detector.warmUpReadings {
            section.add(
                """
                retrain.history_readings is \(retrain.historyReadings), but the first model is trained on the \
                \(detector.warmUpReadings) readings of detector.warm_up_readings; raise the one or lower the other
                """, key: "retrain")
        }
        var globs: Set<String> = []
        for entry in models where !globs.insert(entry.streams).inserted {
            section.add(
                "two entries are for the streams `\(entry.streams)`, of which only the first counts; leave one out",
                key: "models")
        }
        var names: Set<String> = []
        for webhook in webhooks where !names.insert(webhook.name).inserted {
            section.add(
                "two receivers are called `\(webhook.name)`; give each its own `name`, by which deliveries are kept",
                key: "webhook")
        }
    }
}

extension Configuration.Input {
    fileprivate init(_ section: inout ConfigurationSection) {
        self.init()
        udp = section.list(
            "udp",
            of: .text(
                "an address such as 127.0.0.1:8089 or [::1]:8089", parse: NetworkAddress.init, render: \.description),
            default: udp)
        queueReadings = section.value("queue_readings", .integer(in: 1_024...16_777_216), default: queueReadings)
        ignore = section.list("ignore", of: .line("the name of a column"), default: ignore)
        format = section.value("format", .choice, default: format)
        csv = section.section("csv") { Configuration.CSV(&$0) }
    }
}

extension Configuration.CSV {
    fileprivate init(_ section: inout ConfigurationSection) {
        self.init()
        let column = ConfigurationKind<String>.line("the name of a column").optional
        layout = section.value("layout", .choice, default: layout)
        header = section.value("header", .choice, default: header)
        delimiter = section.value("delimiter", .choice, default: delimiter)
        timeColumn = section.value("time_column", column, default: timeColumn)
        streamColumn = section.value("stream_column", column, default: streamColumn)
        channelColumn = section.value("channel_column", column, default: channelColumn)
        valueColumn = section.value("value_column", column, default: valueColumn)
        defaultStream = section.value("default_stream", .line("the name of a stream"), default: defaultStream)
    }
}

extension Configuration.Streams {
    fileprivate init(_ section: inout ConfigurationSection) {
        self.init()
        limit = section.value("limit", .integer(in: 1...1_000_000), default: limit)
    }
}

extension Configuration.Detector {
    fileprivate init(_ section: inout ConfigurationSection) {
        self.init()
        kind = section.value("kind", .choice, default: kind)
        warmUpReadings = section.value("warm_up_readings", .integer(in: 100...1_000_000), default: warmUpReadings)
        interval = section.value(
            "interval", .duration(in: .microseconds(1)...(.seconds(30 * 86_400)), or: "auto"), default: interval)
        evidence = section.list("evidence", of: .choice, default: evidence)
        if evidence.isEmpty {
            let words = Evidence.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
            section.add(
                "the list is empty, so that nothing could be found; name at least one of \(words)", key: "evidence")
        } else if Set(evidence.flatMap(\.kinds)).isDisjoint(with: kind.evidence) {
            let words = Evidence.allCases.filter { !kind.evidence.isDisjoint(with: $0.kinds) }
                .map { "`\($0.rawValue)`" }.joined(separator: ", ")
            section.add("the detector `\(kind.rawValue)` has none of these; it has \(words)", key: "evidence")
        }
    }
}

extension Configuration.Alerts {
    fileprivate init(_ section: inout ConfigurationSection) {
        self.init()
        falseAlarms = section.value(
            "false_alarms",
            .text(
                "a number of alarms and a duration such as `1 per 30d`", parse: FalseAlarmBudget.init,
                render: \.description),
            default: falseAlarms)
        holdReadings = section.value("hold_readings", .integer(in: 1...10_000), default: holdReadings)
        holdWithinReadings = section.value(
            "hold_within_readings", ConfigurationKind<Int>.integer(in: 1...10_000).optional, default: nil)
        if let holdWithinReadings, holdWithinReadings < holdReadings {
            section.add(
                "it is \(holdWithinReadings), in which \(holdReadings) readings (`hold_readings`) cannot lie; set "
                    + "\(holdReadings) or more",
                key: "hold_within_readings")
        }
        keepFiringReadings = section.value(
            "keep_firing_readings", .integer(in: 1...100_000), default: keepFiringReadings)
        let longest = Duration.seconds(30 * 86_400)
        coolDown = section.value("cool_down", .duration(in: .zero...longest), default: coolDown)
        noDataHold = section.value(
            "no_data_hold", .duration(in: .seconds(1)...longest, or: "never"), default: noDataHold)
        adaptAfter = section.value(
            "adapt_after", .duration(in: .seconds(60)...(.seconds(3_650 * 86_400)), or: "never"), default: adaptAfter)
        groupWait = section.value("group_wait", .duration(in: .zero...(.seconds(3_600))), default: groupWait)
        groupInterval = section.value(
            "group_interval", .duration(in: .zero...(.seconds(86_400))), default: groupInterval)
        fleetBudget = section.value(
            "fleet_budget",
            .text(
                "a number of notifications and a duration such as `50 per 24h`, or `unlimited`",
                parse: { $0 == "unlimited" ? .some(nil) : FalseAlarmBudget($0).map(Optional.some) },
                render: { $0?.description ?? "unlimited" }),
            default: fleetBudget)
        digestEvery = section.value("digest_every", .duration(in: .seconds(1)...longest), default: digestEvery)
    }
}

extension Configuration.Models {
    fileprivate static func read(_ section: inout ConfigurationSection) -> Self? {
        let streams = section.value(
            "streams", ConfigurationKind<String>.line("a glob of streams' names such as `pump-*`").optional,
            default: nil)
        let scope = section.value("scope", .choice, default: ModelScope.Scope.stream)
        guard section.isSection else { return nil }
        guard let streams else {
            if section.count(of: ["streams"]) == 0 {
                section.add("nothing says which streams are meant; set `streams` to a glob such as `pump-*`")
            }
            return nil
        }
        return Self(streams: streams, scope: scope)
    }
}

extension Configuration.Retraining {
    fileprivate init(_ section: inout ConfigurationSection) {
        self.init()
        every = section.value(
            "every", .duration(in: .seconds(1)...(.seconds(3_650 * 86_400)), or: "never"), default: every)
        clock = section.value("clock", .choice, default: clock)
        historyReadings = section.value("history_readings", .integer(in: 100...10_000_000), default: historyReadings)
        historySpan = section.value(
            "history_span", .duration(in: .zero...(.seconds(3_650 * 86_400))), default: historySpan)
        gap = section.value("gap", .duration(in: .zero...(.seconds(30 * 86_400))), default: gap)
        mostDrift = section.value("most_drift", .percentage(in: 1...10_000, or: "never"), default: mostDrift)
        cpuShare = section.value("cpu_share", .percentage(in: 1...100), default: cpuShare)
        memory = section.value("memory", .memory(in: 16...1_048_576), default: memory)
    }
}

extension Configuration.HTTP {
    fileprivate init(_ section: inout ConfigurationSection) {
        self.init()
        listen = section.value("listen", .address(or: "never"), default: listen)
        streamMetrics = section.value("stream_metrics", .integer(in: 0...100_000), default: streamMetrics)
    }
}

extension Configuration.Log {
    fileprivate init(_ section: inout ConfigurationSection) {
        self.init()
        level = section.value("level", .choice, default: level)
    }
}

extension Configuration.Webhook {
    fileprivate static func read(_ section: inout ConfigurationSection) -> Self? {
        let name = section.value("name", ConfigurationKind<String>.line("a name").optional, default: nil)
        let url = section.value(
            "url",
            ConfigurationKind<WebhookURL>.text(
                "a URL that begins with http:// or https:// and has a host", parse: WebhookURL.init, render: \.text
            ).optional, default: nil)
        let path = ConfigurationKind<String>.line("the path of a file that holds the URL").optional
        let file = section.value("url_file", path, default: nil)
        let credentialName = ConfigurationKind<String>.text(
            "the name of a systemd credential, without a slash",
            parse: { $0.isEmpty || $0.contains("/") || $0.contains(where: \.isNewline) ? nil : $0 }, render: { $0 })
        let credential = section.value("url_credential", credentialName.optional, default: nil)
        let headers = section.texts(
            "headers", expected: "a section with names and values of headers", check: WebhookHeaders.problem)
        let secret = readSecret(&section, credentialName: credentialName)
        let match = section.texts(
            "match", expected: "a section with labels and patterns of their values",
            check: { name, _ in AlertLabels.problem(name: name) })
        let sendsResolved = section.value("send_resolved", .truth, default: true)
        let timeout = section.value(
            "timeout", .duration(in: .milliseconds(100)...(.seconds(600))), default: .seconds(10))
        let maxAge = section.value(
            "max_age", .duration(in: .seconds(1)...(.seconds(3_650 * 86_400))), default: .seconds(24 * 3_600))

        guard section.isSection else { return nil }
        let given = section.count(of: ["url", "url_file", "url_credential"])
        guard given == 1 else {
            section.add(
                given == 0
                    ? "nothing says where to post; set `url`, `url_file` or `url_credential`"
                    : "only one of `url`, `url_file` and `url_credential` may be set; leave the others out")
            return nil
        }
        let address: WebhookAddress
        if let url {
            address = .url(url)
        } else if let file {
            address = .file(file)
        } else if let credential {
            address = .credential(credential)
        } else {
            return nil  // The one that is set is not good, which is reported already.
        }
        return Self(
            name: name ?? address.defaultName, address: address, headers: headers, secret: secret, match: match,
            sendsResolved: sendsResolved, timeout: timeout, maxAge: maxAge)
    }

    private static func readSecret(
        _ section: inout ConfigurationSection, credentialName: ConfigurationKind<String>
    ) -> SecretLocation? {
        let path = ConfigurationKind<String>.line("the path of a file that holds a secret").optional
        let file = section.value("secret_file", path, default: nil)
        let credential = section.value("secret_credential", credentialName.optional, default: nil)
        if section.count(of: ["secret_file", "secret_credential"]) > 1 {
            section.add(
                "only one of `secret_file` and `secret_credential` may be set; leave the other out", key: "secret_file")
        }
        return file.map(SecretLocation.file) ?? credential.map(SecretLocation.credential)
    }
}
