package import AnomalyDetection

/// Everything that a user may set; every key has a default, so that no configuration at all works.
///
/// Each property says its key, what it takes and its default. `schemas/config.schema.json` says the same for editors.
package struct Configuration: Sendable, Equatable {
    /// `database`: path of the database. Default `harken.db`, in the working directory.
    package var database = "harken.db"
    /// `seed`: where all randomness begins; whole number from 0 to 2⁶⁴ − 1. Default 1.
    package var seed: UInt64 = 1
    /// `input`: where readings come from.
    package var input = Input()
    /// `streams`: what is watched.
    package var streams = Streams()
    /// `detector`: how what is not normal is found.
    package var detector = Detector()
    /// `alerts`: when an alert begins and ends.
    package var alerts = Alerts()
    /// `rules`: what somebody knows of some streams and channels; a list, empty by default.
    package var rules: [StreamRule] = []
    /// `models`: which streams share a model's weights; a list, of which the first entry that a stream's name matches counts. Empty
    /// by default: each stream has its own.
    package var models: [Models] = []
    /// `retrain`: when a new model is trained.
    package var retrain = Retraining()
    /// `webhook`: who is told of alerts; a list, empty by default.
    package var webhooks: [Webhook] = []
    /// `http`: where Harken answers HTTP.
    package var http = HTTP()
    /// `log`: what the daemon says about itself.
    package var log = Log()

    /// The configuration of a user who set nothing.
    package init() {}

    /// Where readings come from.
    package struct Input: Sendable, Equatable {
        /// `input.udp`: addresses to take datagrams at, such as `127.0.0.1:8089`; a list, empty by default.
        package var udp: [NetworkAddress] = []
        /// `input.queue_readings`: how many decoded readings may wait for the detector; from 1024 to 16777216.
        /// Default 262144.
        package var queueReadings = 262_144
        /// `input.ignore`: names of CSV columns that are not channels; a list, empty by default.
        package var ignore: [String] = []
        /// `input.format`: what stdin carries. Default `auto`: told from its first character.
        package var format = Format.auto
        /// `input.csv`: how CSV is read.
        package var csv = CSV()

        /// What a byte stream carries.
        package enum Format: String, Sendable, CaseIterable {
            case auto
            case csv
            case lineProtocol = "line_protocol"
            case jsonLines = "json_lines"
        }
    }

    /// How CSV is read, where the header does not say it.
    package struct CSV: Sendable, Equatable {
        /// `input.csv.layout`: `wide` has a column a channel, `long` a row a value. Default `auto`: told from the
        /// header.
        package var layout = Layout.auto
        /// `input.csv.header`: whether the first row names the columns. Default `auto`: told from the first row.
        package var header = Header.auto
        /// `input.csv.delimiter`: what stands between fields. Default `auto`: told from the first row.
        package var delimiter = Delimiter.auto
        /// `input.csv.time_column`: the column of the time. By default found by its name, such as `timestamp`.
        package var timeColumn: String?
        /// `input.csv.stream_column`: the column of the stream. By default found by its name, such as `stream`.
        package var streamColumn: String?
        /// `input.csv.channel_column`: the column of the channel's name in the long layout. By default found by its
        /// name.
        package var channelColumn: String?
        /// `input.csv.value_column`: the column of the value in the long layout. By default found by its name.
        package var valueColumn: String?
        /// `input.csv.default_stream`: the stream of rows that name none. Default `default`.
        package var defaultStream = "default"

        /// How rows hold values.
        package enum Layout: String, Sendable, CaseIterable { case auto, wide, long }
        /// Whether there is a header.
        package enum Header: String, Sendable, CaseIterable { case auto, present, absent }
        /// What stands between fields.
        package enum Delimiter: String, Sendable, CaseIterable { case auto, comma, semicolon, tab }
    }

    /// What is watched.
    package struct Streams: Sendable, Equatable {
        /// `streams.limit`: the most streams that are kept; from 1 to 1000000. Default 100000.
        package var limit = 100_000
    }

    /// How what is not normal is found.
    package struct Detector: Sendable, Equatable {
        /// `detector.kind`: which detector is fitted, `vae`, `ae`, `dae`, `usad`, `pca`, `ar` or `attn`. Default `vae`.
        package var kind = DetectorKind.vae
        /// `detector.warm_up_readings`: readings before the first model; from 100 to 1000000. Default 400.
        package var warmUpReadings = 400
        /// `detector.interval`: the regular spacing of readings; from 1us to 30d. Default `auto` (nil): inferred per
        /// stream.
        package var interval: Duration?
        /// `detector.evidence`: the kinds of evidence that count; a list. Default: all of them. A detector
        /// uses those of them that it has.
        package var evidence = Evidence.allCases

        /// One way of seeing that a window is odd.
        package enum Evidence: String, Sendable, CaseIterable {
            case rebuild, foresight, memory, context, statistics, state
        }
    }

    /// When an alert begins and ends.
    package struct Alerts: Sendable, Equatable {
        /// `alerts.false_alarms`: false alerts that a stream may raise, such as `2 per 7d`. Default `1 per 30d`.
        package var falseAlarms = FalseAlarmBudget(alarms: 1, period: .seconds(30 * 86_400))
        /// `alerts.hold_readings`: readings over the threshold before an alert fires, two and a half times that under a model that
        /// has not learned from a whole day; from 1 to 10000. Default 6.
        package var holdReadings = 6
        /// `alerts.hold_within_readings`: the readings over the threshold need not follow each other but lie within so many; from
        /// `hold_readings` to 10000. Default: as `hold_readings` (nil), so that they must follow each other.
        package var holdWithinReadings: Int?
        /// `alerts.keep_firing_readings`: normal readings before an alert ends; from 1 to 100000. Default 128.
        package var keepFiringReadings = 128
        /// `alerts.cool_down`: what fires again within this time of an alert is the same alert; from 0s to 30d. Default `15m`.
        package var coolDown = Duration.seconds(15 * 60)
        /// `alerts.no_data_hold`: how long a stream may be silent beyond three of its usual times between arrivals; from 1s to
        /// 30d, or `never` (nil) alerts of silence. Default `1m`.
        package var noDataHold: Duration? = .seconds(60)
        /// `alerts.adapt_after`: how long an alert fires before what it is about is learned as the new normal; from 1m to 3650d,
        /// or `never` (nil). Default `24h`.
        package var adaptAfter: Duration? = .seconds(24 * 3_600)
        /// `alerts.group_wait`: how long an alert waits for others of the same moment before they are told together; from 0s to 1h.
        /// Default `100ms`.
        package var groupWait = Duration.milliseconds(100)
        /// `alerts.group_interval`: what happens within this time of a notification is told together at its end; from 0s to 1d.
        /// Default `5s`.
        package var groupInterval = Duration.seconds(5)
        /// `alerts.fleet_budget`: notifications of new alerts, of all streams together, above which they become digests, or
        /// `unlimited` (nil). Default `50 per 24h`.
        package var fleetBudget: FalseAlarmBudget? = FalseAlarmBudget(alarms: 50, period: .seconds(86_400))
        /// `alerts.digest_every`: how long what is above the fleet's budget is gathered for one digest; from 1s to 30d. Default
        /// `1h`.
        package var digestEvery = Duration.seconds(3_600)
    }

    /// Which streams share a model's weights.
    package struct Models: Sendable, Equatable {
        /// `models[].streams`: the streams, as a glob such as `pump-*`. Required.
        package var streams: String
        /// `models[].scope`: `fleet`, streams with the same channels share weights, or `stream`, each has its own. Default `stream`.
        package var scope = ModelScope.Scope.stream
    }

    /// When a new model is trained.
    package struct Retraining: Sendable, Equatable {
        /// `retrain.every`: time between trainings; from 1s to 3650d, or `never` (nil). Default `6h`.
        package var every: Duration? = .seconds(6 * 3_600)
        /// `retrain.clock`: whose time that is: `event` follows the readings' timestamps, `wall` the clock. Default
        /// `event`.
        package var clock = Clock.event
        /// `retrain.history_readings`: how many readings are trained on at most; from 100 to 10000000. Default 20000.
        package var historyReadings = 20_000
        /// `retrain.history_span`: how far they reach back, where the newest of them alone do not; from 0s to 3650d. Default `7d`.
        package var historySpan = Duration.seconds(7 * 86_400)
        /// `retrain.gap`: the newest readings that are not learned from; from 0s to 30d. Default `1h`.
        package var gap = Duration.seconds(3_600)
        /// `retrain.most_drift`: how far what is normal for a channel may move by itself, with one training and in 30 days, as a
        /// share of its spread; from 1% to 10000%, or `never` (nil) too far. Default `100%`.
        package var mostDrift: Percentage? = Percentage(100)
        /// `retrain.cpu_share`: the share of one core that trainings take while readings come live; from 1% to 100%. A first
        /// model takes what it needs. Default `50%`.
        package var cpuShare = Percentage(50)
        /// `retrain.memory`: how much a training holds of its history; from 16MiB to 1024GiB. Default `256MiB`.
        package var memory = MemorySize(mebibytes: 256)

        /// Whose time counts.
        package enum Clock: String, Sendable, CaseIterable { case event, wall }
    }

    /// Where Harken answers HTTP.
    package struct HTTP: Sendable, Equatable {
        /// `http.listen`: the address for `/metrics`, `/-/healthy` and `/-/ready`, such as `127.0.0.1:9797`, or `never` (nil). Whoever
        /// reaches it reads the names of streams. Default `never`.
        package var listen: NetworkAddress?
        /// `http.stream_metrics`: metrics name at most so many streams, those furthest over their budget first; from 0 to
        /// 100000. Default 1000.
        package var streamMetrics = 1_000
    }

    /// What the daemon says about itself.
    package struct Log: Sendable, Equatable {
        /// `log.level`: the least level that is logged. Default `info`.
        package var level = Level.info

        /// How much a message matters; the names are swift-log's.
        package enum Level: String, Sendable, CaseIterable {
            case trace, debug, info, notice, warning, error, critical
        }
    }

    /// Who is told of alerts, and how.
    package struct Webhook: Sendable, Equatable {
        /// `webhook[].name`: what logs and the database call the receiver. Default: the URL's host, or the name of
        /// the file.
        package var name: String
        /// `webhook[].url`, `webhook[].url_file` or `webhook[].url_credential`: where to post; exactly one of them is
        /// set.
        package var address: WebhookAddress
        /// `webhook[].headers`: headers to send along, by name. Default: none.
        package var headers: [String: String] = [:]
        /// `webhook[].secret_file` or `webhook[].secret_credential`: what calls are signed with; at most one of them is set.
        /// Default: calls are not signed.
        package var secret: SecretLocation?
        /// `webhook[].match`: of which alerts the receiver hears: patterns by label, all of which have to match. Default: of all.
        package var match: [String: String] = [:]
        /// `webhook[].send_resolved`: whether it hears of the end of alerts. Default true.
        package var sendsResolved = true
        /// `webhook[].timeout`: how long an answer may take; from 100ms to 10m. Default `10s`.
        package var timeout = Duration.seconds(10)
        /// `webhook[].max_age`: how long delivery is tried; from 1s to 3650d. Default `24h`.
        package var maxAge = Duration.seconds(24 * 3_600)

        /// A receiver.
        package init(
            name: String, address: WebhookAddress, headers: [String: String] = [:], secret: SecretLocation? = nil,
            match: [String: String] = [:], sendsResolved: Bool = true, timeout: Duration = .seconds(10),
            maxAge: Duration = .seconds(24 * 3_600)
        ) {
            self.name = name
            self.address = address
            self.headers = headers
            self.secret = secret
            self.match = match
            self.sendsResolved = sendsResolved
            self.timeout = timeout
            self.maxAge = maxAge
        }
    }
}
