import AnomalyDetection
import FuzzSupport

/// JSON lines: no input traps, the results fit together, and a line decodes by itself as it does among others.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    unsafe withFuzzInput(start, count) { input in
        let receivedAt = Timestamp(nanoseconds: 1)
        var whole = DecodedInput()
        var decoder = JSONLinesDecoder()
        decoder.decode(
            input, receivedAt: receivedAt, into: &whole.batch, streams: &whole.streams, rejections: &whole.rejections)
        whole.check()

        var single = DecodedInput()
        var lineStart = 0
        for index in 0...input.count where index == input.count || input[index] == UInt8(ascii: "\n") {
            decoder.decode(
                input.extracting(lineStart..<index), receivedAt: receivedAt, into: &single.batch,
                streams: &single.streams, rejections: &single.rejections)
            lineStart = index + 1
        }
        whole.expectEqual(single)

        var datagram = DecodedInput()
        var datagrams = DatagramDecoder()
        datagrams.decode(
            input, receivedAt: receivedAt, into: &datagram.batch, streams: &datagram.streams,
            rejections: &datagram.rejections)
        datagram.check()
        if DatagramDecoder.format(of: input) == .json { whole.expectEqual(datagram) }
    }
    return 0
}
