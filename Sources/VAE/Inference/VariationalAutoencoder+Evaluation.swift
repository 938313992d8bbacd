package import LinearAlgebra

extension VariationalAutoencoder {
    /// The negative evidence lower bound of windows, averaged over them, in nats per window; NaN for no windows.
    ///
    /// `windows` is (count × D); `mask`, of the same shape, is 0 where a cell is missing. It is the negative
    /// log-likelihood of the observed cells plus β times the divergence from the prior; z is drawn once a window, from the
    /// seed, so two networks are compared on the same draws. With β = 0 nothing is drawn.
    package func negativeELBO(of windows: Matrix, mask: Matrix? = nil, beta: Float = 1, seed: UInt64) -> Double {
        var source = RandomSource(seed: seed)
        var batch = EvidenceLowerBound(shape: shape, rowLimit: min(256, max(1, windows.rowCount)))
        var sum = 0.0
        for start in stride(from: 0, to: windows.rowCount, by: batch.rowLimit) {
            batch.removeRows()
            for row in start..<min(start + batch.rowLimit, windows.rowCount) {
                batch.append(row: row, of: windows, mask: mask)
            }
            if beta > 0 { batch.drawEpsilon(from: &source) }
            let parts = batch.forward(parameters: parameters, beta: beta)
            sum += parts.reconstruction + Double(beta) * parts.divergence
        }
        return sum / Double(windows.rowCount)
    }
}
