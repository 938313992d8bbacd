import AnomalyDetection
import Foundation
import RealModule
import TestSupport
import Testing
import VAE

/// The detector without training against the numbers that Fixtures/make_prototype.py wrote: the same series, the same rows to fit to,
/// the prototype's center and spread, and as many windows remembered as there.
@Suite(.enabled(if: LabelledSeries.areThere, Comment(rawValue: LabelledSeries.absence)))
struct PrototypeAgreementTests {
    /// What of single precision is left of an error, beside a thousandth: an error is a difference of energies around one.
    private static let rounding = 2e-5

    @Test(arguments: PrototypeNumbers.recorded) func `the linear path is the prototype's`(
        numbers: PrototypeNumbers
    ) throws {
        let network = try PrototypeStretch(numbers).network().network
        #expect(network.shape.latentCount == numbers.latentCount)
        #expect(network.shape.newestSlots == numbers.newestSlots)
        #expect(network.shape.horizons == numbers.foresight.map(\.horizon))
        expectAgreement([network.linear.residualVariance], [numbers.residualVariance], "residual variance")
        expectAgreement(network.linear.variances, numbers.variances, "variance")
    }

    @Test(arguments: PrototypeNumbers.recorded) func `windows are rebuilt as badly as the prototype's`(
        numbers: PrototypeNumbers
    ) throws {
        let stretch = try PrototypeStretch(numbers)
        let parts = try stretch.networkParts()
        expectAgreement([parts.rebuild.scale], [numbers.rebuild.scale], "scale of rebuild")
        let errors = stretch.replay(parts).rebuildErrors
        expectAgreement(
            numbers.rows.map { errors[$0 - numbers.firstWindow] }, numbers.rebuild.errors, "rebuild", numbers.rows)
    }

    @Test(arguments: PrototypeNumbers.recorded) func `readings are foretold as badly as by the prototype`(
        numbers: PrototypeNumbers
    ) throws {
        let stretch = try PrototypeStretch(numbers)
        let parts = try stretch.networkParts()
        let d = numbers.windowed.count
        let errors = stretch.replay(parts).foresightErrors(
            inverseVariances: parts.foresight.inverseVariances, isWhole: true)
        for (index, expected) in numbers.foresight.enumerated() {
            let what = "foresight \(expected.horizon) ahead"
            let variances = parts.foresight.inverseVariances[(index * d)..<((index + 1) * d)]
            expectAgreement(variances.map { (1 / $0).squareRoot() }, expected.deviations, "deviation of \(what)")
            expectAgreement([parts.foresight.scales[index]], [expected.scale], "scale of \(what)")
            expectAgreement(
                numbers.rows.map { errors[index][$0 - numbers.firstWindow] }, expected.errors, what, numbers.rows)
        }
    }

    @Test(arguments: PrototypeNumbers.recorded) func `the nearest windows are as far as the prototype's`(
        numbers: PrototypeNumbers
    ) throws {
        let stretch = try PrototypeStretch(numbers)
        let (part, training) = try stretch.memory()
        let errors = stretch.errors(part.layout, numbers.rows, network: try stretch.network(), part) {
            part.errorsApart($0, scratch: &$1) { _, _ in true }
        }
        for (place, expected) in numbers.memory.enumerated() {
            #expect(expected.kind == (place == 0 ? "centred" : "shape"))
            for (index, side) in [expected.even, expected.newest].enumerated() {
                let what = "\(expected.kind), \(index == 0 ? "evenly" : "to the newest")"
                expectAgreement(
                    [ModelFitter.highQuantile(of: training.map { $0[2 * place + index] })], [side.scale],
                    "scale of \(what)")
                // Where the second nearest is as near but for the rounding of single precision, it may be the one that is found.
                let sure = numbers.rows.indices.filter { expected.gaps[$0] > 2e-6 }
                #expect(sure.count > numbers.rows.count * 8 / 10)
                expectAgreement(
                    sure.map { errors[$0][2 * place + index] }, sure.map { side.errors[$0] }, what,
                    sure.map { numbers.rows[$0] })
            }
        }
    }

    @Test(arguments: PrototypeNumbers.recorded) func `courses are as far from remembered ones as the prototype's`(
        numbers: PrototypeNumbers
    ) throws {
        let stretch = try PrototypeStretch(numbers)
        #expect(numbers.context.map(\.length) == Context.lengths.filter { 3 * $0 <= numbers.trainRows })
        for expected in numbers.context {
            let (part, training) = try stretch.context(length: expected.length)
            let what = "course of \(expected.length) slots"
            expectAgreement([ModelFitter.highQuantile(of: training)], [expected.scale], "scale of \(what)")
            expectAgreement(stretch.ratios(part, numbers.rows), expected.errors, what, numbers.rows)
        }
    }

    @Test(arguments: PrototypeNumbers.recorded) func `statistics are as far from remembered ones as the prototype's`(
        numbers: PrototypeNumbers
    ) throws {
        let stretch = try PrototypeStretch(numbers)
        #expect(numbers.statistics.map(\.length) == RollingStatistics.lengths.filter { 3 * $0 <= numbers.trainRows })
        for expected in numbers.statistics {
            let (part, training) = try stretch.statistics(length: expected.length)
            let what = "statistics of \(expected.length) slots"
            expectAgreement([ModelFitter.highQuantile(of: training)], [expected.scale], "scale of \(what)")
            expectAgreement(stretch.ratios(part, numbers.rows), expected.errors, what, numbers.rows)
        }
    }

