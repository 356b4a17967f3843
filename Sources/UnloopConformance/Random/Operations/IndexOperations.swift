import UnloopBackend
import UnloopTensor

extension OperationFamily {
    static let indexing: [OperationFamily] = [
        OperationFamily("gather", weight: 6) { builder in
            let table = builder.anyValue(rank: 1...4)
            let shape = builder.kinds[table].shape
            let axis = builder.numbers.below(shape.count)
            let indices = builder.indices(
                (0..<builder.numbers.below(3)).map { _ in builder.length(20) }, below: shape[axis])
            return builder.add(
                RandomOperation(
                    name: "gathering",
                    result: { kinds in
                        let (table, indices) = (kinds[0], kinds[1])
                        guard axis < table.rank, !indices.isReal else { return nil }
                        let target = table.shape.prefix(axis) + indices.shape + table.shape.dropFirst(axis + 1)
                        return TensorKind(Array(target), isReal: table.isReal)
                    }, apply: { x, _ in x[0].gathering(x[1], axis: axis) },
                    source: { "\($0[0]).gathering(\($0[1]), axis: \(axis))" }, rounding: .none), [table, indices])
        },
        OperationFamily("scatter-add", weight: 5) { builder in
            let value = builder.anyValue(rank: 1...4)
            let shape = builder.kinds[value].shape
            let axis = builder.numbers.below(shape.count)
            let count = builder.numbers.pick([1, 1, 2])
            guard axis + count <= shape.count else { return false }
            let size = builder.length(20)
            let indices = builder.indices(Array(shape[axis..<axis + count]), below: size)
            return builder.add(
                RandomOperation(
                    name: "scatteringAdd",
                    result: { kinds in
                        let (source, indices) = (kinds[0], kinds[1])
                        guard !indices.isReal, axis + indices.rank <= source.rank,
                            Array(source.shape[axis..<axis + indices.rank]) == indices.shape
                        else { return nil }
                        let target = source.shape.prefix(axis) + [size] + source.shape.dropFirst(axis + indices.rank)
                        return TensorKind(Array(target), isReal: source.isReal)
                    }, apply: { x, _ in x[0].scatteringAdd(x[1], axis: axis, size: size) },
                    source: { "\($0[0]).scatteringAdd(\($0[1]), axis: \(axis), size: \(size))" },
                    rounding: .sums { x, _ in abs(x[0]).scatteringAdd(x[1], axis: axis, size: size) },
                    terms: { $0[1].count }),
                [value, indices])
        },
        OperationFamily("take along the last axis", weight: 4) { builder in
            let value = builder.anyValue(rank: 1...4)
            let shape = builder.kinds[value].shape
            let indices = builder.indices(Array(shape.dropLast()), below: shape[shape.count - 1])
            return builder.add(
                RandomOperation(
                    name: "takingAlongLastAxis",
                    result: { kinds in
                        guard kinds[0].rank > 0, kinds[1] == TensorKind(kinds[0].shape.dropLast(), isReal: false)
                        else { return nil }
                        return TensorKind(kinds[1].shape, isReal: kinds[0].isReal)
                    }, apply: { x, _ in x[0].takingAlongLastAxis(x[1]) },
                    source: { "\($0[0]).takingAlongLastAxis(\($0[1]))" }, rounding: .none), [value, indices])
        },
        OperationFamily("one-hot", weight: 2) { builder in
            let depth = builder.length(20)
            return builder.add(
                RandomOperation(
                    name: "oneHot",
                    result: { kinds in kinds[0].isReal ? nil : TensorKind(kinds[0].shape + [depth]) },
                    apply: { x, place in x[0].oneHot(depth, place.real) }, source: { "\($0[0]).oneHot(\(depth))" },
                    rounding: .none), [builder.anyInteger(rank: 0...4)])
        },
    ]
}

extension ProgramBuilder {
    /// Positions along an axis, now and then one that is outside.
    mutating func indices(_ shape: [Int], below bound: Int) -> Int {
        leaf(shape, numbers.chance(1, of: 40) ? .through(bound) : .below(bound))
    }
}

extension OperationFamily {
    /// Tensors made of numbers alone.
    static let sources: [OperationFamily] = [
        OperationFamily("random numbers", weight: 4) { builder in
            let shape = builder.shape(rank: builder.rank())
            let key = RandomKey(seed: UInt64(builder.numbers.word()) << 20, stream: UInt64(builder.numbers.word()) << 9)
            let keyText = "RandomKey(seed: \(key.seed), stream: \(key.stream))"
            let choice = builder.numbers.below(4)
            return builder.add(
                RandomOperation(
                    name: ["randomUniform", "randomNormal", "randomBernoulli", "randomBits"][choice],
                    result: { _ in TensorKind(shape, isReal: choice < 3) },
                    apply: { _, place in
                        switch choice {
                        case 0: .randomUniform(shape, key, low: -2, high: 3, place.real, on: place.device)
                        case 1:
                            .randomNormal(
                                shape, key, mean: 0.5, standardDeviation: 2, place.real, on: place.device)
                        case 2: .randomBernoulli(shape, key, probability: 0.3, place.real, on: place.device)
                        default: .randomBits(shape, key, on: place.device)
                        }
                    },
                    source: { _ in
                        switch choice {
                        case 0: "Tensor.randomUniform(\(shape), \(keyText), low: -2, high: 3, on: device)"
                        case 1:
                            "Tensor.randomNormal(\(shape), \(keyText), mean: 0.5, standardDeviation: 2, on: device)"
                        case 2: "Tensor.randomBernoulli(\(shape), \(keyText), probability: 0.3, on: device)"
                        default: "Tensor.randomBits(\(shape), \(keyText), on: device)"
                        }
                    }), [])
        },
        OperationFamily("sequence", weight: 2) { builder in
            let count = builder.length()
            let isReal = builder.numbers.chance(2, of: 3)
            let (start, step) = (Double(builder.numbers.below(9) - 4), Double(builder.numbers.pick([1, -2, 3])))
            return builder.add(
                RandomOperation(
                    name: "sequence", result: { _ in TensorKind([count], isReal: isReal) },
                    apply: { _, place in
                        Tensor.sequence(
                            from: start, by: step, count: count, isReal ? place.real : .int32, on: place.device)
                    },
                    source: { _ in
                        "Tensor.sequence(from: \(start), by: \(step), count: \(count), \(isReal ? ".float32" : ".int32"), on: device)"
                    }, rounding: .none), [])
        },
        OperationFamily("identity matrix", weight: 1) { builder in
            let size = builder.length(20)
            return builder.add(
                RandomOperation(
                    name: "eye", result: { _ in TensorKind([size, size]) },
                    apply: { _, place in Tensor.eye(size, place.real, on: place.device) },
                    source: { _ in "Tensor.eye(\(size), on: device)" }, rounding: .none), [])
        },
    ]
}
