import UnloopBackend
import UnloopTensor

/// The beta distribution with two equal parameters, Beta(α, α) on 0 to 1.
///
/// With u in (0, 1] and v in [0, 1), t = √(2α (u^(-1/α) - 1)) · cos 2πv follows Student's distribution with 2α degrees of freedom
/// (R. Bailey: Polar generation of random variates with the t-distribution, Math. Comp. 62, 1994), and so 1/2 + t / (2 √(2α + t²)) follows
/// Beta(α, α) (L. Devroye: Random variate generation in one line of code, Winter Simulation Conference 1996). There is no rejection, so two
/// numbers are all that it takes, for every α.
enum SymmetricBeta {
    /// Of u and v, and α. With w = t² / 2α, the distance from 1/2 is 1 / (2 √(1 + 1/w)), which neither w = 0 nor an infinite w hinders.
    static let quantity = ScalarFunction("symmetric beta", inputs: 2, scalars: 1) { x, s in
        let cosine = cos(6.283185307179586 * x[1])
        let w = expm1((0 - log(x[0])) / s[0]) * (cosine * cosine)
        let distance = 0.5 / sqrt(1 + 1 / w)
        return select(cosine .< 0, 0.5 - distance, 0.5 + distance)
    }
}
