import UnloopBackend
import UnloopTensor

extension ScalarFunction {
    fileprivate static let brightness = ScalarFunction("brightness", { (x: Scalar, factor: Scalar) in x * factor })
    /// A number of 0 leaves the sign of -0.
    fileprivate static let addedBrightness = ScalarFunction(
        "brightness", { (x: Scalar, number: Scalar) in select(number .== 0, x, x + number) })
    fileprivate static let contrast = ScalarFunction(
        "contrast",
        { (x: Scalar, mean: Scalar, factor: Scalar) in select(factor .== 1, x, mean + factor * (x - mean)) })
    /// Of the rectangle's top, bottom, left and right, of the row and column, and of the pixel.
    fileprivate static let erased = ScalarFunction(
        "erased",
        program: ScalarProgram(inputs: Array(repeating: .integer, count: 6) + [.real], scalars: [.real]) { inputs, s in
            let x = inputs.prefix(6).map(IntegerScalar.init)
            let isErased = (x[4] .>= x[0]) & (x[4] .< x[1]) & (x[5] .>= x[2]) & (x[5] .< x[3])
            return [select(isErased, Scalar(s[0]), Scalar(inputs[6])).expression]
        })
}

/// The pixels of one image that are filled.
struct ErasedRectangle: Equatable {
    var rows = 0..<0
    var columns = 0..<0
}

extension Tensor {
    /// - Parameter factors: one for each example.
    func multipliedBrightness(_ factors: [Float]) -> Tensor {
        factors.allSatisfy { $0 == 1 } ? self : ScalarFunction.brightness(self, numbersOfExamples([factors])[0])
    }

    /// - Parameter numbers: one for each example.
    func addedBrightness(_ numbers: [Float]) -> Tensor {
        numbers.allSatisfy { $0 == 0 } ? self : ScalarFunction.addedBrightness(self, numbersOfExamples([numbers])[0])
    }

    /// - Parameter factors: one for each example.
    func changedContrast(_ factors: [Float]) -> Tensor {
        if factors.allSatisfy({ $0 == 1 }) { return self }
        let mean = mean(axes: [1, 2], keepingDimensions: true)
        return ScalarFunction.contrast(self, mean, numbersOfExamples([factors])[0])
    }

    /// - Parameter rectangles: one for each example.
    func erased(_ rectangles: [ErasedRectangle], fill: Double) -> Tensor {
        if rectangles.allSatisfy(\.rows.isEmpty) { return self }
        let (rows, columns) = (rectangles.map(\.rows), rectangles.map(\.columns))
        let ofExamples = integersOfExamples([
            rows.map(\.lowerBound), rows.map(\.upperBound), columns.map(\.lowerBound), columns.map(\.upperBound),
        ])
        let row = Tensor.indices(dimensions[1], on: device).reshaped(dimensions[1], 1, 1)
        let column = Tensor.indices(dimensions[2], on: device).reshaped(dimensions[2], 1)
        return ScalarFunction.erased(ofExamples + [row, column, self], scalars: [fill])
    }
}
