#if OpenCL
    import UnloopBackend

    /// What interpreter.cl does to make many values one.
    struct FoldSteps {
        typealias Instruction = InterpreterCode.Instruction

        /// Before the first value, for each block of them, after the last.
        private(set) var setup: [Instruction] = []
        private(set) var body: [Instruction] = []
        private(set) var end: [Instruction] = []
        /// The bits that a sum starts with.
        let start: Int32
        /// Where the result is.
        let result: Int32

        /// - Parameter value: where the values of a block are.
        init(_ fold: InterpreterCode.Fold, _ type: ScalarType, value: Int32) {
            let accumulator = Int32((InterpreterCode.slots - 1) * InterpreterCode.blockLength)
            start = fold.reduction.startBits(type)
            result = fold.reduction.givesIndex ? accumulator - Int32(InterpreterCode.blockLength) : accumulator
            let isAlong = fold.direction == .along
            let lanes = Int32(isAlong ? NumericsContract.laneCount : InterpreterCode.blockLength)
            setup.append(Instruction(.own(.broadcast), result: accumulator, payload: start, lanes: lanes))
            if fold.reduction.givesIndex {
                addIndex(fold.reduction, isReal: type == .real, value, best: accumulator, position: result, lanes)
            } else {
                body.append(
                    Instruction(
                        fold.reduction.operation(type), result: accumulator, operands: [accumulator, value],
                        folds: true))
            }
            var half = isAlong ? lanes / 2 : 0
            while half > 0 {
                // The lanes of the upper half join those of the lower.
                end.append(
                    fold.reduction.givesIndex
                        ? Instruction(
                            .own(type == .real ? .joinBest : .integerJoinBest), result: accumulator,
                            operands: [accumulator, accumulator + half, result, result + half], lanes: half)
                        : Instruction(
                            fold.reduction.operation(type), result: accumulator,
                            operands: [accumulator, accumulator + half], lanes: half))
                half /= 2
            }
        }

        private mutating func addIndex(
            _ reduction: Reduction, isReal: Bool, _ value: Int32, best: Int32, position: Int32, _ lanes: Int32
        ) {
            setup.append(Instruction(.own(.broadcast), result: position, payload: -1, lanes: lanes))
            if reduction == .indexOfMinimum {
                // The smallest is the largest in the opposite order.
                body.append(
                    isReal
                        ? Instruction(.scalar(.negate), result: value, operands: [value])
                        : Instruction(.own(.integerComplement), result: value, operands: [value]))
            }
            body.append(
                Instruction(
                    .own(isReal ? .indexOfBest : .integerIndexOfBest), result: best,
                    operands: [best, value, position], folds: true))
        }
    }

    extension Reduction {
        /// How two values become one.
        fileprivate func operation(_ type: ScalarType) -> InterpreterCode.Operation {
            switch self {
            case .product: .scalar(type == .real ? .multiply : .integerMultiply)
            case .maximum: type == .real ? .scalar(.maximum) : .own(.integerMaximum)
            case .minimum: type == .real ? .scalar(.minimum) : .own(.integerMinimum)
            case .sum, .indexOfMaximum, .indexOfMinimum: .scalar(type == .real ? .add : .integerAdd)
            }
        }

        fileprivate func startBits(_ type: ScalarType) -> Int32 {
            type == .real ? Int32(bitPattern: Float(start(type)).bitPattern) : Int32(start(type))
        }
    }
#endif
