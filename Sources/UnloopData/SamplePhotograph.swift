import CUnloopData
import UnloopTensor

/// A real photograph to try filters on: a photographer behind his camera. Bundled with the library.
///
/// By Lav Varshney, dedicated to the public domain (CC0 1.0); reduced from the copy that scikit-image distributes as `camera`.
public enum SamplePhotograph {
    /// Of each side, in pixels.
    public static let size = 256

    /// Gray, from 0 to 255.
    ///
    /// - Throws: `DataError` if the bundled file was damaged.
    public static func bitmap() throws(DataError) -> Bitmap {
        var count = 0
        let bytes = UnsafeBufferPointer(start: unloop_photograph_pgm(&count), count: count)
        return try Bitmap(netpbm: Array(bytes), name: "the bundled photograph.pgm")
    }

    /// The photograph as `[256, 256, 1]`, from 0 (black) to 1 (white) in steps of 1/255.
    ///
    /// - Throws: `DataError` if the bundled file was damaged. Failures of the device are found when the tensor is read.
    public static func load(on device: Device = .best) throws(DataError) -> Tensor {
        Tensor(try bitmap(), on: device)
    }
}
