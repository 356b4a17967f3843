import UnloopBackend
import UnloopTensor

/// An image of 8-bit samples: gray or red, green and blue, from 0 (dark) to 255 (bright).
///
/// It is what image files hold; networks take tensors: `Tensor(bitmap)` and back `Bitmap(tensor)`.
public struct Bitmap: Sendable, Equatable {
    public let width: Int
    public let height: Int
    /// 1 (gray) or 3 (red, green, blue).
    public let channels: Int
    /// Row by row from the top, in each row from the left, the channels of a pixel side by side.
    public let samples: [UInt8]

    /// - Precondition: neither side is 0, and there are `width · height · channels` samples.
    public init(width: Int, height: Int, channels: Int = 1, samples: [UInt8]) {
        require(
            width > 0 && height > 0 && (channels == 1 || channels == 3)
                && samples.count == elementCount([height, width, channels]),
            "Bitmap: \(samples.count) samples for \(width)×\(height) pixels of \(channels) channels")
        self.width = width
        self.height = height
        self.channels = channels
        self.samples = samples
    }

    /// An image from a tensor `[height, width]`, `[height, width, 1]` or `[height, width, 3]`.
    ///
    /// - Parameter range: what becomes 0 and 255; what lies between is rounded to the nearest integer, what lies outside becomes 0 or
    ///   255, and NaN 0.
    /// - Throws: the error of the operation that failed to compute the elements.
    public init(_ tensor: Tensor, range: ClosedRange<Double> = 0...1) throws(TensorError) {
        let shape = tensor.shape
        require(
            (shape.count == 2 || (shape.count == 3 && (shape[2] == 1 || shape[2] == 3))) && tensor.count > 0,
            "Bitmap: \(shape) is not [height, width] with 1 or 3 channels")
        require(
            range.lowerBound.isFinite && range.upperBound.isFinite && range.lowerBound < range.upperBound,
            "Bitmap: the range \(range) has no extent")
        let scale = 255 / (range.upperBound - range.lowerBound)
        let samples = try tensor.doubles().map { value -> UInt8 in
            let level = ((value - range.lowerBound) * scale).rounded()
            // A comparison with NaN is false.
            return level > 0 ? UInt8(Swift.min(level, 255)) : 0
        }
        self.init(width: shape[1], height: shape[0], channels: shape.count == 3 ? shape[2] : 1, samples: samples)
    }
}

extension Tensor {
    /// An image as `[height, width, channels]`, from 0 to 1 in steps of 1/255.
    public init(_ bitmap: Bitmap, on device: Device = .best) {
        self.init(
            bitmap.samples.map { Float($0) / 255 }, shape: [bitmap.height, bitmap.width, bitmap.channels], on: device)
    }
}