    /// The prototype counts the rows in which any channel is novel, Harken those of the channel that is so most often, as its
    /// explanation counts by channel. So Harken's number is the smaller where channels take turns, and the same otherwise.
    @Test(arguments: PrototypeNumbers.recorded) func `novelty is the prototype's, of the worst channel`(
        numbers: PrototypeNumbers
    ) throws {
        let stretch = try PrototypeStretch(numbers)
        let found = stretch.ratios(stretch.novelty, numbers.rows)
        expectAgreement(found, numbers.noveltyOfWorst, "novelty", numbers.rows)
        for (index, novelty) in numbers.novelty.enumerated() {
            #expect(Double(found[index]) <= novelty + 1e-6)
            #expect((found[index] > 0) == (novelty > 0))
        }
    }

    /// The prototype's first rows have shorter windows than the part's, so the past from which it fades begins with theirs.
    @Test(arguments: PrototypeNumbers.recorded) func `standing still is the prototype's, and fades as there`(
        numbers: PrototypeNumbers
    ) throws {
        let stretch = try PrototypeStretch(numbers)
        let part = stretch.stuck
        expectAgreement(stretch.ratios(part, numbers.rows), numbers.stillness, "standing still", numbers.rows)
        let faded = stretch.stuckSums
        expectAgreement(numbers.rows.map { faded.sums[$0] }, numbers.stuck, "stuck", numbers.rows)
    }

    /// All parts with their weights, over the scales that training finds, as the live stream adds them up.
    @Test(arguments: PrototypeNumbers.recorded) func `the sum of evidence is the prototype's`(
        numbers: PrototypeNumbers
    ) throws {
        let stretch = try PrototypeStretch(numbers)
        let (sums, heldSums) = try stretch.liveSums()
        for (index, row) in numbers.rows.enumerated() {
            // Where channels take turns, the prototype's novelty is larger, with a weight of three.
            let sum = numbers.sum[index] - 3 * (numbers.novelty[index] - numbers.noveltyOfWorst[index])
            let isSure = numbers.memory.allSatisfy { $0.gaps[index] > 2e-6 }
            let isNear = abs(Double(sums[row]) / sum - 1) < (isSure ? 1e-3 : 1e-2)
            #expect(isNear, "the sum of row \(row) is \(sums[row]), not \(sum)")
        }
        for (place, expected) in numbers.replay.sums.enumerated() where numbers.noveltiesAgree {
            let (row, live) = (numbers.trainRows + place, numbers.replay.live[place])
            #expect(abs(Double(sums[row]) / expected - 1) < 3e-3, "row \(row): \(sums[row]), not \(expected)")
            #expect(abs(1.5 * Double(heldSums[row]) / live - 1) < 3e-3, "row \(row): \(heldSums[row]), not \(live)")
        }
    }

    /// The prototype adds half of what is held, Harken divides by one and a half beside, so that a steady sum stays what it is.
    @Test(arguments: PrototypeNumbers.recorded) func `what is held and what settles is the prototype's`(
        numbers: PrototypeNumbers
    ) {
        var held = HeldEvidence()
        held.meanCube = Float(numbers.replay.evidence)
        let live = numbers.replay.sums.map { held.follow(Float($0)) }
        expectAgreement(live.map { 1.5 * $0 }, numbers.replay.live, "live", numbers.rows)
        let settled = Settling.settledSums(of: live).prefix(numbers.replay.settled.count)
        expectAgreement(settled.map { 1.5 * $0 }, numbers.replay.settled, "settled", numbers.rows)
    }

    @Test func `the numbers have something of everything in them`() {
        let all = PrototypeNumbers.recorded
        #expect(all.count == 3)
        #expect(all.contains { $0.novelty.count { $0 > 0 } >= 10 })
        #expect(all.contains { $0.stuck.count { $0 > 0 } >= 10 })
        #expect(all.contains { $0.windowed.count > 1 } && all.contains { $0.windowed.count == 1 })
        #expect(all.contains { $0.trainRows < DetectorSettings.residualReadings })
        #expect(all.contains { $0.trainRows > 1_500 + $0.windowLength }, "more windows than are remembered")
        #expect(all.allSatisfy { $0.rows.count >= 50 && $0.sum.contains { $0 > 8 } })
    }

    /// Each found number is within a thousandth of the expected one, and what single precision leaves beside zero.
    private func expectAgreement(
        _ found: [Float], _ expected: [Double], _ what: String, _ rows: [Int] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(found.count == expected.count, "\(what)", sourceLocation: sourceLocation)
        for (index, (found, expected)) in zip(found, expected).enumerated() {
            let isNear = abs(Double(found) - expected) <= 1e-3 * abs(expected) + Self.rounding
            let place = rows.indices.contains(index) ? "row \(rows[index])" : "number \(index)"
            #expect(
                isNear, "\(what), \(place): \(found), not \(expected), off by \(Double(found) / expected - 1)",
                sourceLocation: sourceLocation)
        }
    }
}
