import Daemon
import Foundation
import Testing

struct WebhookSecretTests {
    private static let text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    @Test func `the signature is the one that the standard's own library gives`() throws {
        let secret = try #require(WebhookSecret(Self.text))
        let header = WebhookSecret.signatures(
            by: [secret], id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330,
            body: #"{"test": 2432232314}"#)
        // PyPI's standardwebhooks 1.1.0 with the same arguments.
        #expect(header == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func `each secret adds a signature, and without one there is none`() throws {
        let old = try #require(WebhookSecret(Self.text))
        let new = try #require(WebhookSecret("whsec_" + Data(repeating: 7, count: 32).base64EncodedString()))
        func header(_ secrets: [WebhookSecret]) -> String? {
            WebhookSecret.signatures(by: secrets, id: "msg_1", timestamp: 0, body: "{}")
        }
        #expect(header([]) == nil)
        #expect(try header([old, new]) == "\(#require(header([old]))) \(#require(header([new])))")
        #expect(header([old]) != header([new]))
    }

    @Test func `a secret may stand without its prefix`() {
        #expect(WebhookSecret(String(Self.text.dropFirst(6))) == WebhookSecret(Self.text))
    }

    @Test(arguments: [
        "", "whsec_", "whsec_c2hvcnQ=", "correct horse battery staple", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
        "whsec_" + Data(count: 23).base64EncodedString(), "whsec_" + Data(count: 65).base64EncodedString(),
    ])
    func `a text that is no secret of the standard is refused`(text: String) {
        #expect(WebhookSecret(text) == nil)
    }

    @Test func `a secret does not show what it holds`() throws {
        let secret = try #require(WebhookSecret(Self.text))
        var dumped = ""
        dump(secret, to: &dumped)
        for shown in ["\(secret)", String(reflecting: secret), dumped] {
            #expect(!shown.contains("MfKQ"))
            #expect(!shown.contains("49"))  // The first byte, in decimal.
        }
    }

    @Test func `secrets are read line by line, from a file or a credential`() throws {
        try withTemporaryFile("secret", "# since March\n\(Self.text)\r\n\n  \(Data(count: 24).base64EncodedString())\n")
        { file in
            let secrets = try WebhookSecrets.read(.file(file.path), environment: [:])
            #expect(
                try secrets == [
                    #require(WebhookSecret(Self.text)),
                    #require(WebhookSecret("whsec_" + Data(count: 24).base64EncodedString())),
                ])
            let environment = ["CREDENTIALS_DIRECTORY": file.deletingLastPathComponent().path]
            #expect(try WebhookSecrets.read(.credential("secret"), environment: environment) == secrets)
        }
    }

    @Test func `what is no secret is told by its line, and not shown`() throws {
        try withTemporaryFile("secret", "\(Self.text)\npassword\n") { file in
            let failure = #expect(throws: WebhookSecretFailure.notSecret(path: file.path, line: 2)) {
                try WebhookSecrets.read(.file(file.path), environment: [:])
            }
            #expect(failure?.description.contains("password") == false)
            #expect(failure?.description.hasPrefix("\(file.path):2: expected a secret of 24 to 64 bytes") == true)
        }
        _ = try withTemporaryFile("secret", "\n# none yet\n") { file in
            #expect(throws: WebhookSecretFailure.notSecret(path: file.path, line: 1)) {
                try WebhookSecrets.read(.file(file.path), environment: [:])
            }
        }
    }

    @Test func `a secret that cannot be found is told before it is needed`() throws {
        let configuration = try Configuration.read(
            yaml: """
                webhook:
                  - {name: a, url: 'http://h/', secret_file: /nonexistent/secret}
                  - {name: b, url: 'http://h/', secret_credential: later}
                """, file: "c.yaml"
        ).configuration
        let failure = #expect(throws: ConfigurationFailure.self) {
            try configuration.checkSecrets(environment: [:], file: "c.yaml")
        }
        #expect(
            failure?.issues.map(\.problem) == [
                "the secret cannot be read from /nonexistent/secret: there is no such file"
            ])
        #expect(throws: WebhookSecretFailure.noCredentials(.credential("later"))) {
            try WebhookSecrets.read(.credential("later"), environment: [:])
        }
    }
}
