import LinearAlgebra
import RealModule
import Testing

struct SoftmaxTests {
    @Test(arguments: [1, 3, 7, 8, 9, 16, 64, 77], [Float(1), 0.35])
    func `softmax and the logarithm of its sum are those of double precision`(count: Int, scale: Float) {
        var source = RandomSource(seed: UInt64(count))
        let numbers = (0..<count).map { _ in Float(4 * source.normal() - 30) }
        var found = numbers
        var span = found.mutableSpan
        let logSum = replaceBySoftmax(&span, scale: scale)
        let powers = numbers.map { Double.exp(Double(scale) * Double($0)) }
        let sum = powers.reduce(0, +)
        #expect(abs(Double(logSum) - Double.log(sum)) < 1e-5)
        for (one, power) in zip(found, powers) { #expect(abs(Double(one) - power / sum) <= 3e-6 * power / sum + 1e-30) }
    }

    @Test(arguments: [Float(1e30), -1e30, 500, -500])
    func `numbers of any size have a softmax`(offset: Float) {
        for count in [2, 8, 11] {
            var numbers = [Float](repeating: offset, count: count)
            numbers[1] = offset * 1.5
            var span = numbers.mutableSpan
            let logSum = replaceBySoftmax(&span)
            #expect(abs(numbers.reduce(0, +) - 1) < 1e-5)
            #expect(logSum.isFinite)
            #expect(offset > 0 ? numbers[1] > 0.999 : numbers[1] < 1e-6)
        }
    }
}
