import AnomalyDetection
import Testing

struct DatagramDecoderTests {
    @Test(arguments: [
        ("m v=1 1\n", DatagramDecoder.Format.lineProtocol), ("m,a=b v=1\n", .lineProtocol),
        ("# c\n\n m,a=1,b=2 v=1,w=2 3", .lineProtocol),
        ("2024-01-01,a=b,c=d v=1", .lineProtocol), ("1,a=b,c=d v=1,e=2", .lineProtocol), ("", .lineProtocol),
        ("garbage", .lineProtocol),
        (#"{"a":1}"#, .json), ("\n  \r\n {", .json), ("[1]", .json), ("1500000000,s,t,1", .csv),
        ("2024-01-01T00:00:00Z,s,t,NA\r\n", .csv),
        ("1,\"s,x=1\",t,5", .csv), ("1,pump,site=a,2", .csv), ("timestamp,stream,channel,value\n", .csv),
        ("soon,s,t,1", .csv),
        ("time,a,b\n1,2,3", .csv), ("# c\n1,s,t,1", .csv),
    ])
    func `the format is told from the first line`(text: String, format: DatagramDecoder.Format) {
        let bytes = Array(text.utf8)
        #expect(DatagramDecoder.format(of: bytes.span) == format)
    }

    @Test func `datagrams of all formats give the same reading`() {
        var decoder = DatagramDecoder()
        var decoded = Decoded()
        for text in [
            "pump t=1.5 1500000000000000000\n", "1500000000,pump,t,1.5\n",
            "timestamp,stream,channel,value\r\n1500000000,pump,t,1.5",
            "channel,value,time,stream\nt,1.5,1500000000,pump\n", "time,stream,t\n1500000000,pump,1.5",
            #"{"time":1500000000,"stream":"pump","t":1.5}"#, "1500000000,pump,t,1.5", "pump t=1.5 1500000000000000000",
            "time,stream,t\n1500000000,pump,1.5", "# note\n1500000000,pump,t,1.5\n# note\n",
        ] {
            let bytes = Array(text.utf8)
            decoder.decode(
                bytes.span, receivedAt: Decoded.receivedAt, into: &decoded.batch, streams: &decoded.streams,
                rejections: &decoded.rejections)
        }
        #expect(decoded.rejections.total == 0, "\(decoded.rejections.firsts)")
        #expect(
            decoded.readings
                == Array(repeating: DecodedReading("pump", 1_500_000_000_000_000_000, [.init("t", 1.5)]), count: 10))
    }

    @Test func `malformed rows leave the others of their datagram and the next datagram intact`() {
        var decoder = DatagramDecoder()
        var decoded = Decoded()
        for text in ["soon,s,t,1\n1,s,t,1\n2,s,\"t,1\n3,s,t,3\n4,s", "5,s,t,5\n6,s,t,x"] {
            let bytes = Array(text.utf8)
            decoder.decode(
                bytes.span, receivedAt: Decoded.receivedAt, into: &decoded.batch, streams: &decoded.streams,
                rejections: &decoded.rejections)
        }
        #expect(decoded.readings.map(\.nanoseconds) == [1_000_000_000, 3_000_000_000, 5_000_000_000])
        #expect(decoded.reasons == [.badTimestamp, .badNumber, .tooFewFields, .unterminatedQuote])
    }

    @Test func `adjacent rows of one stream and time stay readings of their own`() {
        var decoded = Decoded()
        decoded.datagram("1,s,a,1\n1,s,b,2\n,s,a,3\n")
        #expect(
            decoded.readings == [
                DecodedReading("s", 1_000_000_000, [.init("a", 1)]),
                DecodedReading("s", 1_000_000_000, [.init("b", 2)]),
                DecodedReading("s", Decoded.receivedAt.nanoseconds, [.init("a", 3)]),
            ])
    }
}
