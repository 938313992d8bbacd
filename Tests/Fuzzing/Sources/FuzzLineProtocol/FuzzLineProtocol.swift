import AnomalyDetection
import FuzzSupport

/// Line protocol: no input traps, the results fit together, a datagram that is told to be line protocol decodes to the same,
/// and good lines in front of and behind any input that does not end inside a string survive it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    unsafe withFuzzInput(start, count) { input in
        let receivedAt = Timestamp(nanoseconds: 1)
        var whole = DecodedInput()
        var decoder = LineProtocolDecoder()
        decoder.decode(
            input, receivedAt: receivedAt, into: &whole.batch, streams: &whole.streams, rejections: &whole.rejections)
        whole.check()

        // The same decoder again: what one datagram leaves behind in it must not show in the next.
        var again = DecodedInput()
        decoder.decode(
            input, receivedAt: receivedAt, into: &again.batch, streams: &again.streams, rejections: &again.rejections)
        whole.expectEqual(again)

        if DatagramDecoder.format(of: input) == .lineProtocol {
            var datagram = DecodedInput()
            var datagrams = DatagramDecoder()
            datagrams.decode(
                input, receivedAt: receivedAt, into: &datagram.batch, streams: &datagram.streams,
                rejections: &datagram.rejections)
            whole.expectEqual(datagram)
        }

        // A line in front of the input is read in any case.
        var bytes = Array("good value=1 7\n".utf8)
        for index in input.indices { bytes.append(input[index]) }
        var preceded = DecodedInput()
        decoder.decode(
            bytes.span, receivedAt: receivedAt, into: &preceded.batch, streams: &preceded.streams,
            rejections: &preceded.rejections)
        preceded.check()
        precondition(preceded.batch.times.first == Timestamp(nanoseconds: 7), "the line in front was lost")
    }
    return 0
}
