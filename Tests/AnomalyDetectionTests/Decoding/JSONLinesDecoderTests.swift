import AnomalyDetection
import Testing

struct JSONLinesDecoderTests {
    private let now = Decoded.receivedAt.nanoseconds

    private func readings(_ text: String) -> [DecodedReading] {
        var decoded = Decoded()
        decoded.json(text)
        #expect(decoded.isConsistent)
        return decoded.readings
    }

    @Test func `an object is a reading with a channel a number`() {
        #expect(
            readings(#"{"timestamp":1500000000,"stream":"pump","temperature":21.5,"on":true,"off":false,"gone":null}"#)
                == [
                    DecodedReading(
                        "pump", 1_500_000_000_000_000_000,
                        [.init("temperature", 21.5), .init("on", 1), .init("off", 0), .init("gone", .nan)])
                ])
    }

    @Test(arguments: ["values", "fields"])
    func `channels may lie in an object of their own`(key: String) {
        #expect(
            readings(
                #" { "ts" : "2017-07-14T02:40:00Z" , "device_id" : 7 , "\#(key)" : { "a" : 1 , "b" : -2.5e-3 } , "c" : 3 } "#
            )
                == [
                    DecodedReading(
                        "7", 1_500_000_000_000_000_000, [.init("a", 1), .init("b", -0.0025), .init("c", 3)])
                ])
    }

    @Test(arguments: [
        #"{"timestamp":1,"stream":"s","channel":"t","value":2}"#,
        #"{"value":2,"channel":"t","stream":"s","timestamp":1}"#,
        #"{"Time":"1","SensorID":"s","Metric":"t","VALUE":2}"#, #"{"date":1,"device":"s","name":"t","val":2}"#,
    ])
    func `the long form is one cell, in any order of keys`(line: String) {
        #expect(readings(line) == [DecodedReading("s", 1_000_000_000, [.init("t", 2)])])
    }

    @Test func `a value without a channel's name is a channel itself`() {
        #expect(
            readings(#"{"time":1,"value":2,"x":3}"#) == [
                DecodedReading("default", 1_000_000_000, [.init("x", 3), .init("value", 2)])
            ])
        #expect(readings(#"{"time":1,"signal":2}"#) == [DecodedReading("default", 1_000_000_000, [.init("signal", 2)])])
    }

    @Test func `escapes in keys and names are replaced`() {
        #expect(
            readings(#"{"time":1,"stream":"a\"b\\\/\u00e9\n","\ud83d\ude00\ud800":1,"\u0074emp":2,"\u0074s":5}"#) == [
                DecodedReading("a\"b\\/é\n", 1_000_000_000, [.init("😀\u{FFFD}", 1), .init("temp", 2)])
            ])
    }

    @Test func `of several names for the time the best known counts`() {
        #expect(readings(#"{"date":5,"timestamp":1,"ts":7,"a":1}"#).map(\.nanoseconds) == [1_000_000_000])
    }

    @Test func `a missing or null time is the time at which the object was received, if that is known`() {
        #expect(readings(#"{"a":1}"# + "\n" + #"{"time":null,"a":1}"#).map(\.nanoseconds) == [now, now])
        var decoded = Decoded()
        decoded.json(#"{"a":1}"#, receivedAt: nil)
        #expect(decoded.readings.isEmpty)
        #expect(decoded.reasons == [.missingTimestamp])
    }

    @Test func `text is counted and the rest of the object is used`() {
        var decoded = Decoded()
        decoded.json(#"{"time":1,"status":"ok","a":1,"unit":"°C"}"# + "\n" + #"{"time":2,"status":"ok"}"#)
        #expect(decoded.readings == [DecodedReading("default", 1_000_000_000, [.init("a", 1)])])
        #expect(decoded.reasons == [.unsupportedValue, .unsupportedValue])
    }

    @Test func `a channel that occurs twice keeps its last value`() {
        #expect(readings(#"{"time":1,"a":1,"b":2,"a":3}"#).first?.cells == [.init("a", 3), .init("b", 2)])
    }

    /// Malformed lines, the reason for which each is rejected and the byte at which it shows.
    static let malformed: [(line: String, reason: RejectionReason, column: Int)] = [
        ("1", .badJSON, 0), ("null", .badJSON, 0), (#"[{"a":1}]"#, .badJSON, 0), ("{", .badJSON, 1),
        (#"{"a":1"#, .badJSON, 6),
        (#"{"a":1,}"#, .badJSON, 7), (#"{,"a":1}"#, .badJSON, 1), (#"{"a":1 "b":2}"#, .badJSON, 7),
        (#"{"a" 1}"#, .badJSON, 5),
        (#"{"a":}"#, .badJSON, 5), (#"{"a":"#, .badJSON, 5), (#"{a:1}"#, .badJSON, 1), (#"{'a':1}"#, .badJSON, 1),
        (#"{"a":1} x"#, .badJSON, 8), (#"{"a":1}{"a":2}"#, .badJSON, 7), (#"{"a":01}"#, .badJSON, 5),
        (#"{"a":-01}"#, .badJSON, 5),
        (#"{"a":+1}"#, .badJSON, 5), (#"{"a":.5}"#, .badJSON, 5), (#"{"a":-.5}"#, .badJSON, 5),
        (#"{"a":1.}"#, .badJSON, 6),
        (#"{"a":1.e5}"#, .badJSON, 6), (#"{"a":1e}"#, .badJSON, 5), (#"{"a":-}"#, .badJSON, 5),
        (#"{"a":NaN}"#, .badJSON, 5),
        (#"{"a":Infinity}"#, .badJSON, 5), (#"{"a":tru}"#, .badJSON, 5), (#"{"a":True}"#, .badJSON, 5),
        (#"{"a":nul"#, .badJSON, 5), (#"{"a":falsey}"#, .badJSON, 10), (#"{"a":0x1}"#, .badJSON, 6),
        (#"{"a":1e999}"#, .badNumber, 5),
        (#"{"a":"\x"}"#, .badJSON, 6), (#"{"a":"\u12g4"}"#, .badJSON, 6), (#"{"a":"\u12"#, .badJSON, 6),
        ("{\"a\":\"\t\"}", .badJSON, 6), (#"{"a":"x}"#, .unterminatedQuote, 5), (#"{"a"#, .unterminatedQuote, 1),
        (#"{"a":[1]}"#, .nestedValue, 5), (#"{"a":{"b":1}}"#, .nestedValue, 5),
        (#"{"values":{"a":{"b":1}}}"#, .nestedValue, 15),
        (#"{"values":[1]}"#, .nestedValue, 10), (#"{"time":1,"time":2,"a":1}"#, .duplicateKey, 17),
        (#"{"stream":"a","stream":"b","a":1}"#, .duplicateKey, 23), (#"{"value":1,"value":2}"#, .duplicateKey, 19),
        (#"{"channel":"a","channel":"b","value":2}"#, .duplicateKey, 25), (#"{"time":"soon","a":1}"#, .badTimestamp, 9),
        (#"{"time":true,"a":1}"#, .badTimestamp, 8), (#"{"time":1e300,"a":1}"#, .badTimestamp, 8),
        (#"{"time":"","a":1}"#, .badTimestamp, 9), (#"{"stream":true,"a":1}"#, .badStream, 10),
        (#"{"stream":"","a":1}"#, .badStream, 11),
        (#"{"":1}"#, .badChannel, 2), (#"{"channel":"","value":1}"#, .badChannel, 12), ("{}", .missingValue, 0),
        (#"{"time":1}"#, .missingValue, 0), (#"{"values":{}}"#, .missingValue, 0),
        ("{\"" + String(repeating: "k", count: 1_025) + "\":1}", .nameTooLong, 2),
        ("{\"stream\":\"" + String(repeating: "k", count: 1_025) + "\",\"a\":1}", .nameTooLong, 11),
    ]

    @Test(arguments: malformed)
    func `a malformed line is rejected for its reason and leaves its neighbours intact`(
        line: String, reason: RejectionReason, column: Int
    ) throws {
        for newline in ["\n", "\r\n", "\n\n \n"] {
            var decoded = Decoded()
            decoded.json(
                #"{"time":1,"a":1}"# + newline + line + newline + #"{"time":2,"a":2}"# + newline + #"{"time":3,"a":3}"#)
            #expect(decoded.readings.map(\.nanoseconds) == [1_000_000_000, 2_000_000_000, 3_000_000_000])
            #expect(decoded.readings.map(\.cells) == [1, 2, 3].map { [.init("a", $0)] })
            #expect(decoded.streams.streamNames == ["default"])
            #expect(decoded.reasons == [reason])
            let first = try #require(decoded.rejections.firsts.first)
            #expect(first.rejection.column == column, "\(first)")
        }
    }

    @Test func `new streams and channels beyond the limits are rejected and known ones are read`() {
        var decoded = Decoded(streamLimit: 1)
        let keys = (0..<65).map { "\"c\($0)\":\($0)" }.joined(separator: ",")
        decoded.json("{\"stream\":\"a\",\"time\":1,\(keys)}\n{\"stream\":\"b\",\"x\":1}\n{\"stream\":\"a\",\"c5\":1}\n")
        #expect(decoded.readings.map { $0.cells.count } == [64, 1])
        #expect(decoded.reasons == [.tooManyStreams, .tooManyChannels])
    }
}
