import Testing
import UnloopBackend
import UnloopTensor

/// What goes wrong outside the program becomes a thrown error; what is wrong in the program traps.
@Suite struct ErrorTests {
    private let failure = BackendError.outOfMemory(device: "unreliable", bytes: 8, limit: 4)

    @Test func failuresTravelToTheReader() throws {
        let backend = UnreliableBackend()
        let device = Device(backend, label: "unreliable")
        let (x, y) = (Tensor([1, 2], on: device), Tensor([3, 4], on: device))
        backend.fail(with: failure)
        let sum = x + y
        backend.fail(with: nil)
        // Everything computed from the failed tensor carries its error; operations after the failure are not blamed.
        let error = TensorError(operation: "add", cause: failure)
        let results = [
            sum, exp(sum), sum.sum(), matmul(sum.reshaped(1, 2), y.reshaped(2, 1)), sum[0], sum.reshaped(2, 1),
            Tensor.concatenate([x, sum]), sum.to(.loop), sum.to(.int32), sum.argmax(), sum.softmax(), dot(x, sum),
            sum.cumulativeSum(), sum.padded([(1, 1)]), x.gathering(sum.to(.int32)),
            matmul(
                x.reshaped(2, 1), y.reshaped(1, 2), epilogue: .init("add", { (a: Scalar, b: Scalar) in a + b }),
                inputs: [sum]),
        ]
        for result in results {
            #expect(result.failure == error)
            #expect(throws: error) { try result.scalars() }
        }
        #expect(throws: error) { try sum.synchronize() }
        #expect("\(sum)".hasPrefix("Tensor [2] float32 on unreliable: failed: add: unreliable has no room"))
        // The caller's other tensors are as they were.
        #expect(try (x + y).scalars() == [4, 6])
        #expect(Tensor.applyAll("update", ScalarProgram { (x: Scalar) in x }, [sum])[0].failure == error)
    }

    @Test func failuresInsideGradients() throws {
        let backend = UnreliableBackend()
        let x = Tensor([1, 2], on: Device(backend, label: "unreliable"))
        let (value, gradient) = valueWithGradient(at: x) { x in
            backend.fail(with: failure)
            let y = x * x
            backend.fail(with: nil)
            return exp(y).sum()
        }
        #expect(value.failure?.operation == "multiply")
        #expect(gradient.failure?.operation == "multiply")
        #expect(try x.scalars() == [1, 2])
    }

    @Test func uploadsFail() throws {
        let backend = UnreliableBackend()
        backend.fail(with: failure)
        let x = Tensor([1], on: Device(backend, label: "unreliable"))
        #expect(throws: TensorError(operation: "upload", cause: failure)) { try x.item() }
    }

    /// Runs in a process of its own and looks for the text that the trap prints.
    private func expectTrap(_ text: String, _ result: ExitTest.Result?) {
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains(text), "\(output)")
    }

    @Test func matmulNamesBothShapes() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = matmul(Tensor.zeros([3, 4], on: .loop), Tensor.zeros([5, 6], on: .loop))
        }
        expectTrap("matmul: [3, 4] and [5, 6] do not agree: 4 columns and 5 rows", result)
    }

    @Test func broadcastingNamesBothShapes() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor.zeros([3, 4], on: .loop) + Tensor.zeros([3], on: .loop)
        }
        expectTrap("add: shapes [3, 4] and [3] do not broadcast", result)
    }

    @Test func devicesAreNamed() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let other = Device(UnreliableBackend(), label: "other")
            _ = Tensor.zeros([3], on: .loop) * Tensor.zeros([3], on: other)
        }
        expectTrap("multiply: one tensor is on loop, the other on other", result)
    }

    @Test func elementTypesAreNamed() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor.zeros([3], on: .loop) * Tensor.zeros([3], .int32, on: .loop)
        }
        expectTrap("multiply: takes real elements, got int32", result)
    }

    @Test func convolutionNamesBothShapes() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = convolution2D(Tensor.zeros([1, 8, 8, 3], on: .loop), Tensor.zeros([3, 3, 4, 2], on: .loop))
        }
        expectTrap("convolution2D: [1, 8, 8, 3] and filter [3, 3, 4, 2] do not agree", result)
    }

    @Test func reshapeNamesBothShapes() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor.zeros([3, 4], on: .loop).reshaped(5, 2)
        }
        expectTrap("reshape: [3, 4] has 12 elements, [5, 2] has 10", result)
    }
}
