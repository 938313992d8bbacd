import Daemon
import Foundation
import Testing

struct WebhookAddressTests {
    @Test func `a URL is read from a file, without its newline`() throws {
        try withTemporaryFile("pager", "https://example.org/secret\n") { file in
            let url = try WebhookAddress.file(file.path).resolve(environment: [:])
            #expect(url.text == "https://example.org/secret")
            #expect(url.host == "example.org")
        }
    }

    @Test func `a URL is read from a systemd credential`() throws {
        try withTemporaryFile("pager", "http://127.0.0.1:9093/") { file in
            let environment = ["CREDENTIALS_DIRECTORY": file.deletingLastPathComponent().path]
            let url = try WebhookAddress.credential("pager").resolve(environment: environment)
            #expect(url.host == "127.0.0.1:9093")
        }
    }

    @Test func `without systemd a credential cannot be read, and the error says what to do`() {
        #expect(throws: WebhookAddressFailure.noCredentials(name: "pager")) {
            try WebhookAddress.credential("pager").resolve(environment: [:])
        }
    }

    @Test func `an error does not show what the file holds`() throws {
        try withTemporaryFile("pager", "s3cret but no URL") { file in
            let failure = #expect(throws: WebhookAddressFailure.notURL(path: file.path)) {
                try WebhookAddress.file(file.path).resolve(environment: [:])
            }
            #expect(failure?.description.contains("s3cret") == false)
        }
    }

    @Test func `a missing file is named`() {
        let failure = #expect(throws: WebhookAddressFailure.self) {
            try WebhookAddress.file("/nonexistent/url").resolve(environment: [:])
        }
        #expect(failure?.description == "the URL cannot be read from /nonexistent/url: there is no such file")
    }

    @Test func `a missing secret is found before it is needed`() throws {
        let configuration = try Configuration.read(
            yaml: "webhook: [{url_file: /nonexistent/url}, {url_credential: later}]", file: "c.yaml"
        ).configuration
        let failure = #expect(throws: ConfigurationFailure.self) {
            try configuration.checkSecrets(environment: [:], file: "c.yaml")
        }
        #expect(failure?.issues.count == 1)
    }

    @Test(arguments: [
        "http://", "https:///path", "example.org", "http://a b/", "http://a:0/", "http://a:70000/", "http://a/#x",
        "HTTP//a", "http://ä/",
    ])
    func `a text that is no URL of a receiver is refused`(text: String) {
        #expect(WebhookURL(text) == nil)
    }
}
