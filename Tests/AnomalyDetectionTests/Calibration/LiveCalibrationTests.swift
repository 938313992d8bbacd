import AnomalyDetection
import RealModule
import Testing

struct LiveCalibrationTests {
    private static let day = 86_400
    /// The share of what the training said that is left after a day of readings by the second.
    private static let leftAfterDay = Double.exp(-Double(day) / LiveCalibration.memory)
    private static let asked = [1e-2, 1e-3, 1e-4]

    /// The shares of sums over scores.
    private func shares(of sums: [Float], over scores: [Double], _ score: (Float) -> Float) -> [Double] {
        let all = sums.map { Double(score($0)) }
        return scores.map { level in Double(all.count { $0 >= level }) / Double(all.count) }
    }

    private func follow(_ sums: some Sequence<Float>, below level: Float, _ live: inout LiveCalibration) {
        for sum in sums { _ = live.count(sum, below: level) }
    }

    /// How far the natural logarithm of an observed share may lie from that of the asked one.
    ///
    /// A tail fitted by maximum likelihood to n excesses has the covariance (2, −1; −1, 1) ÷ n of scale and shape, which for
    /// the share that lies y = ln(0.1 ÷ asked) scales out makes the variance (2y² − y³ + y⁴ ÷ 4) ÷ n, taken at the shape 0,
    /// where it is largest; to it come 9 ÷ n of the share in the tail itself and that of the sums that are looked at. Three and
    /// a half standard deviations of the mean over the samples, and the distribution's own misfit.
    private func bound(_ index: Int, excesses: Double, fresh: Double, samples: Int, misfit: [Double]) -> Double {
        let y = Double.log(0.1 / Self.asked[index])
        let fitted = (9 + 2 * y * y - y * y * y + y * y * y * y / 4) / excesses
        let counted = 1 / (fresh * Self.asked[index])
        return 3.5 * ((fitted + counted) / Double(samples)).squareRoot() + misfit[index]
    }

