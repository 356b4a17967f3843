import CUnloopData
import UnloopTensor

/// 150 irises of three species, each with the length and the width of its sepals and petals. Bundled with the library.
///
/// R. Fisher: Iris, UCI Machine Learning Repository, 1936, doi:10.24432/C56C76, licensed CC BY 4.0. The values are those of Fisher's
/// paper, as scikit-learn and R distribute them; the repository's own file differs in the examples 35 and 38.
public enum Iris {
    public static let exampleCount = 150
    /// In the order of their numbers.
    public static let classNames = ["setosa", "versicolor", "virginica"]
    public static let featureNames = ["sepal length", "sepal width", "petal length", "petal width"]

    /// Features `[150, 4]` in centimetres, and the species as int32 `[150]`: 50 of each, in the order of the species.
    ///
    /// - Throws: `DataError` if the bundled file was damaged. Failures of the device are found when the tensors are read.
    public static func load(on device: Device = .best) throws(DataError) -> Dataset {
        let table = try BundledTable.load("iris.csv", rows: exampleCount, columns: 5, unloop_iris_csv)
        return Dataset(
            features: Tensor(try table.reals(columns: 0..<4), shape: [exampleCount, 4], on: device),
            labels: Tensor(int32: try table.integers(column: 4), on: device))
    }
}
