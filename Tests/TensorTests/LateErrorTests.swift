import Dispatch
import Synchronization
import Testing
import UnloopBackend
import UnloopTensor

/// Devices that work asynchronously find an error after other work has begun. It stays with the tensor whose operation failed and
/// with what is computed from it.
@Suite struct LateErrorTests {
    private let error = TensorError(operation: "gather", cause: .indexOutOfRange(operation: "gather", bound: 3))

    @Test(
        "an index outside the table is thrown by its result and by what is computed from it, every time, and by nothing else",
        arguments: testedDevices)
    func indexErrorsStay(_ device: Device) throws {
        let table = Tensor([[1, 2], [3, 4], [5, 6]], on: device)
        for index: Int32 in [7, 3, -1, .max, .min] {
            let before = table * 2
            let bad = table.gathering(Tensor(int32: [0, index], on: device))
            let after = table + 1
            #expect(try after.scalars() == [2, 3, 4, 5, 6, 7])
            #expect(try before.scalars() == [2, 4, 6, 8, 10, 12])
            try device.synchronize()
            try after.synchronize()
            let computed = [
                bad, bad + 1, exp(bad).sum(), matmul(bad, bad.transposed()), bad[0], bad.transposed().reshaped(4),
                Tensor.concatenate([table, bad]), table.gathering(bad.to(.int32)), bad.softmax(), bad.argmax(),
                bad.cumulativeSum(), bad.scatteringAdd(Tensor(int32: [0, 1], on: device), size: 2),
                bad.padded([(1, 1), (0, 0)]),
                Tensor.applyAll("update", ScalarProgram { (x: Scalar) in x }, [bad])[0],
            ]
            for _ in 0..<2 {
                for (position, result) in computed.enumerated() {
                    #expect(throws: error, "\(position)") { try result.scalars() }
                    #expect(throws: error, "\(position)") { try result.synchronize() }
                }
            }
            #expect(throws: error) { try (bad * 2).scalars() }
            #expect(try table.scalars() == [1, 2, 3, 4, 5, 6])
            #expect(try (table * 3).sum().item() == 63)
        }
    }

    @Test("what was computed before anyone looked carries the error too", arguments: testedDevices)
    func unreadResultsCarryTheError(_ device: Device) throws {
        let table = Tensor([[1, 2], [3, 4], [5, 6]], on: device)
        let bad = table.gathering(Tensor(int32: [5], on: device))
        let chain = (0..<20).reduce(bad) { sum, _ in sum + 1 }
        let unrelated = (0..<20).reduce(table) { sum, _ in sum + 1 }
        #expect(throws: error) { try chain.scalars() }
        #expect(try unrelated.scalars() == [21, 22, 23, 24, 25, 26])
    }

    @Test(
        "thousands of checked operations without a read take no more memory, and none of their errors is lost",
        arguments: testedDevices)
    func manyChecks(_ device: Device) throws {
        var table = Tensor.zeros([5, 3], on: device)
        var failed: [Tensor] = []
        var inUse = 0
        for step in 0..<600 {
            let indices = Tensor(int32: [Int32(step % 5), Int32(step % 3)], on: device)
            let rows = table.gathering(indices)
            table = table + (rows + 1).scatteringAdd(indices, size: 5) * 0.5 - table * 0.5
            if step % 150 == 77 { failed.append(table.gathering(Tensor(int32: [5], on: device))) }
            if step == 300 { inUse = try device.statistics.bytesInUse }
        }
        #expect(try table.scalars().allSatisfy { $0.isFinite })
        if device.kind == .opencl { #expect(try device.statistics.bytesInUse <= inUse + (1 << 20)) }
        for tensor in failed {
            #expect(throws: TensorError(operation: "gather", cause: .indexOutOfRange(operation: "gather", bound: 5))) {
                try tensor.scalars()
            }
        }
    }

    @Test("the error of one thread never reaches another's tensors", arguments: testedDevices)
    func threadsKeepTheirErrors(_ device: Device) {
        let wrong = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            let table = Tensor((0..<12).map { Float($0 + thread) }, shape: [4, 3], on: device)
            for round in 0..<40 {
                let isBad = (thread + round) % 3 == 0
                let index = Int32(isBad ? 4 + thread : round % 4)
                let taken = (table.gathering(Tensor(int32: [index], on: device)) + 1) * 2
                do throws(TensorError) {
                    let values = try taken.scalars()
                    let expected = (0..<3).map { Float(2 * (Int(index) * 3 + $0 + thread + 1)) }
                    if isBad || values != expected { wrong.withLock { $0.append("\(thread), \(round): \(values)") } }
                } catch {
                    let cause = BackendError.indexOutOfRange(operation: "gather", bound: 4)
                    if !isBad || error.cause != cause { wrong.withLock { $0.append("\(thread), \(round): \(error)") } }
                }
            }
        }
        #expect(wrong.withLock(\.self) == [])
    }
}
