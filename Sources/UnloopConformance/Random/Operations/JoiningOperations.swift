import UnloopBackend
import UnloopTensor

extension RandomOperation {
    static func concatenate(axis: Int) -> RandomOperation {
        RandomOperation(
            name: "concatenate",
            result: { kinds in
                guard axis < kinds[0].rank else { return nil }
                var result = kinds[0]
                result.shape[axis] = 0
                for kind in kinds {
                    guard kind.rank == result.rank, kind.isReal == result.isReal,
                        kind.shape.removing([axis]) == result.shape.removing([axis])
                    else { return nil }
                    result.shape[axis] += kind.shape[axis]
                }
                return result
            }, apply: { x, _ in Tensor.concatenate(x, axis: axis) },
            source: { "Tensor.concatenate([\($0.joined(separator: ", "))], axis: \(axis))" }, rounding: .none)
    }

    static func stack(axis: Int) -> RandomOperation {
        RandomOperation(
            name: "stack",
            result: { kinds in
                guard axis <= kinds[0].rank, kinds.allSatisfy({ $0 == kinds[0] }) else { return nil }
                var result = kinds[0]
                result.shape.insert(kinds.count, at: axis)
                return result
            }, apply: { x, _ in Tensor.stack(x, axis: axis) },
            source: { "Tensor.stack([\($0.joined(separator: ", "))], axis: \(axis))" }, rounding: .none)
    }

    /// One part of a split into equal parts, or what all parts add up to.
    static func split(axis: Int, into count: Int, part: Int) -> RandomOperation {
        .move(
            "split", "%.split(into: \(count), axis: \(axis))[\(part)]",
            shape: { shape in
                guard axis < shape.count, shape[axis] % count == 0 else { return nil }
                var target = shape
                target[axis] /= count
                return target
            }
        ) { $0.split(into: count, axis: axis)[part] }
    }

    static func unstack(axis: Int, part: Int) -> RandomOperation {
        .move(
            "unstacked", "%.unstacked(axis: \(axis))[\(part)]",
            shape: { axis < $0.count && part < $0[axis] ? $0.removing([axis]) : nil }
        ) { $0.unstacked(axis: axis)[part] }
    }

    /// All parts of an axis in another order: many slices of one tensor, whose cotangents meet again.
    static func rejoin(axis: Int, _ order: [Int]) -> RandomOperation {
        .move(
            "rejoin",
            "Tensor.concatenate(\(order).map { %.split(into: \(order.count), axis: \(axis))[$0] }, axis: \(axis))",
            shape: { $0.indices.contains(axis) && $0[axis] % order.count == 0 ? $0 : nil }
        ) { x in
            let parts = x.split(into: order.count, axis: axis)
            return Tensor.concatenate(order.map { parts[$0] }, axis: axis)
        }
    }
}

extension OperationFamily {
    static let joining: [OperationFamily] = [
        OperationFamily("concatenate", weight: 5) { builder in
            let first = builder.anyValue(rank: 1...5)
            let kind = builder.kinds[first]
            let axis = builder.numbers.below(kind.rank)
            var operands = [first]
            for _ in 0..<builder.numbers.below(3) {
                var shape = kind.shape
                shape[axis] = builder.length(9)
                operands.append(
                    builder.numbers.chance(1, of: 4)
                        ? first : builder.like(shape, isReal: kind.isReal))
            }
            return builder.add(.concatenate(axis: axis), operands)
        },
        OperationFamily("stack", weight: 3) { builder in
            let first = builder.anyValue(rank: 0...4)
            let kind = builder.kinds[first]
            let operands =
                [first] + (0..<builder.numbers.below(3)).map { _ in builder.like(kind.shape, isReal: kind.isReal) }
            return builder.add(.stack(axis: builder.numbers.below(kind.rank + 1)), operands)
        },
        OperationFamily("split", weight: 4) { builder in
            let value = builder.anyValue(rank: 1...5)
            let shape = builder.kinds[value].shape
            let axis = builder.numbers.below(shape.count)
            if builder.numbers.chance(1, of: 3) {
                return builder.add(.unstack(axis: axis, part: builder.numbers.below(max(1, shape[axis]))), [value])
            }
            let counts = (1...6).filter { shape[axis] % $0 == 0 }
            let count = builder.numbers.pick(counts)
            if builder.numbers.chance(1, of: 2) {
                return builder.add(.rejoin(axis: axis, builder.numbers.shuffled(count)), [value])
            }
            return builder.add(.split(axis: axis, into: count, part: builder.numbers.below(count)), [value])
        },
    ]
}
