import CUnloopData
import UnloopTensor

/// 1,797 images of handwritten digits, bundled with the library.
///
/// E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998,
/// doi:10.24432/C50P49, licensed CC BY 4.0. These are the examples that scikit-learn distributes.
public enum Digits {
    public static let imageCount = 1797
    public static let classCount = 10

    /// Images `[1797, 8, 8, 1]` from 0 (paper) to 1 (ink) in steps of 1/16, and their digits as int32 `[1797]`.
    ///
    /// - Throws: `DataError` if the bundled file was damaged. Failures of the device are found when the tensors are read.
    public static func load(on device: Device = .best) throws(DataError) -> Dataset {
        let table = try BundledTable.load("digits.csv", rows: imageCount, columns: 65, unloop_digits_csv)
        let pixels = try table.reals(columns: 0..<64).map { $0 / 16 }
        let labels = try table.integers(column: 64)
        return Dataset(
            features: Tensor(pixels, shape: [imageCount, 8, 8, 1], on: device),
            labels: Tensor(int32: labels, on: device))
    }
}
