import UnloopBackend
import UnloopTensor

// MARK: Two classes

extension Loss {
    /// `-Σ y log ŷ + (1 - y) log(1 - ŷ)` of probabilities. A logarithm counts as at least -100, so that the loss is finite at 0 and 1.
    public static let binaryCrossEntropy = elementwise("binaryCrossEntropy", .overExamples, binaryFromProbability)

    /// The same of logits z, ŷ = sigmoid(z): `Σ |z| w + log(1 + exp(-|z|))` with w = y for z ≤ 0 and 1 - y for z > 0, accurate for every
    /// z. What has weight 0 counts 0, also where z is infinite.
    public static let sigmoidCrossEntropy = elementwise("sigmoidCrossEntropy", .overExamples, binaryFromLogit)

    /// The same with the targets of 1 counted so many times, for classes of unequal size: `-Σ p y log ŷ + (1 - y) log(1 - ŷ)` of logits,
    /// as `pos_weight` of PyTorch's BCEWithLogitsLoss. Summed over the outputs, the mean over the examples, whatever the weight is.
    ///
    /// - Parameter positiveWeight: not negative; often the number of examples of 0 divided by that of 1.
    public static func sigmoidCrossEntropy(positiveWeight: Double) -> Loss {
        sigmoidCrossEntropy(positiveWeights: [positiveWeight])
    }

    /// The same with a weight for each output, along the last axis.
    public static func sigmoidCrossEntropy(positiveWeights: [Double]) -> Loss {
        requireWeights("Loss.sigmoidCrossEntropy: positive weights", positiveWeights)
        return elementwise(
            "sigmoidCrossEntropy", options: "(\(positiveWeights))", .overExamples, weightedBinaryFromLogit
        ) { prediction in
            require(
                positiveWeights.count == 1 || positiveWeights.count == prediction.shape.last,
                "sigmoidCrossEntropy: \(positiveWeights.count) positive weights for predictions \(prediction.shape); there must be one for "
                    + "each output")
            return [constants(positiveWeights, like: prediction)]
        }
    }

    private static let binaryFromProbability = ScalarFunction(
        "binaryCrossEntropy",
        { (p: Scalar, t: Scalar) in -(t * max(log(p), -100) + (1 - t) * max(log1p(-p), -100)) },
        derivative: { p, t in
            // The bound only keeps the quotient finite where p is 0 or 1.
            ((p - t) / max(p * (1 - p), 1e-12), max(log1p(-p), -100) - max(log(p), -100))
        })
    private static let binaryFromLogit = ScalarFunction(
        "sigmoidCrossEntropy",
        { (z: Scalar, t: Scalar) in logisticLoss(z, t) },
        derivative: { z, t in (sigmoid(z) - t, -z) })

    /// Of the logit, the target and the weight of the targets of 1.
    private static let weightedBinaryFromLogit = ScalarFunction(
        "sigmoidCrossEntropy",
        program: ScalarProgram(inputs: [.real, .real, .real]) { x, _ in
            let (z, t, positive) = (Scalar(x[0]), Scalar(x[1]), Scalar(x[2]))
            func counted(_ weight: Scalar, _ value: Scalar) -> Scalar { select(weight .== 0, 0, weight * value) }
            return [(counted(positive * t, softplus(-z)) + counted(1 - t, softplus(z))).expression]
        },
        pullback: ScalarProgram(inputs: [.real, .real, .real, .real]) { x, _ in
            let (z, t, positive, cotangent) = (Scalar(x[0]), Scalar(x[1]), Scalar(x[2]), Scalar(x[3]))
            return [
                (1 - t) * sigmoid(z) - positive * t * sigmoid(-z), positive * softplus(-z) - softplus(z),
                t * softplus(-z),
            ].map { (cotangent * $0).expression }
        })

    /// Numbers in the element type and on the device of a prediction.
    private static func constants(_ values: [Double], like prediction: Tensor) -> Tensor {
        prediction.elementType == .float64
            ? Tensor(float64: values, on: prediction.device) : Tensor(values.map { Float($0) }, on: prediction.device)
    }

    private static func requireWeights(_ name: String, _ weights: [Double]) {
        require(
            !weights.isEmpty && weights.allSatisfy { $0 >= 0 && $0.isFinite },
            "\(name) \(weights); they must be finite and not negative")
    }
}

