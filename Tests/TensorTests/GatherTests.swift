import Testing
import UnloopBackend
import UnloopTensor

/// Elements by their positions: each index is checked against its own axis.
@Suite struct GatherTests {
    @Test("one element of each row", arguments: testedDevices)
    func takingAlongLastAxis(_ device: Device) throws {
        let x = Tensor([[10, 11, 12], [20, 21, 22]], on: device)
        #expect(try x.takingAlongLastAxis(Tensor(int32: [2, 0], on: device)).scalars() == [12, 20])
        #expect(
            try x.transposed().takingAlongLastAxis(Tensor(int32: [1, 0, 1], on: device)).scalars() == [20, 11, 22])
        #expect(try x[0].takingAlongLastAxis(Tensor(int32: [1], shape: [], on: device)).item() == 11)
        let integers = Tensor(int32: [1, 2, 3, 4, 5, 6, 7, 8], shape: [2, 2, 2], on: device)
        let positions = Tensor(int32: [0, 1, 1, 0], shape: [2, 2], on: device)
        #expect(try integers.takingAlongLastAxis(positions).integers() == [1, 4, 6, 7])
        #expect(try integers.takingAlongLastAxis(positions.transposed()).integers() == [1, 4, 6, 7])
        // Of every size around the pieces of work that devices take.
        for (rows, columns) in [(1, 1), (31, 7), (257, 3), (4099, 2), (40_000, 1), (3, 5000)] {
            let numbers = Tensor.sequence(count: rows * columns, .int32, on: device).reshaped(rows, columns)
            let wanted = (0..<rows).map { Int32($0 * 7 % columns) }
            let found = try numbers.takingAlongLastAxis(Tensor(int32: wanted, on: device)).integers()
            #expect(found == wanted.indices.map { Int32($0 * columns) + wanted[$0] })
        }
    }

    @Test("an index outside its own row is an error, although another row has it")
    func outsideTheRow() async {
        // Errors of asynchronous devices may reach who waits next, which could be another test.
        await #expect(processExitsWith: .success) {
            for device in Device.all {
                let x = Tensor([[10, 11, 12], [20, 21, 22]], on: device)
                for indices: [Int32] in [[3, 0], [0, 3], [-1, 0], [0, -1], [.min, 0], [0, .max], [-3, 3]] {
                    let found = x.takingAlongLastAxis(Tensor(int32: indices, on: device))
                    do {
                        _ = try found.scalars()
                        Issue.record("\(indices) gives elements on \(device)")
                    } catch {
                        #expect("\(error)".hasSuffix("an index outside 0..<3"), "\(error)")
                    }
                }
                let none = Tensor.zeros([2, 0], on: device).takingAlongLastAxis(Tensor(int32: [0, 0], on: device))
                #expect(throws: TensorError.self) { try none.scalars() }
            }
        }
    }

    @Test("its derivative puts the cotangent where the element was", arguments: testedDevices)
    func derivative(_ device: Device) throws {
        let x = Tensor([[10, 11, 12], [20, 21, 22]], on: device)
        let indices = Tensor(int32: [2, 0], on: device)
        let weights = Tensor([3, 5], on: device)
        let found = gradient(at: x) { ($0.takingAlongLastAxis(indices) * weights).sum() }
        #expect(try found.scalars() == [0, 0, 3, 5, 0, 0])
        let second = gradient(at: x) { x in
            (gradient(at: x) { ($0.takingAlongLastAxis(indices).squared() * weights).sum() } * x).sum()
        }
        #expect(try second.scalars() == [0, 0, 4 * 3 * 12, 4 * 5 * 20, 0, 0])
    }

    @Test("a class outside gives a row of zeros, also where it would be another row's", arguments: testedDevices)
    func oneHot(_ device: Device) throws {
        let classes = Tensor(int32: [1, 3, -1, .max, .min, 0], on: device)
        #expect(
            try classes.oneHot(3).scalars() == [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0])
        #expect(try classes.oneHot(0).scalars() == [])
    }
}
