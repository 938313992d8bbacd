import CProducts

/// Which of many remembered points is the nearest, from the products of a point with all of them; of several the first.
///
/// All kernels give the same bits.
package enum NearestRow {
    /// The smallest of `offset − 2 · product`, and where it is.
    ///
    /// With the squared norms of remembered points as offsets this is the squared distance to the nearest of them, less the
    /// point's own squared norm. Both are (remembered), of at least one.
    package static func smallest(
        products: Span<Float>, offsets: Span<Float>, using kernel: ProductKernel = .best
    ) -> (value: Float, place: Int) {
        precondition(products.count == offsets.count && !products.isEmpty && kernel.isSupported)
        var nearest = harken_nearest()
        // SAFETY: the function reads as many elements of both as both have.
        unsafe products.withUnsafeBufferPointer { products in
            unsafe offsets.withUnsafeBufferPointer { offsets in
                unsafe harken_find_nearest(
                    kernel.code, products.baseAddress, offsets.baseAddress, products.count, &nearest)
            }
        }
        return (nearest.value, nearest.place)
    }

    /// Where the nearest of remembered windows is, by the distance of their courses (each less its own mean) and by that of their shapes
    /// (each brought to its own scale as well).
    ///
    /// `products` are those of a window with the remembered ones, less those of their means; `bases` the energies of the
    /// remembered ones, `energies` these less what they leave outside the coordinates, `gains` their scales; the window has its own
    /// `base`, `energy` and `gain`. All spans are (remembered), of at least one.
    package static func nearestWindows(
        products: Span<Float>, bases: Span<Float>, energies: Span<Float>, gains: Span<Float>, base: Float,
        energy: Float, gain: Float, using kernel: ProductKernel = .best
    ) -> (centered: Int, shape: Int) {
        precondition(
            products.count == bases.count && products.count == energies.count && products.count == gains.count
                && !products.isEmpty && kernel.isSupported)
        var (course, shape) = (harken_nearest(), harken_nearest())
        // SAFETY: the function reads as many elements of each as all have.
        unsafe products.withUnsafeBufferPointer { products in
            unsafe bases.withUnsafeBufferPointer { bases in
                unsafe energies.withUnsafeBufferPointer { energies in
                    unsafe gains.withUnsafeBufferPointer { gains in
                        unsafe harken_find_nearest_windows(
                            kernel.code, products.baseAddress, bases.baseAddress, energies.baseAddress,
                            gains.baseAddress, products.count, base, energy, gain, &course, &shape)
                    }
                }
            }
        }
        return (course.place, shape.place)
    }
}
