import AnomalyDetection
package import Storage

/// Why a model cannot be fitted again.
package enum ReproductionFailure: Error, Equatable, CustomStringConvertible {
    /// There is no such model.
    case missing(model: String)
    /// Its training noted no recipe: an earlier program made it.
    case noRecipe(id: Int64)
    /// Not all of the readings that it was fitted to are stored any more.
    case missingReadings(id: Int64, stored: Int, fitted: Int)
    /// The version that it went on from is not stored any more.
    case missingPredecessor(id: Int64, predecessor: Int64?)
    /// The version that it went on from is not what it was then.
    case alteredPredecessor(id: Int64, predecessor: Int64)
    /// The recipe names what this program does not have.
    case unknownSettings(id: Int64)
    /// The fit failed.
    case unfittable(id: Int64, cause: String)

    package var description: String {
        switch self {
        case .missing(let model): "there is no \(model); `harken models` shows all"
        case .noRecipe(let id): "what model \(id) was fitted to is not stored; an earlier program trained it"
        case .missingReadings(let id, let stored, let fitted):
            "model \(id) was fitted to \(fitted) readings, of which \(stored) are stored still; it cannot be fitted again"
        case .missingPredecessor(let id, let predecessor):
            "model \(id) went on from the weights of "
                + (predecessor.map { "model \($0), which is" } ?? "a model that is")
                + " not stored any more; it cannot be fitted again"
        case .alteredPredecessor(let id, let predecessor):
            "model \(id) went on from the weights of model \(predecessor), whose bytes are not those of then; it cannot be "
                + "fitted again"
        case .unknownSettings(let id): "model \(id) was fitted with settings that this program does not know"
        case .unfittable(let id, let cause): "model \(id) cannot be fitted again: \(cause)"
        }
    }
}

/// A stored model beside the one that the same readings, ledger, settings and seed give now.
package struct Reproduction: Sendable, Equatable {
    /// The size of the stored model.
    package var byteCount: Int
    /// The places at which the bytes differ, or one has bytes and the other none.
    package var differingBytes: [Int]
    /// What differs, in words: a line each; empty where the two are identical.
    package var differences: [String]

    /// Whether the two are the same to the last bit.
    package var isIdentical: Bool { differingBytes.isEmpty }

    /// Fits a model again, from the database alone.
    package init(of model: StoredModel, in store: Store) async throws {
        guard let stored = try await store.modelBlobs([model.id]).first,
            let (recipe, ledger, liveID) = try await store.recipe(ofModel: model.id)
        else { throw ReproductionFailure.noRecipe(id: model.id) }
        let channels = try await store.channelNames(of: model.stream)
        var readings = ReadingHistory(channelCount: channels.count)
        for stretch in recipe.stretches {
            readings.append(
                try await store.readings(
                    of: model.stream, from: stretch.lowerBound, through: stretch.upperBound,
                    limit: recipe.fittedReadings + 1))
        }
        guard readings.count == recipe.fittedReadings else {
            throw ReproductionFailure.missingReadings(
                id: model.id, stored: readings.count, fitted: recipe.fittedReadings)
        }
        let live = try await Self.predecessor(of: model.id, recipe, liveID, in: store)
        let fitted: StreamModel?
        do {
            fitted = try ModelTrainer.refit(
                recipe, readings: TrainingHistory(readings), ledger: ledger, live: live, seed: model.seed,
                channelNames: channels)
        } catch {
            throw ReproductionFailure.unfittable(id: model.id, cause: "\(error)")
        }
        guard let fitted else { throw ReproductionFailure.unknownSettings(id: model.id) }
        self.init(stored: stored, fitted: fitted)
    }

    /// The version whose weights a model went on from; nil where it went on from none.
    private static func predecessor(
        of id: Int64, _ recipe: TrainingRecipe, _ liveID: Int64?, in store: Store
    ) async throws -> StreamModel? {
        guard recipe.predecessorChecksum != nil else { return nil }
        guard let liveID, let record = try await store.model(liveID) else {
            throw ReproductionFailure.missingPredecessor(id: id, predecessor: liveID)
        }
        let live: StreamModel
        do {
            live = try await ModelReader(store: store).model(record)
        } catch is MissingModel {
            throw ReproductionFailure.missingPredecessor(id: id, predecessor: liveID)
        } catch let failure as StorageFailure {
            throw failure
        } catch {
            throw ReproductionFailure.alteredPredecessor(id: id, predecessor: liveID)
        }
        guard recipe.isSuccessor(of: live) else {
            throw ReproductionFailure.alteredPredecessor(id: id, predecessor: liveID)
        }
        return live
    }

    init(stored: [UInt8], fitted: StreamModel) {
        let bytes = ModelBlob.encode(fitted)
        byteCount = stored.count
        differingBytes = (0..<max(stored.count, bytes.count)).filter { place in
            place >= stored.count || place >= bytes.count || stored[place] != bytes[place]
        }
        differences = []
        guard !differingBytes.isEmpty else { return }
        guard let old = try? ModelBlob.decode(stored) else {
            differences = ["the stored model cannot be read"]
            return
        }
        if old.cadence != fitted.cadence { differences.append("the interval") }
        if old.profiles != fitted.profiles { differences.append("center and spread of channels") }
        if old.trainedReadings != fitted.trainedReadings {
            differences.append("the readings learned from: \(old.trainedReadings), now \(fitted.trainedReadings)")
        }
        if old.choices != fitted.choices { differences.append("the choices of the training") }
        if old.calibration != fitted.calibration { differences.append("the calibration") }
        if old.threshold != fitted.threshold {
            differences.append("the threshold: \(old.threshold.firing), now \(fitted.threshold.firing)")
        }
        if differences.isEmpty || old.parts.count != fitted.parts.count { differences.append("the evidence") }
    }
}

extension Store {
    /// The model that a number means: with a stream's name a version of that stream, otherwise a model's own number.
    package func model(numbered number: Int64, ofStream name: String?) async throws -> StoredModel {
        guard let name else {
            guard let model = try await model(number) else {
                throw ReproductionFailure.missing(model: "model \(number)")
            }
            return model
        }
        let found = try await models().first { $0.streamName == name && Int64($0.version) == number }
        guard let found else { throw ReproductionFailure.missing(model: "version \(number) of \(name)") }
        return found
    }
}
