package import AnomalyDetection
package import Storage

/// Why a stream cannot go back to a model version.
package enum RollbackFailure: Error, Equatable, CustomStringConvertible {
    /// There is no such model.
    case missing(id: Int64)
    /// It scores already.
    case isLive(id: Int64)
    /// Its bytes cannot be read.
    case unreadable(id: Int64, cause: String)
    /// The stream has no version that was live before.
    case noEarlier(stream: String)

    package var description: String {
        switch self {
        case .missing(let id): "there is no model \(id); `harken models` shows all"
        case .isLive(let id): "model \(id) is the live one already"
        case .unreadable(let id, let cause): "model \(id) cannot be read: \(cause)"
        case .noEarlier(let stream):
            "no version of \(stream) was live before the one that is; name a model by its number"
        }
    }
}

extension Store {
    /// The model to go back to, and its stream. Throws ``RollbackFailure`` where it cannot score.
    package func rollbackTarget(_ id: Int64, _ reader: ModelReader) async throws -> (stream: StreamID, model: LiveModel)
    {
        guard let record = try await model(id) else { throw RollbackFailure.missing(id: id) }
        guard record.status != .live else { throw RollbackFailure.isLive(id: id) }
        do {
            return (record.stream, LiveModel(id: id, model: try await reader.model(record)))
        } catch {
            throw RollbackFailure.unreadable(id: id, cause: "\(error)")
        }
    }

    /// The version of a stream that was live before the one that is.
    package func versionBeforeLive(of streamName: String) async throws -> StoredModel {
        let models = try await models(streamPattern: nil).filter { $0.streamName == streamName }
        let live = models.last { $0.status == .live }
        guard
            let earlier = models.last(where: { model in
                model.status == .superseded && model.withdrawnAt == nil && model.id < live?.id ?? .max
            })
        else {
            throw RollbackFailure.noEarlier(stream: streamName)
        }
        return earlier
    }
}
