import Testing
import UnloopBackend
import UnloopTensor

@Suite struct SequenceTests {
    private static let intervals: [(start: Double, end: Double)] = [
        (0, 1), (1, 0), (-1, 1), (0.1, 0.7), (1000, 1001), (1000, 1000.0001), (1, 1), (-0.7, -0.1), (1e-10, 1e38),
        (-1e-10, 1e38), (1e-10, -1e38), (-3e38, 3e38), (3e38, -3.4e38), (0, 1e-44), (1e-40, -1e-40),
        (16_777_216, 16_777_300),
        (0, 3.4028234e38),
    ]

    @Test("evenly spaced numbers begin and end where they are told and never turn round", arguments: testedDevices)
    func linspace(_ device: Device) throws {
        for (start, end) in Self.intervals {
            for count in Array(1...64) + [100, 257, 300, 1000, 4097] {
                let tensor = Tensor.linspace(start, end, count: count, on: device)
                let values = try tensor.scalars()
                let what: Comment = "\(start) to \(end), \(count) on \(device)"
                #expect(values.count == count, what)
                #expect(values[0] == Float(start), what)
                if count > 1 { #expect(values[count - 1] == Float(end), what) }
                #expect(values.allSatisfy { $0.isFinite }, what)
                let pairs = zip(values, values.dropFirst())
                #expect(start <= end ? pairs.allSatisfy { $0 <= $1 } : pairs.allSatisfy { $0 >= $1 }, what)
                // Two roundings of the step and the sum, of numbers at most as far from 0 as both ends together.
                let bound = (abs(start) + abs(end)) * 0x1p-22 + Double(Float.leastNonzeroMagnitude)
                for (position, value) in values.enumerated() where count > 1 {
                    let share = Double(position) / Double(count - 1)
                    #expect(abs(Double(value) - (start * (1 - share) + end * share)) <= bound, what)
                }
                if device != .loop {
                    #expect(try tensor.isBitEqual(to: Tensor.linspace(start, end, count: count, on: .loop)), what)
                }
            }
        }
    }

    @Test func linspaceOfOtherTypes() throws {
        #expect(try Tensor.linspace(0, 10, count: 6, .int32, on: .loop).integers() == [0, 2, 4, 6, 8, 10])
        #expect(try Tensor.linspace(7, 9, count: 1, .int32, on: .loop).integers() == [7])
        for count in 2...300 {
            let values = try Tensor.linspace(0, 0.3, count: count, .float64, on: .loop).doubles()
            #expect(values.first == 0 && values.last == 0.3)
        }
        let wide = try Tensor.linspace(-1.5e308, 1.5e308, count: 5, .float64, on: .loop).doubles()
        #expect(wide == [-1.5e308, -0.75e308, 0, 0.75e308, 1.5e308])
    }

    @Test("as many numbers as lie below the end, up to rounding", arguments: testedDevices)
    func arange(_ device: Device) throws {
        func count(_ start: Double, _ end: Double, _ step: Double) throws -> Int {
            try Tensor.arange(start, end, step: step, on: device).scalars().count
        }
        #expect(try Tensor.arange(1, 1.3, step: 0.1, on: device).scalars() == [1, 1.1, 1.2])
        #expect(try count(0, 0.3, 0.1) == 3)
        #expect(try count(0, 1, 0.1) == 10)
        #expect(try count(0, 1.05, 0.1) == 11)
        #expect(try count(-1, -1.3, -0.1) == 3)
        #expect(try count(0, 3, 1) == 3)
        #expect(try count(0, 3.000000000001, 1) == 4)
        #expect(try count(0, 2.999999999999, 1) == 3)
        #expect(try count(0, 1e-300, 1) == 1)
        #expect(try count(1, 1, 0.1) == 0)
        #expect(try count(2, 1, 0.1) == 0)
        #expect(try count(-3e38, 3e38, 3e38) == 2)
        #expect(try Tensor.arange(-1e308, 1e308, step: 1e308, .float64, on: .loop).doubles() == [-1e308, 0])
        for tenths in 1...200 { #expect(try count(1, 1 + Double(tenths) / 10, 0.1) == tenths) }
        for thirds in 1...200 { #expect(try count(0, Double(thirds) / 3, 1.0 / 3) == thirds) }
        #expect(try Tensor.arange(0, 2.5, .int32, on: device).integers() == [0, 1, 2])
        #expect(
            try Tensor.arange(2_147_483_645, 2_147_483_648, .int32, on: device).integers()
                == [2_147_483_645, 2_147_483_646, 2_147_483_647])
    }

    private func expectTrap(_ text: String, _ result: ExitTest.Result?) {
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains(text), "\(output)")
    }

    @Test func misuse() async {
        expectTrap(
            "arange: from 0.0 to inf by 1.0; all must be finite and the step not 0",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.arange(0, .infinity, on: .loop)
            })
        expectTrap(
            "arange: from nan to 1.0 by 1.0",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.arange(.nan, 1, on: .loop)
            })
        expectTrap(
            "arange: from 0.0 to 1.0 by 1e-12 are 1000000000000.0 elements; a sequence has 0 to 2147483648",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.arange(0, 1, step: 1e-12, on: .loop)
            })
        expectTrap(
            "linspace: the bounds 0.0 and nan must be finite float32",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.linspace(0, .nan, count: 3, on: .loop)
            })
        expectTrap(
            "linspace: -1 elements",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.linspace(0, 1, count: -1, on: .loop)
            })
        expectTrap(
            "indices: -1 elements",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.indices(-1, on: .loop)
            })
        expectTrap(
            "eye: -1 elements",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.eye(-1, on: .loop)
            })
        expectTrap(
            "sequence: from 0.0 by inf; both must be finite float32",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.sequence(by: .infinity, count: 1, on: .loop)
            })
        expectTrap(
            "sequence: from 1e+39 by 1.0; both must be finite float32",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.sequence(from: 1e39, count: 2, on: .loop)
            })
        expectTrap(
            "sequence: 3 elements from 2147483646.0 by 1.0 end at 2147483648.0, which is no int32",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.sequence(from: 2_147_483_646, count: 3, .int32, on: .loop)
            })
    }
}
