import Foundation

/// What Golden/generate_metrics.py has written down.
struct MetricGolden: Decodable {
    struct Averages: Decodable {
        let macro: Double
        let micro: Double
        let ofClasses: [Double]
    }
    struct Classification: Decodable {
        let examples: Int
        let classes: Int
        /// `[examples, classes]`, as are the probabilities, which belong to other examples of certainty.
        let scores: [Float]
        let labels: [Int32]
        /// `[classes, classes]`.
        let confusion: [Int]
        /// Of the 1, 2, … largest scores.
        let top: [Double]
        let precision: Averages
        let recall: Averages
        let f1: Averages
        let probabilities: [Float]
        let logLoss: Double
        /// Of the scores.
        let logLossOfLogits: Double
    }
    struct Binary: Decodable {
        let scores: [Float]
        let labels: [Int32]
        let area: Double
        /// Of scores above 0.5.
        let precision: Double
        let recall: Double
        let f1: Double
        let logLoss: Double
    }
    struct Regression: Decodable {
        let outputs: Int
        let predictions: [Float]
        let targets: [Float]
        let rSquared: Double
    }
    struct CrossEntropy: Decodable {
        let name: String
        /// Of the logits and their gradient; the last axis are the classes.
        let shape: [Int]
        let logits: [Double]
        let target: [Double]
        let isProbability: Bool
        let weights: [Double]?
        let smoothing: Double
        let ignored: Int?
        let loss: Double
        let gradient: [Double]
    }
    struct SigmoidCrossEntropy: Decodable {
        let shape: [Int]
        let logits: [Double]
        let target: [Double]
        let weights: [Double]
        let loss: Double
        let gradient: [Double]
    }

    let classification: [Classification]
    let binary: [Binary]
    let regression: [Regression]
    let crossEntropy: [CrossEntropy]
    let sigmoidCrossEntropy: [SigmoidCrossEntropy]

    static let values = Result {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Golden/metrics.json"
        return try JSONDecoder().decode(MetricGolden.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }
}
