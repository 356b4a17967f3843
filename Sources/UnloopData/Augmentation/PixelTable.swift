import UnloopBackend
import UnloopTensor

/// The height and width of images in pixels.
struct ImageSize: Equatable {
    var height: Int
    var width: Int

    /// Positions to half a pixel are exact float32 numbers, and sums of a few are int32.
    static let longestSide = 1 << 24
}

/// Whether there is such a row or column.
func isInside(_ position: IntegerScalar, _ size: IntegerScalar) -> IntegerScalar {
    (position .>= 0) & (position .< size)
}

/// The place of the pixel in the table of all images' pixels, or the first of its image where it lies outside.
func pixelPlace(
    inImageFrom start: IntegerScalar, row: IntegerScalar, column: IntegerScalar, height: IntegerScalar,
    width: IntegerScalar
) -> IntegerScalar {
    select(isInside(row, height) & isInside(column, width), start + row * width + column, start)
}

/// Images as a table of pixels.
extension Tensor {
    var imageSize: ImageSize { ImageSize(height: dimensions[1], width: dimensions[2]) }

    /// `[examples · height · width, channels]`
    var pixelTable: Tensor { reshaped(dimensions[0] * dimensions[1] * dimensions[2], dimensions[3]) }

    /// Where each image begins in the table.
    var firstPixels: [Int] {
        let pixels = dimensions[1] * dimensions[2]
        require(
            dimensions[0] * pixels <= Int(Int32.max),
            "augmented: images \(dimensions) have more than \(Int32.max) pixels; take fewer at a time")
        return (0..<dimensions[0]).map { $0 * pixels }
    }

    /// Lists of one number for each example, as tensors `[examples, 1, 1, 1]`.
    func integersOfExamples(_ lists: [[Int]]) -> [Tensor] {
        Tensor(
            int32: lists.joined().map { Int32(clamping: $0) }, shape: [lists.count, dimensions[0], 1, 1, 1], on: device
        ).unstacked()
    }

    /// Lists of one number for each example, as tensors `[examples, 1, 1, 1]` of this type.
    func numbersOfExamples(_ lists: [[Float]]) -> [Tensor] {
        let shape = [lists.count, dimensions[0], 1, 1, 1]
        let all =
            elementType == .float64
            ? Tensor(float64: lists.joined().map(Double.init), shape: shape, on: device)
            : Tensor(Array(lists.joined()), shape: shape, on: device)
        return all.unstacked()
    }
}
