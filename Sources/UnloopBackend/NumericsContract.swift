/// The constants that fix the order of every sum, frozen for the major version. Numerics.md says how they were chosen.
public enum NumericsContract {
    /// Products along k of a matrix product or convolution are chained in blocks of this length.
    public static let productBlockLength = 256
    /// Sums along a contiguous axis use this many interleaved lanes, then a binary tree.
    public static let laneCount = 64
    /// A contiguous axis longer than this is summed in chunks of this length; the chunk sums are summed the same way.
    public static let chunkLength = 4096
    /// Sums along an outer axis run over blocks of this many rows; block sums are added in increasing order.
    public static let rowBlockLength = 256
}
