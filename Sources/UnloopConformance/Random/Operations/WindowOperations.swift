import UnloopBackend
import UnloopTensor

/// How a window moves over one to three axes: what convolutions and pooling have in common.
struct RandomWindow: Hashable, Sendable {
    enum Padding: Hashable, Sendable {
        case valid, same
        /// For each axis.
        case explicit([Pair])
    }
    struct Pair: Hashable, Sendable {
        var before: Int
        var after: Int
    }

    var stride: [Int]
    var dilation: [Int]
    var padding: Padding

    var rank: Int { stride.count }

    static func random(rank: Int, dilated: Bool, _ numbers: inout CounterNumbers) -> RandomWindow {
        let padding: Padding =
            switch numbers.below(4) {
            case 0, 1: .valid
            case 2: .same
            default:
                .explicit(
                    (0..<rank).map { _ in
                        Pair(before: numbers.pick([0, 0, 1, 2, 3]), after: numbers.pick([0, 1, 1, 2]))
                    })
            }
        return RandomWindow(
            stride: (0..<rank).map { _ in numbers.pick([1, 1, 2, 3]) },
            dilation: (0..<rank).map { _ in dilated ? numbers.pick([1, 1, 1, 2, 3]) : 1 }, padding: padding)
    }

    func extent(_ kernel: [Int]) -> [Int] { kernel.indices.map { dilation[$0] * (kernel[$0] - 1) + 1 } }

    private func amounts(_ size: Int, axis: Int, extent: Int) -> Pair {
        switch padding {
        case .valid: return Pair(before: 0, after: 0)
        case .same:
            let total = max(0, ((size + stride[axis] - 1) / stride[axis] - 1) * stride[axis] + extent - size)
            return Pair(before: total / 2, after: total - total / 2)
        case .explicit(let pairs): return pairs[axis]
        }
    }

    /// The positions along each axis; nil where the window does not fit.
    func positions(_ sizes: [Int], _ kernel: [Int]) -> [Int]? {
        guard sizes.count == rank, kernel.count == rank, kernel.allSatisfy({ $0 > 0 }) else { return nil }
        let extents = extent(kernel)
        var result: [Int] = []
        for axis in sizes.indices {
            guard sizes[axis] > 0 else { return nil }
            let pair = amounts(sizes[axis], axis: axis, extent: extents[axis])
            let room = sizes[axis] + pair.before + pair.after - extents[axis]
            guard room >= 0 else { return nil }
            result.append(room / stride[axis] + 1)
        }
        return result
    }

    /// The sizes that a transposed convolution gives.
    func transposedSizes(_ sizes: [Int], _ kernel: [Int], _ outputPadding: [Int]) -> [Int]? {
        guard sizes.count == rank, kernel.allSatisfy({ $0 > 0 }), sizes.allSatisfy({ $0 > 0 }) else { return nil }
        if padding == .same {
            return outputPadding.allSatisfy { $0 == 0 } ? zip(sizes, stride).map { $0 * $1 } : nil
        }
        let extents = extent(kernel)
        var result: [Int] = []
        for axis in sizes.indices {
            guard outputPadding[axis] < stride[axis] else { return nil }
            let pair = amounts(sizes[axis], axis: axis, extent: extents[axis])
            let size = (sizes[axis] - 1) * stride[axis] + extents[axis] + outputPadding[axis] - pair.before - pair.after
            guard size > 0 else { return nil }
            result.append(size)
        }
        return result
    }

    var simpler: [RandomWindow] {
        var result: [RandomWindow] = []
        func with(_ change: (inout RandomWindow) -> Void) {
            var copy = self
            change(&copy)
            if copy != self { result.append(copy) }
        }
        with { $0.padding = .valid }
        for axis in 0..<rank {
            with { $0.stride[axis] = 1 }
            with { $0.dilation[axis] = 1 }
            if case .explicit(let pairs) = padding {
                for zeroesBefore in [true, false] {
                    with { window in
                        var pairs = pairs
                        if zeroesBefore { pairs[axis].before = 0 } else { pairs[axis].after = 0 }
                        window.padding = .explicit(pairs)
                    }
                }
            }
        }
        return result
    }

    // MARK: As arguments

    var padding1D: Padding1D {
        switch padding {
        case .valid: .valid
        case .same: .same
        case .explicit(let p): .explicit(before: p[0].before, after: p[0].after)
        }
    }
    var padding2D: UnloopTensor.Padding {
        switch padding {
        case .valid: .valid
        case .same: .same
        case .explicit(let p): .explicit(top: p[0].before, bottom: p[0].after, left: p[1].before, right: p[1].after)
        }
    }
    var padding3D: Padding3D {
        switch padding {
        case .valid: .valid
        case .same: .same
        case .explicit(let p):
            .explicit(
                front: p[0].before, back: p[0].after, top: p[1].before, bottom: p[1].after, left: p[2].before,
                right: p[2].after)
        }
    }

