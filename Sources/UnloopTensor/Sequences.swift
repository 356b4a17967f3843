import UnloopBackend

private let realSequence = ScalarProgram(inputs: [], scalars: [.real, .real]) { _, s in
    [(Scalar(s[0]) + Scalar(converting: .index) * Scalar(s[1])).expression]
}
private let integerSequence = ScalarProgram(inputs: [], scalars: [.integer, .integer]) { _, s in
    [(IntegerScalar(s[0]) + .index * IntegerScalar(s[1])).expression]
}

/// `start + i·step` inside an interval; at the first and the last position its ends themselves.
private let evenlySpaced = ScalarProgram(
    inputs: [], scalars: Array(repeating: .real, count: 7) + [.integer]
) { _, s in
    let interval = s.prefix(5).map(Scalar.init)
    let inside = ScaledInterval.value(at: Scalar(converting: .index), in: interval)
    let orLast = select(.index .== IntegerScalar(s[7]), Scalar(s[6]), inside)
    return [select(.index .== 0, Scalar(s[5]), orLast).expression]
}

extension Tensor {
    /// Programs number elements by int32.
    private static let longestSequence = 1 << 31

    private static func requireCount(_ operation: String, _ count: Int) {
        require(
            count >= 0 && count <= longestSequence,
            "\(operation): \(count) elements; a sequence has 0 to \(longestSequence)")
    }

    /// The real numbers start, start + step, … (each computed as `start + i·step`), or for int32 such integers.
    ///
    /// - Parameter count: at most 2^31. Integers must all fit into int32.
    /// - Precondition: both are finite in the element type.
    public static func sequence(
        from start: Double = 0, by step: Double = 1, count: Int, _ elementType: ElementType = .float32,
        on device: Device = .best
    ) -> Tensor {
        sequence("sequence", start, step, count, elementType, device)
    }

    private static func sequence(
        _ operation: String, _ start: Double, _ step: Double, _ count: Int, _ elementType: ElementType, _ device: Device
    ) -> Tensor {
        requireCount(operation, count)
        guard elementType == .int32 else {
            require(
                elementType.holds(start) && elementType.holds(step),
                "\(operation): from \(start) by \(step); both must be finite \(elementType)")
            return map(
                operation, realSequence, [], scalars: [start, step], on: device, [count], real: elementType)
        }
        require(
            Int32(exactly: start) != nil && Int32(exactly: step) != nil,
            "\(operation): \(start) and \(step) are not both int32")
        // Below 2^63, so that a Double tells on which side of the bounds it is.
        let last = start + Double(Swift.max(0, count - 1)) * step
        require(
            last >= Double(Int32.min) && last <= Double(Int32.max),
            "\(operation): \(count) elements from \(start) by \(step) end at \(last), which is no int32")
        return map(operation, integerSequence, [], scalars: [start, step], on: device, [count])
    }

    /// start, start + step, … below `end` (above it for a negative step), each computed as `start + i·step`.
    ///
    /// There are ⌈(end - start) / step⌉ of them. Where that quotient is a whole number up to what rounding of the three arguments to
    /// Double may add to it, it is that number: `arange(1, 1.3, step: 0.1)` has 3 elements.
    ///
    /// - Precondition: all three are finite, `start` and `step` in the element type too, and `step` is not 0.
    public static func arange(
        _ start: Double, _ end: Double, step: Double = 1, _ elementType: ElementType = .float32,
        on device: Device = .best
    ) -> Tensor {
        require(
            start.isFinite && end.isFinite && step.isFinite && step != 0,
            "arange: from \(start) to \(end) by \(step); all must be finite and the step not 0")
        let distance = end - start
        let quotient = distance.isFinite ? distance / step : end / step - start / step
        let whole = quotient.rounded()
        // Each argument, the difference and the quotient are off by half a unit in the last place at most.
        let uncertainty = (Swift.abs(start / step) + Swift.abs(end / step) + 3 * Swift.abs(quotient)) * 0x1p-53
        let count = Swift.max(0, Swift.abs(quotient - whole) <= uncertainty ? whole : quotient.rounded(.up))
        require(
            count <= Double(longestSequence),
            "arange: from \(start) to \(end) by \(step) are \(count) elements; a sequence has 0 to \(longestSequence)")
        return sequence("arange", start, step, Int(count), elementType, device)
    }

    /// The int32 numbers 0, 1, … below `end`.
    public static func indices(_ end: Int, on device: Device = .best) -> Tensor {
        sequence("indices", 0, 1, end, .int32, device)
    }

    /// `count` numbers evenly spaced from start to end: the first is `start` and the last `end`, each as the nearest number of the
    /// element type; between them lie `start + i·step`, which never turn round. A single number is `start`. For int32 the step must be
    /// a whole number.
    ///
    /// - Precondition: both are finite in the element type.
    public static func linspace(
        _ start: Double, _ end: Double, count: Int, _ elementType: ElementType = .float32, on device: Device = .best
    ) -> Tensor {
        requireCount("linspace", count)
        if elementType == .int32 {
            return sequence(
                "linspace", start, count > 1 ? (end - start) / Double(count - 1) : 0, count, .int32, device)
        }
        let interval = ScaledInterval("linspace", start, end, elementType, parts: Swift.max(1, count - 1))
        return map(
            "linspace", evenlySpaced, [],
            scalars: interval.scalars + [start, end, Double(Swift.max(0, count - 1))], on: device, [count],
            real: elementType)
    }

    /// The n × n identity matrix.
    public static func eye(_ n: Int, _ elementType: ElementType = .float32, on device: Device = .best) -> Tensor {
        let positions = sequence("eye", 0, 1, n, .int32, device)
        return (positions.reshaped(n, 1) .== positions).to(elementType)
    }
}
