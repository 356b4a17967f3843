import UnloopBackend

/// Where random numbers come from: a seed and a stream. The same key gives the same numbers on every device, whatever the
/// shape's layout: element i depends on the key and i only (Philox 4x32-10; Salmon et al., SC'11).
///
/// Use a key once; make others with `child` or `next`.
public struct RandomKey: Hashable, Sendable {
    public var seed: UInt64
    public var stream: UInt64

    public init(seed: UInt64, stream: UInt64 = 0) {
        self.seed = seed
        self.stream = stream
    }

    /// The key number `index` below this one: a stream that is scattered by a bijection of 64 bits (splitmix64; Steele,
    /// Lea, Flood 2014), so that different paths do not meet.
    public func child(_ index: UInt64) -> RandomKey {
        var z = stream &+ 0x9e37_79b9_7f4a_7c15 &* (index &+ 1)
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return RandomKey(seed: seed, stream: z ^ z >> 31)
    }

    /// A fresh key; this one moves on.
    public mutating func next() -> RandomKey {
        let result = child(0)
        self = child(1)
        return result
    }

    /// Seed low, seed high, stream low, stream high, as programs take them.
    var words: [Double] {
        [seed, seed >> 32, stream, stream >> 32].map { Double(Int32(truncatingIfNeeded: $0)) }
    }
}

/// Uniform in [0, 1): the upper 24 of 32 bits.
private func uniform(_ key: [IntegerScalar], salt: UInt32) -> Scalar {
    Scalar(converting: IntegerScalar.randomBits(key: key, salt: salt) >> 8) * 0x1p-24
}

/// A program without inputs over the key's four words and some numbers.
private func randomProgram(_ count: Int, _ formula: ([IntegerScalar], [Scalar]) -> Scalar) -> ScalarProgram {
    let scalars = Array(repeating: ScalarType.integer, count: 4) + Array(repeating: ScalarType.real, count: count)
    return ScalarProgram(inputs: [], scalars: scalars) { _, s in
        [formula(s.prefix(4).map(IntegerScalar.init), s.dropFirst(4).map(Scalar.init)).expression]
    }
}

private let uniformProgram = randomProgram(5) { key, interval in
    ScaledInterval.value(at: uniform(key, salt: 0), in: interval)
}

/// Box and Muller 1958, of a mean and a deviation; 1 - u is in (0, 1], so the logarithm is finite.
private let normalProgram = randomProgram(2) { key, s in
    let radius = sqrt(-2 * log(1 - uniform(key, salt: 0)))
    return s[0] + s[1] * (radius * cos(6.283185307179586 * uniform(key, salt: 1)))
}

private let bernoulliProgram = randomProgram(1) { key, probability in
    Scalar(converting: uniform(key, salt: 0) .< probability[0])
}

private let bitsProgram = ScalarProgram(inputs: [], scalars: [.integer, .integer, .integer, .integer]) { _, s in
    [IntegerScalar.randomBits(key: s.map(IntegerScalar.init), salt: 0).expression]
}

extension Tensor {
    /// Uniform numbers in [low, high): `low + (high - low)·u`, u a multiple of 2^-24 in [0, 1). What rounds to `high` becomes the number
    /// before it, so every number is at least `low` and below `high`. Where the bounds are equal, or the element type has no number
    /// between them, all numbers are `low`.
    ///
    /// - Precondition: both are finite in the element type, and `low` is not above `high`.
    public static func randomUniform(
        _ shape: [Int], _ key: RandomKey, low: Double = 0, high: Double = 1, _ type: ElementType = .float32,
        on device: Device = .best
    ) -> Tensor {
        require(low <= high, "randomUniform: the lower bound \(low) is not at most the upper bound \(high)")
        requireRandomReal("randomUniform", type)
        let interval = ScaledInterval("randomUniform", low, high, type, includesUpperBound: false)
        return random("randomUniform", uniformProgram, shape, key, interval.scalars, type, device)
    }

    /// Normally distributed numbers (Box–Muller on two uniform ones); none is farther from the mean than 5.8 deviations.
    ///
    /// - Precondition: both are finite in the element type, and the deviation is not negative.
    public static func randomNormal(
        _ shape: [Int], _ key: RandomKey, mean: Double = 0, standardDeviation: Double = 1,
        _ type: ElementType = .float32, on device: Device = .best
    ) -> Tensor {
        requireRandomReal("randomNormal", type)
        require(
            type.holds(mean) && type.holds(standardDeviation) && standardDeviation >= 0,
            "randomNormal: mean \(mean) and deviation \(standardDeviation) must be finite \(type), the deviation not negative"
        )
        return random("randomNormal", normalProgram, shape, key, [mean, standardDeviation], type, device)
    }

    /// 1 with this probability, 0 to 1, else 0.
    public static func randomBernoulli(
        _ shape: [Int], _ key: RandomKey, probability: Double, _ type: ElementType = .float32,
        on device: Device = .best
    ) -> Tensor {
        require(
            probability >= 0 && probability <= 1, "randomBernoulli: probability \(probability) is not between 0 and 1")
        requireRandomReal("randomBernoulli", type)
        return random("randomBernoulli", bernoulliProgram, shape, key, [probability], type, device)
    }

    /// 32 random bits in each int32 element.
    public static func randomBits(_ shape: [Int], _ key: RandomKey, on device: Device = .best) -> Tensor {
        random("randomBits", bitsProgram, shape, key, [], .int32, device)
    }

    private static func requireRandomReal(_ name: String, _ type: ElementType) {
        require(type != .int32, "\(name): gives real numbers; convert them with to(.int32)")
    }

    private static func random(
        _ name: String, _ program: ScalarProgram, _ shape: [Int], _ key: RandomKey, _ scalars: [Double],
        _ type: ElementType, _ device: Device
    ) -> Tensor {
        require(shape.allSatisfy { $0 >= 0 }, "\(name): \(shape) has a negative size")
        return map(
            name, program, [], scalars: key.words + scalars, on: device, Dimensions(shape), real: type)
    }
}
