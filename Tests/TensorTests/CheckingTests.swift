import Testing
import UnloopBackend
import UnloopConformance
import UnloopLoop
import UnloopTensor

/// A checking device finds the operation, its shapes and the element that are wrong, and nothing where nothing is.
@Suite struct CheckingTests {
    private static func expect(_ difference: OperationDifference, is lie: LyingBackend.Lie, _ note: String) {
        #expect(difference.operation == lie.operation, "\(note)")
        #expect(difference.output == lie.output, "\(note)")
        #expect(difference.outputShape == lie.outputShape, "\(note)")
        #expect(difference.element == lie.element, "\(note)")
        #expect(difference.differingCount == 1, "\(note)")
        #expect(difference.count == lie.outputShape.reduce(1, *), "\(note)")
        #expect(difference.expected != difference.found, "\(note)")
        #expect(difference.device == "lying" && difference.reference == "loop", "\(note)")
    }

    @Test(
        "conformance cases have the same bits through a checking device, and nothing differs",
        arguments: Device.all.map { ($0, $0.kind == .opencl ? 8 : 1) })
    func cases(_ checked: Device, every: Int) throws {
        let device = try Device.checking(checked, against: .loop)
        let backend = try device.backend()
        var count = 0
        // OpenCL programs take time to compile; all cases run on it in `ConformanceTests`.
        let tiny = ConformanceSuite.cases.filter { $0.sizeClass == .tiny }
        for operation in stride(from: 0, to: tiny.count, by: every).map({ tiny[$0] }) {
            let difference = Comparison.bitDifference(
                expected: try operation.run(on: LoopBackend.shared), actual: try operation.run(on: backend))
            #expect(difference == nil, "\(operation): \(difference.map(\.description) ?? "")")
            count += 1
        }
        #expect(device.differences == [])
        #expect(device.checkedOperations > 2 * count && count > 1000 / every)
    }

    @Test("one wrong bit of any operation is found, with the operation, its shapes and the element")
    func everyOperation() throws {
        var found = Set<String>()
        for response in [Device.DifferenceResponse.fail, .note] {
            let (lying, device) = try LyingBackend.checked(response)
            let backend = try device.backend()
            for operation in ConformanceSuite.cases where operation.sizeClass == .tiny {
                let before = device.differences.count
                lying.lie()
                do {
                    let actual = try operation.run(on: backend)
                    // In the way of an error only where there was nothing to lie about.
                    #expect(lying.told == nil || response == .note, "\(operation)")
                    let difference = Comparison.bitDifference(
                        expected: try operation.run(on: LoopBackend.shared), actual: actual)
                    #expect(difference == nil, "\(operation): \(difference.map(\.description) ?? "")")
                } catch {
                    let thrown = difference(of: error)
                    let difference = try #require(thrown)
                    #expect(response == .fail, "\(operation)")
                    Self.expect(difference, is: try #require(lying.told), "\(operation)")
                    found.insert(difference.operation)
                }
                let differences = device.differences
                // No more are kept than so many.
                if let lie = lying.told, before < 1000 {
                    try #require(differences.count == before + 1, "\(operation)")
                    Self.expect(differences[before], is: lie, "\(operation)")
                } else {
                    #expect(differences.count == before, "\(operation)")
                }
            }
            #expect(device.differences.count == 1000)
        }
        let convolutions = ConvolutionDescriptor.Direction.allCases.map { "convolve \($0)" }
        let pools = PoolDescriptor.Direction.allCases.map { "pool \($0)" }
        #expect(
            found
                == Set(
                    ["map", "reduce", "scan", "mapLines", "matmul", "gather", "scatterAdd", "copy"] + convolutions
                        + pools))
    }

    @Test("what is uploaded wrongly is found, before an operation on it is blamed")
    func uploads() throws {
        let (lying, device) = try LyingBackend.checked(.note)
        lying.lie(in: "upload", call: 2)
        let (a, b) = (Tensor([1, 2, 3], on: device), Tensor([4, 5, 6], on: device))
        #expect(try (a * b).scalars() == [4, 10, 18])
        #expect(device.differences.map(\.operation) == ["upload"])
        #expect(device.differences.first?.number == 2 && device.differences.first?.element == [2])
    }

    @Test("after a difference the reference's result goes on, and later operations are judged by themselves")
    func noting() throws {
        func chain(_ device: Device) -> Tensor {
            let x = Tensor((0..<12).map { Float($0) / 7 }, shape: [3, 4], on: device)
            let y = matmul(x, x.transposed()).softmax()
            return exp(Tensor.concatenate([y, y.transposed()], axis: 1)).cumulativeSum(0).sum(axes: [1])
        }
        let expected = try chain(.loop).scalars()
        for (name, call) in [
            ("matmul", 1), ("mapLines", 1), ("copy", 1), ("copy", 2), ("map", 1), ("scan", 1), ("reduce", 1),
        ] {
            let (lying, device) = try LyingBackend.checked(.note)
            lying.lie(in: name, call: call)
            #expect(try chain(device).scalars() == expected, "\(name)")
            let lie = try #require(lying.told, "\(name)")
            try #require(device.differences.count == 1, "\(name)")
            Self.expect(device.differences[0], is: lie, name)
        }
    }

