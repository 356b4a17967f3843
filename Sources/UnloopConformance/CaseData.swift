import UnloopBackend

/// SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators", OOPSLA'14): the same
/// numbers everywhere.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    init(_ name: String) {
        // FNV-1a of the name, so that each case has its own numbers, whatever stands before it.
        state = name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// Uniform in [-1, 1), with all bits of the significand in use.
    mutating func signedUnit() -> Float { Float(Int64(bitPattern: next()) >> 32) * 0x1p-31 }
}

/// What an operand's elements are like.
enum CaseData: String, Sendable, CaseIterable {
    /// Both signs, magnitudes over eight binary orders.
    case reals
    /// Above 0.
    case positive
    /// In [0, 1).
    case probability
    /// -3, …, 3, so that there are many ties, exact sums, and both zeros.
    case ties
    /// Reals, with every few elements a NaN, an infinity, a zero, a subnormal or an extreme of either sign.
    case special
    /// Special, but neither NaN nor an infinity.
    case extreme
    /// Near the smallest numbers, so that products are subnormal or vanish.
    case subnormal
    /// All bit patterns.
    case bits
    /// Integers of all sizes, with the extremes.
    case integers
    /// 0 and 1.
    case booleans

    var elementType: ElementType { self == .integers || self == .booleans ? .int32 : .float32 }

    private static let finiteSpecials: [Float] = [
        0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 0x1.8p-130,
        -Float.leastNormalMagnitude.nextDown, .leastNormalMagnitude, -.leastNormalMagnitude, .greatestFiniteMagnitude,
        -.greatestFiniteMagnitude, 88.72284, 88.722835, -87.33655, -103.97209, 8_388_607.5, -8_388_609, 2_147_483_648,
        -2_147_483_648, 3_000_000_000, 0.693_147_2, 3.141_592_7, 1.570_796_4, 0.999_999_94, 1.000_000_1,
    ]
    private static let specials: [Float] = finiteSpecials + [.nan, .infinity, -.infinity, -.nan]

    func make(count: Int, seed: String) -> HostArray {
        var random = SplitMix(seed)
        switch self {
        case .integers:
            return .int32(
                (0..<count).map { _ in
                    switch random.below(8) {
                    case 0: [0, 1, -1, .max, .min, 31, 32, 33][random.below(8)]
                    case 1: Int32(random.below(200)) - 100
                    default: Int32(truncatingIfNeeded: random.next())
                    }
                })
        case .booleans: return .int32((0..<count).map { _ in Int32(random.below(2)) })
        default: return .float32((0..<count).map { _ in real(&random) })
        }
    }

    private func real(_ random: inout SplitMix) -> Float {
        switch self {
        case .reals, .integers, .booleans: Self.ordinary(&random)
        case .positive: abs(Self.ordinary(&random)) + 0x1p-20
        case .probability: abs(random.signedUnit())
        case .ties: random.below(9) == 0 ? -0.0 : Float(random.below(7) - 3)
        case .special:
            random.below(3) == 0 ? Self.specials[random.below(Self.specials.count)] : Self.ordinary(&random)
        case .extreme:
            random.below(3) == 0 ? Self.finiteSpecials[random.below(Self.finiteSpecials.count)] : Self.ordinary(&random)
        case .subnormal: random.signedUnit() * (random.below(2) == 0 ? 0x1p-70 : 0x1p-78)
        case .bits: Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
        }
    }

    private static func ordinary(_ random: inout SplitMix) -> Float {
        let exponent = random.below(8) - 5
        return random.signedUnit() * Float(sign: .plus, exponent: exponent, significand: 1)
    }
}
