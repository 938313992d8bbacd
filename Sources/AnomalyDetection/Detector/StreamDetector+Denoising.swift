extension StreamDetector {
    /// Adds what the window that ends with a reading says of all readings in it, and writes those that no later one covers.
    func denoise(
        _ reference: RowReference, row: Int, at time: Timestamp, _ output: inout DetectionOutput,
        _ surroundings: Surroundings
    ) {
        // Slots are counted where readings settle.
        guard let layout = surroundings.workspace.rebuiltLayout, settling != nil else { return }
        var waiting = denoising ?? Denoising(layout: layout)
        denoising = nil
        let passed = waiting.passedCount(by: reference.slot)
        write(waiting, passed, &output)
        waiting.removeOldest(passed)
        let cells = (row * layout.width)..<((row + 1) * layout.width)
        waiting.append(
            at: time, slot: reference.slot, window: surroundings.workspace.rebuilt.span.extracting(cells))
        denoising = waiting
    }

    /// Writes all readings with what there is, and forgets them: another model takes over.
    func denoiseRest(_ output: inout DetectionOutput) {
        denoiseWaiting(&output)
        denoising = nil
    }

    /// Writes all readings with what there is; they go on waiting.
    func denoiseWaiting(_ output: inout DetectionOutput) {
        if let denoising { write(denoising, denoising.count, &output) }
    }

    private func write(_ waiting: Denoising, _ count: Int, _ output: inout DetectionOutput) {
        guard let model = live?.model else { return }
        for index in 0..<count {
            let start = output.denoisedValues.count
            output.denoised.append(
                DetectionOutput.DenoisedRow(
                    stream: stream, time: waiting.time(of: index), start: start, count: model.channelCount))
            output.denoisedValues.append(contentsOf: repeatElement(.nan, count: model.channelCount))
            for (place, channel) in waiting.layout.channels.enumerated() {
                output.denoisedValues[start + channel] = model.profiles[channel].denormalized(
                    waiting.mean(of: index, channel: place))
            }
        }
    }
}
