import Testing
import UnloopBackend
import UnloopTensor

/// Integers beside numbers that are none, or that int32 does not hold.
@Suite struct IntegerNumberTests {
    private static let numbers: [Double] = [
        0, -0.0, 0.5, -0.5, 1, -1, 0.99999999999, 1e-300, 2_147_483_647, 2_147_483_646.5, 2_147_483_647.5,
        2_147_483_648,
        -2_147_483_648, -2_147_483_647.5, -2_147_483_648.5, -2_147_483_649, 3e9, -3e9, 1e300, .infinity, -.infinity,
        .nan,
    ]

    @Test("int32 compares exactly with every number", arguments: testedDevices)
    func comparisons(_ device: Device) throws {
        let values: [Int32] = [.min, .min + 1, -2, -1, 0, 1, 2, .max - 1, .max]
        let x = Tensor(int32: values, on: device)
        func check(_ name: String, _ found: Tensor, _ expected: (Double) -> Bool, _ number: Double) throws {
            #expect(
                try found.integers() == values.map { expected(Double($0)) ? 1 : 0 }, "\(name) \(number) on \(device)")
        }
        for number in Self.numbers {
            try check("==", x .== number, { $0 == number }, number)
            try check("!=", x .!= number, { $0 != number }, number)
            try check("<", x .< number, { $0 < number }, number)
            try check("<=", x .<= number, { $0 <= number }, number)
            try check(">", x .> number, { $0 > number }, number)
            try check(">=", x .>= number, { $0 >= number }, number)
        }
        #expect(try (Tensor.zeros([0], .int32, on: device) .< .infinity).integers() == [])
    }

    @Test("one number is read exactly, of every element type")
    func item() throws {
        for value: Int32 in [16_777_217, .max, .min, -16_777_217, 0] {
            for device in testedDevices {
                #expect(try Double(Tensor(int32: [value], on: device).item()) == Double(value))
                #expect(try Tensor(int32: [value], shape: [], on: device).item() == Double(value))
            }
        }
        #expect(try Tensor(float64: [0.1]).item() == 0.1)
        #expect(try Tensor([0.1], on: .loop).item() == Double(Float(0.1)))
        let single: Float = try Tensor([0.1], on: .loop).item()
        #expect(single == 0.1)
        #expect(try Tensor([.infinity], on: .loop).item() == .infinity)
        #expect(try Tensor([.nan], on: .loop).item().isNaN)
    }

    private func expectTrap(_ text: String, _ result: ExitTest.Result?) {
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains(text), "\(output)")
    }

    @Test("arithmetic of int32 with what is no int32 traps with a text")
    func arithmetic() async {
        expectTrap(
            "add: 0.5 is no int32; convert the tensor with to(.float32)",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor(int32: [1], on: .loop) + 0.5
            })
        expectTrap(
            "max: inf is no int32",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = max(Tensor(int32: [1], on: .loop), .infinity)
            })
        expectTrap(
            "full: nan is no int32",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.full([0], .nan, .int32, on: .loop)
            })
        expectTrap(
            "pad: 0.5 is no int32",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor(int32: [1], on: .loop).padded([(1, 1)], with: 0.5)
            })
        expectTrap(
            "shift: scalar 0 is an int32, got 3000000000.0",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let program = ScalarProgram(inputs: [.integer], scalars: [.integer]) { x, s in
                    [(IntegerScalar(x[0]) + IntegerScalar(s[0])).expression]
                }
                _ = ScalarFunction("shift", program: program)([Tensor(int32: [1], on: .cpu)], scalars: [3e9])
            })
    }
}
