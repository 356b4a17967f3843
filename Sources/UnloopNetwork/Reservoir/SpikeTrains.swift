import UnloopBackend
import UnloopTensor

/// Numbers and patterns as spikes: tensors of 1 (a spike) and 0, `[…, steps, channels]`, a step being a millisecond.
public enum SpikeTrains {
    /// Independent random spikes (a Poisson process): at each step with probability `rate / 1000`.
    ///
    /// - Parameter rates: spikes a second, of any shape, which the result has too; from 1000 on, every step has a spike. Repeat a tensor with `expanded(to:)`.
    public static func poisson(rates: Tensor, _ key: RandomKey) -> Tensor {
        let chance = Tensor.randomUniform(rates.shape, key, on: rates.device)
        return happens(chance, rates)
    }

    private static let happens = ScalarFunction(
        "poissonSpike",
        { (chance: Scalar, rate: Scalar) in select(chance .< rate * 0.001, Scalar(1), 0) })

    /// Copies of a spike train in which every spike is moved by a normally distributed time, rounded to whole steps. Spikes that would fall
    /// outside are left out; several that meet are one.
    ///
    /// - Parameters:
    ///   - template: `[steps, channels]`.
    ///   - deviation: in steps.
    /// - Returns: `[copies, steps, channels]`, on the template's device.
    /// - Throws: the error of the operation that failed to compute the template.
    public static func jittered(
        _ template: Tensor, copies: Int, deviation: Double, _ key: RandomKey
    ) throws(TensorError) -> Tensor {
        require(
            template.rank == 2 && copies >= 0 && deviation >= 0 && deviation.isFinite,
            "SpikeTrains.jittered: template \(template.shape), \(copies) copies, deviation \(deviation)")
        let (steps, channels) = (template.shape[0], template.shape[1])
        let values = try template.scalars()
        let spikes = values.indices.filter { values[$0] > 0 }
        let moves = try Tensor.randomNormal(
            [copies, spikes.count], key, standardDeviation: deviation, on: .loop
        ).scalars()
        var result = [Float](repeating: 0, count: copies * steps * channels)
        for copy in 0..<copies {
            for (number, spike) in spikes.enumerated() {
                let moved = Float(spike / channels) + moves[copy * spikes.count + number].rounded()
                // A deviation may be more steps than an integer can count.
                guard moved >= 0, moved < Float(steps) else { continue }
                result[(copy * steps + Int(moved)) * channels + spike % channels] = 1
            }
        }
        return Tensor(result, shape: [copies, steps, channels], on: template.device)
    }
}