/// `-y log sigmoid(z) - (1 - y) log(1 - sigmoid(z))`.
func logisticLoss(_ z: Scalar, _ target: Scalar) -> Scalar {
    let size = abs(z)
    let weight = select(z .> 0, 1 - target, target)
    return select(weight .== 0, 0, size * weight) + log1p(exp(-size))
}

/// `log(1 + exp(x))`, accurate for every x.
private func softplus(_ x: Scalar) -> Scalar { max(x, 0) + log1p(exp(-abs(x))) }

// MARK: Many classes

extension Loss {
    /// `-Σ y log ŷ` of probabilities along the last axis. A logarithm counts as at least -100, so that the loss is finite at 0.
    /// Targets are class numbers (int32; one outside the classes is an error when the loss is read), or probabilities of the
    /// prediction's shape.
    public static let categoricalCrossEntropy = Loss(
        "categoricalCrossEntropy", takesClasses: true, parts: ClassCounting().parts(ofProbabilities)
    ) { prediction, target in
        crossEntropy(ofProbabilities.name, logarithms: boundedLog(prediction), target)
    }

    /// The same of logits z, ŷ = softmax(z), accurate for every z.
    public static let softmaxCrossEntropy = Loss(
        "softmaxCrossEntropy", takesClasses: true, parts: ClassCounting().parts(ofLogits)
    ) { prediction, target in
        guard target.elementType == .int32 else {
            return crossEntropy(ofLogits.name, logarithms: prediction.logSoftmax(), target)
        }
        requireClasses(ofLogits.name, target, prediction)
        return prediction.softmaxCrossEntropy(classes: target)
    }

    /// `softmaxCrossEntropy` with classes that count differently, softened targets and examples that do not count: what PyTorch's
    /// CrossEntropyLoss makes of `weight`, `label_smoothing` and `ignore_index`, with its mean.
    ///
    /// Of class numbers c with weights v it is `Σ ((1 - ε)·v[c]·(-log ŷ[c]) + ε/K·Σₖ v[k]·(-log ŷ[k])) / Σ v[c]`, both sums over the
    /// targets that count. Of probabilities y it is the mean over all rows of `-Σₖ v[k]·((1 - ε)·y[k] + ε/K)·log ŷ[k]`. Where no target
    /// counts (a batch of nothing but ignored ones, or of weights of 0), it is 0 and so is its gradient; PyTorch's are NaN.
    ///
    /// - Parameters:
    ///   - classWeights: one for each class, not negative; nil for 1.
    ///   - smoothing: ε in 0 … 1, the share of a target that is spread over all K classes evenly (C. Szegedy et al.: Rethinking the
    ///     Inception Architecture, 2016).
    ///   - ignoring: a class number, of the classes or any other int32, whose targets do not count; probabilities all count. Metrics do not
    ///     know of it: to most of them a target that is no class is a miss.
    public static func softmaxCrossEntropy(
        classWeights: [Double]? = nil, smoothing: Double = 0, ignoring: Int? = nil
    ) -> Loss {
        ClassCounting(classWeights, smoothing, ignoring)?.loss(ofLogits) ?? softmaxCrossEntropy
    }

    /// `categoricalCrossEntropy`, of probabilities, with the same; see `softmaxCrossEntropy(classWeights:smoothing:ignoring:)`.
    public static func categoricalCrossEntropy(
        classWeights: [Double]? = nil, smoothing: Double = 0, ignoring: Int? = nil
    ) -> Loss {
        ClassCounting(classWeights, smoothing, ignoring)?.loss(ofProbabilities) ?? categoricalCrossEntropy
    }

    /// What a cross-entropy is computed of: its name, and the logarithms of the probabilities.
    private struct Source: Sendable {
        let name: String
        let logarithms: @Sendable (_ prediction: Tensor) -> Tensor
    }

    private static let ofProbabilities = Source(name: "categoricalCrossEntropy") { boundedLog($0) }
    private static let ofLogits = Source(name: "softmaxCrossEntropy") { $0.logSoftmax() }

    private static let boundedLog = ScalarFunction(
        "log", { (p: Scalar) in max(log(p), -100) }, derivative: { p in 1 / max(p, 1e-12) })

    /// `-Σ target · logarithms`, summed over the last axis, the mean over all others.
    private static func crossEntropy(_ name: String, logarithms: Tensor, _ target: Tensor) -> Tensor {
        let shape = logarithms.shape
        let rows = Double(shape.dropLast().reduce(1, *))
        guard target.elementType == .int32 else {
            requireProbabilities(name, target, logarithms)
            return Tensor.sum(of: weighted, [target, logarithms]) / -rows
        }
        requireClasses(name, target, logarithms)
        return logarithms.takingAlongLastAxis(target).sum() / -rows
    }

