#if Formats
    import CUnloopFormats
    import UnloopBackend
    import UnloopData

    /// A file that is compressed with gzip (RFC 1952): one member, or several whose contents follow one another.
    public struct GzipFile: Sendable, Equatable {
        /// What was compressed.
        public let content: [UInt8]

        /// The largest content that is read unless another limit is given, in bytes: four gibibytes.
        public static let usualMaximumBytes = 1 << 32

        static let format = "gzip"

        public init(content: [UInt8]) { self.content = content }

        /// Decompresses a file piece by piece, in little memory besides the content.
        ///
        /// - Parameter maximumBytes: of the content. A small file may hold very much.
        /// - Throws: `DataError.unreadable`; `malformed` for what is no gzip file, ends too early, has a wrong check or length, or is
        ///   followed by other bytes; `unsupported` for more content than `maximumBytes`, as soon as it is reached.
        public init(path: String, maximumBytes: Int = usualMaximumBytes) throws(DataError) {
            try self.init(BinaryFile(path: path), maximumBytes)
        }

        /// - Parameter name: stands for the file's name in errors.
        package init(
            bytes: [UInt8], name: String = "bytes", maximumBytes: Int = usualMaximumBytes
        ) throws(DataError) {
            try self.init(BinaryFile(bytes: bytes, name: name), maximumBytes)
        }

        private init(_ file: BinaryFile, _ maximumBytes: Int) throws(DataError) {
            require(maximumBytes >= 0, "GzipFile: at most \(maximumBytes) bytes")
            content = try file.parsed(Self.format) { file throws(DataError) in
                try Self.content(of: file, maximumBytes)
            }
        }

        private static func content(of file: BinaryFile, _ maximumBytes: Int) throws(DataError) -> [UInt8] {
            func malformed(_ reason: String) -> DataError {
                .malformed(file: file.name, format: format, reason: reason)
            }

            let inflater = try Inflater(unloop_wrapping_gzip, file: file.name, format: format)
            var content: [UInt8] = []
            var input: [UInt8] = []
            var position = 0
            var members = 0
            var isComplete = false
            // A member is complete and nothing follows, or there is more to do.
            while !isComplete || position < input.count || file.remaining > 0 {
                if position == input.count {
                    guard file.remaining > 0 else {
                        if members > 0 {
                            throw malformed("what follows its last whole member is incomplete, or no gzip data")
                        }
                        throw malformed(
                            file.byteCount < 18
                                ? "\(file.byteCount) bytes are less than a header and a check"
                                : "it ends within its compressed data: copy or download it again")
                    }
                    input = try file.read(Swift.min(file.remaining, 1 << 16))
                    position = 0
                }
                // Arrays grow by doubling, and the process would end where there is no memory for that.
                if content.capacity - content.count < Inflater.stepBytes { try file.checkRoom(2 * content.capacity) }
                do throws(DataError) {
                    isComplete = try inflater.step(input, &position, to: &content, atMost: maximumBytes) {
                        .unsupported(
                            file: file.name, what: "more than \(maximumBytes) bytes when decompressed",
                            remedy: "read it with a larger `maximumBytes` if it is no trap")
                    }
                } catch {
                    guard isComplete, case .malformed = error else { throw error }
                    throw malformed("what follows its last whole member is incomplete, or no gzip data")
                }
                if isComplete { members += 1 }
            }
            return content
        }

        /// The bytes of a file: one member, without a name and a time, so that the same content gives the same bytes with the same zlib.
        ///
        /// - Parameter level: from 0 (stored) to 9 (smallest).
        /// - Throws: `DataError.unwritable` when there is no memory.
        public func data(level: Int = 6) throws(DataError) -> [UInt8] {
            try deflated(content, level: level, unloop_wrapping_gzip, file: "gzip data")
        }

        /// Writes the file; it appears whole or not at all, as `SafeTensors.write(to:)` does it.
        ///
        /// - Parameter level: from 0 (stored) to 9 (smallest).
        public func write(to path: String, level: Int = 6) throws(DataError) {
            try UnloopData.write([deflated(content, level: level, unloop_wrapping_gzip, file: path)], to: path)
        }
    }

    extension IDXFile {
        /// Reads an IDX file that is compressed with gzip, as those of MNIST are distributed.
        ///
        /// - Parameter maximumBytes: of the decompressed file.
        /// - Throws: what `GzipFile(path:maximumBytes:)` throws, and what `IDXFile(path:)` does for the decompressed file.
        public init(gzip path: String, maximumBytes: Int = GzipFile.usualMaximumBytes) throws(DataError) {
            try self.init(bytes: GzipFile(path: path, maximumBytes: maximumBytes).content, name: path)
        }
    }
#endif
