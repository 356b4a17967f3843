import Foundation

/// What Golden/generate_validation.py has written down.
struct ValidationGolden: Decodable {
    struct Regression: Decodable {
        /// `[features, outputs]`.
        let weights: [Double]
        let biases: [Double]
        /// Of every tenth example.
        let probabilities: [Double]
        let accuracy: Double
        /// Accuracies in five stratified folds that are not shuffled.
        let scores: [Double]
    }
    struct FoldSizes: Decodable {
        let folds: Int
        let examples: Int
        let sizes: [Int]
    }
    struct Stratified: Decodable {
        let folds: Int
        let labels: [Int32]
        let tests: [[Int32]]
    }
    struct Matrix: Decodable {
        let kind: String
        let size: Int
        let elements: [Double]
        /// The largest absolute value of its eigenvalues.
        let radius: Double
    }

    let breastCancer: Regression
    let iris: Regression
    let foldSizes: [FoldSizes]
    let stratified: Stratified
    let matrices: [Matrix]

    static let values = Result {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Golden/validation.json"
        return try JSONDecoder().decode(ValidationGolden.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }
}
