#if Formats
    import CUnloopFormats
    import UnloopBackend
    import UnloopData

    extension unloop_failure {
        /// In the library's words.
        var text: String { withUnsafePointer(to: self) { String(cString: unloop_failure_reason($0)) } }

        /// What becomes of it; libraries speak of the data, not of the file.
        func error(file: String, format: String) -> DataError {
            switch kind {
            case unloop_failure_unsupported:
                .unsupported(file: file, what: text, remedy: "convert it to a \(format) file that every program reads")
            case unloop_failure_memory: .unreadable(file: file, reason: text)
            case unloop_failure_truncated:
                .malformed(file: file, format: format, reason: "it ends before its last pixels or its end mark")
            default: .malformed(file: file, format: format, reason: text)
            }
        }
    }

    /// Decompresses step by step.
    final class Inflater {
        private let inflater: OpaquePointer
        private let file: String
        private let format: String
        private var output = [UInt8](repeating: 0, count: stepBytes)

        /// What one step gives at most.
        static let stepBytes = 1 << 16

        /// How many times smaller compressed data are than their content at most (zlib Technical Details, zlib.net/zlib_tech.html).
        static let largestRatio = 1032

        /// - Parameters:
        ///   - file: stands for the file's name in errors.
        ///   - format: the name of its format there.
        init(_ wrapping: unloop_wrapping, file: String, format: String) throws(DataError) {
            var failure = unloop_failure()
            guard let inflater = unloop_inflater_open(wrapping, &failure) else {
                throw failure.error(file: file, format: format)
            }
            self.inflater = inflater
            self.file = file
            self.format = format
        }

        deinit { unloop_inflater_close(inflater) }

        /// Decompresses from `input[position]` on, moves `position` forward, and appends what it gives.
        ///
        /// - Returns: whether the stream is complete; where it is not, all input was used or the step gave all that it can.
        /// - Throws: `malformed`; `tooLong` when the content would have more than `limit` bytes.
        func step(
            _ input: [UInt8], _ position: inout Int, to content: inout [UInt8], atMost limit: Int,
            tooLong: () -> DataError
        ) throws(DataError) -> Bool {
            var failure = unloop_failure()
            var written = 0
            let status = unloop_inflate(
                inflater, input, input.count, &position, &output, output.count, &written, &failure)
            if status == unloop_inflate_failed { throw failure.error(file: file, format: format) }
            guard written <= limit - content.count else { throw tooLong() }
            content.append(contentsOf: output[..<written])
            return status == unloop_inflate_end
        }
    }

    /// The bytes compressed by zlib, of which each level gives other ones, and so may each version.
    ///
    /// - Parameter level: from 0 (stored) to 9 (smallest).
    /// - Throws: `DataError.unwritable` when there is no memory.
    func deflated(
        _ bytes: [UInt8], level: Int, _ wrapping: unloop_wrapping, file: String
    ) throws(DataError) -> [UInt8] {
        require((0...9).contains(level), "\(file): a compression level of \(level), not of 0 to 9")
        var failure = unloop_failure()
        let capacity = unloop_deflate_bound(bytes.count, Int32(level), wrapping, &failure)
        guard capacity > 0, HostMemory.hasRoom(for: capacity) else {
            throw .unwritable(file: file, reason: "there is no memory to compress \(bytes.count) bytes")
        }
        let result = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            count = unloop_deflate(
                bytes, bytes.count, Int32(level), wrapping, buffer.baseAddress, capacity, &failure)
        }
        if result.isEmpty { throw .unwritable(file: file, reason: failure.text) }
        return result
    }

    /// The cyclic redundancy check of zip and gzip over what came before, 0 at the beginning, and these bytes.
    func crc32(_ before: UInt32 = 0, _ bytes: [UInt8]) -> UInt32 { unloop_crc32(before, bytes, bytes.count) }
#endif
