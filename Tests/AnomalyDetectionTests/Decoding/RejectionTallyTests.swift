import AnomalyDetection
import Testing

struct RejectionTallyTests {
    private func add(_ tally: inout RejectionTally, _ reason: RejectionReason, _ line: [UInt8], at column: Int = 0) {
        tally.add(LineRejection(reason, at: column, expected: "something else"), line: line.span)
    }

    @Test func `rejections are counted by reason and the first of each kind is kept once`() {
        var tally = RejectionTally()
        add(&tally, .badNumber, Array("first".utf8), at: 3)
        add(&tally, .badNumber, Array("second".utf8))
        add(&tally, .badTag, Array("third".utf8))
        #expect(tally.count(of: .badNumber) == 2)
        #expect(tally.total == 3)
        #expect(tally.countsByReason.map(\.reason) == [.badNumber, .badTag])
        #expect(tally.takeNew().map(\.text) == ["first", "third"])
        #expect(tally.takeNew().isEmpty)
        add(&tally, .badTag, Array("fourth".utf8))
        add(&tally, .badJSON, Array("fifth".utf8))
        #expect(tally.takeNew().map(\.description) == ["bad_json at byte 0: expected something else: fifth"])
        #expect(tally.firsts.first?.rejection.column == 3)
    }

    @Test func `a kept text is cut around the fault and cannot harm a terminal`() throws {
        var tally = RejectionTally()
        add(&tally, .badTag, Array("a\tb\r\n\u{1B}[31m\u{7F}\u{85}é".utf8) + [0xFF])
        #expect(tally.firsts[0].text == "a\\tb\\r\\n\\x1b[31m\\x7f\u{FFFD}é\u{FFFD}")

        let long = Array(String(repeating: "0123456789", count: 100).utf8)
        add(&tally, .badNumber, long, at: 500)
        let text = tally.firsts[1].text
        #expect(text.hasPrefix("…") && text.hasSuffix("…"))
        #expect(text.count == RejectionTally.textByteLimit + 2)
        add(&tally, .badField, long, at: 0)
        #expect(tally.firsts[2].text.hasPrefix("0123456789"))
        add(&tally, .badQuote, long, at: 1_000)
        #expect(tally.firsts[3].text.hasSuffix("0123456789"))
    }

    @Test func `a tally takes over what another counted`() {
        var left = RejectionTally()
        var right = RejectionTally()
        add(&left, .badNumber, Array("left".utf8))
        add(&right, .badNumber, Array("right".utf8))
        add(&right, .badTag, Array("tag".utf8))
        _ = left.takeNew()
        left.add(contentsOf: right)
        #expect(left.count(of: .badNumber) == 2)
        #expect(left.takeNew().map(\.text) == ["tag"])
    }

    @Test func `the names of the reasons are stable`() {
        // They are stored, exported as labels and written in alerts: a change here is a change of the public schema.
        #expect(
            RejectionReason.allCases.map(\.rawValue) == [
                "bad_timestamp", "missing_timestamp", "bad_number", "unsupported_value", "nested_value",
                "too_few_fields",
                "too_many_fields", "unterminated_quote", "bad_quote", "bad_json", "duplicate_key",
                "missing_measurement",
                "bad_tag", "duplicate_tag", "too_many_tags", "missing_fields", "bad_field", "missing_value",
                "bad_stream",
                "bad_channel", "name_too_long", "too_many_streams", "too_many_channels", "line_too_long", "bad_header",
            ])
    }
}