    static func text(_ sizes: [Int]) -> String {
        switch sizes.count {
        case 1: "\(sizes[0])"
        case 2: "Size2D(\(sizes[0]), \(sizes[1]))"
        default: "Size3D(\(sizes[0]), \(sizes[1]), \(sizes[2]))"
        }
    }

    var source: String {
        var text = "stride: \(Self.text(stride)), padding: "
        switch padding {
        case .valid: text += ".valid"
        case .same: text += ".same"
        case .explicit(let pairs):
            let names = [
                [["before", "after"]], [["top", "bottom"], ["left", "right"]],
                [["front", "back"], ["top", "bottom"], ["left", "right"]],
            ][rank - 1]
            let amounts = zip(names, pairs).map { "\($0[0]): \($1.before), \($0[1]): \($1.after)" }
            text += ".explicit(\(amounts.joined(separator: ", ")))"
        }
        return text
    }
}

extension Size2D {
    init(_ sizes: [Int]) { self.init(sizes[0], sizes[1]) }
}
extension Size3D {
    init(_ sizes: [Int]) { self.init(sizes[0], sizes[1], sizes[2]) }
}

extension RandomOperation {
    static func convolution(_ window: RandomWindow, groups: Int, _ epilogue: RandomEpilogue? = nil) -> RandomOperation {
        let name = "convolution\(window.rank)D"
        let (stride, dilation) = (window.stride, window.dilation)
        @Sendable func plain(_ x: Tensor, _ filter: Tensor) -> Tensor {
            switch window.rank {
            case 1:
                convolution1D(
                    x, filter, stride: stride[0], padding: window.padding1D, dilation: dilation[0], groups: groups)
            case 2:
                convolution2D(
                    x, filter, stride: Size2D(stride), padding: window.padding2D, dilation: Size2D(dilation),
                    groups: groups)
            default:
                convolution3D(
                    x, filter, stride: Size3D(stride), padding: window.padding3D, dilation: Size3D(dilation),
                    groups: groups)
            }
        }
        return RandomOperation(
            name: epilogue == nil ? name : name + " with epilogue",
            result: { kinds in
                guard kinds[0].isReal && kinds[1].isReal,
                    let shape = convolutionShape(window, groups, kinds[0].shape, kinds[1].shape)
                else { return nil }
                return afterEpilogue(shape, epilogue, kinds.dropFirst(2))
            },
            apply: { x, _ in
                guard let epilogue else { return plain(x[0], x[1]) }
                let (function, scalars, inputs) = (epilogue.formula.function, epilogue.scalars, Array(x.dropFirst(2)))
                switch window.rank {
                case 1:
                    return convolution1D(
                        x[0], x[1], stride: stride[0], padding: window.padding1D, dilation: dilation[0],
                        groups: groups, epilogue: function, inputs: inputs, scalars: scalars)
                case 2:
                    return convolution2D(
                        x[0], x[1], stride: Size2D(stride), padding: window.padding2D, dilation: Size2D(dilation),
                        groups: groups, epilogue: function, inputs: inputs, scalars: scalars)
                default:
                    return convolution3D(
                        x[0], x[1], stride: Size3D(stride), padding: window.padding3D, dilation: Size3D(dilation),
                        groups: groups, epilogue: function, inputs: inputs, scalars: scalars)
                }
            },
            source: { x in
                "\(name)(\(x[0]), \(x[1]), \(window.source), dilation: \(RandomWindow.text(dilation)), groups: \(groups)"
                    + "\(epilogue?.source(Array(x.dropFirst(2))) ?? ""))"
            },
            rounding: epilogue == nil ? .sums { x, _ in plain(abs(x[0]), abs(x[1])) } : .notStated,
            work: { kinds in
                (convolutionShape(window, groups, kinds[0].shape, kinds[1].shape) ?? []).reduce(1, *)
                    * kinds[1].shape.dropLast().reduce(1, *)
            },
            simpler: { window.simpler.map { convolution($0, groups: groups, epilogue) } })
    }

