import UnloopBackend

/// What the elements of a leaf of a random program are like. The simplest ones come last; failing cases are brought to them.
enum RandomFill: Hashable, Sendable {
    /// Both signs, magnitudes over eight binary orders.
    case ordinary
    /// In [0, 1).
    case unit
    /// From 1/8 to 4.
    case positive
    /// -4, …, 4.
    case integers
    /// -1, 0, 1 and -0, so that most elements have equals.
    case ties
    /// Magnitudes up to the largest.
    case huge
    /// Magnitudes whose products vanish.
    case tiny
    case subnormal
    /// Both zeros.
    case zeros
    /// Ordinary ones with NaN, infinities, zeros, subnormals and extremes among them.
    case special
    /// All the same.
    case equal(Float)
    /// 0, 1, … 6, 0, 1, … less 3.
    case counting

    /// int32: all sizes, with the extremes.
    case wide
    /// int32: 0 or 1.
    case booleans
    /// int32 in `0 ..< bound`.
    case below(Int)
    /// int32 in `0 ... bound`, the bound being outside of what is indexed.
    case through(Int)
    /// int32: the position modulo a number.
    case positions(Int)

    var isReal: Bool {
        switch self {
        case .wide, .booleans, .below, .through, .positions: false
        default: true
        }
    }

    static func real(_ numbers: inout CounterNumbers) -> RandomFill {
        numbers.pick(weighted: [
            (48, .ordinary), (6, .unit), (8, .positive), (8, .integers), (8, .ties), (2, .huge), (3, .tiny),
            (3, .subnormal), (3, .zeros), (6, .special), (2, .equal(0.75)), (1, .equal(-2)), (1, .equal(0)),
            (1, .equal(.nan)),
        ])
    }

    static func integer(_ numbers: inout CounterNumbers) -> RandomFill {
        numbers.pick(weighted: [(3, .wide), (2, .booleans), (3, .below(7)), (1, .positions(5))])
    }

    /// Fills to try in its place when a failing case is made smaller.
    var simpler: [RandomFill] {
        switch self {
        case .counting, .positions: []
        case .equal(1): [.counting]
        case .wide, .booleans: [.positions(3), .below(7)]
        case .below(let bound): bound > 1 ? [.positions(bound)] : []
        case .through(let bound): bound > 1 ? [.below(bound)] : []
        case .equal: [.counting, .equal(1)]
        default: [.counting, .equal(1), .integers, .ordinary].filter { $0 != self }
        }
    }

    func make(count: Int, _ numbers: inout CounterNumbers) -> HostArray {
        switch self {
        case .wide:
            return .int32(
                (0..<count).map { _ in
                    switch numbers.below(8) {
                    case 0: numbers.pick([0, 1, -1, .max, .min, 31, 32, 33])
                    case 1: Int32(numbers.below(200)) - 100
                    default: Int32(bitPattern: numbers.word())
                    }
                })
        case .booleans: return .int32((0..<count).map { _ in Int32(numbers.below(2)) })
        case .below(let bound): return .int32((0..<count).map { _ in Int32(numbers.below(max(bound, 1))) })
        case .through(let bound): return .int32((0..<count).map { _ in Int32(numbers.below(bound + 1)) })
        case .positions(let bound): return .int32((0..<count).map { Int32($0 % max(bound, 1)) })
        case .counting: return .float32((0..<count).map { Float($0 % 7 - 3) })
        case .equal(let value): return .float32(Array(repeating: value, count: count))
        default: return .float32((0..<count).map { _ in real(&numbers) })
        }
    }

    private static let specials: [Float] = [
        .nan, .infinity, -.infinity, 0, -0.0, 1, -1, 0.5, 1.5, -2.5, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
        .leastNormalMagnitude, -Float.leastNormalMagnitude.nextDown, .greatestFiniteMagnitude,
        -.greatestFiniteMagnitude,
        88.722835, -103.97209, 8_388_609, 2_147_483_648, -2_147_483_648, 16_777_215, 0.999_999_94, 1.000_000_1,
    ]

    private func real(_ numbers: inout CounterNumbers) -> Float {
        switch self {
        case .unit: abs(numbers.signedUnit())
        case .positive: 0.125 + 3.875 * abs(numbers.signedUnit())
        case .integers: Float(numbers.below(9) - 4)
        case .ties: numbers.pick([-1, 0, 1, -0.0])
        case .huge: numbers.signedUnit() * numbers.pick([0x1p60, 0x1p100, 0x1p127])
        case .tiny: numbers.signedUnit() * numbers.pick([0x1p-70, 0x1p-100, 0x1p-126])
        case .subnormal: numbers.signedUnit() * 0x1p-130
        case .zeros: numbers.pick([0, -0.0])
        case .special: numbers.chance(1, of: 5) ? numbers.pick(Self.specials) : Self.ordinary(&numbers)
        default: Self.ordinary(&numbers)
        }
    }

    private static func ordinary(_ numbers: inout CounterNumbers) -> Float {
        numbers.signedUnit() * Float(sign: .plus, exponent: numbers.below(8) - 5, significand: 1)
    }
}
