import UnloopBackend

/// The Mackey–Glass equation, a standard chaotic series: `x' = 0.2 x(t - τ) / (1 + x(t - τ)¹⁰) - 0.1 x`
/// (M. Mackey, L. Glass: Oscillation and Chaos in Physiological Control Systems, Science 197, 1977).
public enum MackeyGlass {
    /// Values one unit of time apart, from about 0.4 to 1.3 for a delay of 17.
    ///
    /// Integrated by the fourth-order Runge–Kutta method in steps of 0.1, on the host in double precision with the four arithmetic operations
    /// alone: the same numbers on every machine.
    ///
    /// - Parameters:
    ///   - delay: τ; the series is chaotic from 17 on.
    ///   - transient: units of time that are left out first.
    ///   - start: the constant value before the beginning.
    public static func series(_ count: Int, delay: Int = 17, transient: Int = 1000, start: Double = 1.2) -> [Double] {
        require(count >= 0 && delay > 0 && transient >= 0, "MackeyGlass.series: \(count) values, delay \(delay)")
        let stepsPerUnit = 10
        let step = 1 / Double(stepsPerUnit)
        let lag = delay * stepsPerUnit
        var x = [Double](repeating: start, count: lag + 1)
        let steps = (transient + count) * stepsPerUnit
        x.reserveCapacity(lag + 1 + steps)
        for position in 0..<steps {
            let now = x[position + lag]
            let (delayed, later) = (x[position], x[position + 1])
            // Between two steps the past is taken as a straight line.
            let between = (delayed + later) / 2
            let k1 = slope(now, delayed)
            let k2 = slope(now + step / 2 * k1, between)
            let k3 = slope(now + step / 2 * k2, between)
            let k4 = slope(now + step * k3, later)
            x.append(now + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
        }
        return (0..<count).map { x[lag + (transient + $0) * stepsPerUnit] }
    }

    private static func slope(_ x: Double, _ delayed: Double) -> Double {
        let second = delayed * delayed
        let fourth = second * second
        return 0.2 * delayed / (1 + fourth * fourth * second) - 0.1 * x
    }
}