    static func convolutionShape(_ window: RandomWindow, _ groups: Int, _ input: [Int], _ filter: [Int]) -> [Int]? {
        let rank = window.rank
        guard input.count == rank + 2, filter.count == rank + 2,
            let positions = window.positions(Array(input[1...rank]), Array(filter[0..<rank])),
            input[rank + 1] % groups == 0, filter[rank + 1] % groups == 0, filter[rank] == input[rank + 1] / groups
        else { return nil }
        return [input[0]] + positions + [filter[rank + 1]]
    }

    static func transposedConvolution(
        _ window: RandomWindow, outputPadding: [Int], groups: Int, _ epilogue: RandomEpilogue? = nil
    ) -> RandomOperation {
        let name = "transposedConvolution\(window.rank)D"
        let (stride, dilation) = (window.stride, window.dilation)
        @Sendable func apply(
            _ x: Tensor, _ filter: Tensor, _ function: ScalarFunction?, _ inputs: [Tensor], _ scalars: [Double]
        ) -> Tensor {
            switch window.rank {
            case 1:
                transposedConvolution1D(
                    x, filter, stride: stride[0], padding: window.padding1D, outputPadding: outputPadding[0],
                    dilation: dilation[0], groups: groups, epilogue: function, inputs: inputs, scalars: scalars)
            case 2:
                transposedConvolution2D(
                    x, filter, stride: Size2D(stride), padding: window.padding2D, outputPadding: Size2D(outputPadding),
                    dilation: Size2D(dilation), groups: groups, epilogue: function, inputs: inputs, scalars: scalars)
            default:
                transposedConvolution3D(
                    x, filter, stride: Size3D(stride), padding: window.padding3D, outputPadding: Size3D(outputPadding),
                    dilation: Size3D(dilation), groups: groups, epilogue: function, inputs: inputs, scalars: scalars)
            }
        }
        return RandomOperation(
            name: epilogue == nil ? name : name + " with epilogue",
            result: { kinds in
                guard kinds[0].isReal && kinds[1].isReal,
                    let shape = transposedShape(window, outputPadding, groups, kinds[0].shape, kinds[1].shape)
                else { return nil }
                return afterEpilogue(shape, epilogue, kinds.dropFirst(2))
            },
            apply: { x, _ in
                apply(x[0], x[1], epilogue?.formula.function, Array(x.dropFirst(2)), epilogue?.scalars ?? [])
            },
            source: { x in
                "\(name)(\(x[0]), \(x[1]), \(window.source), outputPadding: \(RandomWindow.text(outputPadding)), "
                    + "dilation: \(RandomWindow.text(dilation)), groups: \(groups)"
                    + "\(epilogue?.source(Array(x.dropFirst(2))) ?? ""))"
            },
            rounding: epilogue == nil ? .sums { x, _ in apply(abs(x[0]), abs(x[1]), nil, [], []) } : .notStated,
            work: { kinds in
                kinds[0].count * kinds[1].shape.dropLast().reduce(1, *)
            },
            terms: { $0[1].shape.dropLast().reduce(1, *) },
            simpler: {
                window.simpler.map {
                    transposedConvolution($0, outputPadding: outputPadding, groups: groups, epilogue)
                }
                    + (outputPadding.allSatisfy { $0 == 0 }
                        ? []
                        : [
                            transposedConvolution(
                                window, outputPadding: outputPadding.map { _ in 0 }, groups: groups, epilogue)
                        ])
            })
    }

    static func transposedShape(
        _ window: RandomWindow, _ outputPadding: [Int], _ groups: Int, _ input: [Int], _ filter: [Int]
    ) -> [Int]? {
        let rank = window.rank
        guard input.count == rank + 2, filter.count == rank + 2,
            let sizes = window.transposedSizes(Array(input[1...rank]), Array(filter[0..<rank]), outputPadding),
            input[rank + 1] % groups == 0, filter[rank + 1] == input[rank + 1]
        else { return nil }
        return [input[0]] + sizes + [filter[rank] * groups]
    }

