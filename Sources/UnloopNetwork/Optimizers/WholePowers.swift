/// The whole powers of a number by repeated multiplication: the same on every machine, which a system's `pow` need not be.
package struct WholePowers: Sendable {
    /// The powers 1, 2, 4, 8, …: a power is the product of those that its exponent consists of.
    private let squares: [Double]

    package init(of base: Double) {
        var squares = [base]
        for _ in 1..<Int.bitWidth { squares.append(squares[squares.count - 1] * squares[squares.count - 1]) }
        self.squares = squares
    }

    package subscript(exponent: Int) -> Double {
        var result = 1.0
        var rest = exponent
        while rest > 0 {
            result *= squares[rest.trailingZeroBitCount]
            rest &= rest - 1
        }
        return result
    }
}
