import UnloopBackend

/// A file that is read piece by piece, every piece checked against the file's size, and the machine's memory, before memory is taken
/// for it.
package struct BinaryFile {
    package let name: String
    private let reader: ByteReader

    package init(path: String) throws(DataError) {
        name = path
        do throws(FileFailure) {
            reader = try ByteReader(path: path)
        } catch {
            throw .unreadable(file: path, reason: error.reason)
        }
    }

    /// - Parameter name: stands for the file's name in errors.
    package init(bytes: [UInt8], name: String) {
        self.name = name
        reader = ByteReader(bytes)
    }

    /// A section of another file, as a file of its own.
    ///
    /// - Parameter name: stands for the section's name in errors.
    /// - Precondition: the section lies in the file.
    package init(_ whole: BinaryFile, section: Range<Int>, name: String) {
        require(
            section.lowerBound >= 0 && section.upperBound <= whole.byteCount,
            "BinaryFile: \(section) of \(whole.byteCount) bytes")
        self.name = name
        reader = ByteReader(whole.reader, section: section)
    }

    package var byteCount: Int { reader.byteCount }
    package var remaining: Int { reader.byteCount - reader.position }

    /// The next `count` numbers as they lie there, in the byte order of the machine, which is little-endian.
    package func read<Element: BitwiseCopyable>(
        _ count: Int, as type: Element.Type = UInt8.self
    ) throws(DataError) -> [Element] {
        let size = try checkedSize(count, of: MemoryLayout<Element>.stride)
        try checkRoom(size)
        return try unchecked(count, as: type)
    }

    /// The next `count` numbers, each turned into another, in little memory besides the result.
    func read<Stored: BitwiseCopyable, Element>(
        _ count: Int, as type: Stored.Type, _ convert: (Stored) -> Element
    ) throws(DataError) -> [Element] {
        _ = try checkedSize(count, of: MemoryLayout<Stored>.stride)
        let (memory, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        try checkRoom(overflow ? .max : memory)
        var result: [Element] = []
        result.reserveCapacity(count)
        while result.count < count {
            result.append(
                contentsOf: try unchecked(Swift.min(count - result.count, 1 << 14), as: type).lazy.map(convert))
        }
        return result
    }

    /// Everything that is left.
    package func readRest() throws(DataError) -> [UInt8] { try read(remaining) }

    /// What a reader does with the file; where that is an error and the file begins like one of another kind, the error says so.
    package func parsed<Result>(
        _ format: String, _ body: (BinaryFile) throws(DataError) -> Result
    ) throws(DataError) -> Result {
        do throws(DataError) {
            return try body(self)
        } catch {
            switch error {
            case .malformed, .malformedLine, .truncated:
                reader.rewind()
                let start = try unchecked(Swift.min(8, byteCount), as: UInt8.self)
                guard let kind = FileKind.all.first(where: { start.starts(with: $0.magic) && $0.format != format })
                else { throw error }
                throw .malformed(file: name, format: format, reason: "this is \(kind.name)")
            default: throw error
            }
        }
    }

    private func checkedSize(_ count: Int, of size: Int) throws(DataError) -> Int {
        let (bytes, overflow) = Swift.max(0, count).multipliedReportingOverflow(by: size)
        guard !overflow, bytes <= remaining else {
            let (end, overflows) = bytes.addingReportingOverflow(reader.position)
            throw .truncated(
                file: name, expectedBytes: overflow || overflows ? .max : UInt64(end), actualBytes: UInt64(byteCount))
        }
        return bytes
    }

    /// Sparse files may be larger than any memory.
    package func checkRoom(_ bytes: Int) throws(DataError) {
        if bytes > 1 << 26, !HostMemory.hasRoom(for: bytes) {
            throw .unreadable(file: name, reason: "it needs \(bytes) bytes of memory, more than there are")
        }
    }

    private func unchecked<Element: BitwiseCopyable>(_ count: Int, as type: Element.Type) throws(DataError) -> [Element]
    {
        let result: [Element]
        do throws(FileFailure) {
            result = try reader.read(count, as: type)
        } catch {
            throw .unreadable(file: name, reason: error.reason)
        }
        guard result.count == count else {
            throw .unreadable(file: name, reason: "it became shorter while it was read")
        }
        return result
    }
}

/// Files that are given to readers of other kinds by mistake, by their first bytes.
private struct FileKind {
    let magic: [UInt8]
    let name: String
    /// What the reader of such files calls them, if there is one here or in UnloopFormats.
    var format: String?

    static let all = [
        FileKind(
            magic: Array("PK\u{3}\u{4}".utf8),
            name:
                "a zip archive (PyTorch?): write its tensors with safetensors.torch.save_file, or read it with NPZFile of UnloopFormats, or unpack it (.npz holds .npy), or save a spreadsheet (.xlsx, .ods) as CSV",
            format: "NPZ"),
        FileKind(
            magic: [0x1f, 0x8b],
            name: "a gzip file: decompress it with `gunzip` first, or read it with GzipFile of UnloopFormats",
            format: "gzip"),
        FileKind(magic: Array("BZh".utf8), name: "a bzip2 file: decompress it with `bunzip2` first"),
        FileKind(magic: [0xfd] + Array("7zXZ\0".utf8), name: "an xz file: decompress it with `unxz` first"),
        FileKind(magic: [0x28, 0xb5, 0x2f, 0xfd], name: "a Zstandard file: decompress it with `unzstd` first"),
        FileKind(
            magic: [0x89] + Array("HDF\r\n\u{1a}\n".utf8),
            name: "an HDF5 file (Keras?): write its arrays with safetensors.numpy.save_file"),
        FileKind(
            magic: [0x93] + Array("NUMPY".utf8),
            name: "a NumPy array: read it with NPYFile, or write it with safetensors.numpy.save_file",
            format: NPYFile.format),
        FileKind(
            magic: [0x89] + Array("PNG".utf8),
            name: "a PNG image: read it with Bitmap(png:) of UnloopFormats, or convert it with `pngtopnm`",
            format: "PNG"),
        FileKind(
            magic: [0xff, 0xd8, 0xff],
            name: "a JPEG image: read it with Bitmap(jpeg:) of UnloopFormats, or convert it with `jpegtopnm`",
            format: "JPEG"),
        FileKind(magic: Array("PAR1".utf8), name: "a Parquet file: write it as CSV"),
        // The Compound File Binary Format ([MS-CFB], section 2.2).
        FileKind(
            magic: [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1],
            name: "an old spreadsheet or document (.xls?): save it as CSV"),
        FileKind(magic: Array("GGUF".utf8), name: "a GGUF file: convert it to safetensors"),
        FileKind(magic: Array("%PDF".utf8), name: "a PDF document"),
        FileKind(magic: [0x7f] + Array("ELF".utf8), name: "a program or library"),
        // With the white space that nearly all programs write: columns of tables may begin with the letters.
        FileKind(magic: Array("P5\n".utf8), name: "a PGM image", format: Bitmap.netpbmFormat),
        FileKind(magic: Array("P5 ".utf8), name: "a PGM image", format: Bitmap.netpbmFormat),
        FileKind(magic: Array("P6\n".utf8), name: "a PPM image", format: Bitmap.netpbmFormat),
        FileKind(magic: Array("P6 ".utf8), name: "a PPM image", format: Bitmap.netpbmFormat),
        // Protocol 2 and newer begin with their number (Python's pickletools).
        FileKind(magic: [0x80, 2], name: "a Python pickle: write its arrays with safetensors.numpy.save_file"),
        FileKind(magic: [0x80, 3], name: "a Python pickle: write its arrays with safetensors.numpy.save_file"),
        FileKind(magic: [0x80, 4], name: "a Python pickle: write its arrays with safetensors.numpy.save_file"),
        FileKind(magic: [0x80, 5], name: "a Python pickle: write its arrays with safetensors.numpy.save_file"),
    ]
}

/// The number of elements of an array of this shape; nil for sizes that no memory holds, in any order, or that are negative.
///
/// A zero makes an array empty, but its other sizes still become strides.
func elementCount(_ shape: [Int]) -> Int? {
    // Eight bytes is the widest element.
    var product = 8
    for size in shape where size != 0 {
        let (next, overflow) = product.multipliedReportingOverflow(by: size)
        if overflow || size < 0 { return nil }
        product = next
    }
    return shape.contains(0) ? 0 : product / 8
}

/// Writes a file as `writeFile` does.
package func write(_ pieces: some Sequence<[UInt8]>, to path: String) throws(DataError) {
    do throws(FileFailure) {
        try writeFile(pieces, to: path)
    } catch {
        throw .unwritable(file: path, reason: error.reason)
    }
}
