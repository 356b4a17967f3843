import UnloopBackend

extension ElementType {
    /// Whether a number stays finite when it is rounded to this real type.
    func holds(_ number: Double) -> Bool { self == .float64 ? number.isFinite : Float(number).isFinite }
}

/// The numbers between two bounds as a program computes them: `origin + step·x`, multiplied by a power of two and brought inside the
/// bounds. The bounds are divided by that power of two before, which changes no bit where nothing overflows or is subnormal, so that
/// neither their distance overflows nor a small step loses digits.
struct ScaledInterval {
    /// What `value(at:in:)` takes.
    let scalars: [Double]

    /// - Parameters:
    ///   - parts: of equal length, into which the distance is divided: x = `parts` is the second bound.
    ///   - includesUpperBound: else the largest number is the one before it; where the element type has no number between the bounds, all
    ///     numbers are the first bound.
    init(
        _ operation: String, _ first: Double, _ second: Double, _ elementType: ElementType, parts: Int = 1,
        includesUpperBound: Bool = true
    ) {
        let isDouble = elementType == .float64
        func rounded(_ value: Double) -> Double { isDouble ? value : Double(Float(value)) }
        func next(after value: Double) -> Double { isDouble ? value.nextUp : Double(Float(value).nextUp) }
        func next(before value: Double) -> Double { isDouble ? value.nextDown : Double(Float(value).nextDown) }
        require(
            elementType.holds(first) && elementType.holds(second),
            "\(operation): the bounds \(first) and \(second) must be finite \(elementType)")
        let largest = Swift.max(Swift.abs(first), Swift.abs(second))
        // A power of two that the element type has.
        let exponent = largest == 0 ? 0 : Swift.min(Int(largest.exponent), isDouble ? 1023 : 127)
        let origin = Self.scaled(first, by: -exponent)
        let step = (Self.scaled(second, by: -exponent) - origin) / Double(parts)
        var (lower, upper) = (rounded(Swift.min(first, second)), rounded(Swift.max(first, second)))
        if !includesUpperBound {
            if lower < first { lower = next(after: lower) }
            if upper >= second { upper = next(before: upper) }
            if lower > upper { (lower, upper) = (rounded(first), rounded(first)) }
        }
        // No bound is -0, which would take the place of +0.
        scalars = [origin, step, Self.scaled(1, by: exponent), lower + 0, upper + 0]
    }

    private static func scaled(_ value: Double, by exponent: Int) -> Double {
        Double(sign: .plus, exponent: exponent, significand: value)
    }

    /// The number at x: 0 is the first bound.
    static func value(at x: Scalar, in scalars: [Scalar]) -> Scalar {
        let value = (scalars[0] + x * scalars[1]) * scalars[2]
        return UnloopBackend.min(UnloopBackend.max(value, scalars[3]), scalars[4])
    }
}
