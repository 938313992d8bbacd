import Foundation

/// Work that falls into pieces, as many at a time as there are processors.
enum ParallelWork {
    /// The results of all pieces, in their order. `progress` is told the share that is done.
    static func run<Piece: Sendable, Output: Sendable>(
        _ pieces: [Piece], progress: (Double) -> Void, _ work: @escaping @Sendable (Piece) throws -> Output
    ) async throws -> [Output] {
        try await withThrowingTaskGroup(of: (Int, Output).self) { group in
            var outputs = [Output?](repeating: nil, count: pieces.count)
            var next = 0
            func start() {
                guard next < pieces.count else { return }
                let (index, piece) = (next, pieces[next])
                next += 1
                group.addTask { @concurrent in (index, try work(piece)) }
            }
            for _ in 0..<ProcessInfo.processInfo.activeProcessorCount { start() }
            var done = 0
            while let (index, output) = try await group.next() {
                outputs[index] = output
                done += 1
                progress(Double(done) / Double(pieces.count))
                start()
            }
            return outputs.compactMap { $0 }
        }
    }
}
