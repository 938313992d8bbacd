import AnomalyDetection
import ArgumentParser
import Foundation
import Glibc

/// `harken simulate`: readings of machines that do not exist, with faults on request.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Write readings of simulated machines, with faults on request.",
        discussion: """
            The same options and seed give the same readings, byte for byte. A stream is named for its kind and number: \
            pump-1, motor-2.

              pump   temperature, pressure, vibration, flow
              motor  current, speed, temperature, vibration
              room   temperature, humidity, co2, occupancy (0 or 1)

            A fault is KIND@TIME:STREAM.CHANNEL[+DURATION][*MAGNITUDE], where TIME is counted from the start: \
            level_shift@15m:pump-1.pressure+60s*4. Its kind is one of

              spike        one reading that is off by MAGNITUDE (12)
              level_shift  another level, off by MAGNITUDE (4)
              drift        a slope that ends when it is off by MAGNITUDE (6)
              stuck        the last value before the fault, again and again
              noise        additional noise with a deviation of MAGNITUDE (2)
              dropout      the channel is missing
              unit_change  MAGNITUDE times the value (default: 1000 times; for temperatures, degrees Fahrenheit)

            where MAGNITUDE is in standard deviations of the channel's sound values, downwards when negative.

            Durations have a unit: 250ms, 10s, 15m, 1.5h, 1h30m, 2d.

            Examples:
              harken simulate --streams 3 --faults 7 --labels faults.csv > readings.csv
              harken simulate --streams 100 --start now --udp 127.0.0.1:8089 --rate 100

            With --from-model the readings are those of a stored model: what it takes for normal, as CSV in the stream's own \
            channels and interval, without faults.

              harken simulate --from-model pump-1 --database harken.db --rows 5000 > normal.csv

            With --continue the readings are those that could follow the newest ones of a stream: each is drawn from what the stored \
            model foretells after those before it. The detector attn foretells how likely each of a channel's bins is, the others a \
            mean with a deviation. The same seed gives the same readings; --temperature 0 gives the likeliest course, whatever the \
            seed. Constants and switches keep their newest value.

              harken simulate --continue pump-1 --duration 10m --temperature 0.8 > next.csv
            """)

    @Option(help: "How many streams there are.")
    var streams = 1

    @Option(help: "What they are streams of: pump, motor, room or mixed.")
    var kind = Kind.pump

    @Option(help: ArgumentHelp("The time between two readings of a stream.", valueName: "duration"))
    var interval = DurationArgument(nanoseconds: 1_000_000_000)

    @Option(
        help: ArgumentHelp(
            "How long a time is simulated (default: 1h; with a stored model, 1000 readings).", valueName: "duration"))
    var duration: DurationArgument?

    @Option(help: "How many readings each stream has, instead of a duration.")
    var rows: Int?

    @Option(
        help: ArgumentHelp(
            "The time of the first reading: an ISO 8601 time, seconds since 1970, or now.", valueName: "time"))
    var start = StartArgument.usual

    @Option(help: "The seed of all randomness.")
    var seed: UInt64 = 1

    @Option(
        name: .customLong("fault"),
        help: ArgumentHelp("Inject this fault; may be given several times.", valueName: "fault"))
    var faultTexts: [String] = []

    @Option(help: ArgumentHelp("Inject this many faults of all kinds at random places.", valueName: "count"))
    var faults = 0

    @Option(
        help: ArgumentHelp(
            "The time at the start that --faults leaves alone (default: 600 readings).", valueName: "duration"))
    var learningTime: DurationArgument?

    @Option(
        help: ArgumentHelp(
            "Write the injected faults to this file, as CSV: stream,channel,fault,start,end.", valueName: "file"))
    var labels: String?

    @Option(
        help: """
            The form of the readings: wide, long, line-protocol or json (default: wide; long for --kind mixed; \
            line-protocol for --udp).
            """)
    var layout: SimulationLayout?

    @Option(
        help: ArgumentHelp(
            "Send the readings here in datagrams of at most 1,400 bytes, instead of to standard output.",
            valueName: "host:port"))
    var udp: EndpointArgument?

    @Option(
        help: ArgumentHelp(
            "Readings per second over all streams; 0 is as fast as possible.", valueName: "readings"))
    var rate = 0.0

    @OptionGroup var model: SimulateFromModel

    func validate() throws {
        if let source = model.source { try validateStored(source.option) }
        guard (1...1_000_000).contains(streams) else {
            throw ValidationError("--streams is \(streams); expected a number from 1 to 1000000")
        }
        guard rate.isFinite, rate >= 0 else {
            throw ValidationError("--rate is \(rate); expected a number that is 0 or more")
        }
        guard faults >= 0 else {
            throw ValidationError("--faults is \(faults); expected a number that is 0 or more")
        }
        guard rows == nil || duration == nil else {
            throw ValidationError("--rows and --duration both say how much to simulate; give one of them")
        }
        guard rows ?? 0 >= 0 else {
            throw ValidationError("--rows is \(rows ?? 0); expected a number that is 0 or more")
        }
        guard udp == nil || layout != .wide else {
            throw ValidationError("a datagram cannot be of the wide layout; expected line-protocol, long or json")
        }
    }

    func run() async throws {
        do {
            try await simulate()
        } catch let failure as SimulateFailure {
            FileHandle.standardError.write(Data("harken simulate: \(failure)\n".utf8))
            throw ExitCode(failure.code.rawValue)
        }
    }

    /// What a machine is told, a model cannot be; `option` is the one that names the model's stream.
    private func validateStored(_ option: String) throws {
        guard streams == 1, kind == .pump, faultTexts.isEmpty, faults == 0, learningTime == nil, labels == nil else {
            throw ValidationError(
                "\(option) gives normal readings of one stream; leave out --streams, --kind and everything about faults"
            )
        }
        guard udp == nil, rate == 0, layout ?? .wide == .wide, interval.nanoseconds == 1_000_000_000 else {
            throw ValidationError(
                "\(option) writes CSV at the stream's own interval; leave out --udp, --rate, --layout and --interval"
            )
        }
        let hasUsualStart = start.timestamp == StartArgument.usual.timestamp
        guard model.between.isEmpty || (rows == nil && duration == nil && hasUsualStart) else {
            throw ValidationError("--between has its own times; leave out --rows, --duration and --start")
        }
        guard model.continued == nil || hasUsualStart else {
            throw ValidationError("--continue goes on where the stream's newest reading is; leave out --start")
        }
    }

    private func simulate() async throws {
        if let source = model.source {
            return try await model.write(stream: source.stream, start: start.timestamp, seed: seed) { interval in
                rows ?? duration.map { Int($0.nanoseconds / interval) }
            }
        }
        let plan = try plan()
        var text: SimulatedText
        do {
            text = try SimulatedText(plan: plan, seed: seed, layout: usedLayout)
        } catch {
            throw ValidationError(error.description)
        }
        if let labels {
            do {
                try Data(plan.faultLabels()).write(to: URL(filePath: labels))
            } catch {
                throw SimulateFailure(
                    "cannot write the labels to \(labels): \(error.localizedDescription)", code: .cannotCreate)
            }
        }
        let readingCount = plan.rowCount * plan.streamCount
        if let udp {
            let sender = try await DatagramSender(host: udp.host, port: udp.port)
            try await emit(&text, readingCount: readingCount) { bytes in
                try await sender.send(bytes, DatagramPacking.datagrams(in: bytes, byteLimit: 1400))
            }
            try await sender.close()
        } else {
            let output = StandardOutput()
            var header: [UInt8] = []
            text.appendHeader(to: &header)
            guard try output.write(header) else { return }
            try await emit(&text, readingCount: readingCount) { bytes in
                if try !output.write(bytes) { throw ExitCode.success }
            }
        }
    }

    private var usedLayout: SimulationLayout {
        layout ?? (udp != nil ? .lineProtocol : kind == .mixed ? .long : .wide)
    }

    private func plan() throws -> SimulationPlan {
        let duration = duration?.nanoseconds ?? 3_600_000_000_000
        var plan = SimulationPlan(
            kinds: kind.machines, streamCount: streams, start: start.timestamp,
            intervalNanoseconds: interval.nanoseconds,
            rowCount: rows ?? Int(duration / interval.nanoseconds))
        do throws(SimulationFailure) {
            for fault in faultTexts { try plan.inject(text: fault) }
            if faults > 0 {
                let learning = learningTime.map { Int($0.nanoseconds / interval.nanoseconds) } ?? 600
                try plan.injectRandomFaults(count: faults, learningRowCount: learning, seed: seed)
            }
        } catch {
            throw ValidationError(error.description)
        }
        return plan
    }

    /// Hands all readings on as text, at the rate that was asked for.
    private func emit(
        _ text: inout SimulatedText, readingCount: Int, to write: ([UInt8]) async throws -> Void
    ) async throws {
        let clock = ContinuousClock()
        let began = clock.now
        // Where standard output is a terminal the readings are there already.
        var progress = ProgressBar(isShown: readingCount > 0 && isatty(STDOUT_FILENO) == 0)
        var bytes: [UInt8] = []
        var sent = 0
        // With a rate, some hundredths of a second are written at once: a datagram a reading would cost more than it smooths.
        let readingLimit = rate > 0 ? max(1, Int(min(rate / 50, 1e6))) : .max
        while true {
            let count = text.append(readingLimit: readingLimit, byteLimit: 128 * 1024, to: &bytes)
            if count == 0 { break }
            try await write(bytes)
            bytes.removeAll(keepingCapacity: true)
            sent += count
            progress.show(Double(sent) / Double(readingCount))
            if rate > 0 { try await clock.sleep(until: began + .seconds(Double(sent) / rate)) }
        }
        progress.clear()
    }
}
