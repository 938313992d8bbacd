import AnomalyDetection
import Testing

struct CSVStreamDecoderTests {
    private func readings(_ text: String, _ change: (inout CSVOptions) -> Void = { _ in }) -> [DecodedReading] {
        var options = CSVOptions()
        change(&options)
        var decoded = Decoded()
        decoded.csv(text, options: options)
        #expect(decoded.rejections.total == 0, "\(decoded.rejections.firsts)")
        #expect(decoded.isConsistent)
        return decoded.readings
    }

    private func second(_ seconds: Int64) -> Int64 { seconds * 1_000_000_000 }

    @Test(arguments: [",", ";", "\t"], ["\n", "\r\n"])
    func `a wide row is a reading with a cell a channel`(delimiter: String, newline: String) {
        let lines = [
            "timestamp,temperature,pressure", "2024-02-29T00:00:00Z,21.5,NA", "1709164801,,\"3\"", "", "1709164802,1,2",
        ]
        let text = lines.joined(separator: newline).replacing(",", with: delimiter)
        let expected = [
            DecodedReading("default", second(1_709_164_800), [.init("temperature", 21.5), .init("pressure", .nan)]),
            DecodedReading("default", second(1_709_164_801), [.init("temperature", .nan), .init("pressure", 3)]),
            DecodedReading("default", second(1_709_164_802), [.init("temperature", 1), .init("pressure", 2)]),
        ]
        #expect(readings(text) == expected)
        #expect(readings(text + newline) == expected)
        #expect(readings("\u{FEFF}" + text) == expected)
    }

