import UnloopBackend
import UnloopTensor

/// A random change of images that leaves what they show, so that a network sees every image in another form each time.
///
/// Augmentations are values; a list of them is applied in order, to examples of a source with `augmented(by:on:)` or to a tensor of images
/// `[examples, height, width, channels]` in a loop of one's own. What is random about an example follows from its key alone: the few
/// numbers that an augmentation needs are drawn on the host, and the pixels are computed by tensor operations, each example by itself. So
/// a whole batch on any device has the bits of its examples one by one on the host.
///
///     let changes: [Augmentation] = [.shifted(upTo: 0.1), .flippedHorizontally(), .rotated(upToDegrees: 10), .noise(deviation: 0.02)]
///     let training = images.augmented(by: changes)
///
/// What would be seen beyond the edges of an image has the value `fill`, in all channels. Numbers between two bounds are uniform, in 2^24
/// equal steps. Augmentations that change nothing of an example leave its bits. Values need not lie between 0 and 1, and none are cut off
/// at 0 and 1; `clamped` does that.
public struct Augmentation: Sendable, Hashable {
    /// Where the pixels are computed; the bits are the same.
    public enum Place: Sendable, Hashable, Codable {
        /// A batch at once, on the device that it is loaded onto.
        case device
        /// One example after the other, by the thread that loads them.
        case host
    }

    /// What is done, with what limits.
    enum Kind: Sendable, Hashable, Codable {
        case flippedVertically(probability: Double)
        case flippedHorizontally(probability: Double)
        case shifted(vertically: Double, horizontally: Double, fill: Double)
        case cropped(height: Int, width: Int, padding: Int, fill: Double)
        case croppedToCenter(height: Int, width: Int, fill: Double)
        case rotated(upToDegrees: Double, fill: Double)
        case scaled(ClosedRange<Double>, fill: Double)
        case brightness(ClosedRange<Double>)
        case addedBrightness(ClosedRange<Double>)
        case contrast(ClosedRange<Double>)
        case noise(deviation: Double)
        case erased(probability: Double, area: ClosedRange<Double>, aspect: ClosedRange<Double>, fill: Double)
        case clamped(ClosedRange<Double>)
    }

    let kind: Kind

    private init(_ kind: Kind) {
        if let fault = kind.fault { misuse("Augmentation.\(kind): \(fault)") }
        self.kind = kind
    }

    // MARK: Places of pixels

    /// Upside down, with a probability.
    public static func flippedVertically(probability: Double = 0.5) -> Augmentation {
        Augmentation(.flippedVertically(probability: probability))
    }

    /// Left and right exchanged, with a probability.
    public static func flippedHorizontally(probability: Double = 0.5) -> Augmentation {
        Augmentation(.flippedHorizontally(probability: probability))
    }

    /// Moved along each axis by a whole number of pixels; all up to the limit in either direction are equally likely.
    ///
    /// - Parameter fraction: 0 to 1, the limit as a part of the height and of the width, rounded to whole pixels.
    public static func shifted(upTo fraction: Double, fill: Double = 0) -> Augmentation {
        shifted(vertically: fraction, horizontally: fraction, fill: fill)
    }

    /// The same with a limit for each axis.
    public static func shifted(vertically: Double, horizontally: Double, fill: Double = 0) -> Augmentation {
        Augmentation(.shifted(vertically: vertically, horizontally: horizontally, fill: fill))
    }

    /// A part of this size from the image with `padding` more pixels of `fill` on each side; all whole places are equally likely. Along an
    /// axis where the padded image is smaller than the part, it lies at any place in it. So images of any size become images of one.
    public static func cropped(height: Int, width: Int, padding: Int = 0, fill: Double = 0) -> Augmentation {
        Augmentation(.cropped(height: height, width: width, padding: padding, fill: fill))
    }

    /// The middle of this size, which is the same each time: what an evaluation takes where a training has `cropped`. Where the rest is an
    /// odd number of pixels, the one more is cut off at the bottom or on the right; it is filled there along an axis where the image is smaller.
    public static func croppedToCenter(height: Int, width: Int, fill: Double = 0) -> Augmentation {
        Augmentation(.croppedToCenter(height: height, width: width, fill: fill))
    }

    /// Turned about its middle, the size unchanged, by an angle between minus and plus a limit. Positive angles are counterclockwise.
    ///
    /// A pixel at the distance (y, x) from the middle, y downwards, has the value at the distance (y·cos θ + x·sin θ, x·cos θ - y·sin θ) in
    /// the image. Between four pixels the values are interpolated, on the line above and the line below from left to right by
    /// a + t·(b - a), then so between the lines; a neighbor with the weight 0 does not count. Pixels beyond the edges have the value `fill`.
    public static func rotated(upToDegrees limit: Double, fill: Double = 0) -> Augmentation {
        Augmentation(.rotated(upToDegrees: limit, fill: fill))
    }

    /// Made larger or, by a factor below 1, smaller about its middle, the size of the image unchanged; interpolated as in `rotated`.
    ///
    /// - Parameter factors: 0.001 to 1000.
    public static func scaled(_ factors: ClosedRange<Double>, fill: Double = 0) -> Augmentation {
        Augmentation(.scaled(factors, fill: fill))
    }

    // MARK: Values of pixels

    /// All values multiplied by a factor.
    public static func brightness(_ factors: ClosedRange<Double>) -> Augmentation { Augmentation(.brightness(factors)) }

    /// The same number added to all values.
    public static func brightness(adding numbers: ClosedRange<Double>) -> Augmentation {
        Augmentation(.addedBrightness(numbers))
    }