    /// The table of asked against observed shares. Over short samples the shares themselves scatter by powers of ten, so what
    /// is held is the mean of their logarithms.
    @Test(arguments: SumSource.Kind.allCases, [200, 1_000, 100_000])
    func `of normal readings as many exceed a score as it says, right after training and after a day`(
        kind: SumSource.Kind, count: Int
    ) {
        let (samples, freshCount) = (6, 100_000)
        var before = [Double](repeating: 0, count: 3)
        var after = before
        for seed in 1...UInt64(samples) {
            var source = SumSource(kind, seed: seed)
            let calibration = ScoreCalibration(sums: source.sample(count))
            var live = LiveCalibration(calibration)
            let level = Float(calibration.sum(atScore: 3))
            let fresh = source.sample(freshCount)
            for (index, share) in shares(of: fresh, over: [2, 3, 4], calibration.score).enumerated() {
                before[index] += Double.log((share + 0.5 / Double(freshCount)) / Self.asked[index]) / Double(samples)
            }
            follow(source.sample(Self.day), below: level, &live)
            let later = shares(of: fresh, over: [2, 3, 4], live.score)
            for (index, share) in later.enumerated() {
                after[index] += Double.log((share + 0.5 / Double(freshCount)) / Self.asked[index]) / Double(samples)
            }
            let body = shares(of: fresh, over: [-Double.log10(0.5), 1], live.score)
            let error =
                4 * (kind.clusterLength / LiveCalibration.memory).squareRoot()
                + Self.leftAfterDay * 4 * (kind.clusterLength / Double(count)).squareRoot()
            #expect(abs(body[0] / 0.5 - 1) < error + 0.01, "\(body[0]) of readings are in the upper half")
            #expect(abs(body[1] / 0.1 - 1) < 3 * error + 0.02, "\(body[1]) of readings are in the upper tenth")
        }
        let text = zip(before, after).enumerated().map { index, logs in
            "\(Self.asked[index]): \(rounded(Double.exp(logs.0) * Self.asked[index])) → "
                + "\(rounded(Double.exp(logs.1) * Self.asked[index]))"
        }
        print("\(kind.rawValue), \(count) sums, asked: observed → after a day: \(text.joined(separator: ", "))")
        for index in 0..<3 {
            let fresh = Double(freshCount) / kind.clusterLength
            let trained = 0.1 * Double(count) / kind.clusterLength
            #expect(
                abs(before[index])
                    < bound(index, excesses: trained, fresh: fresh, samples: samples, misfit: kind.misfit))
            // What is forgotten with a time constant leaves twice as many. Seen no further than the level, a tail is known a
            // quarter as well. After a day a part is left of what the training said, error and all.
            let learned = 0.1 * 2 * LiveCalibration.memory / kind.clusterLength / 4
            let rest =
                Self.leftAfterDay * bound(index, excesses: trained, fresh: fresh, samples: samples, misfit: [0, 0, 0])
            #expect(
                abs(after[index])
                    < bound(index, excesses: learned, fresh: fresh, samples: samples, misfit: kind.misfit) + rest)
        }
    }

    private func rounded(_ share: Double) -> String {
        let digits = Double.exp10(2 - Double.log10(share).rounded(.down))
        return "\((share * digits).rounded() / digits)"
    }

    @Test(arguments: UInt64(1)...3) func `a slow drift of normal is followed`(seed: UInt64) {
        var source = SumSource(.exponential, seed: seed)
        let calibration = ScoreCalibration(sums: source.sample(5_000))
        var live = LiveCalibration(calibration)
        let days = 10
        for reading in 0..<(days * Self.day) {
            let scale = 1 + Float(reading) / Float(days * Self.day)
            _ = live.count(source.draw() * scale, below: 40)
        }
        let fresh = source.sample(100_000).map { 2 * $0 }
        let levels = [-Double.log10(0.5), 1, 2]
        let followed = shares(of: fresh, over: levels, live.score)
        let left = shares(of: fresh, over: levels, calibration.score)
        #expect(left[2] > 0.06, "twice the sums are ten times as often over the old score of 2")
        // The calibration lags by its memory, 5 % of the drift: 3.5 % in the median, 12 % and 24 % of the shares above.
        #expect(abs(followed[0] - 0.5) < 0.04 && abs(followed[1] - 0.1) < 0.025)
        #expect(followed[2] > 0.008 && followed[2] < 0.0145)
    }

    /// Ten minutes are one part in 72 of what is remembered, so of what scores 3 no more than one reading in 72 is
    /// learned to score as much, which is a score of 1.85.
    @Test func `ten minutes of what is odd and raises no alert do not make it normal`() {
        var source = SumSource(.exponential, seed: 4)
        var live = LiveCalibration(ScoreCalibration(sums: source.sample(20_000)))
        follow(source.sample(Self.day), below: 20, &live)
        let odd = Float(live.current.sum(atScore: 3))
        follow(Array(repeating: odd, count: 600), below: 20, &live)
        #expect(live.score(odd) < 3 && live.score(odd) > 1.85, "\(live.score(odd))")
        follow(source.sample(Self.day), below: 20, &live)
        #expect(live.score(odd) > 2.7, "it is forgotten, \(live.score(odd))")
    }

    @Test func `what is at or over the level at which alerts fire is not counted`() {
        var source = SumSource(.exponential, seed: 5)
        let trained = LiveCalibration(ScoreCalibration(sums: source.sample(1_000)))
        var live = trained
        follow((0..<5_000).map { 8 + Float($0 % 7) }, below: 8, &live)
        #expect(live == trained)
        // Within the body of normal there is nothing to learn a tail from.
        follow(source.sample(5_000), below: 1, &live)
        #expect(live == trained)
    }

    /// Taken for all of normal, what is seen below a score of 2 would end there, and all that lies beyond would be too rare by far.
    /// What is known of the tail from below that level alone is good to a third at the level, and to a factor of five beyond.
    @Test(arguments: UInt64(1)...3) func `a level that cuts normal off does not make its tail look thin`(seed: UInt64) {
        var source = SumSource(.exponential, seed: seed)
        let calibration = ScoreCalibration(sums: source.sample(100_000))
        var live = LiveCalibration(calibration)
        let level = Float(calibration.sum(atScore: 2))
        follow(source.sample(5 * Self.day), below: level, &live)
        let share = shares(of: source.sample(200_000), over: [2, 3], live.score)
        #expect(share[0] > 0.0067 && share[0] < 0.0133, "\(share)")
        #expect(share[1] > 0.0002 && share[1] < 0.005, "\(share)")
    }

    @Test(arguments: [[0.0], [1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9], [1, 2]], [Float(0), 1, 1e-9, 1e9])
    func `a poor sample and poor readings make no calibration that is not a number`(sums: [Double], reading: Float) {
        var live = LiveCalibration(ScoreCalibration(sums: sums.map { Float($0) }))
        for count in 0..<20_000 { _ = live.count(count % 9 == 0 ? reading * 1.5 : reading, below: 1e12) }
        var last: Float = -1
        for sum in [-1, 0, 1e-9, 0.5, 1, 10, 1e6, 1e9, 1e12] as [Float] {
            let score = live.score(sum)
            #expect(score.isFinite && score >= last)
            last = score
        }
        #expect(live.current.knots.allSatisfy { $0.isFinite })
    }

    @Test(arguments: SumSource.Kind.allCases) func `a larger sum never has a lower score`(kind: SumSource.Kind) {
        var source = SumSource(kind, seed: 7)
        let calibration = ScoreCalibration(sums: source.sample(500))
        var live = LiveCalibration(calibration)
        for _ in 0..<60 {
            follow(source.sample(LiveCalibration.blockLength), below: 30, &live)
            #expect(zip(live.current.knots, live.current.knots.dropFirst()).allSatisfy { $0 <= $1 })
            var last: Float = -1
            for sum in source.sample(300).sorted() {
                #expect(live.score(sum) >= last)
                last = live.score(sum)
            }
            #expect(abs(live.score(Float(live.current.sum(atScore: 5))) - 5) < 1e-3)
        }
    }
}
