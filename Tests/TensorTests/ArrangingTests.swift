import Foundation
import Testing
import UnloopBackend
import UnloopTensor

/// Elements moved, repeated and left out, against NumPy's, which Golden/arranging.py has written down.
@Suite struct ArrangingTests {
    private struct Record: Decodable {
        let operation: String
        let shape: [Int]
        let numbers: [Int]
        let result: [Int]
        let values: [Int]
    }

    private static let records = Result {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        return try JSONDecoder().decode(
            [Record].self, from: Data(contentsOf: folder.appendingPathComponent("Golden/arranging.json")))
    }

    private static let operations: [String: @Sendable (Tensor, [Int]) -> Tensor] = [
        "tile": { $0.tiled($1) },
        "roll": { $0.rolled(by: $1[0], axis: $1[1]) },
        "tril": { $0.lowerTriangle(diagonal: $1[0]) },
        "triu": { $0.upperTriangle(diagonal: $1[0]) },
        "diagonal": { $0.diagonal(offset: $1[0]) },
        "diag": { $0.diagonalMatrix(offset: $1[0]) },
        "edge": { $0.padded(pairs($1), mode: .edge) },
        "reflect": { $0.padded(pairs($1), mode: .reflection) },
        "wrap": { $0.padded(pairs($1), mode: .wrapping) },
    ]

    private static func pairs(_ numbers: [Int]) -> [(before: Int, after: Int)] {
        stride(from: 0, to: numbers.count, by: 2).map { (numbers[$0], numbers[$0 + 1]) }
    }

    /// 1, 2, 3, … in row-major order; of every second element of a larger tensor, and of one with its axes in another order.
    private static func operands(_ shape: [Int], _ type: ElementType, on device: Device) -> [Tensor] {
        let count = shape.reduce(1, *)
        let plain = (Tensor.indices(count, on: device) + 1).to(type).reshaped(shape)
        let spread = Tensor.stack([plain, plain], axis: -1).reshaped(shape.dropLast() + [2 * (shape.last ?? 1)])
        let view =
            switch shape.count {
            case 1: spread[.every(2)]
            case 2: spread[.all, .every(2)]
            default: spread[.all, .all, .every(2)]
            }
        let order = Array(shape.indices.reversed())
        return [plain, view, plain.permuted(order).contiguous().permuted(order)]
    }

    @Test("all are NumPy's, of every type, of views and on every device", arguments: Device.all)
    func golden(_ device: Device) throws {
        let records = try Self.records.get()
        #expect(Set(records.map(\.operation)) == Set(Self.operations.keys) && records.count > 150)
        for record in records {
            let operation = try #require(Self.operations[record.operation])
            for type in [ElementType.float32, .int32] {
                for x in Self.operands(record.shape, type, on: device) {
                    let found = operation(x, record.numbers)
                    let label = "\(record.operation) \(record.shape) \(record.numbers) \(type)"
                    #expect(found.shape == record.result && found.elementType == type, "\(label)")
                    #expect(try found.doubles() == record.values.map(Double.init), "\(label)")
                }
            }
        }
    }

    @Test("nothing is computed: what is left out may be anything, and what stays keeps its bits", arguments: Device.all)
    func specialValues(_ device: Device) throws {
        let special: [Float] = [.nan, -.infinity, -0.0, .infinity, .leastNonzeroMagnitude, 1]
        let x = Tensor(special, shape: [2, 3], on: device)
        func bits(_ found: Tensor) throws -> [UInt32] {
            try found.scalars().map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern }
        }
        let own = try bits(x)
        #expect(try bits(x.lowerTriangle()) == [own[0], 0, 0, own[3], own[4], 0])
        #expect(try bits(x.upperTriangle(diagonal: 1)) == [0, own[1], own[2], 0, 0, own[5]])
        #expect(try bits(x.rolled(by: 1, axis: 1)) == [own[2], own[0], own[1], own[5], own[3], own[4]])
        #expect(try bits(x.tiled(1, 2)) == [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5].map { own[$0] })
        #expect(try bits(x.diagonal(offset: 1)) == [own[1], own[5]])
        // Nor does a cotangent that is no number reach what was left out.
        let slopes = gradient(at: x) { ($0.lowerTriangle() * .nan).sum() }
        #expect(try slopes.scalars().map(\.isNaN) == [true, false, false, true, true, false])
    }

    @Test func grids() throws {
        let (x, y, z) = (
            Tensor([1, 2] as [Float], on: .loop), Tensor([3, 4, 5] as [Float], on: .loop),
            Tensor([6] as [Float], on: .loop)
        )
        let grid = Tensor.meshgrid([x, y, z])
        #expect(grid.allSatisfy { $0.shape == [2, 3, 1] })
        #expect(try grid[0].scalars() == [1, 1, 1, 2, 2, 2])
        #expect(try grid[1].scalars() == [3, 4, 5, 3, 4, 5])
        #expect(try grid[2].scalars() == [6, 6, 6, 6, 6, 6])
        #expect(Tensor.meshgrid([]).isEmpty)
        #expect(Tensor.meshgrid([x, Tensor.zeros([0], on: .loop)])[0].shape == [2, 0])
        let slopes = gradient(at: y) { y in (Tensor.meshgrid([x, y])[1] * 2).sum() }
        #expect(try slopes.scalars() == [4, 4, 4])
    }

    @Test("what cannot be is named") func misuse() async {
        func expect(_ text: String, _ result: ExitTest.Result?) {
            let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
            #expect(output.contains(text), "\(output)")
        }
        expect(
            "tile: [2, 3] needs 2 counts that are not negative, not [2]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([2, 3], on: .loop).tiled(2)
            })
        expect(
            "tile: axis 0 of [2] is too long 9223372036854775807 times",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([2], on: .loop).tiled(.max)
            })
        expect(
            "lowerTriangle: [3] has no matrices",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([3], on: .loop).lowerTriangle()
            })
        expect(
            "diagonalMatrix: [3] with the offset -9223372036854775808 is too large",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([3], on: .loop).diagonalMatrix(offset: .min)
            })
        expect(
            "meshgrid: an axis has the shape [2, 1]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.meshgrid([Tensor.zeros([2, 1], on: .loop)])
            })
        expect(
            "pad: axis 0 of [0] has no elements that could stand beyond its ends",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([0], on: .loop).padded([(1, 0)], mode: .edge)
            })
        expect(
            "pad: axis 0 of [1] is too long with 1 before and 9223372036854775807 after",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.zeros([1], on: .loop).padded([(1, .max)], mode: .wrapping)
            })
    }

    @Test("numbers far outside a tensor are those just outside") func extremes() throws {
        let x = Tensor.sequence(count: 6, on: .loop).reshaped(2, 3)
        for (far, near) in [(Int.max, 9), (.min, -9)] {
            #expect(try x.lowerTriangle(diagonal: far).isBitEqual(to: x.lowerTriangle(diagonal: near)))
            #expect(try x.upperTriangle(diagonal: far).isBitEqual(to: x.upperTriangle(diagonal: near)))
            #expect(x.diagonal(offset: far).shape == [0])
        }
        #expect(try x.rolled(by: .min).isBitEqual(to: x.rolled(by: Int.min % 3)))
        #expect(try x.rolled(by: .max).isBitEqual(to: x.rolled(by: Int.max % 3)))
    }
}
