import AnomalyDetection
import Testing

/// Numbers are read through CSV, whose grammar for them is the widest.
struct NumberTests {
    private func values(_ texts: [String]) -> [Double?] {
        var options = CSVOptions()
        options.hasHeader = true
        var decoded = Decoded()
        decoded.csv("time,value,check\n" + texts.map { "0,\($0),1\n" }.joined(), options: options)
        #expect(decoded.readings.count == texts.count)
        return decoded.readings.map { reading in
            reading.cells.first { $0.channel == "value" }.map { Double(bitPattern: $0.bits) }
        }
    }

    private func check(_ texts: [String]) {
        for (text, value) in zip(texts, values(texts)) {
            let expected = Double(text)
            #expect(value?.bitPattern == expected?.bitPattern, "\(text) was read as \(value.debugDescription)")
        }
    }

    @Test func `numbers at the edges of what a double holds are rounded to the nearest`() {
        check([
            "0", "-0", "0.0", "-0.0", "1", "-1", "+1", "1.", ".5", "-.5", "1e0", "1E+5", "1e-5", "00012", "0.1", "0.3",
            "9007199254740991", "9007199254740992", "9007199254740993", "9007199254740995", "18446744073709551615",
            "18446744073709551616", "123456789012345678901234567890", "0.30000000000000004", "1.7976931348623157e308",
            "2.2250738585072014e-308", "2.2250738585072011e-308", "4.9e-324", "2e-324", "1e-400", "1e22", "1e23",
            "1e-22",
            "1e-23", "8.5e22", "7.2057594037927933e16", "9007199254740993e0", "9007199254740992.9999999999999999999",
            "0.000000000000000000000000000000000000000000001", "0.00000000000000000000123456789012345678",
            "100000000000000000000000000000000000000000000000", "6.02214076e23", "-1.18012e+42", "5e-324", "1e55",
            "1e-55",
            "1e56", "1e-56", "1.00000000000000011102230246251565404236316680908203125",
            "1.00000000000000011102230246251565404236316680908203124",
            "1.00000000000000011102230246251565404236316680908203126", "0e999999999999", "0.0e-99999999999999999999",
        ])
    }

    @Test(arguments: UInt64(1)...8)
    func `any double that is printed is read back to the last bit`(seed: UInt64) {
        var random = RandomCuts(seed: seed)
        var texts: [String] = []
        while texts.count < 5_000 {
            // Half of them any pattern of bits, half of a size that sensors have.
            let any = Double(bitPattern: random.next())
            let usual = Double(Int64(bitPattern: random.next()) >> random.index(below: 60)) / 1e6
            let value = random.index(below: 2) == 0 ? any : usual
            if value.isFinite { texts.append("\(value)") }
        }
        check(texts)
    }

    @Test(arguments: UInt64(1)...8)
    func `any digits with any exponent are rounded to the nearest double`(seed: UInt64) {
        var random = RandomCuts(seed: seed)
        let texts = (0..<5_000).map { _ in
            var digits = (0...random.index(below: 24)).map { _ in "\(random.index(below: 10))" }
            if random.index(below: 2) == 0 { digits.insert(".", at: random.index(below: digits.count + 1)) }
            let range = random.index(below: 4) == 0 ? 300 : 40
            let exponent = random.index(below: 3) == 0 ? "" : "e\(random.index(below: range) - range / 2)"
            return (random.index(below: 2) == 0 ? "-" : "") + digits.joined() + exponent
        }
        // Digits and exponents that overflow are rejected, which the next test is about.
        check(texts.filter { Double($0)?.isFinite ?? false })
    }

    @Test(arguments: UInt64(1)...4)
    func `numbers halfway between two doubles go to the even one`(seed: UInt64) {
        var random = RandomCuts(seed: seed)
        let texts = (0..<2_000).map { _ in
            // Between 2^53 and 2^54 doubles are two apart, and up to 2^63 correspondingly more.
            let shift = UInt64(random.index(below: 10) + 1)
            let significand = 1 << 52 | random.next() >> 12
            let middle = (significand << shift) + (1 << (shift - 1))
            return random.index(below: 2) == 0 ? "\(middle)" : "\(middle)0e-1"
        }
        check(texts)
    }

    @Test(arguments: [
        "1e309", "-1e309", "1e99999999999999999999", "inf", "-Infinity", "0x10", "1_000", "1,000", "1.2.3", "--1",
        "+-1", "e5",
        "1e", "1e+", ".", "+", "1 2", "1a", "١", "1d5", "1f", "NaN1", "nul",
    ])
    func `what is no finite number is a rejected cell, and the row keeps its others`(text: String) {
        var options = CSVOptions()
        options.delimiter = UInt8(ascii: ";")
        var decoded = Decoded()
        decoded.csv("time;value;check\n0;\(text);1\n", options: options)
        #expect(decoded.readings == [DecodedReading("default", 0, [.init("check", 1)])])
        #expect(decoded.reasons == [.badNumber])
    }

    @Test(arguments: [
        "", "NA", "na", "N/A", "n/a", "NaN", "nan", "NAN", "null", "NULL", "Null", "none", "None", "-", "  ", " NA ",
    ])
    func `what says that there is no value is a missing one`(text: String) {
        var decoded = Decoded()
        decoded.csv("time,value\n0,\(text)\n1,\"\(text)\"\n")
        #expect(
            decoded.readings == [
                DecodedReading("default", 0, [.init("value", .nan)]),
                DecodedReading("default", 1_000_000_000, [.init("value", .nan)]),
            ])
        #expect(decoded.rejections.total == 0)
    }
}
