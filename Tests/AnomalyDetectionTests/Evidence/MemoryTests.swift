import AnomalyDetection
import LinearAlgebra
import RealModule
import Testing

struct MemoryTests {
    /// A window of sines whose phases, levels and amplitudes differ from channel to channel and from window to window.
    private static func course(length: Int, channels: Int, random: inout RandomSource) -> [Float] {
        let shape = (0..<channels).map { _ in (random.uniform() * 6.28, random.normal(), 1 + random.uniform()) }
        return (0..<(length * channels)).map { cell in
            let (phase, level, amplitude) = shape[cell % channels]
            let angle = Float(phase) + Float(cell / channels) * 6.28 / Float(length)
            return Float(level) + Float(amplitude) * Float.sin(angle)
        }
    }

    private func courses(_ count: Int, _ layout: WindowLayout, seed: UInt64) -> [[Float]] {
        var random = RandomSource(seed: seed)
        return (0..<count).map { _ in
            Self.course(length: layout.length, channels: layout.channels.count, random: &random)
        }
    }

    private func memory(_ windows: [[Float]], _ layout: WindowLayout, _ form: Memory.Form) throws -> Memory {
        try Memory(
            remembering: Matrix(rows: windows.count, columns: layout.width, elements: windows.flatMap { $0 }),
            layout: layout, form: form)
    }

    /// The window as the form compares it, written down once more.
    private func formed(_ window: [Float], _ form: Memory.Form, channels: Int) -> [Float] {
        guard form != .level else { return window }
        var result = window
        for channel in 0..<channels {
            let cells = Array(stride(from: channel, to: window.count, by: channels))
            let mean = cells.map { window[$0] }.reduce(0, +) / Float(cells.count)
            let squares = cells.map { (window[$0] - mean) * (window[$0] - mean) }.reduce(0, +)
            let deviation = (squares / Float(cells.count)).squareRoot()
            for cell in cells { result[cell] = (window[cell] - mean) / (form == .shape ? max(0.2, deviation) : 1) }
        }
        return result
    }

