import Foundation

/// A regular file that is read piece by piece, every piece checked against the file's size before memory is taken for it.
struct BinaryFile {
    let name: String
    let byteCount: UInt64
    private let handle: FileHandle

    init(path: String) throws(DataError) {
        name = path
        do {
            let attributes = try FileManager.default.attributesOfItem(
                atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
            guard attributes[.type] as? FileAttributeType == .typeRegular else {
                throw DataError.unreadable(file: path, reason: "it is not a regular file")
            }
            handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            byteCount = try handle.seekToEnd()
            try handle.seek(toOffset: 0)
        } catch let error as DataError {
            throw error
        } catch {
            throw .unreadable(file: path, reason: readableReason(error))
        }
    }

    var position: UInt64 { (try? handle.offset()) ?? byteCount }

    /// The next `count` bytes.
    func read(_ count: Int) throws(DataError) -> Data {
        let (end, overflow) = position.addingReportingOverflow(UInt64(Swift.max(0, count)))
        guard !overflow, end <= byteCount else {
            throw .truncated(file: name, expectedBytes: overflow ? .max : end, actualBytes: byteCount)
        }
        do {
            let data = count > 0 ? try handle.read(upToCount: count) ?? Data() : Data()
            guard data.count == count else {
                throw DataError.truncated(
                    file: name, expectedBytes: end, actualBytes: end - UInt64(count - data.count))
            }
            return data
        } catch let error as DataError {
            throw error
        } catch {
            throw .unreadable(file: name, reason: readableReason(error))
        }
    }
}

/// The system's own words for what went wrong.
func readableReason(_ error: any Error) -> String {
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    if let underlying, underlying.domain == NSPOSIXErrorDomain {
        return String(cString: strerror(Int32(underlying.code)))
    }
    return error.localizedDescription
}

/// Writes to a temporary file beside the target and renames it, so that a reader never sees half a file.
func writeAtomically(_ data: Data, to path: String) throws(DataError) {
    do {
        try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
        throw .unwritable(file: path, reason: readableReason(error))
    }
}

extension Data {
    /// Integers and floating-point numbers of `Bits`' width, in the given byte order.
    func decoded<Bits: FixedWidthInteger, Element>(
        _ bits: Bits.Type, bigEndian: Bool = false, _ convert: (Bits) -> Element
    ) -> [Element] {
        let width = Bits.bitWidth / 8
        return withUnsafeBytes { bytes in
            (0..<bytes.count / width).map { position in
                let word = bytes.loadUnaligned(fromByteOffset: position * width, as: Bits.self)
                return convert(bigEndian ? Bits(bigEndian: word) : Bits(littleEndian: word))
            }
        }
    }

    mutating func appendLittleEndian<Bits: FixedWidthInteger>(_ words: some Sequence<Bits>) {
        for word in words { Swift.withUnsafeBytes(of: word.littleEndian) { append(contentsOf: $0) } }
    }
}
