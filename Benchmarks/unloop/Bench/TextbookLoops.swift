import Foundation

/// The loops that the lectures start from: one statement for each element, no library. They are what `speedup_vs_loop`
/// of the lecture suite refers to.
enum TextbookLoops {
    /// z = Σ x1[i] · x2[i]
    static func dot(_ x1: [Float], _ x2: [Float]) -> [Float] {
        var z: Float = 0
        for i in 0..<x1.count {
            z += x1[i] * x2[i]
        }
        return [z]
    }

    /// outer[i, j] = x1[i] · x2[j]
    static func outer(_ x1: [Float], _ x2: [Float]) -> [Float] {
        var outer = [Float](repeating: 0, count: x1.count * x2.count)
        for i in 0..<x1.count {
            for j in 0..<x2.count {
                outer[i * x2.count + j] = x1[i] * x2[j]
            }
        }
        return outer
    }

    static func multiply(_ x1: [Float], _ x2: [Float]) -> [Float] {
        var product = [Float](repeating: 0, count: x1.count)
        for i in 0..<x1.count {
            product[i] = x1[i] * x2[i]
        }
        return product
    }

    /// The lectures' "general dot product": W `[rows, x.count]` times x.
    static func matrixVector(_ w: [Float], _ x: [Float], rows: Int) -> [Float] {
        var product = [Float](repeating: 0, count: rows)
        for i in 0..<rows {
            for j in 0..<x.count {
                product[i] += w[i * x.count + j] * x[j]
            }
        }
        return product
    }

    static func sigmoid(_ z: [Float]) -> [Float] {
        var a = [Float](repeating: 0, count: z.count)
        for i in 0..<z.count {
            a[i] = 1 / (1 + exp(-z[i]))
        }
        return a
    }

    static func tanh(_ z: [Float]) -> [Float] {
        var a = [Float](repeating: 0, count: z.count)
        for i in 0..<z.count {
            a[i] = (exp(z[i]) - exp(-z[i])) / (exp(z[i]) + exp(-z[i]))
        }
        return a
    }

    static func relu(_ z: [Float]) -> [Float] {
        var a = [Float](repeating: 0, count: z.count)
        for i in 0..<z.count {
            a[i] = max(0, z[i])
        }
        return a
    }

    static func softplus(_ z: [Float]) -> [Float] {
        var a = [Float](repeating: 0, count: z.count)
        for i in 0..<z.count {
            a[i] = log(1 + exp(z[i]))
        }
        return a
    }

    /// Each of the rows of z becomes exp(z) / Σ exp(z).
    static func softmax(_ z: [Float], rows: Int) -> [Float] {
        let columns = z.count / rows
        var a = [Float](repeating: 0, count: z.count)
        for i in 0..<rows {
            var sum: Float = 0
            for j in 0..<columns {
                a[i * columns + j] = exp(z[i * columns + j])
                sum += a[i * columns + j]
            }
            for j in 0..<columns {
                a[i * columns + j] /= sum
            }
        }
        return a
    }

    /// One epoch of gradient descent for logistic regression over all examples x `[y.count, w.count]`: the weights and the
    /// bias after it.
    static func logisticRegressionEpoch(
        x: [Float], y: [Float], w: [Float], b: Float, learningRate: Float
    ) -> [Float] {
        let (m, n) = (y.count, w.count)
        var dw = [Float](repeating: 0, count: n)
        var db: Float = 0
        for i in 0..<m {
            var z = b
            for j in 0..<n {
                z += w[j] * x[i * n + j]
            }
            let a = 1 / (1 + exp(-z))
            let dz = a - y[i]
            for j in 0..<n {
                dw[j] += x[i * n + j] * dz
            }
            db += dz
        }
        var updated = w
        for j in 0..<n {
            updated[j] -= learningRate * dw[j] / Float(m)
        }
        return updated + [b - learningRate * db / Float(m)]
    }

    /// σ(W2 · σ(W1 · x + b1) + b2) for one example after the other. x is `[examples, inputs]`, the weights are
    /// `[inputs, hidden]` and `[hidden, outputs]`.
    static func twoLayers(
        x: [Float], w1: [Float], b1: [Float], w2: [Float], b2: [Float], examples: Int
    ) -> [Float] {
        let (inputs, hidden, outputs) = (x.count / examples, b1.count, b2.count)
        var result = [Float](repeating: 0, count: examples * outputs)
        var a1 = [Float](repeating: 0, count: hidden)
        for i in 0..<examples {
            for j in 0..<hidden {
                var z = b1[j]
                for k in 0..<inputs {
                    z += x[i * inputs + k] * w1[k * hidden + j]
                }
                a1[j] = 1 / (1 + exp(-z))
            }
            for j in 0..<outputs {
                var z = b2[j]
                for k in 0..<hidden {
                    z += a1[k] * w2[k * outputs + j]
                }
                result[i * outputs + j] = 1 / (1 + exp(-z))
            }
        }
        return result
    }
}
