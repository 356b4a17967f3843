#if OpenCL
    import UnloopBackend

    /// Numbers for proofs: those on which arithmetic goes wrong where it goes wrong at all, and ordinary ones of both signs and many
    /// magnitudes, so that every change of an order of rounding shows.
    enum ProofOperands {
        /// Zeros, subnormal numbers, infinities, NaN, ties of rounding, the ends of ranges of the formulas.
        private static let hardReals: [Float] = [
            0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3.5, 0.1, -0.3, 1 / 3, 0.99999994, 1.0000001, 0x1p-149,
            -0x1p-149,
            0x1.fffff8p-127, -0x1.8p-130, 0x1p-126, 0x1.000002p-126, 0x1.8p-128, 0x1.fffffep127, -0x1.fffffep127,
            0x1p64,
            0x1p-64, -0x1.8p-100, .infinity, -.infinity, .nan, 88.72284, 88.72283, -87.33655, -87.3, -103.97, 1e-4,
            -1e-7, 0.7853982, 1.5707964, 3.1415927, -6.2831855, 100, -1000, 32768, 4.7e7, 1e20, 16777215, 16777216,
            16777218, 8388607.5, 8388608.5, 2147483520, 2147483648, -2147483648, -2147483904, 4.1, 9.01, -9.5, 0.92,
            0.3465736, 0.6931472, 2.7182817,
        ]
        private static let hardIntegers: [Int32] = [
            0, 1, -1, 2, -2, 3, 31, 32, 33, -31, 63, 16_777_215, 16_777_217, 16_777_219, -16_777_217, 33_554_434,
            33_554_438, 0x5555_5555, -0x5555_5556, .max, .min, .max - 1, .min + 1, 65_536, 65_535, 1_000_003,
        ]

        /// Hard numbers, begun at another place for each operand, and pseudo-random ones between them: of any exponent or near 1.
        static func reals(_ count: Int, operand: Int) -> HostArray {
            var state = State(operand)
            return .float32(
                (0..<count).map { position in
                    let bits = state.next()
                    switch (position + operand) % 3 {
                    case 0: return hardReals[(position / 3 * 7 + operand * 17) % hardReals.count]
                    case 1: return Float(bitPattern: bits & 0xbfff_ffff | 0x2000_0000)
                    default: return Float(Int32(bitPattern: bits)) * 0x1p-30
                    }
                })
        }

        static func integers(_ count: Int, operand: Int) -> HostArray {
            var state = State(operand + 100)
            return .int32(
                (0..<count).map { position in
                    let bits = Int32(bitPattern: state.next())
                    switch (position + operand) % 3 {
                    case 0: return hardIntegers[(position / 3 * 5 + operand * 11) % hardIntegers.count]
                    case 1: return bits
                    default: return bits & 7 - 3
                    }
                })
        }

        static func values(_ type: ScalarType, _ count: Int, operand: Int) -> HostArray {
            type == .real ? reals(count, operand: operand) : integers(count, operand: operand)
        }

        /// Finite ones between -1 and 1, for sums of products.
        static func factors(_ count: Int, operand: Int) -> HostArray {
            var state = State(operand + 200)
            return .float32((0..<count).map { _ in Float(Int32(bitPattern: state.next())) * 0x1p-31 })
        }

        /// Zeros but for few ones, so that sums are single elements of the other operand, to the last bit.
        static func fewOnes(_ count: Int) -> HostArray {
            .float32((0..<count).map { $0 % 41 == 0 ? 1 : 0 })
        }

        /// Few different ones, so that there are ties.
        static func ties(_ count: Int, operand: Int) -> HostArray {
            var state = State(operand + 300)
            return .float32((0..<count).map { _ in Float(state.next() % 5) - 2 })
        }

        /// What results hold before.
        static func garbage(_ type: ScalarType, _ count: Int) -> HostArray {
            type == .real
                ? .float32([Float](repeating: Float(bitPattern: 0x7fba_dbad), count: count))
                : .int32([Int32](repeating: 0x7fba_dbad, count: count))
        }

        /// Scalars of a program, each another one.
        static func scalars(_ types: [ScalarType]) -> [Double] {
            types.enumerated().map { $1 == .real ? 0.75 + 0.3125 * Double($0) : Double(3 + 2 * $0) }
        }

        /// Linear congruential, as Knuth's MMIX.
        private struct State {
            private var state: UInt64

            init(_ operand: Int) { state = UInt64(operand + 1) &* 0x9E37_79B9_7F4A_7C15 }

            mutating func next() -> UInt32 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt32(truncatingIfNeeded: state >> 32)
            }
        }
    }
#endif
