import UnloopBackend
import UnloopTensor

/// Where the pixels of an image come from that is flipped, shifted or cropped: its row y is row `firstRow + rowStep·y` of the other, and so
/// for columns.
struct PixelSource: Equatable {
    var firstRow = 0
    var rowStep = 1
    var firstColumn = 0
    var columnStep = 1

    /// The image as it is, from its first pixel on.
    static let same = PixelSource()
}

/// The row or column that a pixel comes from.
private func position(_ first: IntegerScalar, _ step: IntegerScalar, _ place: IntegerScalar) -> IntegerScalar {
    first + step * place
}

/// Of first row, row step, first column, column step and the image's start in the table, which are each example's, and of the row and
/// column.
private let placesOfPixels = ScalarFunction(
    "pixel places",
    program: ScalarProgram(
        inputs: Array(repeating: .integer, count: 7), scalars: [.integer, .integer]
    ) { inputs, scalars in
        let x = inputs.map(IntegerScalar.init)
        let place = pixelPlace(
            inImageFrom: x[4], row: position(x[0], x[1], x[5]), column: position(x[2], x[3], x[6]),
            height: IntegerScalar(scalars[0]), width: IntegerScalar(scalars[1]))
        return [place.expression]
    })

/// The pixel, or the fill where it lies outside.
private let filledOutside = ScalarFunction(
    "filled outside",
    program: ScalarProgram(
        inputs: Array(repeating: .integer, count: 6) + [.real], scalars: [.integer, .integer, .real]
    ) { inputs, scalars in
        let x = inputs.prefix(6).map(IntegerScalar.init)
        let row = isInside(position(x[0], x[1], x[4]), IntegerScalar(scalars[0]))
        let column = isInside(position(x[2], x[3], x[5]), IntegerScalar(scalars[1]))
        return [select(row & column, Scalar(inputs[6]), Scalar(scalars[2])).expression]
    })

extension Tensor {
    /// Images `[examples, height, width, channels]` of pixels of these images, each of its own image.
    ///
    /// - Parameter sources: one for each example.
    func takingPixels(_ sources: [PixelSource], size target: ImageSize, fill: Double) -> Tensor {
        let size = imageSize
        if size == target, sources.allSatisfy({ $0 == .same }) { return self }
        let shape = [sources.count, target.height, target.width, dimensions[3]]
        if size.height == 0 || size.width == 0 { return Tensor.full(shape, fill, elementType, on: device) }
        if shape.contains(0) { return Tensor.zeros(shape, elementType, on: device) }
        let ofExamples = integersOfExamples([
            sources.map(\.firstRow), sources.map(\.rowStep), sources.map(\.firstColumn), sources.map(\.columnStep),
            firstPixels,
        ])
        let row = Tensor.indices(target.height, on: device).reshaped(target.height, 1, 1)
        let column = Tensor.indices(target.width, on: device).reshaped(target.width, 1)
        let sides = [Double(size.height), Double(size.width)]
        let places = placesOfPixels(ofExamples + [row, column], scalars: sides)
        let pixels = pixelTable.gathering(places.reshaped(Array(shape.dropLast())))
        if sources.allSatisfy({ $0.isInside(size, target) }) { return pixels }
        return filledOutside(Array(ofExamples.prefix(4)) + [row, column, pixels], scalars: sides + [fill])
    }
}

extension PixelSource {
    /// Whether all pixels of a result come from the image.
    fileprivate func isInside(_ size: ImageSize, _ target: ImageSize) -> Bool {
        func isInside(_ first: Int, _ step: Int, _ count: Int, _ side: Int) -> Bool {
            let last = first + step * (count - 1)
            return min(first, last) >= 0 && max(first, last) < side
        }
        return isInside(firstRow, rowStep, target.height, size.height)
            && isInside(firstColumn, columnStep, target.width, size.width)
    }
}
