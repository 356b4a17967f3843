import Testing
import UnloopBackend
import UnloopTensor

/// Operations that run line by line against the same formulas written in tensor operations: values and gradients have the same
/// bits on every device, along the last axis and others.
@Suite("Operations along lines") struct LineOperationTests {
    private static let shapes = [[3, 5], [2, 3, 10], [7, 64], [5, 130], [2, 1025], [3, 4100], [4, 1], [0, 3]]

    private struct Pair: Sendable {
        let name: String
        let operation: @Sendable (Tensor) -> Tensor
        let formula: @Sendable (Tensor) -> Tensor
    }

    private static func shift(_ x: Tensor, _ axis: Int) -> Tensor {
        let largest = x.stopGradient().max(axis, keepingDimensions: true)
        return select((largest - largest) .== 0, largest, Tensor.zeros(like: largest))
    }

    private static func pairs(_ axis: Int) -> [Pair] {
        [
            Pair(name: "softmax", operation: { $0.softmax(axis) }) { x in
                let exponentials = exp(x - shift(x, axis))
                return exponentials / exponentials.sum(axis, keepingDimensions: true)
            },
            Pair(name: "logSoftmax", operation: { $0.logSoftmax(axis) }) { x in
                let shifted = x - shift(x, axis)
                return shifted - log(exp(shifted).sum(axis, keepingDimensions: true))
            },
            Pair(name: "logSumExp", operation: { $0.logSumExp(axis) }) { x in
                let shift = shift(x, axis)
                return (log(exp(x - shift).sum(axis, keepingDimensions: true)) + shift).squeezed(axis)
            },
        ]
    }

    /// Reals of both signs with some that are not finite, if wanted.
    private static func numbers(_ shape: [Int], special: Bool, on device: Device) -> Tensor {
        let x = Tensor.randomNormal(shape, RandomKey(seed: 3), on: device) * 4
        if !special { return x }
        let position = Tensor.indices(x.count, on: device).reshaped(shape)
        let isSpecial = (position .== 1) + (position .== 7)
        return select(isSpecial .== 0, x, x * -.infinity)
    }

    @Test(arguments: testedDevices) func valuesHaveTheBitsOfTheFormula(_ device: Device) throws {
        for shape in Self.shapes {
            for axis in [shape.count - 1, 0] {
                for special in [false, true] {
                    let x = Self.numbers(shape, special: special, on: device)
                    for pair in Self.pairs(axis) {
                        #expect(
                            try bits(pair.operation(x)) == bits(pair.formula(x)),
                            "\(pair.name) of \(shape), axis \(axis)"
                        )
                        #expect(try bits(pair.operation(x.transposed())) == bits(pair.formula(x.transposed())))
                    }
                }
            }
        }
    }

    @Test(arguments: testedDevices) func gradientsOfSoftmaxHaveTheBitsOfTheirFormulas(_ device: Device) throws {
        for shape in Self.shapes {
            for axis in [shape.count - 1, 0] {
                let x = Self.numbers(shape, special: false, on: device)
                let cotangent = Tensor.randomNormal(shape, RandomKey(seed: 8), on: device)
                let y = x.softmax(axis)
                let softmax = gradient(at: x) { ($0.softmax(axis) * cotangent).sum() }
                let expected = y * (cotangent - (cotangent * y).sum(axis, keepingDimensions: true))
                #expect(try bits(softmax) == bits(expected), "softmax of \(shape), axis \(axis)")
                let z = x.logSoftmax(axis)
                let logSoftmax = gradient(at: x) { ($0.logSoftmax(axis) * cotangent).sum() }
                let expectedLog = cotangent - exp(z) * cotangent.sum(axis, keepingDimensions: true)
                #expect(try bits(logSoftmax) == bits(expectedLog), "logSoftmax of \(shape), axis \(axis)")
            }
        }
    }

    @Test(arguments: testedDevices) func crossEntropyHasTheBitsOfItsFormula(_ device: Device) throws {
        for shape in Self.shapes where shape.count == 2 {
            let (rows, columns) = (shape[0], shape[1])
            let x = Self.numbers(shape, special: false, on: device)
            // One of them is no class.
            let classes = Tensor(int32: (0..<rows).map { Int32(($0 * 7) % columns) - ($0 == 2 ? 9 : 0) }, on: device)
            let isClass = classes.reshaped(-1, 1) .== Tensor.indices(columns, on: device)
            let shift = Self.shift(x, 1)
            let exponentials = exp(x - shift)
            let sum = exponentials.sum(1, keepingDimensions: true)
            let picked = select(isClass, x, Tensor.zeros(like: x)).sum(1)
            let loss = (log(sum.squeezed(1)) + shift.squeezed(1) - picked).sum() / Double(rows)
            #expect(try bits(x.softmaxCrossEntropy(classes: classes)) == bits(loss), "\(shape)")
            let slope = gradient(at: x) { $0.softmaxCrossEntropy(classes: classes) }
            let factor = Tensor.ones([], on: device) / Double(rows)
            #expect(try bits(slope) == bits((exponentials / sum - isClass.to(.float32)) * factor), "\(shape)")
        }
    }

    @Test(arguments: testedDevices) func layerNormalizationHasTheBitsOfItsFormula(_ device: Device) throws {
        for shape in Self.shapes {
            let size = shape[shape.count - 1]
            let x = Self.numbers(shape, special: false, on: device)
            let scale = Tensor.randomNormal([size], RandomKey(seed: 4), on: device)
            let shift = Tensor.randomNormal([size], RandomKey(seed: 5), on: device)
            let cotangent = Tensor.randomNormal(shape, RandomKey(seed: 6), on: device)
            let formula: @Sendable (Tensor, Tensor, Tensor) -> Tensor = { x, scale, shift in
                let distances = x - x.mean(-1, keepingDimensions: true)
                let rest = distances.stopGradient().sum(-1, keepingDimensions: true) / Double(size)
                let centered = distances - rest
                let variance =
                    Tensor.sum(of: .square, [centered], axes: [-1], keepingDimensions: true) / Double(size)
                return ScalarFunction.normalize([centered, variance, scale, shift], scalars: [1e-5])
            }
            #expect(
                try bits(x.layerNormalized(scale: scale, shift: shift)) == bits(formula(x, scale, shift)), "\(shape)")
            let found = gradient(at: [x, scale, shift]) {
                ($0[0].layerNormalized(scale: $0[1], shift: $0[2]) * cotangent).sum()
            }
            let expected = gradient(at: [x, scale, shift]) { (formula($0[0], $0[1], $0[2]) * cotangent).sum() }
            for (found, expected) in zip(found, expected) { #expect(try bits(found) == bits(expected), "\(shape)") }
        }
    }

    /// The bits of all elements, every NaN as the same.
    private func bits(_ x: Tensor) throws -> [UInt32] {
        try x.scalars().map { $0.isNaN ? Float.nan.bitPattern : Float($0).bitPattern }
    }
}
