/// Someone who is told of alerts, ready to be called.
package struct WebhookReceiver: Sendable, Equatable {
    /// What the outbox and the logs call it.
    package var name: String
    /// Where to post.
    package var url: WebhookURL
    /// Headers to send along, by name.
    package var headers: [String: String]
    /// What calls are signed with; unsigned where there is none.
    package var secrets: [WebhookSecret]
    /// How long an answer may take.
    package var timeout: Duration
    /// How long delivery of a message is tried.
    package var maxAge: Duration

    /// A receiver.
    package init(
        name: String, url: WebhookURL, headers: [String: String] = [:], secrets: [WebhookSecret] = [],
        timeout: Duration = .seconds(10), maxAge: Duration = .seconds(24 * 3_600)
    ) {
        self.name = name
        self.url = url
        self.headers = headers
        self.secrets = secrets
        self.timeout = timeout
        self.maxAge = maxAge
    }

    /// The receiver that a configuration describes; reads its URL and its secrets where these are kept.
    ///
    /// Throws ``WebhookAddressFailure`` or ``WebhookSecretFailure``.
    package init(_ configuration: Configuration.Webhook, environment: [String: String]) throws {
        self.init(
            name: configuration.name, url: try configuration.address.resolve(environment: environment),
            headers: configuration.headers,
            secrets: try configuration.secret.map { try WebhookSecrets.read($0, environment: environment) } ?? [],
            timeout: configuration.timeout, maxAge: configuration.maxAge)
    }
}
