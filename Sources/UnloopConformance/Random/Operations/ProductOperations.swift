import UnloopBackend
import UnloopTensor

/// A function applied to a product before it is stored, with the scalars of the call.
struct RandomEpilogue: Sendable {
    let formula: RandomFormula
    let scalars: [Double]

    /// `epilogue: …` among the arguments of a call.
    func source(_ inputs: [String]) -> String {
        ", epilogue: \(formula.source), inputs: [\(inputs.joined(separator: ", "))], scalars: \(scalars)"
    }
}

extension ProgramBuilder {
    /// An epilogue of a small pool, half of the time, with its inputs for a result of this shape.
    mutating func epilogue(for shape: [Int]?) -> (RandomEpilogue?, [Int]) {
        guard let shape, numbers.chance(1, of: 3) else { return (nil, []) }
        let formula = RandomFormula.random(
            seed: seed, pool: 2, number: numbers.below(12), inputs: 1...2, areReal: true)
        let inputs = formula.inputs.dropFirst().map { _ in
            numbers.chance(1, of: 2) ? like(Array(shape.suffix(1))) : broadcasting(to: shape)
        }
        return (RandomEpilogue(formula: formula, scalars: scalars(formula)), inputs)
    }
}

extension RandomOperation {
    /// The kind of a product after its epilogue; nil where the inputs do not fit.
    static func afterEpilogue(_ shape: [Int], _ epilogue: RandomEpilogue?, _ inputs: ArraySlice<TensorKind>)
        -> TensorKind?
    {
        guard let epilogue else { return inputs.isEmpty ? TensorKind(shape) : nil }
        guard inputs.count == epilogue.formula.inputs.count - 1,
            inputs.allSatisfy({ $0.isReal && $0.rank <= shape.count && broadcastShape([$0.shape, shape]) == shape })
        else { return nil }
        return TensorKind(shape, isReal: epilogue.formula.isReal)
    }

    static func matmul(_ epilogue: RandomEpilogue? = nil) -> RandomOperation {
        RandomOperation(
            name: epilogue == nil ? "matmul" : "matmul with epilogue",
            result: { kinds in
                guard kinds[0].isReal && kinds[1].isReal, let shape = productShape(kinds[0].shape, kinds[1].shape)
                else {
                    return nil
                }
                return afterEpilogue(shape, epilogue, kinds.dropFirst(2))
            },
            apply: { x, _ in
                guard let epilogue else { return UnloopTensor.matmul(x[0], x[1]) }
                return UnloopTensor.matmul(
                    x[0], x[1], epilogue: epilogue.formula.function, inputs: Array(x.dropFirst(2)),
                    scalars: epilogue.scalars)
            },
            source: { x in
                "matmul(\(x[0]), \(x[1])\(epilogue?.source(Array(x.dropFirst(2))) ?? ""))"
            },
            rounding: epilogue == nil
                ? .sums { x, _ in UnloopTensor.matmul(abs(x[0]), abs(x[1])) } : .notStated,
            work: { kinds in
                (productShape(kinds[0].shape, kinds[1].shape) ?? []).reduce(1, *) * (kinds[0].shape.last ?? 1)
            })
    }

    private static func productShape(_ a: [Int], _ b: [Int]) -> [Int]? {
        guard a.count >= 2, b.count >= 2, a[a.count - 1] == b[b.count - 2],
            let batch = broadcastShape([a.dropLast(2), b.dropLast(2)])
        else { return nil }
        return batch + [a[a.count - 2], b[b.count - 1]]
    }
}

extension OperationFamily {
    static let products: [OperationFamily] = [
        OperationFamily("matmul", weight: 16) { builder in
            let isThere = builder.numbers.chance(1, of: 2)
            let first: Int
            if isThere, let found = builder.existing({ $0.isReal && $0.rank >= 2 && $0.rank <= 4 }) {
                first = found
            } else {
                let batch = (0..<builder.numbers.pick([0, 0, 1, 1, 2])).map { _ in builder.length(4) }
                first = builder.real(batch + [builder.length(70), builder.length(300)])
            }
            let shape = builder.kinds[first].shape
            let (k, batch) = (shape[shape.count - 1], Array(shape.dropLast(2)))
            let otherBatch =
                switch builder.numbers.below(4) {
                case 0, 1: [Int]()
                case 2: batch
                default: batch.map { builder.numbers.chance(1, of: 2) ? 1 : $0 }
                }
            let room = max(1, (builder.size.work / 3) / max(1, builder.kinds[first].count * otherBatch.reduce(1, *)))
            let second = builder.like(otherBatch + [k, builder.length(min(room, 130))])
            let product = broadcastShape([batch, otherBatch]).map {
                $0 + [shape[shape.count - 2], builder.kinds[second].shape.last ?? 0]
            }
            let (epilogue, inputs) = builder.epilogue(for: product)
            return builder.add(.matmul(epilogue), [first, second] + inputs)
        },
        OperationFamily("dot", weight: 3) { builder in
            let first = builder.anyReal(rank: 1...3)
            let size = builder.kinds[first].shape.last ?? 0
            return builder.add(
                RandomOperation(
                    name: "dot",
                    result: { kinds in
                        guard kinds.allSatisfy(\.isReal), kinds[0].rank > 0, kinds[1].shape == kinds[0].shape.suffix(1)
                        else { return nil }
                        return TensorKind(Array(kinds[0].shape.dropLast()))
                    }, apply: { x, _ in dot(x[0], x[1]) }, source: { "dot(\($0[0]), \($0[1]))" },
                    rounding: .sums { x, _ in dot(abs(x[0]), abs(x[1])) }), [first, builder.like([size])])
        },
        OperationFamily("outer", weight: 2) { builder in
            let (first, second) = (builder.anyReal(rank: 1...1), builder.anyReal(rank: 1...1))
            return builder.add(
                RandomOperation(
                    name: "outer",
                    result: { kinds in
                        guard kinds.allSatisfy({ $0.isReal && $0.rank == 1 }) else { return nil }
                        return TensorKind(kinds[0].shape + kinds[1].shape)
                    }, apply: { x, _ in outer(x[0], x[1]) }, source: { "outer(\($0[0]), \($0[1]))" },
                    rounding: .ulp(0.5)), [first, second])
        },
    ]
}
