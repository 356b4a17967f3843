import CUnloopFormulas
import Glibc
import UnloopBackend

/// The two types that a real number has on this device. The functions of `Float` are the formulas that every device
/// shares (CKernels/formulas); those of `Double` are the system's.
protocol LoopReal: BinaryFloatingPoint, LoopElement {
    static func exponential(_ x: Self) -> Self
    static func exponentialMinusOne(_ x: Self) -> Self
    static func logarithm(_ x: Self) -> Self
    static func logarithmOfOnePlus(_ x: Self) -> Self
    static func hyperbolicTangent(_ x: Self) -> Self
    static func logistic(_ x: Self) -> Self
    static func errorFunction(_ x: Self) -> Self
    static func normalDistribution(_ x: Self) -> Self
    static func sine(_ x: Self) -> Self
    static func cosine(_ x: Self) -> Self
    static func power(_ x: Self, _ y: Self) -> Self
}

extension Float: LoopReal {
    static func exponential(_ x: Float) -> Float { unloop_scalar_exp(x) }
    static func exponentialMinusOne(_ x: Float) -> Float { unloop_scalar_expm1(x) }
    static func logarithm(_ x: Float) -> Float { unloop_scalar_log(x) }
    static func logarithmOfOnePlus(_ x: Float) -> Float { unloop_scalar_log1p(x) }
    static func hyperbolicTangent(_ x: Float) -> Float { unloop_scalar_tanh(x) }
    static func logistic(_ x: Float) -> Float { unloop_scalar_sigmoid(x) }
    static func errorFunction(_ x: Float) -> Float { unloop_scalar_erf(x) }
    static func normalDistribution(_ x: Float) -> Float { unloop_scalar_normal_distribution(x) }
    static func sine(_ x: Float) -> Float { unloop_scalar_sin(x) }
    static func cosine(_ x: Float) -> Float { unloop_scalar_cos(x) }
    static func power(_ x: Float, _ y: Float) -> Float { unloop_scalar_power(x, y) }
}

extension Double: LoopReal {
    static func exponential(_ x: Double) -> Double { exp(x) }
    static func exponentialMinusOne(_ x: Double) -> Double { expm1(x) }
    static func logarithm(_ x: Double) -> Double { log(x) }
    static func logarithmOfOnePlus(_ x: Double) -> Double { log1p(x) }
    static func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }
    static func logistic(_ x: Double) -> Double {
        // The exponential of a negative number does not overflow.
        let e = exp(-abs(x))
        return x >= 0 ? 1 / (1 + e) : e / (1 + e)
    }
    static func errorFunction(_ x: Double) -> Double { erf(x) }
    static func normalDistribution(_ x: Double) -> Double { 0.5 * erfc(-x * 0.5.squareRoot()) }
    static func sine(_ x: Double) -> Double { sin(x) }
    static func cosine(_ x: Double) -> Double { cos(x) }
    static func power(_ x: Double, _ y: Double) -> Double { pow(x, y) }
}
