import AnomalyDetection
import FuzzSupport

/// CSV: no input traps, the results fit together, chunks of any size give what the whole gives, and the records' bytes are
/// the input's. The first byte chooses the chunks and the limit of a record; the rest is the input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    unsafe withFuzzInput(start, count) { data in
        guard data.count > 1 else { return }
        let chunkByteCount = 1 + Int(data[0] & 0x0F)
        let recordByteLimit = data[0] & 0x10 == 0 ? 65_536 : 24
        let input = data.extracting(1..<data.count)

        let whole = decode(input, chunkByteCount: input.count, recordByteLimit: recordByteLimit)
        whole.check()
        decode(input, chunkByteCount: chunkByteCount, recordByteLimit: recordByteLimit).expectEqual(whole)

        checkRecords(input, chunkByteCount: chunkByteCount, recordByteLimit: recordByteLimit)

        var datagram = DecodedInput()
        var datagrams = DatagramDecoder()
        for _ in 0..<2 {
            datagrams.decode(
                input, receivedAt: Timestamp(nanoseconds: 1), into: &datagram.batch, streams: &datagram.streams,
                rejections: &datagram.rejections)
        }
        datagram.check()
    }
    return 0
}

private func decode(_ input: Span<UInt8>, chunkByteCount: Int, recordByteLimit: Int) -> DecodedInput {
    var decoded = DecodedInput()
    var decoder = CSVStreamDecoder(recordByteLimit: recordByteLimit)
    var start = 0
    while start < input.count {
        let end = min(input.count, start + chunkByteCount)
        decoder.decode(
            input.extracting(start..<end), into: &decoded.batch, streams: &decoded.streams,
            rejections: &decoded.rejections)
        start = end
    }
    decoder.finish(into: &decoded.batch, streams: &decoded.streams, rejections: &decoded.rejections)
    return decoded
}

/// The records, one behind the other, are the input: each begins where the one before ends, and holds the bytes that stand
/// there. Only what a too long record drops is missing.
private func checkRecords(_ input: Span<UInt8>, chunkByteCount: Int, recordByteLimit: Int) {
    var inputBytes: [UInt8] = []
    for index in input.indices { inputBytes.append(input[index]) }
    var scanner = CSVRecordScanner(recordByteLimit: recordByteLimit)
    var next: Int?
    var isAfterTooLong = false
    let body: CSVRecordScanner.Body = { _, bytes, record in
        precondition(!bytes.isEmpty && bytes.count <= recordByteLimit, "a record is empty or beyond the limit")
        precondition(record.contentByteCount <= bytes.count, "a record's content is longer than the record")
        let expected = next ?? (record.byteOffset == 3 ? 3 : 0)
        precondition(isAfterTooLong ? record.byteOffset >= expected : record.byteOffset == expected, "bytes were lost")
        for index in bytes.indices {
            precondition(
                bytes[index] == inputBytes[record.byteOffset + index], "a record holds other bytes than the input")
        }
        next = record.byteOffset + bytes.count
        isAfterTooLong = record.rejection?.reason == .lineTooLong
    }
    var start = 0
    while start < input.count {
        let end = min(input.count, start + chunkByteCount)
        scanner.scan(input.extracting(start..<end), body)
        start = end
    }
    let hadMark = scanner.hadByteOrderMark
    scanner.finish(body)
    precondition(isAfterTooLong || (next ?? (hadMark ? 3 : 0)) == input.count, "the end of the input was lost")
}
