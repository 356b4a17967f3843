import Foundation
import UnloopData

/// What Golden/generate_tables.py has written down.
struct TableGolden: Decodable {
    struct Task: Decodable {
        /// The rows to test with.
        let test: [Int]
        let featureCount: Int
        /// Of the first 20 of these rows.
        let features: [Float]
        /// `[features, outputs]`, of the linear model.
        let weights: [Double]
        let biases: [Double]
        /// Accuracy or R² of the linear model and of the network.
        let score: Double
        let networkScore: Double
        /// The accuracy of the most frequent class.
        let floor: Double
    }

    let iris: Task
    let breastCancer: Task
    let ordered: Task
    let spent: Task

    static let values = Result {
        try JSONDecoder().decode(TableGolden.self, from: Data(contentsOf: URL(fileURLWithPath: folder + "tables.json")))
    }

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Golden/"

    /// Missing values, categories, dates and text.
    static func mixed() throws -> CSVTable { try CSVTable(path: folder + "mixed.csv", hasHeader: true) }

    /// A table that is part of the library, with a header: `x0` and so on, and `class`.
    static func bundled(_ name: String, columns: Int) throws -> CSVTable {
        let rows = try String(
            contentsOfFile: folder + "../../../Sources/CUnloopData/Resources/" + name, encoding: .utf8)
        return try CSVTable(
            text: ((0..<columns).map { "x\($0)" } + ["class"]).joined(separator: ",") + "\n" + rows, name: name,
            hasHeader: true)
    }

    static func iris() throws -> CSVTable { try bundled("iris.csv", columns: 4) }
    static func breastCancer() throws -> CSVTable { try bundled("breast_cancer.csv", columns: 30) }
}
