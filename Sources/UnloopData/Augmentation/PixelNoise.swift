import UnloopBackend
import UnloopTensor

/// Normally distributed numbers for the pixels of many images at once, which follow from words of each image and the place in it alone. The
/// tensors' own random numbers follow from the place in the whole tensor, so those of an image would depend on which others are in its
/// batch.
///
/// Two random words of a pixel are those of Philox 2x32-10, written in operations of scalar programs (J. K. Salmon, M. A. Moraes, R. O. Dror,
/// D. E. Shaw: Parallel random numbers: as easy as 1, 2, 3, SC'11, section 4.3 and table 2); counter (place, first word), key (second word).
enum PixelNoise {
    private static let factor: UInt32 = 0xD256_D193
    /// The golden ratio, by which the key grows.
    private static let keyStep: UInt32 = 0x9E37_79B9

    /// The words of a counter and a key.
    static func philox(_ counter: (IntegerScalar, IntegerScalar), key: IntegerScalar) -> (IntegerScalar, IntegerScalar)
    {
        var (low, high) = counter
        for round in 0..<10 {
            let roundKey = key + constant(keyStep &* UInt32(round))
            (low, high) = (upperHalf(low) ^ roundKey ^ high, constant(factor) * low)
        }
        return (low, high)
    }

    private static func constant(_ word: UInt32) -> IntegerScalar {
        IntegerScalar(integerLiteral: Int32(bitPattern: word))
    }

    /// The upper 32 of the 64 bits of a word times the factor, from products of halves, none of which is longer than 32 bits.
    private static func upperHalf(_ word: IntegerScalar) -> IntegerScalar {
        let (low, high) = (word & 0xffff, word >> 16)
        let (factorLow, factorHigh) = (constant(factor & 0xffff), constant(factor >> 16))
        let middle = factorHigh * low + ((factorLow * low) >> 16)
        let carried = factorLow * high + (middle & 0xffff)
        return factorHigh * high + (middle >> 16) + (carried >> 16)
    }

    private static func uniform(_ word: IntegerScalar) -> Scalar { Scalar(converting: word >> 8) * 0x1p-24 }

    /// A value with noise, of the value, the two words of its image and its place; Box and Muller 1958. 1 - u is in (0, 1].
    static let added = ScalarFunction(
        "noise",
        program: ScalarProgram(inputs: [.real, .integer, .integer, .integer], scalars: [.real]) { x, scalars in
            let words = philox((IntegerScalar(x[3]), IntegerScalar(x[1])), key: IntegerScalar(x[2]))
            let radius = sqrt(-2 * log(1 - uniform(words.0)))
            let normal = radius * cos(6.283185307179586 * uniform(words.1))
            return [(Scalar(x[0]) + Scalar(scalars[0]) * normal).expression]
        })
}

extension Tensor {
    /// - Parameter words: two for each example.
    func addingNoise(deviation: Double, _ words: [(UInt32, UInt32)]) -> Tensor {
        if count == 0 || Float(deviation) == 0 { return self }
        func integers(_ words: [UInt32]) -> [Int] { words.map { Int(Int32(bitPattern: $0)) } }
        let ofExamples = integersOfExamples([integers(words.map(\.0)), integers(words.map(\.1))])
        let shape = dimensions.dropFirst()
        let places = Tensor.indices(shape.reduce(1, *), on: device).reshaped(Array(shape))
        return PixelNoise.added([self] + ofExamples + [places], scalars: [deviation])
    }
}
