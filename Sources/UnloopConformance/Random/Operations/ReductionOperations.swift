import UnloopBackend
import UnloopTensor

/// Reductions over several axes.
private enum AxesReduction: String, CaseIterable, Sendable {
    case sum, mean, product, max, min, variance, standardDeviation, norm

    func apply(_ x: Tensor, _ axes: [Int], keeping: Bool, correction: Double) -> Tensor {
        switch self {
        case .sum: x.sum(axes: axes, keepingDimensions: keeping)
        case .mean: x.mean(axes: axes, keepingDimensions: keeping)
        case .variance: x.variance(axes: axes, correction: correction, keepingDimensions: keeping)
        case .product:
            switch axes.count {
            case 0: x.product(keepingDimensions: keeping)
            case 1: x.product(axes[0], keepingDimensions: keeping)
            case 2: x.product(axes[0], axes[1], keepingDimensions: keeping)
            default: x.product(axes[0], axes[1], axes[2], keepingDimensions: keeping)
            }
        case .max:
            switch axes.count {
            case 0: x.max(keepingDimensions: keeping)
            case 1: x.max(axes[0], keepingDimensions: keeping)
            case 2: x.max(axes[0], axes[1], keepingDimensions: keeping)
            default: x.max(axes[0], axes[1], axes[2], keepingDimensions: keeping)
            }
        case .min:
            switch axes.count {
            case 0: x.min(keepingDimensions: keeping)
            case 1: x.min(axes[0], keepingDimensions: keeping)
            case 2: x.min(axes[0], axes[1], keepingDimensions: keeping)
            default: x.min(axes[0], axes[1], axes[2], keepingDimensions: keeping)
            }
        case .norm:
            switch axes.count {
            case 0: x.norm(keepingDimensions: keeping)
            case 1: x.norm(axes[0], keepingDimensions: keeping)
            case 2: x.norm(axes[0], axes[1], keepingDimensions: keeping)
            default: x.norm(axes[0], axes[1], axes[2], keepingDimensions: keeping)
            }
        case .standardDeviation:
            switch axes.count {
            case 0: x.standardDeviation(correction: correction, keepingDimensions: keeping)
            case 1: x.standardDeviation(axes[0], correction: correction, keepingDimensions: keeping)
            case 2: x.standardDeviation(axes[0], axes[1], correction: correction, keepingDimensions: keeping)
            default:
                x.standardDeviation(axes[0], axes[1], axes[2], correction: correction, keepingDimensions: keeping)
            }
        }
    }

    func source(_ x: String, _ axes: [Int], keeping: Bool, correction: Double) -> String {
        let extra = takesCorrection ? "correction: \(correction), " : ""
        switch self {
        case .sum, .mean, .variance: return "\(x).\(rawValue)(axes: \(axes), \(extra)keepingDimensions: \(keeping))"
        default:
            let list = axes.map { "\($0), " }.joined()
            return "\(x).\(rawValue)(\(list)\(extra)keepingDimensions: \(keeping))"
        }
    }

    var takesCorrection: Bool { self == .variance || self == .standardDeviation }
    var takesIntegers: Bool { [.sum, .product, .max, .min].contains(self) }
    /// Whether it takes a list of any length; an empty one means no axes instead of all.
    var takesList: Bool { [.sum, .mean, .variance].contains(self) }
}

extension RandomOperation {
    fileprivate static func reduction(
        _ reduction: AxesReduction, axes: [Int], keeping: Bool, correction: Double
    ) -> RandomOperation {
        RandomOperation(
            name: reduction.rawValue,
            result: { kinds in
                let kind = kinds[0]
                let resolved = axes.map { $0 < 0 ? $0 + kind.rank : $0 }
                guard resolved.allSatisfy({ kind.shape.indices.contains($0) }), Set(resolved).count == axes.count,
                    kind.isReal || reduction.takesIntegers
                else { return nil }
                let reduced = axes.isEmpty && !reduction.takesList ? Set(kind.shape.indices) : Set(resolved)
                return TensorKind(
                    keeping ? kind.shape.keeping(reduced) : kind.shape.removing(reduced), isReal: kind.isReal)
            }, apply: { x, _ in reduction.apply(x[0], axes, keeping: keeping, correction: correction) },
            source: { reduction.source($0[0], axes, keeping: keeping, correction: correction) },
            rounding: rounding(reduction, axes),
            simpler: {
                (keeping ? [.reduction(reduction, axes: axes, keeping: false, correction: correction)] : [])
                    + (reduction == .sum ? [] : [.reduction(.sum, axes: axes, keeping: keeping, correction: 0)])
                    + (axes.count > 1
                        ? axes.indices.map { position in
                            var fewer = axes
                            fewer.remove(at: position)
                            return .reduction(reduction, axes: fewer, keeping: keeping, correction: correction)
                        } : [])
            })
    }

