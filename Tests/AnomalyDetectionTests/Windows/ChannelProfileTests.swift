import AnomalyDetection
import LinearAlgebra
import Testing

struct ChannelProfileTests {
    private func normals(_ count: Int, seed: UInt64, center: Double = 20, deviation: Double = 3) -> [Double] {
        var random = RandomSource(seed: seed)
        return (0..<count).map { _ in center + deviation * random.normal() }
    }

    @Test(arguments: UInt64(1)...5) func `a channel that moves is continuous`(seed: UInt64) {
        let profile = ChannelProfile(learnedFrom: normals(2_000, seed: seed))
        #expect(profile.role == .continuous)
        #expect(abs(profile.center - 20) < 0.3)
        #expect(abs(profile.spread / 3 - 1) < 0.1)
        #expect(profile.knownValues.isEmpty)
        #expect(profile.missingShare == 0)
    }

    @Test(
        arguments: [
            ([5, 5, 5, 5], ChannelRole.constant, [5]), ([0, 1, 1, 0], .state, [0, 1]),
            ([3, 1, 2, 2, 1], .state, [1, 2, 3]), ([1, 2, 3, 4], .continuous, []), ([], .constant, []),
            ([.nan, .nan], .constant, []), ([.nan, 7], .constant, [7]),
            ([1e-12, 2e-12, 0, 3e-12, 1e-12], .constant, nil),
        ] as [([Double], ChannelRole, [Double]?)])
    func `the role follows from the distinct values`(values: [Double], role: ChannelRole, known: [Double]?) {
        let profile = ChannelProfile(learnedFrom: values)
        #expect(profile.role == role)
        if let known { #expect(profile.knownValues == known) }
        #expect(profile.spread > 0)
    }

    @Test(arguments: UInt64(1)...5) func `one outlier does not blunt the channel`(seed: UInt64) {
        var values = normals(5_000, seed: seed)
        let clean = ChannelProfile(learnedFrom: values)
        values[2_500] = 1e9
        let profile = ChannelProfile(learnedFrom: values)
        #expect(abs(profile.spread / clean.spread - 1) < 0.02)
        #expect(abs(profile.center - clean.center) < 0.02)
    }

    @Test func `a channel that rarely moves keeps a spread`() {
        var values = [Double](repeating: 4, count: 20_000)
        for (offset, value) in [5.0, 6, 7, 8].enumerated() { values[1_000 * offset + 500] = value }
        let profile = ChannelProfile(learnedFrom: values)
        #expect(profile.role == .continuous)
        #expect(profile.spread > 0.01)
        #expect(profile.normalized(4).isFinite)
    }

    @Test func `missing values are counted and not learned from`() {
        let values = (0..<100).map { $0.isMultiple(of: 4) ? Double.nan : Double($0 % 9) }
        let profile = ChannelProfile(learnedFrom: values)
        #expect(profile.missingShare == 0.25)
        #expect(abs(profile.center - values.filter(\.isFinite).reduce(0, +) / 75) < 1e-9)
    }

    @Test func `infinite values are taken for missing`() {
        let profile = ChannelProfile(learnedFrom: [.infinity, 1, 2, 3, 4, -.infinity])
        #expect(profile.center == 2.5)
    }

    @Test(arguments: UInt64(1)...5) func `normalizing and back gives the value again`(seed: UInt64) {
        let values = normals(500, seed: seed, center: 1_000, deviation: 12)
        let profile = ChannelProfile(learnedFrom: values)
        for value in values { #expect(abs(profile.denormalized(profile.normalized(value)) - value) < 1e-3) }
    }

    @Test func `a normalized value is clipped`() {
        let profile = ChannelProfile(role: .continuous, center: 10, spread: 2, knownValues: [], missingShare: 0)
        #expect(profile.normalized(14) == 2)
        #expect(profile.normalized(1e12) == ChannelProfile.clip)
        #expect(profile.normalized(-1e300) == -ChannelProfile.clip)
    }

    @Test func `a known value is known up to rounding`() {
        let profile = ChannelProfile(learnedFrom: [0, 1_000, 0, 1_000])
        #expect(profile.knows(1_000) && profile.knows(1e-7) && !profile.knows(999) && !profile.knows(500))
    }

    @Test(arguments: [(0.0, 1.0), (0.5, 2.5), (1, 4), (0.25, 1.75), (-1, 1), (2, 4)])
    func `a quantile is interpolated between its neighbors`(share: Double, expected: Double) {
        #expect(quantile(ofSorted: [1, 2, 3, 4], share) == expected)
        #expect(quantile(ofSorted: [7], share) == 7)
    }
}
