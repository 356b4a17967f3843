extension [UInt8] {
    /// The number that the decimal digits of ASCII from `position` on say, 0 where there is none; `position` moves behind them. nil where it is
    /// too large for an `Int`: `position` is then that of the digit from which on it is.
    func decimalNumber(at position: inout Int) -> Int? {
        var value = 0
        while position < count, (0x30...0x39).contains(self[position]) {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = tens.addingReportingOverflow(Int(self[position] - 0x30))
            if overflow || overflows { return nil }
            value = sum
            position += 1
        }
        return value
    }
}
