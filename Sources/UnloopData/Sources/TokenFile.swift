import UnloopBackend
import UnloopTensor

/// Windows of a file of token numbers, for language models: the features are `window` tokens in sequence, the label the token after each of them.
///
/// The file is nothing but numbers, as `array.astype('uint16').tofile(…)` of NumPy writes it, and may be larger than any memory.
public struct TokenFile: DataSource {
    public let count: Int
    private let file: IndexedFile
    private let element: NPYFile.Element
    private let isBigEndian: Bool
    private let window: Int
    private let step: Int

    /// - Parameters:
    ///   - element: how the numbers lie in the file, an integer type.
    ///   - window: tokens in an example.
    ///   - step: how far the next window begins; as far as a window is long unless given, so that windows do not overlap.
    /// - Throws: `DataError.unreadable`; `malformed` where the file is no whole number of tokens. A file with no more tokens than a window
    ///   has no examples.
    public init(
        path: String, _ element: NPYFile.Element = .uint16, isBigEndian: Bool = false, window: Int, step: Int? = nil
    ) throws(DataError) {
        let step = step ?? window
        require(window > 0 && step > 0, "TokenFile: windows of \(window) tokens, \(step) apart")
        require(
            ![.float16, .float32, .float64, .bool].contains(element), "TokenFile: tokens are integers, not \(element)")
        file = try IndexedFile(path: path)
        guard file.byteCount % element.byteCount == 0 else {
            throw .malformed(
                file: path, format: "token",
                reason: "\(file.byteCount) bytes are no whole number of tokens of \(element.byteCount)")
        }
        let tokens = file.byteCount / element.byteCount
        count = tokens > window ? (tokens - window - 1) / step + 1 : 0
        (self.element, self.isBigEndian, self.window, self.step) = (element, isBigEndian, window, step)
    }

    public func example(at index: Int, key: RandomKey) throws -> Example {
        checkIndex(index, "TokenFile.example")
        var bytes = [UInt8](repeating: 0, count: (window + 1) * element.byteCount)
        try file.read(into: &bytes, bytes.indices, from: index * step * element.byteCount)
        let field = RecordField.features(element, [], isBigEndian: isBigEndian, as: .int32)
        guard case .int32(let tokens) = try field.values(bytes, count: window + 1, file: file.name).elements else {
            misuse("TokenFile: tokens are int32")
        }
        return Example(
            features: Example.Values(shape: [window], elements: .int32(Array(tokens.dropLast()))),
            label: Example.Values(shape: [window], elements: .int32(Array(tokens.dropFirst()))))
    }

    /// The SHA-256 of the file, and how it is read.
    public func identity() throws -> String? {
        var hash = SHA256()
        hash.update("\(element) \(isBigEndian) \(window) \(step)\n")
        try file.update(&hash)
        return SHA256.hexadecimal(hash.finalize())
    }
}
