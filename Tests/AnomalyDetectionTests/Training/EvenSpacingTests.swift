import AnomalyDetection
import Testing
import VAE

/// Which windows of a long history are taken.
struct EvenSpacingTests {
    @Test(arguments: [1, 2, 2_499, 2_500, 2_501, 9_000])
    func `so many elements are taken at most, the first and the last among them`(
        count: Int
    ) {
        let taken = Array(0..<count).evenlySpaced(limit: 2_500)
        #expect(taken.count == min(count, 2_500))
        #expect(taken.first == 0 && taken.last == count - 1)
        #expect(zip(taken, taken.dropFirst()).allSatisfy { $0 < $1 })
    }
}
