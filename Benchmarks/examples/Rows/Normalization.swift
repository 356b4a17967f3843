import Unloop

extension Example {
    /// Rows brought to length 1; features brought to mean 0 and variance 1 by what the training data say.
    static let normalization = Example(
        "normalization", row: 7,
        "Rows divided by their norm; features standardized on training data, applied to test data."
    ) { run in
        let x = Tensor([[3, 2, 4], [1, 8, 2]], on: run.device)
        try run.figures(
            "row / norm", x / x.norm(1, keepingDimensions: true),
            equal: [0.55708601, 0.37139068, 0.74278135, 0.12038585, 0.96308682, 0.24077171], within: 6e-8)

        // Two features of very different size, as in real data.
        let key = RandomKey(seed: 7)
        let size = Tensor([[1, 1000]], on: run.device)
        let training = Tensor.randomNormal([400, 2], key.child(0), on: run.device) * size + 3 * size
        let test = Tensor.randomNormal([1000, 2], key.child(1), on: run.device) * size + 3 * size
        let scaling = FeatureScaling(of: training)
        let (scaledTraining, scaledTest) = (scaling(training), scaling(test))
        // The mean of 400 numbers near 3 is off by a few units of 2⁻²⁴ each.
        try run.figures("means of the training data", scaledTraining.mean(0), equal: [0, 0], within: 3 * 20 * 0x1p-24)
        try run.figures("variances of the training data", scaledTraining.variance(0), equal: [1, 1], within: 1e-5)
        // The test data are scaled by the training data's numbers: near 0 and 1, within four standard errors of 1,000 and 400 numbers.
        try run.figures("means of the test data", scaledTest.mean(0), equal: [0, 0], within: 0.24)
        try run.figures("variances of the test data", scaledTest.variance(0), equal: [1, 1], within: 0.34)
        try run.figure(
            "test data are not scaled by themselves",
            isTrue: abs(scaledTest.mean(0)).min().item() > 1e-3)

        // A feature that never changes has deviation 0 and becomes 0, not NaN.
        let constant = Tensor([[5, 1], [5, 2], [5, 3]], on: run.device)
        try run.figures("a constant feature", FeatureScaling(of: constant)(constant)[0..<3, 0], equal: [0, 0, 0])
    }
}
