#if Formats
    import CUnloopFormats
    import UnloopBackend
    import UnloopData

    /// Several arrays with names in one file, as `numpy.savez` and `numpy.savez_compressed` write them (NumPy reference, numpy.savez): a zip
    /// archive of NPY files.
    public struct NPZFile: Sendable, Equatable {
        /// In the order of the archive, without the ending `.npy`.
        public let names: [String]
        private let arrays: [String: NPYFile]

        /// The most bytes of arrays that are read unless another limit is given: four gibibytes.
        public static let usualMaximumBytes = 1 << 32

        /// The name of the format in errors.
        static let format = "NPZ"
        private static let ending = ".npy"

        /// Arrays for writing.
        ///
        /// - Precondition: no two names are the same, none is empty, and none is longer than 65,531 bytes of UTF-8.
        public init(_ arrays: KeyValuePairs<String, NPYFile>) { self.init(Array(arrays)) }

        /// - Precondition: as for `KeyValuePairs`.
        public init(_ arrays: [(key: String, value: NPYFile)]) {
            names = arrays.map(\.key)
            self.arrays = Dictionary(arrays.map { ($0.key, $0.value) }) { first, _ in first }
            require(self.arrays.count == names.count, "NPZFile: a name is there twice among \(names)")
            let longest = Int(UInt16.max) - Self.ending.utf8.count
            require(
                names.allSatisfy { (1...longest).contains($0.utf8.count) },
                "NPZFile: a name has no byte, or more than \(longest)")
        }

        /// The array of this name, nil where there is none.
        public subscript(name: String) -> NPYFile? { arrays[name] }

        /// Reads the arrays of an archive, stored or deflated.
        ///
        /// - Parameters:
        ///   - path: of the archive.
        ///   - only: names of the arrays to read, without the ending `.npy`; nil for all.
        ///   - elementType: what the elements become, as for `NPYFile(path:as:)`.
        ///   - maximumBytes: of all arrays that are read, as NPY files. A small archive may hold very much.
        /// - Throws: `DataError.unreadable`; `malformed` for what is no zip archive or an incomplete one, for two arrays of one name,
        ///   entries that overlap, and data with another length or check than the directory says; `unsupported` for encrypted
        ///   archives, other methods of compression, archives in several files, names that are not UTF-8, and more bytes than
        ///   `maximumBytes`, before any memory is taken for them; `missing` for a name in `only` that is not there; and what
        ///   `NPYFile` throws. A deflated array takes the memory of its NPY file besides that of its elements while it is read, a
        ///   stored one does not.
        public init(
            path: String, only: Set<String>? = nil, as elementType: ElementType? = nil,
            maximumBytes: Int = usualMaximumBytes
        ) throws(DataError) {
            try self.init(BinaryFile(path: path), only, elementType, maximumBytes)
        }

        /// - Parameter name: stands for the file's name in errors.
        package init(
            bytes: [UInt8], only: Set<String>? = nil, as elementType: ElementType? = nil, name: String = "bytes",
            maximumBytes: Int = usualMaximumBytes
        ) throws(DataError) {
            try self.init(BinaryFile(bytes: bytes, name: name), only, elementType, maximumBytes)
        }

        private init(
            _ file: BinaryFile, _ only: Set<String>?, _ elementType: ElementType?, _ maximumBytes: Int
        ) throws(DataError) {
            require(maximumBytes >= 0, "NPZFile: at most \(maximumBytes) bytes")
            let directory = try file.parsed(Self.format) { file throws(DataError) in try ZipDirectory(file) }
            let entries = try Self.arrays(of: directory, file, only)
            var total = 0
            for entry in entries {
                let (sum, overflow) = total.addingReportingOverflow(entry.bytes)
                guard !overflow, sum <= maximumBytes else {
                    throw .unsupported(
                        file: file.name, what: "more than \(maximumBytes) bytes of arrays",
                        remedy: "read it with a larger `maximumBytes` if it is no trap, or fewer arrays with `only`")
                }
                total = sum
            }
            names = entries.map { Self.arrayName($0) }
            var arrays: [String: NPYFile] = [:]
            arrays.reserveCapacity(entries.count)
            for (name, entry) in zip(names, entries) {
                arrays[name] = try Self.array(entry, directory, elementType)
            }
            self.arrays = arrays
        }

        private static func arrayName(_ entry: ZipDirectory.Entry) -> String {
            entry.name.hasSuffix(ending) ? String(entry.name.dropLast(ending.count)) : entry.name
        }

        /// The entries to read: all but folders, or those with these names.
        private static func arrays(
            of directory: ZipDirectory, _ file: BinaryFile, _ only: Set<String>?
        ) throws(DataError) -> [ZipDirectory.Entry] {
            let all = directory.entries.filter { !$0.name.hasSuffix("/") }
            var found: Set<String> = []
            found.reserveCapacity(all.count)
            for entry in all where !found.insert(arrayName(entry)).inserted {
                throw ZipDirectory.malformed(file, "it has the array `\(arrayName(entry).prefix(100))` twice")
            }
            // Entries that share bytes would make an archive of any number of arrays from one.
            var end = 0
            for place in directory.entries.indices.sorted(by: {
                directory.entries[$0].offset < directory.entries[$1].offset
            }) {
                let entry = directory.entries[place]
                // A header has 30 bytes, and repeats the name.
                let (next, overflow) = entry.offset.addingReportingOverflow(
                    30 + entry.name.utf8.count)
                let (last, overflows) = next.addingReportingOverflow(entry.compressedBytes)
                guard entry.offset >= end, !overflow, !overflows else {
                    throw ZipDirectory.malformed(file, "`\(entry.name.prefix(100))` overlaps another entry")
                }
                end = last
            }
            guard let only else { return all }
            for name in only.sorted() where !found.contains(name) {
                throw .missing(
                    file: file.name, what: "array `\(name)`", available: all.prefix(20).map { "`\(arrayName($0))`" })
            }
            return all.filter { only.contains(arrayName($0)) }
        }

        private static func array(
            _ entry: ZipDirectory.Entry, _ directory: ZipDirectory, _ elementType: ElementType?
        ) throws(DataError) -> NPYFile {
            let data = try directory.data(of: entry)
            func malformed(_ reason: String) -> DataError {
                .malformed(file: data.name, format: format, reason: reason)
            }
            guard entry.flags & ZipDirectory.Flag.encrypted == 0 else {
                throw .unsupported(
                    file: data.name, what: "encrypted data", remedy: "write the archive again without a password")
            }
            switch entry.method {
            case ZipDirectory.Method.stored:
                guard entry.bytes == entry.compressedBytes else {
                    throw malformed("it is stored in \(entry.compressedBytes) bytes, but should have \(entry.bytes)")
                }
                // Read twice, so that the bytes take no memory besides the elements.
                var crc: UInt32 = 0
                let checked = BinaryFile(data, section: 0..<data.byteCount, name: data.name)
                while checked.remaining > 0 {
                    crc = crc32(crc, try checked.read(Swift.min(checked.remaining, 1 << 18)))
                }
                guard crc == entry.crc else { throw malformed("its bytes have another check than it was stored with") }
                return try NPYFile(reading: data, as: elementType)
            case ZipDirectory.Method.deflated:
                let bytes = try inflated(data, entry)
                guard crc32(bytes) == entry.crc else {
                    throw malformed("its bytes have another check than it was compressed with")
                }
                return try NPYFile(bytes: bytes, as: elementType, name: data.name)
            default:
                throw .unsupported(
                    file: data.name, what: "data compressed by method \(entry.method)",
                    remedy: "write it again with numpy.savez or numpy.savez_compressed")
            }
        }

        private static func inflated(_ data: BinaryFile, _ entry: ZipDirectory.Entry) throws(DataError) -> [UInt8] {
            func malformed(_ reason: String) -> DataError {
                .malformed(file: data.name, format: format, reason: reason)
            }
            guard entry.bytes / Inflater.largestRatio <= entry.compressedBytes else {
                throw malformed(
                    "\(entry.compressedBytes) bytes would be \(entry.bytes) when decompressed, which cannot be")
            }
            try data.checkRoom(entry.bytes)
            let inflater = try Inflater(unloop_wrapping_none, file: data.name, format: format)
            var content: [UInt8] = []
            content.reserveCapacity(entry.bytes)
            var input: [UInt8] = []
            var position = 0
            while true {
                if position == input.count, data.remaining > 0 {
                    input = try data.read(Swift.min(data.remaining, 1 << 16))
                    position = 0
                }
                let before = (content.count, position)
                let isComplete = try inflater.step(input, &position, to: &content, atMost: entry.bytes) {
                    malformed("it has more bytes than the \(entry.bytes) that its directory announces")
                }
                if isComplete { break }
                // Neither input nor what came of it.
                if data.remaining == 0, position == input.count, (content.count, position) == before {
                    throw malformed("it ends within its compressed data")
                }
            }
            guard content.count == entry.bytes else {
                throw malformed("it has \(content.count) bytes where its directory announces \(entry.bytes)")
            }
            guard position == input.count, data.remaining == 0 else {
                throw malformed("bytes follow its compressed data")
            }
            return content
        }

        /// Writes an archive that NumPy reads. The same arrays give the same bytes, compressed ones with the same zlib. The file appears whole
        /// or not at all, as `SafeTensors.write(to:)` does it.
        ///
        /// - Parameters:
        ///   - path: of the archive.
        ///   - isCompressed: whether each array is deflated, as by `numpy.savez_compressed`, or stored.
        ///   - elements: the types of elements in the file by the names of arrays, as for `NPYFile.write(to:as:)`; arrays without one keep theirs.
        /// - Throws: `DataError.unwritable`; `unsupported` for an integer that its array's type does not hold.
        /// - Precondition: `elements` has names of arrays only, and no types of integers for reals.
        public func write(
            to path: String, isCompressed: Bool = false, as elements: [String: NPYFile.Element] = [:]
        ) throws(DataError) {
            require(
                elements.keys.allSatisfy { arrays[$0] != nil },
                "NPZFile.write: types for \(elements.keys.sorted()) of the arrays \(names)")
            let writer = ZipWriter()
            let entries = names.compactMap { name in arrays[name].map { (name: name + Self.ending, array: $0) } }
            // Conversions may fail, and the file is not begun before.
            var converted: [String: [[UInt8]]] = [:]
            for (name, element) in elements {
                converted[name + Self.ending] = try arrays[name]?.data(as: element, file: "\(path): \(name)")
            }
            if isCompressed {
                var pieces: [[UInt8]] = []
                // All of the compressed data is there before the file is begun.
                for (name, array) in entries {
                    let bytes = Array((converted[name] ?? array.data()).joined())
                    let data = try deflated(bytes, level: 6, unloop_wrapping_none, file: path)
                    pieces += writer.entry(
                        name, method: ZipDirectory.Method.deflated, data: [data], byteCount: bytes.count,
                        crc: crc32(0, bytes))
                }
                try UnloopData.write(pieces + [writer.end()], to: path)
            } else {
                // One array after the other is turned into bytes while the file is written.
                let stored = sequence(state: 0) { [converted] (number: inout Int) -> [[UInt8]]? in
                    defer { number += 1 }
                    if number >= entries.count { return number == entries.count ? [writer.end()] : nil }
                    let data = converted[entries[number].name] ?? entries[number].array.data()
                    return writer.entry(
                        entries[number].name, method: ZipDirectory.Method.stored, data: data,
                        byteCount: data.reduce(0) { $0 + $1.count }, crc: data.reduce(0) { crc32($0, $1) })
                }
                try UnloopData.write(stored.joined(), to: path)
            }
        }
    }
#endif
