import CUnloopFormulas
import Glibc
import Testing

/// The formulas in scalar C against the system's functions in double precision.
@Suite struct AccuracyTests {
    struct Formula: Sendable, CustomTestStringConvertible {
        let name: String
        /// Units in the last place.
        let bound: Double
        let formula: @Sendable (Float) -> Float
        let truth: @Sendable (Double) -> Double
        var testDescription: String { name }
    }

    static let formulas: [Formula] = [
        Formula(name: "exp", bound: 2, formula: { unloop_scalar_exp($0) }, truth: { exp($0) }),
        Formula(name: "log", bound: 2, formula: { unloop_scalar_log($0) }, truth: { log($0) }),
        Formula(name: "expm1", bound: 4, formula: { unloop_scalar_expm1($0) }, truth: { expm1($0) }),
        Formula(name: "log1p", bound: 4, formula: { unloop_scalar_log1p($0) }, truth: { log1p($0) }),
        Formula(name: "tanh", bound: 4, formula: { unloop_scalar_tanh($0) }, truth: { tanh($0) }),
        Formula(name: "sigmoid", bound: 4, formula: { unloop_scalar_sigmoid($0) }, truth: sigmoid),
        Formula(name: "erf", bound: 4, formula: { unloop_scalar_erf($0) }, truth: { erf($0) }),
        Formula(
            name: "normalDistribution", bound: 4, formula: { unloop_scalar_normal_distribution($0) },
            truth: { 0.5 * erfc(-$0 * 0.5.squareRoot()) }),
        Formula(name: "sin", bound: 4, formula: { unloop_scalar_sin($0) }, truth: { sin($0) }),
        Formula(name: "cos", bound: 4, formula: { unloop_scalar_cos($0) }, truth: { cos($0) }),
    ]

    @Sendable static func sigmoid(_ x: Double) -> Double {
        let e = exp(-abs(x))
        return x >= 0 ? 1 / (1 + e) : e / (1 + e)
    }

    /// The distance from the truth in units in the last place of a float32 near it; infinite where one is NaN and the
    /// other is not, or where zeros have different signs.
    static func error(_ y: Float, _ truth: Double) -> Double {
        if truth.isNaN || y.isNaN { return truth.isNaN == y.isNaN ? 0 : .infinity }
        let nearest = Float(truth)
        if y.bitPattern == nearest.bitPattern { return 0.5 }
        if truth.isInfinite || (truth == 0 && y == 0) { return .infinity }
        // An infinite result stands for 2^128.
        let value = y.isInfinite ? (y > 0 ? 0x1p128 : -0x1p128) : Double(y)
        let magnitude = max(0x1p-149, min(abs(truth), 0x1p127))
        let unit = max(0x1p-149, scalbn(1, Int32(magnitude.exponent) - 23))
        return abs(value - truth) / unit
    }

    /// About a million patterns of all 2^32, and all that are near a power of two or a change of method.
    static func patterns() -> [UInt32] {
        var result = stride(from: UInt32(0), to: .max - 4099, by: 4099).map { $0 }
        let edges: [Float] = [
            0, 0x1p-126, 0x1p-25, 0x1p-13, 0.34657359, 0.5, 0.70710678, 0.92, 1, 1.41421356, 14.17, 15, .pi / 4,
            .pi / 2, 4, 9.02,
            10, 30, 88.722839, 89, 87.336545, 103.97208, 105, 0x1p15, 0x1p24, .greatestFiniteMagnitude, .infinity,
        ]
        for edge in edges {
            for step in UInt32(0)..<64 {
                let near = edge.bitPattern &+ step &- 32
                result += [near, near ^ 0x8000_0000]
            }
        }
        return result
    }

    @Test(arguments: formulas) func withinTheBound(_ formula: Formula) {
        var largest = 0.0
        var at: Float = 0
        for pattern in Self.patterns() {
            let x = Float(bitPattern: pattern)
            let error = Self.error(formula.formula(x), formula.truth(Double(x)))
            if error > largest { (largest, at) = (error, x) }
        }
        #expect(largest <= formula.bound, "at \(at)")
        // Not exact either: the comparison does compare.
        #expect(largest > 0.5)
    }

