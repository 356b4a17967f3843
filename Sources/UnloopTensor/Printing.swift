import UnloopBackend

extension Tensor: CustomStringConvertible, CustomDebugStringConvertible {
    /// Along each axis longer than this, the middle is left out of what is printed.
    private static let longestPrinted = 8
    private static let edge = 3

    /// The shape, element type and device, then the numbers, aligned; the middle of long axes is left out. Waits until
    /// the numbers are computed; if they could not be, says why.
    public var description: String {
        let head = "Tensor \(dimensions) \(elementType) on \(device)"
        do {
            let numbers = Self.aligned(try edges())
            if rank == 0 { return head + ": " + numbers[0] }
            if count == 0 { return head + ": empty" }
            var position = 0
            return head + "\n" + block(axis: 0, numbers, &position)
        } catch {
            return head + ": failed: \(error)"
        }
    }

    public var debugDescription: String { description }

    private var isElided: Bool { count > 64 && dimensions.contains { $0 > Self.longestPrinted } }

    /// How many elements of an axis are shown on each side, nil when all are.
    private func shownEdge(_ axis: Int) -> Int? {
        isElided && dimensions[axis] > Self.longestPrinted ? Self.edge : nil
    }

    /// The elements that are shown, in row-major order; only they are fetched.
    private func edges() throws(TensorError) -> HostArray {
        var shown = stopGradient()
        for axis in 0..<rank where shownEdge(axis) != nil {
            shown = Tensor.concatenate(
                [
                    shown.sliced(axis: axis, 0..<Self.edge),
                    shown.sliced(axis: axis, dimensions[axis] - Self.edge..<dimensions[axis]),
                ], axis: axis)
        }
        return try shown.hostArray()
    }

    private func block(axis: Int, _ numbers: [String], _ position: inout Int) -> String {
        let indent = String(repeating: " ", count: axis + 1)
        var parts: [String] = []
        let edge = shownEdge(axis)
        for index in 0..<(edge.map { 2 * $0 } ?? dimensions[axis]) {
            if let edge, index == edge { parts.append("…") }
            if axis == rank - 1 {
                parts.append(numbers[position])
                position += 1
            } else {
                parts.append(block(axis: axis + 1, numbers, &position))
            }
        }
        let separator = axis == rank - 1 ? ", " : ",\n" + indent
        return "[" + parts.joined(separator: separator) + "]"
    }

    /// The numbers as text of one width: integers as they are; reals with up to four decimals, or in scientific notation
    /// when they differ too much in size for that.
    private static func aligned(_ values: HostArray) -> [String] {
        let texts: [String]
        switch values {
        case .int32(let values): texts = values.map(String.init)
        case .float32(let values): texts = formatted(values.map(Double.init))
        case .float64(let values): texts = formatted(values)
        }
        let width = texts.map(\.count).max() ?? 0
        return texts.map { String(repeating: " ", count: width - $0.count) + $0 }
    }

    private static func formatted(_ values: [Double]) -> [String] {
        let finite = values.filter(\.isFinite).map { Swift.abs($0) }
        let largest = finite.max() ?? 0
        let smallest = finite.filter { $0 > 0 }.min() ?? 1
        let scientific = largest >= 1e6 || smallest < 1e-4
        let whole = !scientific && finite.allSatisfy { $0 == $0.rounded() }
        return values.map { value in
            if !value.isFinite { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
            if scientific { return scientificText(value) }
            return whole ? signText(value) + "\(Int(Swift.abs(value))).0" : fixedText(value)
        }
    }

    /// That of zero too.
    private static func signText(_ value: Double) -> String { value.sign == .minus ? "-" : "" }

    /// Four decimals.
    private static func fixedText(_ value: Double) -> String {
        let scaled = Int((Swift.abs(value) * 10_000).rounded())
        let fraction = String(scaled % 10_000)
        return signText(value) + "\(scaled / 10_000).\(String(repeating: "0", count: 4 - fraction.count))\(fraction)"
    }

    /// One digit, four decimals, exponent.
    private static func scientificText(_ value: Double) -> String {
        if value == 0 { return signText(value) + "0.0000e+00" }
        var exponent = 0
        var mantissa = Swift.abs(value)
        while mantissa >= 10 {
            mantissa /= 10
            exponent += 1
        }
        while mantissa < 1 {
            mantissa *= 10
            exponent -= 1
        }
        if mantissa >= 9.99995 {
            mantissa = 1
            exponent += 1
        }
        let digits = String(Swift.abs(exponent))
        return signText(value) + fixedText(mantissa) + (exponent < 0 ? "e-" : "e+")
            + (digits.count < 2 ? "0" : "") + digits
    }
}
