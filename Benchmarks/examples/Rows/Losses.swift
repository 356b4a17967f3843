import Unloop

extension Example {
    /// Losses as formulas of tensors and as the library's; finite where a probability is 0 or 1.
    static let losses = Example(
        "losses", row: 6, "L1, L2, half squared error, binary and categorical cross-entropy."
    ) { run in
        let estimate = Tensor([0.78, 0.89, 0.12, 0.08, 0.97], on: run.device)
        let truth = Tensor([1, 1, 0, 0, 1], on: run.device)
        // Five terms of float32, each rounded a few times.
        let bound = 20 * 0x1p-24
        try run.figure("L1 = Σ|y − ŷ|", abs(truth - estimate).sum().item(), equals: 0.56, within: bound)
        try run.figure("L2 = Σ(y − ŷ)²", (truth - estimate).squared().sum().item(), equals: 0.0822, within: bound)
        let crossEntropy = -(truth * log(estimate) + (1 - truth) * log(1 - estimate))
        try run.figure("binary cross-entropy", crossEntropy.sum().item(), equals: 0.6066693634880955, within: bound)

        // The library's losses are means over the examples, of the sum over the outputs of each.
        let (column, target) = (estimate.reshaped(5, 1), truth.reshaped(5, 1))
        for (loss, expected) in [
            (Loss.absoluteError, 0.56 / 5), (.squaredError, 0.0822 / 5), (.halfSquaredError, 0.0411 / 5),
            (.binaryCrossEntropy, 0.6066693634880955 / 5),
        ] {
            try run.figure("\(loss.name), mean over 5", loss(column, target).item(), equals: expected, within: bound)
        }

        // Sure and right costs nothing, sure and wrong costs much, but never infinity or NaN.
        let sure = Tensor([[0], [1]], on: run.device)
        try run.figure("sure and right", Loss.binaryCrossEntropy(sure, sure).item(), equals: 0)
        try run.figure("sure and wrong", Loss.binaryCrossEntropy(sure, 1 - sure).item(), equals: 100)
        // Of logits, the loss is exact for any of them: log(1 + exp(1000)) = 1000.
        let logits = Tensor([[-1000], [1000]], on: run.device)
        try run.figure("sure and wrong, by logits", Loss.sigmoidCrossEntropy(logits, 1 - sure).item(), equals: 1000)

        // Two classes of three with softmax: −log of what the true class got.
        let scores = Tensor([[2, 1, 0], [0, 0, 0]], on: run.device)
        let classes = Tensor(int32: [0, 2], on: run.device)
        // log(1 + e⁻¹ + e⁻²) and log 3.
        let expected = (0.40760596444438 + 1.09861228866811) / 2
        try run.figure(
            "softmaxCrossEntropy", Loss.softmaxCrossEntropy(scores, classes).item(), equals: expected, within: bound)
        try run.figure(
            "categoricalCrossEntropy", Loss.categoricalCrossEntropy(scores.softmax(), classes).item(),
            equals: expected, within: bound)
        let impossible = Tensor([[1, 0, 0]], on: run.device)
        try run.figure(
            "a class of probability 0",
            Loss.categoricalCrossEntropy(impossible, Tensor(int32: [1], on: run.device)).item(),
            equals: 100)
    }
}
