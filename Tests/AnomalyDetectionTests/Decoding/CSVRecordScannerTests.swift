import AnomalyDetection
import Testing

struct CSVRecordScannerTests {
    private struct Found: Equatable {
        var text: String
        var record: CSVRecordScanner.Record
    }

    private func scan(_ text: String, cutAt cuts: [Int] = [], limit: Int = 65_536, delimiter: UInt8? = 0x2C) -> [Found]
    {
        var scanner = CSVRecordScanner(recordByteLimit: limit, delimiter: delimiter)
        var found: [Found] = []
        let body: CSVRecordScanner.Body = { _, bytes, record in
            found.append(Found(text: String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self), record: record))
        }
        let bytes = Array(text.utf8)
        var start = 0
        for end in cuts + [bytes.count] {
            scanner.scan(bytes.span.extracting(start..<end), body)
            start = end
        }
        scanner.finish(body)
        return found
    }

    /// An input with all that makes records hard to cut: quoted newlines and delimiters, doubled quotes, both line ends,
    /// quotes that are no quotes, faulty quotes of each kind, a mark, and no newline at the end.
    static let input =
        "\u{FEFF}time,\"a \"\"b\"\"\",c\r\n1,2,3\n\n\"4\",\"5\r\n6\",7\n8,9\"x\"\"y,1\n9,\"2\"x,3\n10,\"1\nz\"2\",3\n"
        + "11,\"\",\"\"\n12,\"q,1\n13,1,2\r\n\"14\"\r\n,\"15\n16,,\n,,\n17,\"18\r19\",20\r\n21,\"never\n22,closed"

    @Test func `records keep all bytes and their places`() {
        let found = scan(Self.input)
        #expect("\u{FEFF}" + found.map(\.text).joined() == Self.input)
        var offset = 3
        for record in found {
            #expect(record.record.byteOffset == offset)
            offset += record.text.utf8.count
            let content = record.text.utf8.prefix(record.record.contentByteCount)
            #expect(content.last != 0x0A && content.last != 0x0D)
        }
        #expect(
            found.map { $0.record.rejection?.reason } == [
                nil, nil, nil, nil, nil, .badQuote, .badQuote, nil, nil, .badQuote, nil, nil, .badQuote, nil, nil, nil,
                .unterminatedQuote, nil,
            ], "\(found.map { ($0.text, $0.record.rejection?.reason) })")
    }

    @Test(arguments: [24, 65_536])
    func `every way to cut the input in two gives the same records`(limit: Int) {
        let whole = scan(Self.input, limit: limit)
        for cut in 0...Self.input.utf8.count {
            #expect(scan(Self.input, cutAt: [cut], limit: limit) == whole, "cut at \(cut)")
        }
        #expect(scan(Self.input, cutAt: Array(0..<Self.input.utf8.count), limit: limit) == whole)
    }

    @Test(arguments: UInt64(1)...20)
    func `any chunks give the same records`(seed: UInt64) {
        var random = RandomCuts(seed: seed)
        let pieces = ["\"", "\"\"", ",", "\n", "\r\n", "a", "1.5", "\r", "\",\"", ";"]
        for _ in 0..<200 {
            let text = (0..<random.index(below: 60)).map { _ in pieces[random.index(below: pieces.count)] }.joined()
            let limit = random.index(below: 2) == 0 ? 16 : 65_536
            let delimiter: UInt8? = random.index(below: 2) == 0 ? nil : 0x2C
            let whole = scan(text, limit: limit, delimiter: delimiter)
            let cut = scan(
                text, cutAt: random.cuts(of: text.utf8.count, meanLength: 6), limit: limit, delimiter: delimiter)
            #expect(cut == whole, "\(text.debugDescription)")
            if limit > 16 { #expect(whole.map(\.text).joined() == text) }
        }
    }

    @Test func `a record that is too long is handed out by its start and the next one is whole`() {
        let found = scan("short\n" + String(repeating: "x", count: 100) + "\nnext\n", limit: 16)
        #expect(found.map(\.text) == ["short\n", String(repeating: "x", count: 16), "next\n"])
        #expect(found.map { $0.record.rejection?.reason } == [nil, .lineTooLong, nil])
        #expect(found.map(\.record.byteOffset) == [0, 6, 107])
    }

    @Test func `a record as long as the limit is whole`() {
        let found = scan("123456789012345\n123456789012345\r\nx", limit: 16)
        #expect(found.map { $0.record.rejection?.reason } == [nil, .lineTooLong, nil])
    }

    @Test func `a quote that is not closed within the limit spoils its line alone`() {
        let found = scan("1,\"open\n2,b\n3,c\n4,dddd\n5,e\n", limit: 16)
        #expect(found.map(\.text) == ["1,\"open\n", "2,b\n", "3,c\n", "4,dddd\n", "5,e\n"])
        #expect(found.map { $0.record.rejection?.reason } == [.unterminatedQuote, nil, nil, nil, nil])
    }

    @Test func `an input that only begins like a byte order mark loses nothing`() {
        let bytes: [UInt8] = [0xEF, 0xBB, 0x41, 0x0A]
        for cut in 0...4 {
            var scanner = CSVRecordScanner()
            var found: [[UInt8]] = []
            let body: CSVRecordScanner.Body = { _, bytes, _ in found.append(bytes.indices.map { bytes[$0] }) }
            scanner.scan(bytes.span.extracting(0..<cut), body)
            scanner.scan(bytes.span.extracting(cut..<4), body)
            scanner.finish(body)
            #expect(found == [bytes])
            #expect(!scanner.hadByteOrderMark)
        }
    }
}
