import CUnloopData
import UnloopTensor

/// The yearly mean sunspot number from 1700 to 2008. Bundled with the library.
///
/// The international sunspot number before its revision of 2015, from the National Geophysical Data Center of the United States
/// (NOAA); public domain, as statsmodels distributes it.
public enum Sunspots {
    /// The years of the numbers, without a gap.
    public static let years = 1700...2008

    /// `[309]`, one number a year, from 0 to 190.2.
    ///
    /// - Throws: `DataError` if the bundled file was damaged. Failures of the device are found when the tensor is read.
    public static func load(on device: Device = .best) throws(DataError) -> Tensor {
        let table = try BundledTable.load("sunspots.csv", rows: years.count, columns: 2, unloop_sunspots_csv)
        guard try table.integers(column: 0).map(Int.init) == Array(years) else {
            throw .malformed(file: "the bundled sunspots.csv", format: "bundled", reason: "its years have gaps")
        }
        return Tensor(try table.reals(columns: [1]), on: device)
    }
}
