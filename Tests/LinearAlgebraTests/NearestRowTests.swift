import LinearAlgebra
import Testing

struct NearestRowTests {
    @Test(arguments: [1, 2, 7, 8, 9, 100, 1_503], UInt64(1)...5)
    func `the nearest is the smallest of offset less twice the product`(count: Int, seed: UInt64) {
        var source = RandomSource(seed: seed)
        let (products, offsets) = (randomElements(count, from: &source), randomElements(count, from: &source))
        let distances = products.indices.map { offsets[$0] - 2 * products[$0] }
        let found = NearestRow.smallest(products: products.span, offsets: offsets.span)
        for kernel in ProductKernel.allCases.filter(\.isSupported) {
            #expect(NearestRow.smallest(products: products.span, offsets: offsets.span, using: kernel) == found)
        }
        #expect(distances.min().map { abs($0 - found.value) < 1e-6 } == true)
        #expect(abs(distances[found.place] - found.value) < 1e-6)
    }

    @Test(arguments: [3, 8, 20]) func `of several that are as near the first is taken`(count: Int) {
        let (products, offsets) = ([Float](repeating: 2, count: count), [Float](repeating: 1, count: count))
        let found = NearestRow.smallest(products: products.span, offsets: offsets.span)
        #expect(found.value == -3 && found.place == 0)
    }

    @Test(arguments: 0..<17) func `what is not a number is not the nearest`(place: Int) {
        var products = [Float](repeating: 1, count: 17)
        products[place] = .nan
        var offsets = [Float](repeating: 9, count: 17)
        offsets[(place + 5) % 17] = 4
        let found = NearestRow.smallest(products: products.span, offsets: offsets.span)
        #expect(found.value == 2 && found.place == (place + 5) % 17)
    }

    @Test(arguments: [1, 7, 8, 9, 31, 400], UInt64(1)...5)
    func `the nearest course and shape are those of the windows themselves`(count: Int, seed: UInt64) {
        let width = 12
        var source = RandomSource(seed: seed)
        // Less its own mean each, as courses are compared; shapes are brought to a scale of their own as well.
        func course() -> [Float] {
            let window = randomElements(width, from: &source)
            let mean = window.reduce(0, +) / Float(width)
            return window.map { $0 - mean }
        }
        func product(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        func distance(_ a: [Float], _ b: [Float]) -> Float {
            zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        }
        let (window, remembered) = (course(), (0..<count).map { _ in course() })
        func gain(_ course: [Float]) -> Float { 1 / (product(course, course) / Float(width) + 0.01).squareRoot() }
        let energies = remembered.map { product($0, $0) }
        let (products, gains) = (remembered.map { product($0, window) }, remembered.map(gain))
        let all = ProductKernel.allCases.filter(\.isSupported).map { kernel in
            NearestRow.nearestWindows(
                products: products.span, bases: energies.span, energies: energies.span, gains: gains.span,
                base: product(window, window), energy: product(window, window), gain: gain(window), using: kernel)
        }
        let found = all[0]
        #expect(all.allSatisfy { $0 == found })

        let centered = remembered.map { distance($0, window) }
        let shapes = remembered.map { other in
            distance(other.map { $0 * gain(other) }, window.map { $0 * gain(window) })
        }
        #expect(centered.min().map { centered[found.centered] < $0 + 1e-4 } == true)
        #expect(shapes.min().map { shapes[found.shape] < $0 + 1e-4 } == true)
    }
}
