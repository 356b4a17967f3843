import Testing
import UnloopBackend

struct ScalarProgramTests {
    @Test func equalSubexpressionsBecomeOneInstruction() {
        let program = ScalarProgram { x, y in (x + y) * (x + y) }
        #expect(program.instructions.map(\.operation) == [.add, .multiply])
        #expect(program.instructions[1].operands == [2, 2])
        #expect(program.outputs == [3])
    }

    @Test func differentZerosAreDifferentConstants() {
        let program = ScalarProgram { x in (x + Scalar(0.0)) * (x + Scalar(-0.0)) }
        #expect(program.instructions.filter { $0.operation == .constant }.count == 2)
    }

    @Test func programsTracedTwiceAreEqual() {
        func trace() -> ScalarProgram { ScalarProgram { x in log1p(exp(-abs(x))) + max(x, 0) } }
        let (first, second) = (trace(), trace())
        #expect(first == second)
        #expect(first.hashValue == second.hashValue)
        #expect(first.description == second.description)
        #expect(first != ScalarProgram { x in log1p(exp(-abs(x))) + max(x, 1) })
    }

    @Test func boundsChooseFormulas() {
        func names(_ formula: (Scalar) -> Scalar) -> [String] { ScalarProgram(formula).formulaNames }
        let softplus = names { x in log1p(exp(-abs(x))) + max(x, 0) }
        #expect(softplus == ["absolute", "negate", "exp_nonpositive", "log1p_unit", "constant", "maximum", "add"])
        // As soon as an operand may lie outside, the formula is the one for all.
        #expect(names { x in log1p(exp(x)) } == ["exp", "log1p"])
        #expect(names { x in exp(abs(x)) } == ["absolute", "exp"])
        #expect(names { x in log1p(-exp(-abs(x))) }.contains("log1p"))
        for (isBounded, formula) in [
            (true, { x in exp(min(x, 0)) }), (false, { x in exp(min(x, 0.5)) }), (false, { x in exp(max(x, -1)) }),
            (true, { x in exp(-(x * x)) }), (false, { x in exp(x * -2) }), (true, { x in exp(-sqrt(x) - 1) }),
            (true, { x in exp(tanh(x) - 1) }), (false, { x in exp(1 - tanh(x)) }),
            (true, { x in exp(select(x .< 0, -abs(x), -1)) }),
            (false, { x in exp(select(x .< 0, 1, -1)) }),
        ] as [(Bool, (Scalar) -> Scalar)] {
            #expect(names(formula).contains("exp_nonpositive") == isBounded, "\(ScalarProgram(formula))")
        }
        #expect(names { x in log1p(sigmoid(x)) }.contains("log1p_unit"))
        #expect(!names { x in log1p(sigmoid(x) + 1) }.contains("log1p_unit"))
    }

    @Test func operandOrderIsKept() {
        #expect(ScalarProgram { x, y in x - y } != ScalarProgram { x, y in y - x })
        // Equal values, but the NaN and tie rules of maximum depend on the order.
        #expect(ScalarProgram { x, y in max(x, y) } != ScalarProgram { x, y in max(y, x) })
    }

    @Test func anInputCanBeAnOutput() {
        let program = ScalarProgram { x in x }
        #expect(program.instructions.isEmpty)
        #expect(program.outputs == [0])
        #expect(program.outputTypes == [.real])
    }

    @Test func descriptionNamesEveryInstruction() {
        let program = ScalarProgram(inputs: [.real], scalars: [.real]) { x, s in
            [(Scalar(x[0]) * Scalar(s[0]) + 1).expression]
        }
        #expect(
            program.description == """
                inputs real scalars real
                %2 = multiply %0 %1
                %3 = constant  #3ff0000000000000
                %4 = add %2 %3
                outputs %4
                """)
    }

    @Test func pullbackOfAProductUsesTheOtherFactor() {
        let pullback = ScalarProgram { x, y in x * y }.pullback(withRespectTo: [0, 1])
        #expect(pullback.inputTypes == [.real, .real, .real])
        #expect(pullback.instructions.map(\.operation) == [.multiply, .multiply])
        #expect(pullback.instructions[0].operands == [2, 1])
        #expect(pullback.instructions[1].operands == [2, 0])
    }

    @Test func pullbackSkipsWhatIsNotAskedFor() {
        let program = ScalarProgram { x, y in exp(x) * log(y) }
        let operations = program.pullback(withRespectTo: [0]).instructions.map(\.operation)
        #expect(operations.contains(.exp))
        #expect(operations.contains(.log))
        #expect(!operations.contains(.divide))
    }

    @Test func derivativeOfARoundedValueIsZero() {
        let pullback = ScalarProgram { x in floor(x) }.pullback(withRespectTo: [0])
        #expect(pullback.instructions.map(\.operation) == [.constant])
        #expect(pullback.instructions[0].constant == 0)
    }

    @Test func pullbackOfAPullbackIsAProgram() {
        let second = ScalarProgram { x in tanh(x) }.pullback(withRespectTo: [0]).pullback(withRespectTo: [0, 1])
        #expect(second.inputTypes.count == 3)
        #expect(second.outputs.count == 2)
    }

    @Test func comparisonsAreIntegers() {
        let program = ScalarProgram(inputs: [.real, .real]) { x, _ in [(Scalar(x[0]) .< Scalar(x[1])).expression] }
        #expect(program.outputTypes == [.integer])
    }
}

struct DimensionsTests {
    @Test func productOfNoAxesIsOne() {
        #expect(Dimensions().product == 1)
        #expect(Dimensions([3, 0, 5]).product == 0)
    }

    @Test func rowMajorStrides() {
        #expect(Dimensions([2, 3, 4]).rowMajorStrides == [12, 4, 1])
        #expect(Dimensions().rowMajorStrides == [])
    }

    @Test func equalityDependsOnTheCount() {
        #expect(Dimensions([1]) != Dimensions([1, 0]))
        #expect(Dimensions([2, 3]) == [2, 3])
    }

    @Test func contiguityIgnoresAxesOfSizeOne() {
        let buffer = Buffer(elementType: .float32, count: 12)
        #expect(StridedView(buffer, shape: [3, 4]).isContiguous)
        #expect(StridedView(buffer, shape: [3, 1, 4], strides: [4, 99, 1]).isContiguous)
        #expect(!StridedView(buffer, shape: [4, 3], strides: [1, 4]).isContiguous)
        #expect(StridedView(buffer, shape: [0, 3], strides: [7, 7]).isContiguous)
        #expect(!StridedView(buffer, shape: [3, 4], strides: [0, 1]).isContiguous)
    }
}

struct DescriptorTests {
    @Test(arguments: [(44, 3, 4, 0, 11), (6, 3, 1, 0, 4), (5, 7, 1, 0, 0), (5, 5, 2, 0, 1), (7, 3, 2, 2, 4)])
    func outputSize(size: Int, filter: Int, stride: Int, padding: Int, expected: Int) {
        let descriptor = ConvolutionDescriptor(
            batch: 1, inputHeight: size, inputWidth: size, inputChannels: 3, outputChannels: 4, kernelHeight: filter,
            kernelWidth: filter, strideHeight: stride, strideWidth: stride, paddingTop: padding / 2,
            paddingBottom: padding - padding / 2, paddingLeft: padding, paddingRight: 0)
        #expect(descriptor.outputHeight == expected)
        #expect(descriptor.outputWidth == expected)
    }
}
