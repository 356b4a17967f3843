import Foundation
import Testing
import UnloopBackend
import UnloopData
import UnloopTensor

/// One image as an array, and what augmentations do to it, in plain loops.
struct ReferenceImage: Equatable {
    let height: Int
    let width: Int
    let channels: Int
    var values: [Float]

    init(height: Int, width: Int, channels: Int, values: [Float]) {
        (self.height, self.width, self.channels, self.values) = (height, width, channels, values)
    }

    /// With values of its own for every number.
    static func random(_ height: Int, _ width: Int, _ channels: Int, _ number: Int = 0) -> ReferenceImage {
        var random = CounterRandom(seed: 17, stream: UInt64(number))
        let values = (0..<height * width * channels).map { _ in Float(random.next() >> 8) * 0x1p-23 - 0.5 }
        return ReferenceImage(height: height, width: width, channels: channels, values: values)
    }

    /// The same as in Golden/augmentation.py.
    static func golden(_ shape: [Int]) -> ReferenceImage {
        let values = (0..<shape[0] * shape[1] * shape[2]).map { place -> Float in
            let sample = (place * place * 7 + 3 * place) % 256
            return Float(sample) / 255
        }
        return ReferenceImage(height: shape[0], width: shape[1], channels: shape[2], values: values)
    }

    func value(_ row: Int, _ column: Int, _ channel: Int, fill: Float) -> Float {
        guard row >= 0, row < height, column >= 0, column < width else { return fill }
        return values[(row * width + column) * channels + channel]
    }

    /// Each pixel is the one that the function names.
    func taking(_ height: Int, _ width: Int, fill: Float = 0, _ source: (Int, Int) -> (Int, Int)) -> ReferenceImage {
        var result: [Float] = []
        for row in 0..<height {
            for column in 0..<width {
                let (y, x) = source(row, column)
                for channel in 0..<channels { result.append(value(y, x, channel, fill: fill)) }
            }
        }
        return ReferenceImage(height: height, width: width, channels: channels, values: result)
    }

    /// Turned and made larger about the middle, in double precision.
    func turned(degrees: Double, factor: Double, fill: Double) -> [Double] {
        var result: [Double] = []
        let (cosine, sine) = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
        for row in 0..<height {
            for column in 0..<width {
                let (down, right) = (Double(row) - Double(height - 1) / 2, Double(column) - Double(width - 1) / 2)
                let y = (down * cosine + right * sine) / factor + Double(height - 1) / 2
                let x = (right * cosine - down * sine) / factor + Double(width - 1) / 2
                for channel in 0..<channels {
                    result.append(interpolated(y, x, channel, fill: Float(fill)))
                }
            }
        }
        return result
    }

    /// The mean of the four pixels around a position, each with the area of the rectangle opposite to it.
    private func interpolated(_ y: Double, _ x: Double, _ channel: Int, fill: Float) -> Double {
        let (row, column) = (Int(y.rounded(.down)), Int(x.rounded(.down)))
        var sum = 0.0
        for neighborRow in row...row + 1 {
            for neighborColumn in column...column + 1 {
                let weight = (1 - abs(y - Double(neighborRow))) * (1 - abs(x - Double(neighborColumn)))
                sum += weight * Double(value(neighborRow, neighborColumn, channel, fill: fill))
            }
        }
        return sum
    }

    /// A batch of images of one size.
    static func tensor(_ images: [ReferenceImage], on device: Device = .loop) -> Tensor {
        Tensor(
            images.flatMap(\.values), shape: [images.count, images[0].height, images[0].width, images[0].channels],
            on: device)
    }
}

/// The numbers that an augmentation draws for a key, where it stands at a place of the list.
struct ReferenceDraws {
    var random: CounterRandom

    init(_ key: RandomKey, place: UInt64 = 0) { random = CounterRandom(key.child(place)) }

    mutating func uniform() -> Double { Double(random.next() >> 8) / 16_777_216 }

    mutating func uniform(_ low: Double, _ high: Double) -> Double { Double(Float(low + (high - low) * uniform())) }

    /// Philox 2x32-10, with products of 64 bits.
    static func philox(_ counter: (UInt32, UInt32), key: UInt32) -> (UInt32, UInt32) {
        var (counter, key) = (counter, key)
        for _ in 0..<10 {
            let product = 0xD256_D193 * UInt64(counter.0)
            counter = (UInt32(product >> 32) ^ key ^ counter.1, UInt32(truncatingIfNeeded: product))
            key &+= 0x9E37_79B9
        }
        return counter
    }
}

extension Example.Values {
    /// The elements, which are float32.
    func floats() throws -> [Float] {
        guard case .float32(let values) = elements else { throw NoFloats(type: elements.elementType) }
        return values
    }

    private struct NoFloats: Error { let type: ElementType }
}

func exampleKeys(_ count: Int, seed: UInt64 = 5) -> [RandomKey] {
    (0..<count).map { RandomKey(seed: seed, stream: 8).child(UInt64($0)) }
}

/// The same bits, where every NaN is the same.
func haveSameBits(_ a: [Float], _ b: [Float]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { $0.isNaN ? $1.isNaN : $0.bitPattern == $1.bitPattern }
}

/// Whether so many of independent trials is within four standard deviations of the binomial distribution.
func isLikely(_ found: Int, of trials: Int, probability: Double) -> Bool {
    let (mean, variance) = (Double(trials) * probability, Double(trials) * probability * (1 - probability))
    return abs(Double(found) - mean) < 4 * variance.squareRoot()
}