    @Test func `a stream column tells wide rows apart, and each stream has channels of its own`() {
        #expect(
            readings("a,device,ts,b\n1,x,1,2\n3,y,1,4\n5,x,2,\n") == [
                DecodedReading("x", second(1), [.init("a", 1), .init("b", 2)]),
                DecodedReading("y", second(1), [.init("a", 3), .init("b", 4)]),
                DecodedReading("x", second(2), [.init("a", 5), .init("b", .nan)]),
            ])
    }

    @Test(arguments: [
        "timestamp,stream,channel,value", "Time,Device ID,Metric,Val", "\"ts\",\"sensor-id\",\"channel\",\"VALUE\"",
    ])
    func `a long row is a cell`(header: String) {
        #expect(
            readings("\(header)\n1,\"a \"\"b\"\", c\",t,1\n2,x,\"two\nlines\",nan\n1,x,t,2\n") == [
                DecodedReading("a \"b\", c", second(1), [.init("t", 1)]),
                DecodedReading("x", second(2), [.init("two\nlines", .nan)]),
                DecodedReading("x", second(1), [.init("t", 2)]),
            ])
    }

    @Test func `a header that comes again is skipped and another header takes over`() {
        #expect(
            readings("time,a,b\n1,1,2\ntime,a,b\n2,3,4\n\"time\",a,b\r\n3,5,6\nts,c\n4,7\n") == [
                DecodedReading("default", second(1), [.init("a", 1), .init("b", 2)]),
                DecodedReading("default", second(2), [.init("a", 3), .init("b", 4)]),
                DecodedReading("default", second(3), [.init("a", 5), .init("b", 6)]),
                DecodedReading("default", second(4), [.init("c", 7)]),
            ])
    }

    @Test func `a file without header has made-up names`() {
        #expect(readings("1,10\n2,20\n").map(\.cells) == [[.init("value", 10)], [.init("value", 20)]])
        #expect(
            readings("2024-01-01,10,NA\n").map(\.cells) == [[.init("channel_1", 10), .init("channel_2", .nan)]])
        #expect(readings("1,pump,t,5\n") == [DecodedReading("pump", second(1), [.init("t", 5)])])
    }

    @Test func `columns are what the options say`() {
        #expect(
            readings("x,when,y,label,kind\n1,5,2,9,a\n") {
                $0.timeColumn = "When"
                $0.streamColumn = "kind"
                $0.ignoredColumns = ["Label", "not there"]
            } == [DecodedReading("a", second(5), [.init("x", 1), .init("y", 2)])])
        #expect(
            readings("a,b,c,d\n1,2,s,t\n") {
                $0.layout = .long
                $0.timeColumn = "a"
                $0.valueColumn = "b"
                $0.streamColumn = "c"
                $0.channelColumn = "d"
            } == [DecodedReading("s", second(1), [.init("t", 2)])])
        // A column called value is a channel unless there is one for the channel's name.
        #expect(
            readings("time,metric,value\n1,2,3\n") { $0.layout = .wide }.first?.cells == [
                .init("metric", 2), .init("value", 3),
            ])
        #expect(
            readings("1|2\n3|4\n") {
                $0.delimiter = UInt8(ascii: "|")
                $0.defaultStream = "s"
            }.map(\.stream) == ["s", "s"])
        #expect(readings("0,1\n1,2\n") { $0.hasHeader = false }.count == 2)
    }

    @Test(arguments: [
        "time", "TS", "Date", "date_time", "Unix Timestamp", "event_time", "timestamp_utc", "Time (s)", "Date/Time",
    ])
    func `the time column is known by its name`(name: String) {
        #expect(readings("v,\(name)\n1,5\n") == [DecodedReading("default", second(5), [.init("v", 1)])])
    }

    @Test func `columns of one name are two channels and columns without a name are not read`() {
        #expect(readings(",time,a,a\n0,1,2,3\n").first?.cells == [.init("a", 2), .init("a_2", 3)])
        #expect(readings(",a\n1,2\n") == [DecodedReading("default", second(1), [.init("a", 2)])])
    }

    @Test func `of several names for time and stream the best known count and the others are not read`() {
        #expect(
            readings("date,timestamp,host,device,v\nx,1,y,z,2\n") == [DecodedReading("z", second(1), [.init("v", 2)])])
    }

    @Test func `a column of text is counted, becomes no channel and leaves the others`() {
        var decoded = Decoded()
        decoded.csv("time,status,a\n1,ok,1\n2,ok,2\n")
        #expect(decoded.readings.map(\.cells) == [[.init("a", 1)], [.init("a", 2)]])
        #expect(decoded.reasons == [.badNumber, .badNumber])
        #expect(decoded.streams.channelNames == [["a"]])
    }

    @Test func `an unreadable value of a channel is a missing one`() {
        var decoded = Decoded()
        decoded.csv("time,a,b\n1,1,2\n2,?,3\n")
        #expect(decoded.readings.last?.cells == [.init("a", .nan), .init("b", 3)])
        #expect(decoded.reasons == [.badNumber])
    }

    @Test func `a row of which nothing can be read leaves nothing behind`() {
        var decoded = Decoded()
        decoded.csv("time,device,a\n1,x,?\n2,y,3\n")
        #expect(decoded.streams.streamNames == ["y"])
        #expect(decoded.readings.count == 1)
        #expect(decoded.isConsistent)
    }

    @Test(arguments: [
        ("a,b\n1,2\nx,y\n", CSVOptions(), CSVLayoutFailure.noTimeColumn(names: ["a", "b"])),
        ("time\n1\n", CSVOptions(), .noChannels(names: ["time"])),
        ("time,device\n1,a\n", CSVOptions(), .noChannels(names: ["time", "device"])),
    ])
    func `a header that says too little is a failure with the names, and no row is guessed at`(
        text: String, options: CSVOptions, failure: CSVLayoutFailure
    ) {
        var options = options
        options.hasHeader = true
        var decoder = CSVStreamDecoder(options: options)
        var decoded = Decoded()
        let bytes = Array(text.utf8)
        decoder.decode(
            bytes.span, into: &decoded.batch, streams: &decoded.streams, rejections: &decoded.rejections)
        #expect(decoder.layoutFailure == failure)
        decoder.finish(into: &decoded.batch, streams: &decoded.streams, rejections: &decoded.rejections)
        #expect(decoder.layoutFailure == failure)
        #expect(decoded.readings.isEmpty)
        #expect(decoded.rejections.count(of: .badHeader) > 0)
        #expect(decoder.layoutFailure?.description.contains("time") ?? false)
    }

    @Test func `a preamble is counted and the header behind it is found`() {
        var decoded = Decoded()
        decoded.csv("Export of plant 7\n\nlines:,3\n1,2\n,5\ntime,a\n1,2\n")
        #expect(decoded.readings == [DecodedReading("default", second(1), [.init("a", 2)])])
        #expect(decoded.reasons == Array(repeating: .badHeader, count: 4))
    }

    @Test func `an option that names no column is a failure that says which are there`() {
        for (keyPath, option) in [
            (\CSVOptions.timeColumn, "time"), (\.streamColumn, "stream"), (\.channelColumn, "channel"),
            (\.valueColumn, "value"),
        ] {
            var options = CSVOptions()
            options[keyPath: keyPath] = "nowhere"
            let header = Array("time,a".utf8)
            #expect(throws: CSVLayoutFailure.unknownColumn(option: option, name: "nowhere", names: ["time", "a"])) {
                try CSVLayout(firstRecord: header.span, options: options)
            }
        }
        var twice = CSVOptions()
        twice.timeColumn = "a"
        twice.streamColumn = "a"
        let header = Array("time,a".utf8)
        #expect(throws: CSVLayoutFailure.columnUsedTwice(name: "a")) {
            try CSVLayout(firstRecord: header.span, options: twice)
        }
        var long = CSVOptions()
        long.layout = .long
        #expect(throws: CSVLayoutFailure.missingLongColumn(role: "channel", names: ["time", "a"])) {
            try CSVLayout(firstRecord: header.span, options: long)
        }
    }

    @Test func `streams and channels beyond the limits are counted`() {
        var decoded = Decoded(streamLimit: 1)
        let names = (0..<66).map { "c\($0)" }.joined(separator: ",")
        let values = (0..<66).map { "\($0)" }.joined(separator: ",")
        decoded.csv("time,device,\(names)\n1,a,\(values)\n2,b,\(values)\n3,a,\(values)\n")
        #expect(decoded.readings.map { $0.cells.count } == [64, 64])
        #expect(decoded.rejections.count(of: .tooManyChannels) == 4)
        #expect(decoded.rejections.count(of: .tooManyStreams) == 1)
    }

    /// Malformed records of a wide and a long input, the reason for which each is rejected and the byte at which it shows.
    static let malformed: [(isLong: Bool, record: String, reason: RejectionReason, column: Int)] = [
        (false, "soon,1,2", .badTimestamp, 0), (false, "2024-02-30,1,2", .badTimestamp, 0),
        (false, ",1,2", .missingTimestamp, 0),
        (false, "NA,1,2", .missingTimestamp, 0), (false, "9,1", .tooFewFields, 3), (false, "9", .tooFewFields, 1),
        (false, "9,1,2,3", .tooManyFields, 6), (false, "9,1,2,", .tooManyFields, 6),
        (false, "9,\"1\"x,2", .badQuote, 5),
        (false, "9,\"1\" ,2", .badQuote, 5), (false, "9,\"1,2", .unterminatedQuote, 2),
        (false, "9,1,\"2\r", .unterminatedQuote, 4),
        (false, String(repeating: "1", count: 70_000), .lineTooLong, 65_536),
        (true, "soon,s,t,1", .badTimestamp, 0), (true, "9,,t,1", .badStream, 2), (true, "9,s,,1", .badChannel, 4),
        (true, "9,\"\",t,1", .badStream, 3), (true, "9,s,t,x", .badNumber, 6), (true, "9,s,t,inf", .badNumber, 6),
        (true, "9,s,t", .tooFewFields, 5), (true, "9,s,t,1,2", .tooManyFields, 8),
        (true, "9,s,\"t,1", .unterminatedQuote, 4),
        (true, "9,\(String(repeating: "s", count: 1_025)),t,1", .nameTooLong, 2),
        (true, "9,s,\(String(repeating: "t", count: 1_025)),1", .nameTooLong, 4),
    ]

    @Test(arguments: malformed)
    func `a malformed record is rejected for its reason and leaves its neighbours intact`(
        isLong: Bool, record: String, reason: RejectionReason, column: Int
    ) throws {
        let header = isLong ? "time,stream,channel,value" : "time,a,b"
        let good = (1...3).map { isLong ? "\($0),s,t,\($0)" : "\($0),\($0),\($0)" }
        for (newline, quoted) in [("\n", false), ("\r\n", false), ("\n", true)] {
            var rows = good
            // Neighbours with quotes are those with which a quote that is left open could pair.
            if quoted { rows[1] = isLong ? "\"2\",\"s\",\"t\",\"2\"" : "\"2\",\"2\",\"2\"" }
            var decoded = Decoded()
            decoded.csv([header, rows[0], record, rows[1], rows[2], ""].joined(separator: newline))
            #expect(decoded.readings.map(\.nanoseconds) == [1, 2, 3].map(second))
            #expect(
                decoded.readings.map { $0.cells.map(\.bits) }
                    == (1...3).map { Array(repeating: Double($0).bitPattern, count: isLong ? 1 : 2) })
            #expect(decoded.streams.streamNames == [isLong ? "s" : "default"])
            #expect(decoded.reasons.count == 1)
            // An open quote that meets a later one shows as what follows that one.
            let isOpenQuote = reason == .unterminatedQuote
            #expect(decoded.reasons == [reason] || isOpenQuote && quoted && decoded.reasons == [.badQuote])
            let first = try #require(decoded.rejections.firsts.first)
            #expect(first.rejection.column == column || isOpenQuote && quoted, "\(first)")
        }
    }
}
