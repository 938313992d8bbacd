package import AnomalyDetection
import Foundation

/// Reads the `Retry-After` header (RFC 9110, section 10.2.3).
package enum RetryAfter {
    /// More than this is not waited, whatever the receiver asks for.
    private static let longest: Int64 = 24 * 3_600

    /// The wait that the header asks for, as seconds or as a date; nil where it says neither. A date that has passed
    /// is no wait.
    package static func parse(_ text: String, at now: Timestamp) -> Duration? {
        let text = text.trimmingCharacters(in: .whitespaces)
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return .seconds(min(Int64(text) ?? longest, longest))
        }
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        guard let date = formatter.date(from: text) else { return nil }
        let seconds = date.timeIntervalSince1970 - now.seconds
        return .seconds(Int64(min(max(seconds.rounded(.up), 0), Double(longest))))
    }
}