    private static func requireProbabilities(_ name: String, _ target: Tensor, _ prediction: Tensor) {
        require(
            target.shape == prediction.shape,
            "\(name): targets \(target.shape) for predictions \(prediction.shape); they must be the same")
    }

    private static func requireClasses(_ name: String, _ target: Tensor, _ prediction: Tensor) {
        require(
            target.shape == Array(prediction.shape.dropLast()),
            "\(name): class numbers \(target.shape) for predictions \(prediction.shape); the last axis of these is the classes"
        )
    }

    /// How targets of several classes count.
    private struct ClassCounting: Sendable {
        var classWeights: [Double]?
        var smoothing = 0.0
        var ignored: Int?

        init() {}

        /// Nil where every target counts alike, as it is.
        init?(_ classWeights: [Double]?, _ smoothing: Double, _ ignored: Int?) {
            if let classWeights { requireWeights("Loss: class weights", classWeights) }
            require(smoothing >= 0 && smoothing <= 1, "Loss: smoothing \(smoothing); it must lie in 0 … 1")
            require(
                ignored.map { Int32(exactly: $0) != nil } ?? true,
                "Loss: the ignored class \(ignored ?? 0) is no int32")
            if classWeights == nil && smoothing == 0 && ignored == nil { return nil }
            self.classWeights = classWeights
            self.smoothing = smoothing
            self.ignored = ignored
        }

        func loss(_ source: Source) -> Loss {
            let parts = parts(source)
            return Loss(
                source.name,
                formula: "\(source.name)(\(classWeights ?? []), \(smoothing), \(ignored.map(String.init) ?? "none"))",
                takesClasses: true, ignoring: ignored, weighsTargets: true, parts: parts
            ) { parts($0, $1, nil).mean }
        }

        func parts(_ source: Source) -> @Sendable (Tensor, Tensor, Tensor?) -> Parts {
            { prediction, target, weights in
                let classes = prediction.shape.last ?? 0
                require(
                    classWeights.map { $0.count == classes } ?? true,
                    "\(source.name): \(classWeights?.count ?? 0) class weights for predictions \(prediction.shape); there must be "
                        + "one for each class")
                let scale = classWeights.map { constants($0, like: prediction) }
                let rows = Array(prediction.shape.dropLast())
                // What each row counts because of its example.
                let ofExamples = weights.map { weights in
                    weights.reshaped([weights.count] + Array(repeating: 1, count: rows.count - 1)).expanded(to: rows)
                }
                let row = ofExamples ?? Tensor.ones(rows, prediction.elementType, on: prediction.device)
                let logarithms = source.logarithms(prediction)
                if target.elementType == .int32 {
                    requireClasses(source.name, target, prediction)
                    return ofClasses(logarithms, target, row: row, scale)
                }
                requireProbabilities(source.name, target, prediction)
                let softened =
                    smoothing == 0 ? target : target * (1 - smoothing) + smoothing / Double(classes)
                let column = row.expandingDimension(at: -1)
                let factors = scale.map { column * $0 } ?? column
                return Parts(sum: 0 - Tensor.sum(of: weighted, [softened * factors, logarithms]), weight: row.sum())
            }
        }

        private func ofClasses(_ logarithms: Tensor, _ target: Tensor, row: Tensor, _ scale: Tensor?) -> Parts {
            let counts = ignored.map { target .!= Double($0) }
            // An ignored target is looked up as class 0 and then has weight 0.
            let target = counts.map { target * $0 } ?? target
            let row = counts.map { row * $0.to(row.elementType) } ?? row
            let weights = scale.map { row * $0.gathering(target) } ?? row
            var sum = Tensor.sum(of: weighted, [weights, logarithms.takingAlongLastAxis(target)])
            if smoothing > 0 {
                let column = row.expandingDimension(at: -1)
                let spread = Tensor.sum(of: weighted, [scale.map { column * $0 } ?? column, logarithms])
                let classes = Double(logarithms.shape.last ?? 1)
                sum = sum * (1 - smoothing) + spread * (smoothing / classes)
            }
            return Parts(sum: 0 - sum, weight: weights.sum())
        }
    }
}