    @Test(
        "an operation that differs fails: its tensor carries the error, and so does what is computed from it, and nothing else"
    )
    func failing() throws {
        let (lying, device) = try LyingBackend.checked()
        let x = Tensor([[1, 2], [3, 4]], on: device)
        lying.lie(in: "matmul")
        let wrong = matmul(x, x)
        let after = exp(wrong)
        let error = try #require(wrong.failure)
        #expect(error.operation == "matmul")
        #expect(throws: error) { try wrong.scalars() }
        #expect(throws: error) { try after.scalars() }
        #expect(try matmul(x, x).scalars() == [7, 10, 15, 22])
        guard case .bitsDiffer(let difference) = error.cause else {
            Issue.record("\(error)")
            return
        }
        #expect(device.differences == [difference])
        #expect(difference.inputShapes == [[2, 2], [2, 2]])
    }

    @Test("the text names operation, shapes, element, both values with their bits, and both devices")
    func text() throws {
        let (lying, device) = try LyingBackend.checked()
        let backend = try device.backend()
        let a = try backend.upload(.float32([1, 2, 3, 4]))
        let b = try backend.upload(.float32([5, 6, 7, 8, 9, 10]))
        let output = StridedView(try backend.allocate(.float32, count: 6), shape: [2, 3])
        lying.lie()
        let transposed = StridedView(a, shape: [2, 2], strides: [1, 2])
        let error = #expect(throws: BackendError.self) {
            try backend.matmul(
                MatmulDescriptor(m: 2, n: 3, k: 2), transposed, StridedView(b, shape: [2, 3]), epilogue: nil,
                output: output)
        }
        // The last element: 2·7 + 4·10.
        #expect(
            error?.description
                == "two devices give different bits: operation 3, matmul [2, 2] and [2, 3] to [2, 3] float32 (m 2, n 3, k 2; operand 0 "
                + "has strides [1, 2]): element [1, 2] is 54.000004 (0x42580001) on lying and 54.0 (0x42580000) on loop; 1 of 6 differ. "
                + "One of them is wrong: `unloop check` compares each with the loop; update the driver of the one that differs there, or "
                + "choose another device")
    }

    @Test("zeros differ by their sign, NaN differs from numbers, and every NaN is the same")
    func bits() throws {
        for (value, bit, isSame) in [
            (Float.nan, 31, true), (.nan, 1, true), (0, 31, false), (-0.0, 31, false), (1, 0, false),
            // Becomes NaN; becomes an infinity.
            (.infinity, 0, false), (.nan, 22, false),
        ] {
            let (lying, device) = try LyingBackend.checked(.note)
            let x = Tensor([value, value], on: device)
            lying.lie(in: "map", bit: bit, includingNaN: true)
            let result = max(x, x)
            #expect(lying.told != nil)
            #expect(device.differences.count == (isSame ? 0 : 1), "\(value), bit \(bit)")
            #expect(try result.scalars()[1].isNaN == value.isNaN)
        }
    }

    @Test("what lies between the elements of a result is not looked at")
    func between() throws {
        let (lying, device) = try LyingBackend.checked(.note)
        let backend = try device.backend()
        let source = StridedView(try backend.upload(.int32(Array(0..<6))), shape: [2, 3])
        let buffer = try backend.allocate(.int32, count: 64)
        let outputs = [
            StridedView(buffer, offset: 20, shape: [2, 3], strides: [-9, 4]),
            StridedView(buffer, offset: 61, shape: [2, 3], strides: [1, -3]),
        ]
        for output in outputs { try backend.copy(source, to: output) }
        #expect(device.differences == [])
        lying.lie(in: "copy")
        try backend.copy(source, to: outputs[1])
        #expect(device.differences.map(\.element) == [[1, 2]])
        #expect(device.differences.first?.details == "result 0 has strides [1, -3]")
        #expect(device.differences.first?.expected == "5 (0x00000005)")
        guard case .int32(let values) = try backend.download(buffer, offset: 0, count: 64) else {
            Issue.record("not int32")
            return
        }
        #expect([values[20], values[24], values[28], values[11], values[15], values[19]] == [0, 1, 2, 3, 4, 5])
        #expect([values[61], values[58], values[55], values[62], values[59], values[56]] == [0, 1, 2, 3, 4, 5])
    }

    @Test("a map that writes where it reads starts from the same operands on both devices")
    func inPlace() throws {
        for response in [Device.DifferenceResponse.fail, .note] {
            let (lying, device) = try LyingBackend.checked(response)
            let backend = try device.backend()
            let view = StridedView(try backend.upload(.float32([1, 2, 3])), shape: [3])
            let program = ScalarProgram { (x: Scalar) in x * x + 1 }
            for round in 1...3 {
                if round == 2 { lying.lie(in: "map") }
                do {
                    try backend.map(program, inputs: [view], scalars: [], outputs: [view])
                    #expect(round != 2 || response == .note)
                } catch {
                    #expect(difference(of: error) != nil && round == 2 && response == .fail)
                }
            }
            #expect(try backend.download(view.buffer, offset: 0, count: 3) == .float32([26, 677, 10_202]))
            #expect(device.differences.map(\.number) == [3])
        }
    }
}

private func difference(of error: any Error) -> OperationDifference? {
    if case .bitsDiffer(let difference)? = error as? BackendError { difference } else { nil }
}
