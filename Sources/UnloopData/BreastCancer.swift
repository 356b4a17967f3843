import CUnloopData
import UnloopTensor

/// 569 breast masses, each described by 30 numbers measured on cell nuclei, with the diagnosis. Bundled with the library.
///
/// W. Wolberg, O. Mangasarian, N. Street, W. Street: Breast Cancer Wisconsin (Diagnostic), UCI Machine Learning
/// Repository, 1995, doi:10.24432/C5DW2B, licensed CC BY 4.0. Values and order are those that scikit-learn distributes.
public enum BreastCancer {
    public static let exampleCount = 569
    /// In the order of their numbers.
    public static let classNames = ["malignant", "benign"]
    /// Ten measures, each as the mean, the standard error and the worst (the mean of the three largest) of the nuclei.
    public static let featureNames: [String] = ["mean", "error of", "worst"].flatMap { statistic in
        [
            "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave points",
            "symmetry", "fractal dimension",
        ].map { "\(statistic) \($0)" }
    }

    /// Features `[569, 30]` as measured, from 0 to several thousand, and the class as int32 `[569]`: 0 for the 212 malignant masses, 1
    /// for the 357 benign ones.
    ///
    /// - Throws: `DataError` if the bundled file was damaged. Failures of the device are found when the tensors are read.
    public static func load(on device: Device = .best) throws(DataError) -> Dataset {
        let table = try BundledTable.load(
            "breast_cancer.csv", rows: exampleCount, columns: 31, unloop_breast_cancer_csv)
        return Dataset(
            features: Tensor(try table.reals(columns: 0..<30), shape: [exampleCount, 30], on: device),
            labels: Tensor(int32: try table.integers(column: 30), on: device))
    }
}