    private static func rounding(_ reduction: AxesReduction, _ axes: [Int]) -> Rounding {
        switch reduction {
        case .max, .min: .jumps
        case .sum: .sums { x, _ in abs(x[0]).sum(axes: axes) }
        default: .notStated
        }
    }

    /// An operation along one axis.
    fileprivate static func along(
        _ name: String, axis: Int, keeping: Bool?, givesReal: Bool? = nil, integersToo: Bool = false,
        emptyToo: Bool = true, removes: Bool, _ rounding: Rounding = .notStated, _ text: String,
        _ apply: @escaping @Sendable (Tensor, Int, Bool) -> Tensor
    ) -> RandomOperation {
        RandomOperation(
            name: name,
            result: { kinds in
                let kind = kinds[0]
                let resolved = axis < 0 ? axis + kind.rank : axis
                guard kind.shape.indices.contains(resolved), kind.isReal || integersToo,
                    emptyToo || kind.shape[resolved] > 0
                else { return nil }
                let shape =
                    !removes
                    ? kind.shape : keeping == true ? kind.shape.keeping([resolved]) : kind.shape.removing([resolved])
                return TensorKind(shape, isReal: givesReal ?? kind.isReal)
            }, apply: { x, _ in apply(x[0], axis, keeping ?? false) },
            source: { x in
                let extra = keeping.map { ", keepingDimensions: \($0)" } ?? ""
                return "\(x[0]).\(text.replacing("#", with: "\(axis)\(extra)"))"
            }, rounding: rounding, terms: { $0[0].shape[axis < 0 ? axis + $0[0].rank : axis] })
    }

    fileprivate static func sumOf(_ formula: RandomFormula, scalars: [Double], axes: [Int], keeping: Bool)
        -> RandomOperation
    {
        RandomOperation(
            name: "sum of a formula",
            result: { kinds in
                guard kinds.map(\.isReal) == formula.inputs.map({ $0 == .real }),
                    let shape = broadcastShape(kinds.map(\.shape))
                else { return nil }
                let resolved = Set(axes.map { $0 < 0 ? $0 + shape.count : $0 })
                guard resolved.allSatisfy({ shape.indices.contains($0) }), resolved.count == axes.count else {
                    return nil
                }
                return TensorKind(keeping ? shape.keeping(resolved) : shape.removing(resolved), isReal: formula.isReal)
            },
            apply: { x, _ in
                Tensor.sum(of: formula.function, x, axes: axes, scalars: scalars, keepingDimensions: keeping)
            },
            source: { x in
                "Tensor.sum(of: \(formula.source), [\(x.joined(separator: ", "))], axes: \(axes), scalars: \(scalars), "
                    + "keepingDimensions: \(keeping))"
            }, work: { kinds in (broadcastShape(kinds.map(\.shape)) ?? []).reduce(1, *) },
            simpler: {
                formula.simpler.map { .sumOf($0, scalars: scalars, axes: axes, keeping: keeping) }
                    + (keeping ? [.sumOf(formula, scalars: scalars, axes: axes, keeping: false)] : [])
            })
    }
}

