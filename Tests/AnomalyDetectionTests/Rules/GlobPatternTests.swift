import AnomalyDetection
import Testing

struct GlobPatternTests {
    @Test(arguments: [
        ("*", "", true), ("*", "pump-1", true), ("", "", true), ("", "a", false), ("pump-*", "pump-1", true),
        ("pump-*", "pump-", true), ("pump-*", "pump", false), ("*-1", "pump-1", true), ("p*p*1", "pump-1", true),
        ("p?mp", "pump", true), ("p?mp", "pmp", false), ("[pf]*", "fan", true), ("[^pf]*", "fan", false),
        ("[a-c]1", "b1", true), ("[a-c]1", "d1", false), ("[]]", "]", true), ("[^]]", "]", false), ("[", "[", false),
        ("a\\*", "a\\b", true), ("Pump", "pump", false), ("größe?", "größe1", true),
        ("*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaa", false),
    ])
    func `a pattern matches whole names`(pattern: String, name: String, expected: Bool) {
        #expect(GlobPattern(pattern).matches(name) == expected)
    }
}
