import UnloopBackend

/// Runs a scalar program for one element at a time.
final class Interpreter<Real: LoopReal> {
    /// An instruction with its operands unpacked.
    private struct Step {
        let operation: ScalarOperation
        let (a, b, c, d): (Int, Int, Int, Int)
        let payload: UInt64
        let constant: Real
        let result: Int
    }

    private let steps: [Step]
    private let outputs: [Int]
    private let inputTypes: [ScalarType]
    private let outputTypes: [ScalarType]
    /// The values by their numbers; each value is in one of the two.
    private let reals: UnsafeMutableBufferPointer<Real>
    private let integers: UnsafeMutableBufferPointer<Int32>

    init(_ program: ScalarProgram, scalars: [Double]) {
        steps = program.instructions.enumerated().map { position, instruction in
            let operands = instruction.operands + [0, 0, 0, 0]
            return Step(
                operation: instruction.operation, a: operands[0], b: operands[1], c: operands[2], d: operands[3],
                payload: instruction.payload, constant: Real(instruction.constant),
                result: program.firstInstructionValue + position)
        }
        outputs = program.outputs
        inputTypes = program.inputTypes
        outputTypes = program.outputTypes
        let valueCount = program.firstInstructionValue + steps.count
        reals = .allocate(capacity: valueCount)
        integers = .allocate(capacity: valueCount)
        reals.initialize(repeating: 0)
        integers.initialize(repeating: 0)
        for (position, scalar) in scalars.enumerated() {
            let value = program.inputTypes.count + position
            switch program.scalarTypes[position] {
            case .real: reals[value] = Real(scalar)
            case .integer: integers[value] = Int32(truncatingIfNeeded: Int64(scalar))
            }
        }
    }

    deinit {
        reals.deallocate()
        integers.deallocate()
    }

    /// Reads one element of an array as an input.
    @inline(__always)
    func load(input: Int, from elements: UnsafeMutableRawBufferPointer, at offset: Int) {
        switch inputTypes[input] {
        case .real: reals[input] = elements.assumingMemoryBound(to: Real.self)[offset]
        case .integer: integers[input] = elements.assumingMemoryBound(to: Int32.self)[offset]
        }
    }

    /// Writes one output as an element of an array.
    @inline(__always)
    func store(output: Int, to elements: UnsafeMutableRawBufferPointer, at offset: Int) {
        switch outputTypes[output] {
        case .real: elements.assumingMemoryBound(to: Real.self)[offset] = reals[outputs[output]]
        case .integer: elements.assumingMemoryBound(to: Int32.self)[offset] = integers[outputs[output]]
        }
    }

    /// Runs all instructions; `position` is the row-major position of the element.
    func run(position: Int) {
        for step in steps {
            let (a, b, c) = (step.a, step.b, step.c)
            switch step.operation {
            case .constant: reals[step.result] = step.constant
            case .integerConstant: integers[step.result] = Int32(truncatingIfNeeded: step.payload)
            case .index: integers[step.result] = Int32(truncatingIfNeeded: position)
            case .randomBits:
                let word = Philox.bits(
                    index: position, salt: UInt32(truncatingIfNeeded: step.payload),
                    seed: SIMD2(UInt32(bitPattern: integers[a]), UInt32(bitPattern: integers[b])),
                    stream: SIMD2(UInt32(bitPattern: integers[c]), UInt32(bitPattern: integers[step.d])))
                integers[step.result] = Int32(bitPattern: word)

            case .negate: reals[step.result] = -reals[a]
            case .absolute: reals[step.result] = abs(reals[a])
            case .add: reals[step.result] = reals[a] + reals[b]
            case .subtract: reals[step.result] = reals[a] - reals[b]
            case .multiply: reals[step.result] = reals[a] * reals[b]
            case .divide: reals[step.result] = reals[a] / reals[b]
            case .squareRoot: reals[step.result] = reals[a].squareRoot()
            case .fusedMultiplyAdd: reals[step.result] = reals[c].addingProduct(reals[a], reals[b])
            case .minimum: reals[step.result] = Real.combine(.minimum, reals[a], reals[b])
            case .maximum: reals[step.result] = Real.combine(.maximum, reals[a], reals[b])
            case .floor: reals[step.result] = reals[a].rounded(.down)
            case .ceiling: reals[step.result] = reals[a].rounded(.up)
            case .round: reals[step.result] = reals[a].rounded(.toNearestOrEven)

            case .exp: reals[step.result] = Real.exponential(reals[a])
            case .expm1: reals[step.result] = Real.exponentialMinusOne(reals[a])
            case .log: reals[step.result] = Real.logarithm(reals[a])
            case .log1p: reals[step.result] = Real.logarithmOfOnePlus(reals[a])
            case .tanh: reals[step.result] = Real.hyperbolicTangent(reals[a])
            case .sigmoid: reals[step.result] = Real.logistic(reals[a])
            case .erf: reals[step.result] = Real.errorFunction(reals[a])
            case .normalDistribution: reals[step.result] = Real.normalDistribution(reals[a])
            case .sin: reals[step.result] = Real.sine(reals[a])
            case .cos: reals[step.result] = Real.cosine(reals[a])
            case .power: reals[step.result] = Real.power(reals[a], reals[b])

            case .equal: integers[step.result] = reals[a] == reals[b] ? 1 : 0
            case .notEqual: integers[step.result] = reals[a] != reals[b] ? 1 : 0
            case .less: integers[step.result] = reals[a] < reals[b] ? 1 : 0
            case .lessOrEqual: integers[step.result] = reals[a] <= reals[b] ? 1 : 0
            case .select: reals[step.result] = integers[a] != 0 ? reals[b] : reals[c]
            case .integerSelect: integers[step.result] = integers[a] != 0 ? integers[b] : integers[c]

            case .integerAdd: integers[step.result] = integers[a] &+ integers[b]
            case .integerSubtract: integers[step.result] = integers[a] &- integers[b]
            case .integerMultiply: integers[step.result] = integers[a] &* integers[b]
            case .integerAnd: integers[step.result] = integers[a] & integers[b]
            case .integerOr: integers[step.result] = integers[a] | integers[b]
            case .integerXor: integers[step.result] = integers[a] ^ integers[b]
            case .integerShiftLeft: integers[step.result] = integers[a] &<< integers[b]
            case .integerShiftRight:
                integers[step.result] = Int32(
                    bitPattern: UInt32(bitPattern: integers[a]) &>> UInt32(bitPattern: integers[b]))
            case .integerEqual: integers[step.result] = integers[a] == integers[b] ? 1 : 0
            case .integerLess: integers[step.result] = integers[a] < integers[b] ? 1 : 0

            case .realFromInteger: reals[step.result] = Real(integers[a])
            case .integerFromReal: integers[step.result] = truncated(reals[a])
            }
        }
    }

    /// Towards zero; saturates; NaN gives 0.
    private func truncated(_ x: Real) -> Int32 {
        if x.isNaN { return 0 }
        if x >= 2_147_483_648 { return .max }
        if x <= -2_147_483_648 { return .min }
        return Int32(x)
    }
}
