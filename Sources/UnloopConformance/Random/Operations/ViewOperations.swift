import UnloopBackend
import UnloopTensor

extension RandomOperation {
    /// An operation on one tensor that moves elements only. `%` in `text` stands for the operand.
    static func move(
        _ name: String, _ text: String, simpler: @escaping @Sendable () -> [RandomOperation] = { [] },
        shape: @escaping @Sendable ([Int]) -> [Int]?, _ apply: @escaping @Sendable (Tensor) -> Tensor
    ) -> RandomOperation {
        RandomOperation(
            name: name,
            result: { kinds in shape(kinds[0].shape).map { TensorKind($0, isReal: kinds[0].isReal) } },
            apply: { x, _ in apply(x[0]) }, source: { text.replacing("%", with: $0[0]) }, rounding: .none,
            simpler: simpler)
    }

    static func reshape(_ target: [Int]) -> RandomOperation {
        .move("reshaped", "%.reshaped(\(target))", shape: { $0.reduce(1, *) == target.reduce(1, *) ? target : nil }) {
            $0.reshaped(target)
        }
    }

    static func permute(_ order: [Int]) -> RandomOperation {
        .move(
            "permuted", "%.permuted(\(order))",
            shape: { shape in shape.count == order.count ? order.map { shape[$0] } : nil }
        ) { $0.permuted(order) }
    }

    /// Positions along one axis: what part of it, in percent, and every how many-th.
    static func slice(axis: Int, rank: Int, from: Int, to: Int, step: Int) -> RandomOperation {
        @Sendable func range(_ size: Int) -> Range<Int> { size * from / 100..<size * to / 100 }
        @Sendable func selections(_ size: Int) -> [AxisSelection] {
            Array(repeating: .all, count: axis) + [.range(range(size), every: step)]
        }
        return RandomOperation(
            name: "slice",
            result: { kinds in
                var kind = kinds[0]
                guard kind.rank == rank else { return nil }
                kind.shape[axis] = (range(kind.shape[axis]).count + abs(step) - 1) / abs(step)
                return kind
            }, apply: { x, _ in x[0].selecting(selections(x[0].shape[axis])) },
            source: { x in
                let all = String(repeating: ".all, ", count: axis)
                let size = "\(x[0]).shape[\(axis)]"
                let (first, end) = (
                    from == 0 ? "0" : "\(size) * \(from) / 100", to == 100 ? size : "\(size) * \(to) / 100"
                )
                return "\(x[0])[\(all).range(\(first)..<\(end), every: \(step))]"
            }, rounding: .none,
            simpler: {
                (step == 1 ? [] : [slice(axis: axis, rank: rank, from: from, to: to, step: 1)])
                    + (from == 0 ? [] : [slice(axis: axis, rank: rank, from: 0, to: to, step: step)])
                    + (to == 100 ? [] : [slice(axis: axis, rank: rank, from: from, to: 100, step: step)])
            })
    }

    static func pad(_ widths: [(before: Int, after: Int)], with value: Double) -> RandomOperation {
        .move(
            "padded",
            "%.padded(\(widths.map { "(\($0.before), \($0.after))" }), with: \(value))".replacing("\"", with: ""),
            simpler: {
                widths.indices.flatMap { axis -> [RandomOperation] in
                    if widths[axis] == (0, 0) { return [] }
                    var fewer = widths
                    fewer[axis] = (0, 0)
                    return [pad(fewer, with: value)]
                }
            },
            shape: { shape in
                shape.count == widths.count ? zip(shape, widths).map { $0 + $1.before + $1.after } : nil
            }
        ) { $0.padded(widths, with: value) }
    }
}

