import AnomalyDetection
import Testing

struct CSVChunkTests {
    private func same(_ left: Decoded, _ right: Decoded) -> Bool {
        left.readings == right.readings && left.reasons == right.reasons
            && left.rejections.firsts == right.rejections.firsts
    }

    @Test(arguments: [
        CSVRecordScannerTests.input,
        "time,stream,channel,value\r\n1,\"a \"\"b\"\"\",t,1\r\ntime,stream,channel,value\n2,\"x\ny\",t,NA\n3,x,\"t,4\n5,y,t,5\n6",
        "ts;device;a;b\n1500000000.5;x;1;2\n\n2024-01-01T00:00:00.25+01:00;y;-;z\nts;a\n1;2\n3;4;5\n",
        "1,2.5\n2,1e400\n3,0.30000000000000004\n", "no time here,a\n1,2\n3,4\n",
    ])
    func `every split of an input gives the same readings and rejections`(text: String) {
        let bytes = Array(text.utf8)
        var whole = Decoded()
        whole.csv(bytes, cutAt: [])
        #expect(whole.isConsistent)
        for cut in 0...bytes.count {
            for other in stride(from: cut, through: bytes.count, by: 7) {
                var split = Decoded()
                split.csv(bytes, cutAt: [cut, other])
                if !same(split, whole) { Issue.record("cut at \(cut) and \(other): \(split.readings)") }
            }
        }
        var single = Decoded()
        single.csv(bytes, cutAt: Array(0..<bytes.count))
        #expect(same(single, whole))
    }

    @Test func `an input after another is read by its own header`() {
        var decoder = CSVStreamDecoder()
        var decoded = Decoded()
        for text in ["time,a\n1,1", "b;ts\n2;2"] {
            let bytes = Array(text.utf8)
            decoder.decode(
                bytes.span, into: &decoded.batch, streams: &decoded.streams, rejections: &decoded.rejections)
            decoder.finish(into: &decoded.batch, streams: &decoded.streams, rejections: &decoded.rejections)
        }
        #expect(
            decoded.readings == [
                DecodedReading("default", 1_000_000_000, [.init("a", 1)]),
                DecodedReading("default", 2_000_000_000, [.init("b", 2)]),
            ])
    }
}
