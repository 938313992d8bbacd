/// Which of many remembered points is the nearest, from the products of a point with all of them.
package enum NearestRow {
    /// The smallest of `offset − 2 · product`, and where it is.
    ///
    /// With the squared norms of remembered points as offsets this is the squared distance to the nearest of them, less the
    /// point's own squared norm. Both are (remembered), of at least one.
    package static func smallest(products: Span<Float>, offsets: Span<Float>) -> (value: Float, place: Int) {
        precondition(products.count == offsets.count && !products.isEmpty)
        var best = Best()
        // SAFETY: every load covers eight elements from an index of at most count − 8 of either.
        unsafe products.withUnsafeBytes { products in
            unsafe offsets.withUnsafeBytes { offsets in
                let lanes = products.count / MemoryLayout<Float>.stride / 8
                for lane in 0..<lanes {
                    let offset = lane * 8 * MemoryLayout<Float>.stride
                    let product = unsafe products.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
                    let norm = unsafe offsets.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
                    best.take(norm - 2 * product, lane: lane)
                }
            }
        }
        var (value, place) = best.reduced
        for index in (products.count - products.count % 8)..<products.count {
            let distance = offsets[index] - 2 * products[index]
            if distance < value { (value, place) = (distance, index) }
        }
        return (value, place)
    }

    /// Where the nearest of remembered windows is, by the distance of their courses (each less its own mean) and by that of their shapes
    /// (each brought to its own scale as well).
    ///
    /// `products` are those of a window with the remembered ones, less those of their means; `bases` the energies of the
    /// remembered ones, `energies` these less what they leave outside the coordinates, `gains` their scales; the window has its own
    /// `base`, `energy` and `gain`. All spans are (remembered), of at least one.
    package static func nearestWindows(
        products: Span<Float>, bases: Span<Float>, energies: Span<Float>, gains: Span<Float>, base: Float,
        energy: Float, gain: Float
    ) -> (centered: Int, shape: Int) {
        precondition(
            products.count == bases.count && products.count == energies.count && products.count == gains.count
                && !products.isEmpty)
        var (centered, shape) = (Best(), Best())
        let (ownBase, ownEnergy, ownGain) = (
            SIMD8<Float>(repeating: base), SIMD8<Float>(repeating: energy), SIMD8<Float>(repeating: gain)
        )
        let ownShape = SIMD8<Float>(repeating: gain * gain * energy)
        let zero = SIMD8<Float>()
        // SAFETY: every load covers eight elements from an index of at most count − 8 of each.
        unsafe products.withUnsafeBytes { products in
            unsafe bases.withUnsafeBytes { bases in
                unsafe energies.withUnsafeBytes { energies in
                    unsafe gains.withUnsafeBytes { gains in
                        for lane in 0..<(products.count / MemoryLayout<Float>.stride / 8) {
                            let offset = lane * 8 * MemoryLayout<Float>.stride
                            let product = unsafe products.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
                            let other = unsafe bases.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
                            let energy = unsafe energies.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
                            let gain = unsafe gains.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
                            let difference = ownBase + other - 2 * product
                            let distance = difference.replacing(with: zero, where: difference .< zero)
                            centered.take(distance, lane: lane)
                            let scaled = ownShape + gain * gain * energy
                            shape.take(scaled - ownGain * gain * (ownEnergy + energy - distance), lane: lane)
                        }
                    }
                }
            }
        }
        var (nearest, alike) = (centered.reduced, shape.reduced)
        for index in (products.count - products.count % 8)..<products.count {
            let distance = max(base + bases[index] - 2 * products[index], 0)
            if distance < nearest.value { nearest = (distance, index) }
            let scaled = gain * gain * energy + gains[index] * gains[index] * energies[index]
            let other = scaled - gain * gains[index] * (energy + energies[index] - distance)
            if other < alike.value { alike = (other, index) }
        }
        return (nearest.place, alike.place)
    }

    /// The smallest value of each lane so far, and where it was.
    private struct Best {
        private var values = SIMD8<Float>(repeating: .infinity)
        private var lanes = SIMD8<Int32>()

        @inline(__always)
        mutating func take(_ candidates: SIMD8<Float>, lane: Int) {
            let isSmaller = candidates .< values
            values.replace(with: candidates, where: isSmaller)
            lanes.replace(with: SIMD8(repeating: Int32(lane)), where: isSmaller)
        }

        /// The smallest of all lanes; of equal ones the first.
        var reduced: (value: Float, place: Int) {
            var best = (value: Float.infinity, place: 0)
            for lane in 0..<8 {
                let place = Int(lanes[lane]) * 8 + lane
                if values[lane] < best.value || (values[lane] == best.value && place < best.place) {
                    best = (values[lane], place)
                }
            }
            return best
        }
    }
}