    static func pooling(_ window: RandomWindow, kernel: [Int], isMaximum: Bool) -> RandomOperation {
        let name = "\(isMaximum ? "max" : "average")Pool\(window.rank)D"
        let stride = window.stride
        return RandomOperation(
            name: name,
            result: { kinds in
                let shape = kinds[0].shape
                guard kinds[0].isReal, shape.count == window.rank + 2,
                    let positions = window.positions(Array(shape[1...window.rank]), kernel)
                else { return nil }
                return TensorKind([shape[0]] + positions + [shape[window.rank + 1]])
            },
            apply: { x, _ in
                switch (window.rank, isMaximum) {
                case (1, true): maxPool1D(x[0], window: kernel[0], stride: stride[0], padding: window.padding1D)
                case (1, false): averagePool1D(x[0], window: kernel[0], stride: stride[0], padding: window.padding1D)
                case (2, true):
                    maxPool2D(x[0], window: Size2D(kernel), stride: Size2D(stride), padding: window.padding2D)
                case (2, false):
                    averagePool2D(x[0], window: Size2D(kernel), stride: Size2D(stride), padding: window.padding2D)
                case (_, true):
                    maxPool3D(x[0], window: Size3D(kernel), stride: Size3D(stride), padding: window.padding3D)
                case (_, false):
                    averagePool3D(x[0], window: Size3D(kernel), stride: Size3D(stride), padding: window.padding3D)
                }
            },
            source: { "\(name)(\($0[0]), window: \(RandomWindow.text(kernel)), \(window.source))" },
            rounding: isMaximum ? .jumps : .notStated,
            work: { kinds in kinds[0].count * kernel.reduce(1, *) },
            simpler: {
                window.simpler.map { pooling($0, kernel: kernel, isMaximum: isMaximum) }
                    + kernel.indices.filter { kernel[$0] > 1 }.map { axis in
                        var smaller = kernel
                        smaller[axis] -= 1
                        return pooling(window, kernel: smaller, isMaximum: isMaximum)
                    }
            })
    }

    static func adaptivePooling(to sizes: [Int], isMaximum: Bool) -> RandomOperation {
        let name = "adaptive\(isMaximum ? "Max" : "Average")Pool\(sizes.count)D"
        return RandomOperation(
            name: name,
            result: { kinds in
                let shape = kinds[0].shape
                guard kinds[0].isReal, shape.count == sizes.count + 2, shape[1...sizes.count].allSatisfy({ $0 > 0 })
                else { return nil }
                return TensorKind([shape[0]] + sizes + [shape[sizes.count + 1]])
            },
            apply: { x, _ in
                switch (sizes.count, isMaximum) {
                case (1, true): adaptiveMaxPool1D(x[0], to: sizes[0])
                case (1, false): adaptiveAveragePool1D(x[0], to: sizes[0])
                case (2, true): adaptiveMaxPool2D(x[0], to: Size2D(sizes))
                case (2, false): adaptiveAveragePool2D(x[0], to: Size2D(sizes))
                case (_, true): adaptiveMaxPool3D(x[0], to: Size3D(sizes))
                case (_, false): adaptiveAveragePool3D(x[0], to: Size3D(sizes))
                }
            }, source: { "\(name)(\($0[0]), to: \(RandomWindow.text(sizes)))" },
            rounding: isMaximum ? .jumps : .notStated)
    }
}

extension ProgramBuilder {
    /// Images, sequences or volumes, usually new ones.
    mutating func images(rank: Int, channels: Int) -> Int {
        if numbers.chance(1, of: 3),
            let found = existing({
                $0.isReal && $0.rank == rank + 2 && $0.count > 0 && $0.shape[rank + 1] % channels == 0
            })
        {
            return found
        }
        let longest = rank == 1 ? 70 : rank == 2 ? 20 : 8
        let sizes = (0..<rank).map { _ in positive(longest) }
        return real([numbers.pick([0, 1, 1, 1, 2, 2, 3])] + sizes + [channels])
    }

    mutating func channels() -> Int {
        numbers.pick(weighted: [
            (6, 1), (4, 2), (4, 3), (3, 4), (2, 5), (3, 8), (2, numbers.pick([15, 16, 17])),
            (2, numbers.pick([31, 32, 33])), (1, numbers.pick([64, 65])),
        ])
    }

    mutating func kernel(_ rank: Int) -> [Int] {
        (0..<rank).map { _ in numbers.pick(rank == 1 ? [1, 2, 3, 3, 4, 5, 7, 16] : [1, 1, 2, 3, 3, 4, 5]) }
    }
}