    /// Formulas for operands within bounds give the bits of those for all.
    @Test func boundedFormulasAgree() {
        func bits(_ x: Float) -> UInt32 { x.isNaN ? 0x7fc0_0000 : x.bitPattern }
        var compared = (exp: 0, log1p: 0)
        for pattern in Self.patterns() + [0, 0x8000_0000, Float.nan.bitPattern, Float(1).bitPattern] {
            let x = Float(bitPattern: pattern)
            if !(x > 0) {
                compared.exp += 1
                #expect(bits(unloop_scalar_exp_nonpositive(x)) == bits(unloop_scalar_exp(x)), "exp of \(x)")
            }
            if x.isNaN || (0...1).contains(x) {
                compared.log1p += 1
                #expect(bits(unloop_scalar_log1p_unit(x)) == bits(unloop_scalar_log1p(x)), "log1p of \(x)")
            }
        }
        #expect(compared.exp > 500_000 && compared.log1p > 250_000)
    }

    @Test func powerWithinTheBound() {
        var generator = SplitMix(state: 7)
        var largest = 0.0
        var at: (Float, Float) = (0, 0)
        for round in 0..<1_000_000 {
            let x: Float
            let y: Float
            if round % 2 == 0 {
                (x, y) = (Float(bitPattern: generator.next()), Float(bitPattern: generator.next()))
            } else {
                // Results over the whole range, bases near 1 included.
                let exponent = Int32(generator.next() % 40) - 20
                let fraction = Double(generator.next()) * 0x1p-32
                x = Float(
                    round % 4 == 1 ? scalbn(1 + fraction, exponent) : 1 + (fraction - 0.5) * scalbn(1, exponent - 1))
                let logarithm = log2(Double(abs(x)))
                y = Float((Double(generator.next()) * 0x1p-32 * 290 - 155) / (logarithm == 0 ? 1 : logarithm))
            }
            let error = Self.error(unloop_scalar_power(x, y), pow(Double(x), Double(y)))
            if error > largest { (largest, at) = (error, (x, y)) }
        }
        #expect(largest <= 4, "at \(at)")
    }

    @Test func powerSpecialCases() {
        let values: [Float] = [
            0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1.5, -1.5, 0x1p-133, -0x1p-133, 16_777_215, 16_777_216,
            -16_777_215,
            0x1p31,
            3e38, -3e38, .infinity, -.infinity, .nan,
        ]
        for x in values {
            for y in values {
                let error = Self.error(unloop_scalar_power(x, y), pow(Double(x), Double(y)))
                #expect(error <= 4, "\(x) to the power of \(y)")
            }
        }
    }

    /// Known answers published with Random123 (kat_vectors, philox4x32 with 10 rounds).
    @Test func philoxKnownAnswers() {
        let cases: [(counter: [UInt32], key: [UInt32], answer: [UInt32])] = [
            ([0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            (
                [.max, .max, .max, .max], [.max, .max], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
            ),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
            ),
        ]
        for (counter, key, answer) in cases {
            var words = counter
            unloop_scalar_philox(&words, key[0], key[1])
            #expect(words == answer)
            for word in 0..<4 where counter[0] < 1 << 30 {
                let bits = unloop_scalar_random_bits(
                    Int32(bitPattern: counter[0] << 2) | Int32(word), Int32(bitPattern: counter[1]),
                    Int32(bitPattern: key[0]), Int32(bitPattern: key[1]), Int32(bitPattern: counter[2]),
                    Int32(bitPattern: counter[3]))
                #expect(UInt32(bitPattern: bits) == answer[word])
            }
        }
    }

    @Test func conversionsSaturate() {
        #expect(unloop_scalar_integer_from_real(.nan) == 0)
        #expect(unloop_scalar_integer_from_real(3e9) == .max)
        #expect(unloop_scalar_integer_from_real(-3e9) == .min)
        #expect(unloop_scalar_integer_from_real(-2_147_483_648) == .min)
        #expect(unloop_scalar_integer_from_real(-1.9) == -1)
        #expect(unloop_scalar_round(2.5) == 2 && unloop_scalar_round(-0.4).sign == .minus)
        #expect(unloop_scalar_maximum(.nan, 1).isNaN && unloop_scalar_maximum(1, .nan).isNaN)
        #expect(unloop_scalar_maximum(-0.0, 0).sign == .plus && unloop_scalar_minimum(0, -0.0).sign == .minus)
        #expect(unloop_scalar_integer_shift_right(-1, 33) == 0x7fff_ffff)
        #expect(unloop_scalar_integer_add(.max, 1) == .min)
    }
}

/// A small generator with a seed (Vigna's SplitMix64).
struct SplitMix {
    var state: UInt64
    mutating func next() -> UInt32 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return UInt32(truncatingIfNeeded: (z ^ (z >> 31)) >> 32)
    }
}
