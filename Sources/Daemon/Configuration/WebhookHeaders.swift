/// Which headers a user may send along with a webhook.
package enum WebhookHeaders {
    /// The headers that belong to the delivery itself.
    private static let reserved: Set<String> = [
        "connection", "content-length", "content-type", "host", "transfer-encoding", "user-agent", "webhook-id",
        "webhook-signature", "webhook-timestamp",
    ]

    /// What is wrong with a header, or nil.
    package static func problem(name: String, value: String) -> String? {
        let isToken =
            !name.isEmpty
            && name.utf8.allSatisfy { byte in
                let character = Character(UnicodeScalar(byte))
                return byte < 0x80
                    && (character.isLetter || character.isNumber || "!#$%&'*+-.^_`|~".contains(character))
            }
        guard isToken else { return "a header's name has letters, digits and hyphens only" }
        guard !reserved.contains(name.lowercased()) else { return "this header is set by Harken; leave it out" }
        guard value.utf8.allSatisfy({ $0 == 0x09 || (0x20...0x7e).contains($0) }) else {
            return "a header's value is one line of ASCII"
        }
        return nil
    }
}
