package import AnomalyDetection
package import Storage

/// Reads stored models. Weights that streams share are read once, and all their models hold the same.
package final class ModelReader: Sendable {
    /// So many weights are kept at most.
    private static let keptFleets = 16

    private let store: Store
    private let fleets = Locked<[Int64: FleetModel]>([:])

    /// A reader of a database.
    package init(store: Store) {
        self.store = store
    }

    /// The model of a record. Throws where it, or the weights that it shares, cannot be read.
    package func model(_ record: StoredModel) async throws -> StreamModel {
        let blob = try await store.modelBlobs([record.id])[0]
        guard !blob.isEmpty else { throw MissingModel() }
        return try await decode(blob, of: record)
    }

    /// The models of records, in their order, each with why it cannot be read where it cannot.
    func models(_ records: [StoredModel]) async throws -> [Result<StreamModel, any Error>] {
        let blobs = try await store.modelBlobs(records.map(\.id))
        var models: [Result<StreamModel, any Error>] = []
        for (record, blob) in zip(records, blobs) {
            do { models.append(.success(try await decode(blob, of: record))) } catch { models.append(.failure(error)) }
        }
        return models
    }

    /// The version that scores a stream now; nil during warm-up.
    func liveModel(of stream: StreamID) async throws -> LiveModel? {
        guard let record = try await store.activeModels(of: stream).first(where: { $0.status == .live }) else {
            return nil
        }
        return LiveModel(id: record.id, model: try await model(record))
    }

    /// The weights that a training refers to; nil where its fleet has none yet.
    func fleet(_ reference: FleetReference) async throws -> FleetModel? {
        guard let id = try await store.fleetModelID(of: reference) else { return nil }
        return try await fleet(id)
    }

    private func decode(_ blob: [UInt8], of record: StoredModel) async throws -> StreamModel {
        guard let id = record.fleetModelID else { return try ModelBlob.decode(blob) }
        return try FleetBlob.decodeMember(blob, of: try await fleet(id))
    }

    private func fleet(_ id: Int64) async throws -> FleetModel {
        if let known = fleets.withLock({ $0[id] }) { return known }
        guard let blob = try await store.fleetModelBlob(id) else { throw MissingWeights(id: id) }
        let fleet = try FleetBlob.decode(blob, id: id)
        fleets.withLock { fleets in
            if fleets.count >= Self.keptFleets, let oldest = fleets.keys.min() { fleets[oldest] = nil }
            fleets[id] = fleet
        }
        return fleet
    }
}

/// A model whose bytes are not stored any more.
struct MissingModel: Error, CustomStringConvertible {
    var description: String { "its bytes are not stored any more" }
}

/// The weights that a model shares are not in the database.
struct MissingWeights: Error, CustomStringConvertible {
    /// Their number.
    var id: Int64

    var description: String { "its fleet's weights \(id) are not in the database" }
}

extension [ModelScope] {
    /// The fleet of a stream, by the first entry that its name matches; nil where it is alone.
    func fleetKey(name: String, channels: [String]) -> FleetKey? {
        guard let entry = first(where: { $0.streams.matches(name) }), entry.scope == .fleet else {
            return nil
        }
        return FleetKey(pattern: entry.streams.text, channels: channels)
    }

    /// The same for the streams of a table.
    func fleetKey(of stream: StreamID, in table: SharedStreamTable) -> FleetKey? {
        guard !isEmpty else { return nil }
        return table.withTable { fleetKey(name: $0.name(of: stream), channels: $0.channels(of: stream)) }
    }
}