    private func squaredDistance(_ x: [Float], _ y: [Float]) -> Float {
        zip(x, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }

    // MARK: Distances

    /// Sixteen cells have no more than sixteen principal directions, so that nothing of a window is left over.
    @Test(arguments: Memory.Form.allCases, UInt64(1)...3)
    func `the error is the squared distance per cell to the nearest remembered window`(
        form: Memory.Form, seed: UInt64
    ) throws {
        let layout = WindowLayout(length: 8, channels: [0, 1])
        let remembered = courses(300, layout, seed: seed)
        let part = try memory(remembered, layout, form)
        #expect(part.dimensionCount == 16)
        let fresh = courses(40, layout, seed: seed + 100)
        let known = remembered.map { formed($0, form, channels: 2) }
        let found = part.errors(of: WindowBlock(fresh, layout: layout))
        for (row, window) in fresh.enumerated() {
            let own = formed(window, form, channels: 2)
            let nearest = known.map { squaredDistance(own, $0) }.min() ?? .infinity
            #expect(abs(found[row] - nearest / 16) < 1e-3 * nearest / 16 + 1e-5)
        }
    }

    @Test(arguments: Memory.Form.allCases) func `a window that is remembered whole is at no distance`(
        form: Memory.Form
    ) throws {
        let layout = WindowLayout(length: 8, channels: [0, 1])
        let remembered = courses(64, layout, seed: 4)
        let errors = try memory(remembered, layout, form).errors(of: WindowBlock(remembered, layout: layout))
        #expect(errors.allSatisfy { $0 >= 0 && $0 < 1e-5 })
    }

    /// With more cells than directions, what the directions do not hold of the two windows adds up.
    @Test(arguments: UInt64(1)...3) func `the energies of both remainders are added`(seed: UInt64) throws {
        let layout = WindowLayout(length: 24, channels: [0, 1, 2])
        var random = RandomSource(seed: seed)
        let remembered = (0..<200).map { _ in (0..<layout.width).map { _ in Float(random.normal()) } }
        let part = try memory(remembered, layout, .level)
        #expect(part.dimensionCount == Memory.dimensionLimit)
        let fresh = (0..<20).map { _ in (0..<layout.width).map { _ in Float(random.normal()) } }
        let found = part.errors(of: WindowBlock(fresh, layout: layout))

        func split(_ window: [Float]) -> (coordinates: [Float], remainder: Float) {
            let centered = zip(window, part.mean).map { $0 - $1 }
            let coordinates = (0..<part.dimensionCount).map { dimension in
                zip(centered, part.directions[(dimension * layout.width)...]).reduce(Float(0)) { $0 + $1.0 * $1.1 }
            }
            let held = coordinates.reduce(0) { $0 + $1 * $1 }
            return (coordinates, centered.reduce(0) { $0 + $1 * $1 } - held)
        }
        let known = remembered.map(split)
        for (row, window) in fresh.enumerated() {
            let own = split(window)
            let nearest =
                known.map { squaredDistance(own.coordinates, $0.coordinates) + own.remainder + $0.remainder }.min() ?? 0
            #expect(abs(found[row] * Float(layout.width) / nearest - 1) < 1e-3)
        }
    }

    // MARK: Forms

    private func change(
        _ form: Memory.Form, _ layout: WindowLayout = WindowLayout(length: 32, channels: [0, 1]),
        by change: ([Float]) -> [Float]
    ) throws -> Float {
        let part = try memory(courses(300, layout, seed: 1), layout, form)
        let fresh = courses(30, layout, seed: 2)
        let plain = part.errors(of: WindowBlock(fresh, layout: layout))
        let changed = part.errors(of: WindowBlock(fresh.map(change), layout: layout))
        return zip(plain, changed).map { abs($0 - $1) }.max() ?? .nan
    }

    @Test func `a level matters to the level alone`() throws {
        let shifted: ([Float]) -> [Float] = { window in window.enumerated().map { $1 + ($0 % 2 == 0 ? 3 : -1) } }
        #expect(try change(.level, by: shifted) > 1)
        #expect(try change(.centered, by: shifted) < 1e-4)
        #expect(try change(.shape, by: shifted) < 1e-4)
    }

    @Test func `an amplitude does not matter to the shape`() throws {
        let stretched: ([Float]) -> [Float] = { window in window.enumerated().map { $0 % 2 == 0 ? 4 * $1 : $1 } }
        #expect(try change(.level, by: stretched) > 1)
        #expect(try change(.centered, by: stretched) > 1)
        #expect(try change(.shape, by: stretched) < 1e-4)
    }

    @Test func `the noise of a channel that hardly moves is not stretched to a course`() throws {
        let layout = WindowLayout(length: 16, channels: [0])
        var random = RandomSource(seed: 3)
        func still() -> [Float] { (0..<16).map { _ in 2 + 0.01 * Float(random.normal()) } }
        let part = try memory((0..<100).map { _ in still() }, layout, .shape)
        let errors = part.errors(of: WindowBlock((0..<20).map { _ in still() }, layout: layout))
        // A fifth is the least deviation that a channel is divided by: 0.01 becomes 0.05, and two noises lie 2 · 0.05² apart.
        #expect(errors.allSatisfy { $0 < 0.01 })
    }

    // MARK: Windows apart

    @Test(arguments: UInt64(1)...3) func `a window is compared with those only that share no reading with it`(
        seed: UInt64
    ) throws {
        // Windows of a random walk, one a slot: neighbors are nearly the same.
        let layout = WindowLayout(length: 8, channels: [0])
        var random = RandomSource(seed: seed)
        var walk: [Float] = [0]
        for _ in 0..<150 { walk.append(walk[walk.count - 1] + Float(random.normal())) }
        let windows = (0..<140).map { Array(walk[$0..<($0 + 8)]) }
        let part = try memory(windows, layout, .level)
        let times = windows.indices.map { 1_000 + $0 }
        var scratch = EvidenceScratch()
        part.reserve(in: &scratch)
        for start in stride(from: 0, to: windows.count, by: 60) {
            let rows = start..<min(start + 60, windows.count)
            var errors = [Float](repeating: .nan, count: WindowBlock.rowCount)
            part.scoreApart(
                WindowBlock(Array(windows[rows]), layout: layout), times: Array(times[rows]), rememberedTimes: times,
                scratch: &scratch, into: &errors)
            for (row, index) in rows.enumerated() {
                let apart = windows.indices.filter { abs($0 - index) >= 8 }
                let nearest = apart.map { squaredDistance(windows[$0], windows[index]) }.min() ?? .infinity
                #expect(abs(errors[row] - nearest / 8) < 1e-3 * nearest / 8 + 1e-4)
            }
        }
        #expect(part.errors(of: WindowBlock([windows[70]], layout: layout))[0] < 1e-4, "live, all windows count")
    }

    @Test func `without a window apart there is no error to speak of`() throws {
        let layout = WindowLayout(length: 8, channels: [0, 1])
        let windows = courses(6, layout, seed: 1)
        let part = try memory(windows, layout, .centered)
        var scratch = EvidenceScratch()
        part.reserve(in: &scratch)
        var errors = [Float](repeating: 0, count: WindowBlock.rowCount)
        part.scoreApart(
            WindowBlock(windows, layout: layout), times: Array(0..<6), rememberedTimes: Array(0..<6),
            scratch: &scratch, into: &errors)
        #expect(errors[..<6].allSatisfy { $0 == .infinity })
    }

    // MARK: Blocks, gaps, bytes, explanations

    @Test(
        arguments: Memory.Form.allCases,
        [WindowLayout(length: 15, channels: [0, 1, 2]), .init(length: 64, channels: [0])])
    func `a window's error does not depend on its neighbors`(form: Memory.Form, layout: WindowLayout) throws {
        let part = try memory(courses(333, layout, seed: 5), layout, form)
        let fresh = courses(64, layout, seed: 6)
        var random = RandomSource(seed: 7)
        let missing: [Set<Int>] = fresh.map { _ in
            random.uniform() < 0.5 ? [] : [random.index(below: layout.width), random.index(below: layout.width)]
        }
        let together = part.errors(of: WindowBlock(fresh, layout: layout, missing: missing))
        for row in fresh.indices {
            let alone = part.errors(of: WindowBlock([fresh[row]], layout: layout, missing: [missing[row]]))
            #expect(alone[0].bitPattern == together[row].bitPattern, "row \(row)")
        }
    }

    @Test func `a missing cell lies at the mean`() throws {
        let layout = WindowLayout(length: 8, channels: [0, 1])
        let part = try memory(courses(300, layout, seed: 1), layout, .level)
        let window = courses(1, layout, seed: 2)[0]
        var (other, mean) = (window, window)
        for cell in [0, 7, 15] { (other[cell], mean[cell]) = (100, part.mean[cell]) }
        let missing: Set<Int> = [0, 7, 15]
        let errors = part.errors(
            of: WindowBlock([window, other, mean, other], layout: layout, missing: [missing, missing, []]))
        #expect(errors[0] == errors[1])
        #expect(abs(errors[0] - errors[2]) < 1e-5)
        #expect(errors[3] > 100)
        let explained = part.explanation(of: WindowBlock([other], layout: layout, missing: [missing]))
        #expect(explained.shares.allSatisfy { $0 < 50 })
    }

    @Test(arguments: Memory.Form.allCases) func `a memory that was stored is the same`(form: Memory.Form) throws {
        let layout = WindowLayout(length: 12, channels: [1, 3])
        var part = try memory(courses(90, layout, seed: 8), layout, form)
        part.scale = 0.37
        #expect(try stored(part, channelCount: 4) == part)
    }

    @Test(arguments: Memory.Form.allCases) func `the share lies with the channel that is odd`(form: Memory.Form) throws
    {
        let layout = WindowLayout(length: 32, channels: [0, 1, 2])
        let part = try memory(courses(400, layout, seed: 9), layout, form)
        var fresh = courses(20, layout, seed: 10)
        for slot in 10..<32 { fresh[17][slot * 3 + 1] += slot.isMultiple(of: 2) ? 4 : -4 }
        let block = WindowBlock(fresh, layout: layout)
        let shares = part.explanation(of: block, row: 17).shares
        #expect(shares.count == 3 && shares.allSatisfy { $0 >= 0 })
        #expect(shares[1] > 0.6 * shares.reduce(0, +))
        let alone = part.explanation(of: WindowBlock([fresh[17]], layout: layout)).shares
        #expect(alone == shares, "the row's place in the block does not matter")
    }
}