    /// The distances from the mean multiplied by a factor, the mean being each channel's: mean + factor·(x - mean).
    public static func contrast(_ factors: ClosedRange<Double>) -> Augmentation { Augmentation(.contrast(factors)) }

    /// A normally distributed number with this deviation added to each value (Box–Muller; none is farther away than 5.8 deviations).
    public static func noise(deviation: Double) -> Augmentation { Augmentation(.noise(deviation: deviation)) }

    /// With a probability, a rectangle filled (Z. Zhong et al.: Random erasing data augmentation, AAAI 2020).
    ///
    /// - Parameters:
    ///   - area: the part of the image's pixels that it covers.
    ///   - aspect: its height divided by its width. Sides are rounded to whole pixels, at least one, and cut to those of the image where they
    ///     are longer (where the paper draws both numbers again). All places in the image are equally likely.
    public static func erased(
        probability: Double = 0.5, area: ClosedRange<Double> = 0.02...0.4, aspect: ClosedRange<Double> = 0.3...3.3,
        fill: Double = 0
    ) -> Augmentation {
        Augmentation(.erased(probability: probability, area: area, aspect: aspect, fill: fill))
    }

    /// All values brought between two bounds; NaN stays.
    public static func clamped(to bounds: ClosedRange<Double>) -> Augmentation { Augmentation(.clamped(bounds)) }
}

extension Augmentation: CustomStringConvertible {
    /// As it is written, with all that it depends on.
    public var description: String { kind.description }
}

/// What is read is checked as what is written in a program is.
extension Augmentation: Codable {
    public init(from decoder: any Decoder) throws {
        kind = try Kind(from: decoder)
        if let fault = kind.fault {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "\(kind): \(fault)"))
        }
    }

    public func encode(to encoder: any Encoder) throws { try kind.encode(to: encoder) }
}

extension Augmentation.Kind: CustomStringConvertible {
    var description: String {
        switch self {
        case .flippedVertically(let probability): "flippedVertically(probability: \(probability))"
        case .flippedHorizontally(let probability): "flippedHorizontally(probability: \(probability))"
        case .shifted(let vertically, let horizontally, let fill):
            "shifted(vertically: \(vertically), horizontally: \(horizontally), fill: \(fill))"
        case .cropped(let height, let width, let padding, let fill):
            "cropped(height: \(height), width: \(width), padding: \(padding), fill: \(fill))"
        case .croppedToCenter(let height, let width, let fill):
            "croppedToCenter(height: \(height), width: \(width), fill: \(fill))"
        case .rotated(let limit, let fill): "rotated(upToDegrees: \(limit), fill: \(fill))"
        case .scaled(let factors, let fill): "scaled(\(factors), fill: \(fill))"
        case .brightness(let factors): "brightness(\(factors))"
        case .addedBrightness(let numbers): "brightness(adding: \(numbers))"
        case .contrast(let factors): "contrast(\(factors))"
        case .noise(let deviation): "noise(deviation: \(deviation))"
        case .erased(let probability, let area, let aspect, let fill):
            "erased(probability: \(probability), area: \(area), aspect: \(aspect), fill: \(fill))"
        case .clamped(let bounds): "clamped(to: \(bounds))"
        }
    }

    /// Why it cannot be done, nil for all that can.
    fileprivate var fault: String? {
        switch self {
        case .flippedVertically(let probability), .flippedHorizontally(let probability): fault(probability: probability)
        case .shifted(let vertically, let horizontally, let fill):
            fault(fill: fill)
                ?? ((0...1).contains(vertically) && (0...1).contains(horizontally) ? nil : "a limit is not from 0 to 1")
        case .cropped(let height, let width, let padding, let fill):
            fault(fill: fill) ?? fault(height, width)
                ?? (padding >= 0 && padding <= ImageSize.longestSide
                    ? nil : "the padding is not from 0 to \(ImageSize.longestSide)")
        case .croppedToCenter(let height, let width, let fill): fault(fill: fill) ?? fault(height, width)
        case .rotated(let limit, let fill):
            fault(fill: fill) ?? ((0...360).contains(limit) ? nil : "the limit is not from 0 to 360")
        case .scaled(let factors, let fill):
            fault(fill: fill)
                ?? (factors.lowerBound >= 0.001 && factors.upperBound <= 1000
                    ? nil : "factors are not from 0.001 to 1000")
        case .brightness(let bounds), .addedBrightness(let bounds), .contrast(let bounds), .clamped(let bounds):
            bounds.isFiniteFloat ? nil : "the bounds are not finite as float32"
        case .noise(let deviation):
            deviation >= 0 && Float(deviation).isFinite ? nil : "the deviation is negative or not finite as float32"
        case .erased(let probability, let area, let aspect, let fill):
            fault(fill: fill) ?? fault(probability: probability)
                ?? (area.lowerBound >= 0 && area.upperBound <= 1 ? nil : "the area is not from 0 to 1")
                ?? (Float(aspect.lowerBound) > 0 && aspect.isFiniteFloat
                    ? nil : "the aspect is not positive and finite as float32")
        }
    }

    private func fault(probability: Double) -> String? {
        (0...1).contains(probability) ? nil : "the probability is not from 0 to 1"
    }

    private func fault(fill: Double) -> String? { Float(fill).isFinite ? nil : "the fill is not finite as float32" }

    private func fault(_ height: Int, _ width: Int) -> String? {
        let sides = 1...ImageSize.longestSide
        return sides.contains(height) && sides.contains(width)
            ? nil : "sides are not from 1 to \(ImageSize.longestSide)"
    }
}

extension ClosedRange<Double> {
    fileprivate var isFiniteFloat: Bool { Float(lowerBound).isFinite && Float(upperBound).isFinite }
}
