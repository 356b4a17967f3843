import UnloopBackend
import UnloopTensor

/// How one image is turned about its middle and made larger.
struct Turn: Equatable {
    /// In radians, counterclockwise.
    var angle: Float = 0
    var factor: Float = 1

    static let none = Turn()
}

/// The position in the image, along an axis, of a pixel at a distance from the middle: middle + (a·d + b·e), where d is the distance along
/// this axis and e that along the other.
private let sourcePosition = ScalarFunction("source position", inputs: 4, scalars: 1) { x, s in
    s[0] + (x[0] * x[1] + x[2] * x[3])
}

/// The pixel before a position along an axis, and how far behind it the position lies, from 0 to 1.
private func split(_ position: Scalar) -> (pixel: IntegerScalar, distance: Scalar) {
    let pixel = floor(position)
    return (IntegerScalar(truncating: pixel), position - pixel)
}

/// The place of one of the four pixels around a position in the table of pixels. Inputs: the position's row and column, the neighbor's
/// distance from the first of the four in rows and columns, and the start of the image.
private let placesOfNeighbors = ScalarFunction(
    "neighbor places",
    program: ScalarProgram(
        inputs: [.real, .real, .integer, .integer, .integer], scalars: [.integer, .integer]
    ) { x, scalars in
        let place = pixelPlace(
            inImageFrom: IntegerScalar(x[4]), row: split(Scalar(x[0])).pixel + IntegerScalar(x[2]),
            column: split(Scalar(x[1])).pixel + IntegerScalar(x[3]), height: IntegerScalar(scalars[0]),
            width: IntegerScalar(scalars[1]))
        return [place.expression]
    })

/// Between a and b; b does not count where the weight is 0, whatever it is.
private func interpolated(_ a: Scalar, _ b: Scalar, _ weight: Scalar) -> Scalar {
    select(weight .== 0, a, a + weight * (b - a))
}

/// The value at a position, from the four pixels around it, row by row.
private let bilinear = ScalarFunction(
    "bilinear",
    program: ScalarProgram(
        inputs: Array(repeating: .real, count: 6), scalars: [.integer, .integer, .real]
    ) { inputs, scalars in
        let x = inputs.map(Scalar.init)
        let (row, down) = split(x[4])
        let (column, right) = split(x[5])
        func neighbor(_ number: Int, _ row: IntegerScalar, _ column: IntegerScalar) -> Scalar {
            let inside = isInside(row, IntegerScalar(scalars[0])) & isInside(column, IntegerScalar(scalars[1]))
            return select(inside, x[number], Scalar(scalars[2]))
        }
        let above = interpolated(neighbor(0, row, column), neighbor(1, row, column + 1), right)
        let below = interpolated(neighbor(2, row + 1, column), neighbor(3, row + 1, column + 1), right)
        return [interpolated(above, below, down).expression]
    })

extension Tensor {
    /// The images turned and made larger about their middles, interpolated.
    ///
    /// - Parameter turns: one for each example.
    func resampled(_ turns: [Turn], fill: Double) -> Tensor {
        if count == 0 || turns.allSatisfy({ $0 == .none }) { return self }
        let size = imageSize
        let sides = [Double(size.height), Double(size.width)]
        let middles = sides.map { ($0 - 1) / 2 }
        let down = Tensor.sequence(from: -middles[0], count: size.height, elementType, on: device)
            .reshaped(size.height, 1, 1)
        let right = Tensor.sequence(from: -middles[1], count: size.width, elementType, on: device)
            .reshaped(size.width, 1)
        let ofExamples = numbersOfExamples([turns.map(\.angle), turns.map(\.factor)])
        let along = cos(ofExamples[0]) / ofExamples[1]
        let across = sin(ofExamples[0]) / ofExamples[1]
        let row = sourcePosition(along, down, across, right, scalars: middles[0])
        let column = sourcePosition(along, right, -across, down, scalars: middles[1])

        let neighborShape = [4, 1, 1, 1, 1]
        let places = placesOfNeighbors(
            [
                row, column, Tensor(int32: [0, 0, 1, 1], shape: neighborShape, on: device),
                Tensor(int32: [0, 1, 0, 1], shape: neighborShape, on: device), integersOfExamples([firstPixels])[0],
            ], scalars: sides)
        let neighbors = pixelTable.gathering(places.squeezed(-1)).unstacked()
        return bilinear(neighbors + [row, column], scalars: sides + [fill])
    }
}