extension OperationFamily {
    static let windows: [OperationFamily] = [
        OperationFamily("convolution", weight: 14) { builder in
            let rank = builder.numbers.pick([1, 1, 2, 2, 2, 3])
            let window = RandomWindow.random(rank: rank, dilated: true, &builder.numbers)
            let groups = builder.numbers.pick([1, 1, 1, 2, 3, builder.channels()])
            let input = builder.images(
                rank: rank, channels: groups * builder.numbers.pick([1, 1, 2, builder.channels()]))
            let channels = builder.kinds[input].shape[rank + 1]
            guard channels % groups == 0 else { return false }
            let outputs = groups * builder.numbers.pick([1, 1, 2, builder.channels()])
            let filter = builder.like(builder.kernel(rank) + [channels / groups, outputs])
            let shape = RandomOperation.convolutionShape(
                window, groups, builder.kinds[input].shape, builder.kinds[filter].shape)
            let (epilogue, inputs) = builder.epilogue(for: shape)
            return builder.add(.convolution(window, groups: groups, epilogue), [input, filter] + inputs)
        },
        OperationFamily("transposed convolution", weight: 7) { builder in
            let rank = builder.numbers.pick([1, 1, 2, 2, 3])
            let window = RandomWindow.random(rank: rank, dilated: true, &builder.numbers)
            let outputPadding = window.stride.map {
                window.padding == .same || $0 == 1 ? 0 : builder.numbers.below($0)
            }
            let groups = builder.numbers.pick([1, 1, 1, 2, builder.channels()])
            let input = builder.images(rank: rank, channels: groups * builder.numbers.pick([1, 2, builder.channels()]))
            let channels = builder.kinds[input].shape[rank + 1]
            guard channels % groups == 0 else { return false }
            let filter = builder.like(
                builder.kernel(rank) + [builder.numbers.pick([1, 2, 3, builder.channels()]), channels])
            let shape = RandomOperation.transposedShape(
                window, outputPadding, groups, builder.kinds[input].shape, builder.kinds[filter].shape)
            let (epilogue, inputs) = builder.epilogue(for: shape)
            return builder.add(
                .transposedConvolution(window, outputPadding: outputPadding, groups: groups, epilogue),
                [input, filter] + inputs)
        },
        OperationFamily("pooling", weight: 9) { builder in
            let rank = builder.numbers.pick([1, 2, 2, 2, 3])
            let input = builder.images(rank: rank, channels: builder.channels())
            return builder.add(
                .pooling(
                    .random(rank: rank, dilated: false, &builder.numbers), kernel: builder.kernel(rank),
                    isMaximum: builder.numbers.chance(1, of: 2)), [input])
        },
        OperationFamily("adaptive pooling", weight: 4) { builder in
            let rank = builder.numbers.pick([1, 2, 2, 3])
            let input = builder.images(rank: rank, channels: builder.channels())
            return builder.add(
                .adaptivePooling(
                    to: (0..<rank).map { _ in builder.positive(7) }, isMaximum: builder.numbers.chance(1, of: 2)),
                [input])
        },
        OperationFamily("global pooling", weight: 2) { builder in
            let rank = builder.numbers.pick([1, 2, 3])
            let isMaximum = builder.numbers.chance(1, of: 2)
            let name = isMaximum ? "globalMaxPool" : "globalAveragePool"
            return builder.add(
                RandomOperation(
                    name: name,
                    result: { kinds in
                        let shape = kinds[0].shape
                        guard kinds[0].isReal, shape.count >= 3, !shape.dropFirst().dropLast().contains(0) else {
                            return nil
                        }
                        return TensorKind([shape[0], shape[shape.count - 1]])
                    }, apply: { x, _ in isMaximum ? globalMaxPool(x[0]) : globalAveragePool(x[0]) },
                    source: { "\(name)(\($0[0]))" }, rounding: isMaximum ? .jumps : .notStated),
                [builder.images(rank: rank, channels: builder.channels())])
        },
        OperationFamily("sliding windows", weight: 3) { builder in
            let (size, stride) = (builder.kernel(2), builder.kernel(2))
            let reduces = builder.numbers.chance(1, of: 2)
            let window = RandomWindow(stride: stride, dilation: [1, 1], padding: .valid)
            return builder.add(
                RandomOperation(
                    name: reduces ? "pool2D" : "slidingWindows2D",
                    result: { kinds in
                        let shape = kinds[0].shape
                        guard kinds[0].isReal, shape.count == 4,
                            let positions = window.positions([shape[1], shape[2]], size)
                        else { return nil }
                        return TensorKind([shape[0]] + positions + (reduces ? [] : [size[0] * size[1]]) + [shape[3]])
                    },
                    apply: { x, _ in
                        reduces
                            ? pool2D(x[0], window: Size2D(size), stride: Size2D(stride)) { $0.max(-1) }
                            : x[0].slidingWindows2D(Size2D(size), stride: Size2D(stride))
                    },
                    source: { x in
                        let arguments = "\(RandomWindow.text(size)), stride: \(RandomWindow.text(stride))"
                        return reduces
                            ? "pool2D(\(x[0]), window: \(arguments)) { $0.max(-1) }"
                            : "\(x[0]).slidingWindows2D(\(arguments))"
                    }, rounding: reduces ? .jumps : .none, work: { $0[0].count * size[0] * size[1] }),
                [builder.images(rank: 2, channels: builder.channels())])
        },
    ]
}