extension OperationFamily {
    static let views: [OperationFamily] = [
        OperationFamily("reshape", weight: 5) { builder in
            let value = builder.anyValue()
            let shape = builder.kinds[value].shape
            var target: [Int]
            switch builder.numbers.below(4) {
            case 0:
                let first = builder.numbers.below(shape.count + 1)
                return builder.add(
                    .move(
                        "flattened", "%.flattened(from: \(first))",
                        shape: { shape in
                            if shape.isEmpty { return [1] }
                            guard first <= shape.count else { return nil }
                            return Array(shape.prefix(first)) + [shape.dropFirst(first).reduce(1, *)]
                        }
                    ) { $0.flattened(from: first) }, [value])
            case 1: target = [shape.reduce(1, *)]
            case 2:
                // Two neighbours become one.
                target = shape
                if shape.count > 1 {
                    let axis = builder.numbers.below(shape.count - 1)
                    target.replaceSubrange(axis...axis + 1, with: [shape[axis] * shape[axis + 1]])
                }
            default:
                // The count cut into factors anew.
                target = []
                var rest = shape.reduce(1, *)
                if rest == 0 { target = builder.numbers.shuffled(shape.count).map { shape[$0] } }
                while rest > 1 && target.count < 4 {
                    let factors = (2...max(2, min(rest, 40))).filter { rest % $0 == 0 }
                    let factor = factors.isEmpty ? rest : builder.numbers.pick(factors)
                    target.append(factor)
                    rest /= factor
                }
                if rest > 1 { target.append(rest) }
            }
            return builder.add(.reshape(target), [value])
        },
        OperationFamily("permute", weight: 5) { builder in
            let value = builder.anyValue()
            return builder.add(.permute(builder.numbers.shuffled(builder.kinds[value].rank)), [value])
        },
        OperationFamily("transpose", weight: 3) { builder in
            let value = builder.anyValue(rank: 2...5)
            let rank = builder.kinds[value].rank
            if builder.numbers.chance(1, of: 2) {
                return builder.add(
                    .move("transposed", "%.transposed()", shape: { $0.dropLast(2) + $0.suffix(2).reversed() }) {
                        $0.transposed()
                    }, [value])
            }
            let (a, b) = (builder.numbers.below(rank), builder.numbers.below(rank))
            return builder.add(
                .move(
                    "transposed", "%.transposed(\(a), \(b - rank))",
                    shape: { shape in
                        guard shape.count == rank else { return nil }
                        var target = shape
                        target.swapAt(a, b)
                        return target
                    }
                ) { $0.transposed(a, b - rank) }, [value])
        },
        OperationFamily("axes of size 1", weight: 3) { builder in
            let value = builder.anyValue()
            let shape = builder.kinds[value].shape
            let ones = shape.indices.filter { shape[$0] == 1 }
            if !ones.isEmpty && builder.numbers.chance(1, of: 2) {
                let axis = builder.numbers.pick(ones)
                return builder.add(
                    .move(
                        "squeezed", "%.squeezed(\(axis))",
                        shape: { $0.indices.contains(axis) && $0[axis] == 1 ? $0.removing([axis]) : nil }
                    ) { $0.squeezed(axis) }, [value])
            }
            let position = builder.numbers.below(shape.count + 1)
            return builder.add(
                .move(
                    "expandingDimension", "%.expandingDimension(at: \(position))",
                    shape: { position <= $0.count ? $0.prefix(position) + [1] + $0.dropFirst(position) : nil }
                ) { $0.expandingDimension(at: position) }, [value])
        },
        OperationFamily("expand", weight: 4) { builder in
            let value = builder.anyValue(rank: 0...4)
            var target = builder.kinds[value].shape
            for axis in target.indices where target[axis] == 1 && builder.numbers.chance(2, of: 3) {
                target[axis] = builder.length(9)
            }
            if builder.numbers.chance(1, of: 2) { target.insert(builder.length(9), at: 0) }
            return builder.add(
                .move(
                    "expanded", "%.expanded(to: \(target))",
                    shape: { [target] shape in
                        shape.count <= target.count && broadcastShape([shape, target]) == target ? target : nil
                    }
                ) { [target] in $0.expanded(to: target) }, [value])
        },
        OperationFamily("slice", weight: 8) { builder in
            let value = builder.anyValue(rank: 1...5)
            let rank = builder.kinds[value].rank
            let bounds = builder.numbers.pick([(0, 100), (0, 50), (25, 100), (30, 70), (50, 50), (0, 90)])
            return builder.add(
                .slice(
                    axis: builder.numbers.below(rank), rank: rank, from: bounds.0, to: bounds.1,
                    step: builder.numbers.pick([1, 1, 2, -1, -2, 3])), [value])
        },
        OperationFamily("one position", weight: 3) { builder in
            let value = builder.anyValue(rank: 1...5)
            let shape = builder.kinds[value].shape
            let axis = builder.numbers.below(shape.count)
            if shape[axis] == 0 { return false }
            let index = builder.numbers.pick([0, -1, builder.numbers.below(shape[axis])])
            let all = String(repeating: ".all, ", count: axis)
            return builder.add(
                .move(
                    "index", "%[\(all)\(index)]",
                    shape: { shape in
                        guard shape.indices.contains(axis) else { return nil }
                        return (index < 0 ? -index <= shape[axis] : index < shape[axis]) ? shape.removing([axis]) : nil
                    }
                ) { x in
                    switch axis {
                    case 0: x[index]
                    case 1: x[.all, index]
                    case 2: x[.all, .all, index]
                    case 3: x[.all, .all, .all, index]
                    default: x[.all, .all, .all, .all, index]
                    }
                }, [value])
        },
        OperationFamily("flip", weight: 3) { builder in
            let value = builder.anyValue(rank: 1...5)
            let axis = builder.numbers.below(builder.kinds[value].rank)
            return builder.add(
                .move("flipped", "%.flipped(\(axis))", shape: { axis < $0.count ? $0 : nil }) { $0.flipped(axis) },
                [value])
        },
        OperationFamily("pad", weight: 5) { builder in
            let value = builder.anyValue(rank: 0...5)
            let widths = builder.kinds[value].shape.map { _ -> (before: Int, after: Int) in
                (builder.numbers.pick([0, 0, 1, 2]), builder.numbers.pick([0, 0, 1, 3]))
            }
            return builder.add(.pad(widths, with: builder.numbers.pick([0, 0, 1, -2])), [value])
        },
        OperationFamily("contiguous", weight: 2) { builder in
            builder.add(.move("contiguous", "%.contiguous()", shape: { $0 }) { $0.contiguous() }, [builder.anyValue()])
        },
    ]
}

extension ProgramBuilder {
    mutating func anyValue(rank ranks: ClosedRange<Int> = 0...5) -> Int {
        numbers.chance(1, of: 6) ? anyInteger(rank: ranks) : anyReal(rank: ranks)
    }
}
