import Dispatch
import Synchronization
import Testing
import UnloopBackend
import UnloopTensor

/// A checking device beside what it compares: errors, properties, several threads, and every operation of tensors.
@Suite struct CheckingDeviceTests {
    @Test(
        "an index outside a table that only one of the devices finds is a difference; what both find is the operation's error"
    )
    func indices() throws {
        let error = TensorError(operation: "gather", cause: .indexOutOfRange(operation: "gather", bound: 2))
        for response in [Device.DifferenceResponse.fail, .note] {
            let (_, blind) = try LyingBackend.checked(response, ignoresIndices: true)
            let taken = Tensor([[1, 2], [3, 4]], on: blind).gathering(Tensor(int32: [0, 5], on: blind))
            if response == .note { #expect(throws: error) { try taken.scalars() } }
            let difference = try #require(blind.differences.first)
            if response == .fail {
                #expect(taken.failure == TensorError(operation: "gather", cause: .bitsDiffer(difference)))
            }
            #expect(difference.operation == "gather" && difference.element == nil)
            #expect(difference.found == "elements" && difference.expected.contains("outside 0..<2"))
            #expect(
                difference.description.hasSuffix(
                    "on lying and an error (gather was given an index outside 0..<2) on loop"))

            // The other way round: the reference finds no error, and its elements go on.
            let other = try Device.checking(
                .loop, against: Device(LyingBackend(ignoresIndices: true), label: "blind"), onDifference: response)
            let given = Tensor([[1, 2], [3, 4]], on: other).gathering(Tensor(int32: [0, 5], on: other))
            #expect(other.differences.map(\.expected) == ["elements"])
            #expect((given.failure == nil) == (response == .note))

            let (_, seeing) = try LyingBackend.checked(response)
            let failed = Tensor([[1, 2], [3, 4]], on: seeing).gathering(Tensor(int32: [0, 5], on: seeing))
            #expect(throws: error) { try failed.scalars() }
            #expect(seeing.differences == [])
        }
    }

    @Test("errors of either device are the operation's, and no difference")
    func errors() throws {
        let error = BackendError.outOfMemory(device: "unreliable", bytes: 1, limit: 0)
        let unreliable = UnreliableBackend()
        let broken = Device(unreliable, label: "unreliable")
        for device in [try Device.checking(broken, against: .loop), try Device.checking(.loop, against: broken)] {
            let x = Tensor([1, 2, 3], on: device)
            unreliable.fail(with: error)
            #expect(exp(x).failure?.cause == error)
            unreliable.fail(with: nil)
            #expect(try (x * 2).scalars() == [2, 4, 6])
            #expect(device.differences == [])
        }
    }

    @Test("only the differences that were found first are kept")
    func manyDifferences() throws {
        let (lying, device) = try LyingBackend.checked(.note)
        let x = Tensor([1, 2, 3], on: device)
        for _ in 0..<1010 {
            lying.lie(in: "map")
            #expect(try exp(x).isBitEqual(to: exp(Tensor([1, 2, 3], on: .loop))))
        }
        #expect(device.differences.map(\.number) == Array(2...1001))
        #expect(device.checkedOperations >= 1011)
    }

    @Test("a checking device says what it is")
    func properties() throws {
        let device = try Device.checking(.cpu, against: .loop)
        #expect(device.label == "checking(cpu, loop)" && device.description == device.label)
        #expect(device.name == "checking \(Device.cpu.name) against \(Device.loop.name)")
        #expect(device.kind == .cpu && !device.isOpenCLCPU)
        #expect(try device.elementTypes == [.float32, .int32])
        #expect(try Device.checking(.loop, against: .loop).elementTypes == [.float32, .int32, .float64])
        #expect(try device.isConforming)
        #expect(device.differences == [] && device.checkedOperations == 0)
        #expect(try (Tensor([1, 2], on: device) + 1).scalars() == [2, 3])
        // Two uploads at most: the operand, and perhaps the number.
        #expect((2...3).contains(device.checkedOperations))
        #expect(Device.cpu.checkedOperations == 0 && Device.cpu.differences == [])
        #expect(try device != Device.checking(.cpu, against: .loop))
        try device.synchronize()
        try device.reset()
        #expect((2...3).contains(device.checkedOperations))
        // Checking devices are devices: they can be checked too.
        let nested = try Device.checking(device, against: .loop)
        #expect(try exp(Tensor([1, 2], on: nested)).isBitEqual(to: exp(Tensor([1, 2], on: .loop))))
        let real = try Device.checking(.loop, against: .loop)
        #expect(try (Tensor(float64: [1, 2], shape: [2]).to(real) / 3).doubles() == [1.0 / 3, 2.0 / 3])
    }

    @Test("tasks that share a checking device get their own results, and every operation is counted once")
    func concurrency() throws {
        let (lying, device) = try LyingBackend.checked(.note)
        let expected = try (0..<8).map { try work($0, on: .loop).scalars() }
        lying.lie(in: "matmul", call: 40)
        let wrong = Mutex<[Int]>([])
        DispatchQueue.concurrentPerform(iterations: 8) { task in
            for _ in 0..<20 {
                let values = try? work(task, on: device).scalars()
                if values != expected[task] { wrong.withLock { $0.append(task) } }
            }
        }
        #expect(wrong.withLock(\.self) == [])
        #expect(device.differences.map(\.operation) == ["matmul"])
        let (_, single) = try LyingBackend.checked(.note)
        _ = try work(0, on: single).scalars()
        #expect(device.checkedOperations == 8 * 20 * single.checkedOperations)
    }

    private func work(_ task: Int, on device: Device) -> Tensor {
        let x = Tensor((0..<30).map { Float($0 + task) / 9 }, shape: [5, 6], on: device)
        return gradient(at: x) { x in matmul(x, x.transposed()).softmax().squared().sum() }
    }

    @Test(
        "every operation of tensors and its gradient has the loop's bits through a checking device, and nothing differs"
    )
    func differentiableOperations() throws {
        let device = try Device.checking(.cpu, against: .loop)
        func results(_ operation: DifferentiableOperation, on device: Device) -> [Tensor] {
            var numbers = TestNumbers(seed: 13)
            let x = operation.shapes.map { numbers.floats($0, operation.low, operation.high, on: device) }
            return [operation.function(x)] + gradient(at: x) { operation.function($0).squared().sum() }
        }
        for operation in DifferentiableOperation.all {
            for (found, expected) in zip(results(operation, on: device), results(operation, on: .loop)) {
                #expect(try found.isBitEqual(to: expected), "\(operation.name)")
            }
        }
        #expect(device.differences == [])
    }

    @Test("tensors without elements are equal")
    func empty() throws {
        let (lying, device) = try LyingBackend.checked()
        lying.lie()
        let x = Tensor.zeros([0, 3], on: device)
        #expect(try exp(x).scalars() == [])
        #expect(try x.sum(axes: [1]).scalars() == [])
        #expect(try Tensor.concatenate([x, x]).scalars() == [])
        #expect(lying.told == nil && device.differences == [])
    }
}