extension OperationFamily {
    static let reductions: [OperationFamily] = [
        OperationFamily("reduction", weight: 14) { builder in
            let reduction = builder.numbers.pick(AxesReduction.allCases)
            let value = reduction.takesIntegers ? builder.anyValue() : builder.anyReal()
            let rank = builder.kinds[value].rank
            var axes = builder.axes(rank).prefix(3).map { builder.named($0, of: rank) }
            if builder.numbers.chance(1, of: 6) { axes = [] }
            return builder.add(
                .reduction(
                    reduction, axes: axes, keeping: builder.numbers.chance(1, of: 3),
                    correction: builder.numbers.pick([0, 1])), [value])
        },
        OperationFamily("position of an extreme", weight: 4) { builder in
            let value = builder.anyValue(rank: 1...5)
            let rank = builder.kinds[value].rank
            let axis = builder.named(builder.numbers.below(rank), of: rank)
            let keeping = builder.numbers.chance(1, of: 3)
            let isMaximum = builder.numbers.chance(1, of: 2)
            return builder.add(
                .along(
                    isMaximum ? "argmax" : "argmin", axis: axis, keeping: keeping, givesReal: false, integersToo: true,
                    emptyToo: false, removes: true, .jumps, isMaximum ? "argmax(#)" : "argmin(#)"
                ) { isMaximum ? $0.argmax($1, keepingDimensions: $2) : $0.argmin($1, keepingDimensions: $2) }, [value])
        },
        OperationFamily("cumulative sum", weight: 4) { builder in
            let value = builder.anyValue(rank: 1...5)
            let rank = builder.kinds[value].rank
            let reversed = builder.numbers.chance(1, of: 3)
            let axis = builder.named(builder.numbers.below(rank), of: rank)
            return builder.add(
                .along(
                    "cumulativeSum", axis: axis, keeping: nil, integersToo: true, removes: false,
                    .sums { x, _ in abs(x[0]).cumulativeSum(axis, reversed: reversed) },
                    "cumulativeSum(#, reversed: \(reversed))"
                ) { x, axis, _ in x.cumulativeSum(axis, reversed: reversed) }, [value])
        },
        OperationFamily("sum of a formula", weight: 6) { builder in
            let formula = RandomFormula.random(
                seed: builder.seed, pool: 1, number: builder.numbers.below(40), inputs: 1...2)
            let first = builder.anyReal()
            let shape = builder.kinds[first].shape
            let operands = formula.inputs.enumerated().map { position, type in
                position == 0 ? first : builder.broadcasting(to: shape, isReal: type == .real)
            }
            return builder.add(
                .sumOf(
                    formula, scalars: builder.scalars(formula),
                    axes: builder.axes(shape.count).map { builder.named($0, of: shape.count) },
                    keeping: builder.numbers.chance(1, of: 3)), operands)
        },
    ]

    /// Softmax and what else is computed line by line.
    static let lines: [OperationFamily] = [
        OperationFamily("softmax", weight: 7) { builder in
            let value = builder.anyReal(rank: 1...5)
            let rank = builder.kinds[value].rank
            let axis = builder.named(builder.numbers.below(rank), of: rank)
            switch builder.numbers.below(3) {
            case 0:
                return builder.add(
                    .along("softmax", axis: axis, keeping: nil, removes: false, .notStated, "softmax(#)") {
                        x, axis, _ in
                        x.softmax(axis)
                    }, [value])
            case 1:
                return builder.add(
                    .along("logSoftmax", axis: axis, keeping: nil, removes: false, .notStated, "logSoftmax(#)") {
                        x, axis, _ in
                        x.logSoftmax(axis)
                    }, [value])
            default:
                return builder.add(
                    .along(
                        "logSumExp", axis: axis, keeping: builder.numbers.chance(1, of: 2), removes: true,
                        .notStated, "logSumExp(#)"
                    ) { $0.logSumExp($1, keepingDimensions: $2) }, [value])
            }
        },
        OperationFamily("layer normalization", weight: 5) { builder in
            let value = builder.anyReal(rank: 1...5)
            let size = builder.kinds[value].shape[builder.kinds[value].rank - 1]
            return builder.add(
                RandomOperation(
                    name: "layerNormalized",
                    result: { kinds in
                        guard let size = kinds[0].shape.last, kinds.allSatisfy(\.isReal),
                            kinds[1].shape == [size] && kinds[2].shape == [size]
                        else { return nil }
                        return kinds[0]
                    }, apply: { x, _ in x[0].layerNormalized(scale: x[1], shift: x[2]) },
                    source: { "\($0[0]).layerNormalized(scale: \($0[1]), shift: \($0[2]))" }),
                [value, builder.like([size]), builder.like([size])])
        },
        OperationFamily("cross-entropy", weight: 4) { builder in
            let value = builder.anyReal(rank: 1...4)
            let shape = builder.kinds[value].shape
            let classes = shape[shape.count - 1]
            let fill: RandomFill = builder.numbers.chance(1, of: 10) ? .wide : .below(classes)
            return builder.add(
                RandomOperation(
                    name: "softmaxCrossEntropy",
                    result: { kinds in
                        guard kinds[0].isReal, !kinds[1].isReal, kinds[0].rank > 0,
                            kinds[1].shape == kinds[0].shape.dropLast()
                        else { return nil }
                        return TensorKind([])
                    }, apply: { x, _ in x[0].softmaxCrossEntropy(classes: x[1]) },
                    source: { "\($0[0]).softmaxCrossEntropy(classes: \($0[1]))" }),
                [value, builder.leaf(Array(shape.dropLast()), fill)])
        },
    ]
}
