#if Formats
    import UnloopData

    /// What a zip archive holds (PKWARE: APPNOTE, .ZIP File Format Specification), by the directory at its end: it has all sizes, also those
    /// that only follow the data in the archive, and those that need the 64 bits of its extension.
    struct ZipDirectory {
        struct Entry {
            let name: String
            let method: UInt16
            let flags: UInt16
            let crc: UInt32
            let compressedBytes: Int
            let bytes: Int
            /// Where the entry's own header begins.
            let offset: Int
        }

        enum Method {
            static let stored: UInt16 = 0
            static let deflated: UInt16 = 8
        }

        /// Bits of an entry's flags.
        enum Flag {
            static let encrypted: UInt16 = 1
            static let utf8: UInt16 = 1 << 11
        }

        enum Signature {
            static let entry: UInt32 = 0x0403_4b50
            static let directoryEntry: UInt32 = 0x0201_4b50
            static let end: UInt32 = 0x0605_4b50
            static let end64: UInt32 = 0x0606_4b50
            static let locator64: UInt32 = 0x0706_4b50
        }

        /// The number of the extra field with sizes of 64 bits.
        static let extra64: UInt16 = 1

        /// In the order of the directory.
        let entries: [Entry]
        private let file: BinaryFile

        init(_ file: BinaryFile) throws(DataError) {
            self.file = file
            let end = try Self.end(of: file)
            guard end.offset <= end.position, end.size == end.position - end.offset else {
                throw Self.malformed(file, "its directory does not end where the end of the archive begins")
            }
            // The smallest entry has 46 bytes.
            guard end.count <= end.size / 46 else {
                throw Self.malformed(file, "its directory would have \(end.count) entries in \(end.size) bytes")
            }
            var fields = ZipFields(
                try BinaryFile(file, section: end.offset..<end.position, name: file.name).readRest(), file: file)
            var entries: [Entry] = []
            entries.reserveCapacity(end.count)
            while !fields.isAtEnd { entries.append(try Self.entry(&fields)) }
            guard entries.count == end.count else {
                throw Self.malformed(
                    file, "its directory has \(entries.count) entries where its end announces \(end.count)")
            }
            self.entries = entries
        }

        static func malformed(_ file: BinaryFile, _ reason: String) -> DataError {
            .malformed(file: file.name, format: NPZFile.format, reason: reason)
        }

        // MARK: The end of the archive

        private struct End {
            let count: Int
            let size: Int
            let offset: Int
            /// Behind the directory.
            let position: Int
        }

        private static func end(of file: BinaryFile) throws(DataError) -> End {
            // 22 bytes, and a comment of up to 65,535, which begins with its length.
            let size = Swift.min(file.byteCount, 22 + 65_535)
            let start = file.byteCount - size
            let tail = try BinaryFile(file, section: start..<file.byteCount, name: file.name).readRest()
            guard
                let position = (0...Swift.max(0, size - 22)).reversed().first(where: { place in
                    place + 22 <= size && tail.number(at: place, UInt32.self) == Signature.end
                        && place + 22 + Int(tail.number(at: place + 20, UInt16.self)) == size
                })
            else {
                throw malformed(file, "it has no end of an archive: it is no zip archive, or incomplete")
            }
            var fields = ZipFields(Array(tail[(position + 4)..<(position + 20)]), file: file)
            let (disk, firstDisk) = (try fields.next(UInt16.self), try fields.next(UInt16.self))
            let (countHere, count) = (try fields.next(UInt16.self), try fields.next(UInt16.self))
            let (bytes, offset) = (try fields.next(UInt32.self), try fields.next(UInt32.self))

            // The locator of the extension stands directly before.
            let before = start + position
            if before >= 20 {
                var locator = ZipFields(
                    try BinaryFile(file, section: before - 20..<before, name: file.name).readRest(), file: file)
                if try locator.next(UInt32.self) == Signature.locator64 {
                    _ = try locator.next(UInt32.self)
                    return try end64(of: file, at: locator.nextSize(), before: before - 20)
                }
            }
            guard disk == 0, firstDisk == 0, countHere == count else { throw severalDisks(file) }
            return End(count: Int(count), size: Int(bytes), offset: Int(offset), position: before)
        }

        private static func end64(of file: BinaryFile, at offset: Int, before limit: Int) throws(DataError) -> End {
            guard offset <= limit, limit - offset >= 56 else {
                throw malformed(file, "the end of its directory is not where it should be")
            }
            var fields = ZipFields(
                try BinaryFile(file, section: offset..<offset + 56, name: file.name).readRest(), file: file)
            guard try fields.next(UInt32.self) == Signature.end64, try fields.nextSize() == limit - offset - 12 else {
                throw malformed(file, "the end of its directory is not where it should be")
            }
            // Versions.
            _ = try fields.next(UInt32.self)
            let (disk, firstDisk) = (try fields.next(UInt32.self), try fields.next(UInt32.self))
            let (countHere, count) = (try fields.nextSize(), try fields.nextSize())
            guard disk == 0, firstDisk == 0, countHere == count else { throw severalDisks(file) }
            return End(count: count, size: try fields.nextSize(), offset: try fields.nextSize(), position: offset)
        }

        private static func severalDisks(_ file: BinaryFile) -> DataError {
            .unsupported(
                file: file.name, what: "a part of an archive of several files", remedy: "join it with `zip -s 0`")
        }

        // MARK: Entries

        private static func entry(_ fields: inout ZipFields) throws(DataError) -> Entry {
            guard try fields.next(UInt32.self) == Signature.directoryEntry else {
                throw malformed(fields.file, "an entry of its directory does not begin like one")
            }
            // The versions that made it and that are needed.
            _ = try fields.next(UInt32.self)
            let (flags, method) = (try fields.next(UInt16.self), try fields.next(UInt16.self))
            // Time and date.
            _ = try fields.next(UInt32.self)
            let crc = try fields.next(UInt32.self)
            var compressedBytes = Int(try fields.next(UInt32.self))
            var bytes = Int(try fields.next(UInt32.self))
            let (nameLength, extraLength) = (try fields.next(UInt16.self), try fields.next(UInt16.self))
            let commentLength = try fields.next(UInt16.self)
            var disk = UInt32(try fields.next(UInt16.self))
            // Attributes of the file.
            _ = try fields.next(UInt16.self)
            _ = try fields.next(UInt32.self)
            var offset = Int(try fields.next(UInt32.self))
            let nameBytes = try fields.next(Int(nameLength))
            guard let name = String(validating: nameBytes, as: UTF8.self) else {
                throw .unsupported(
                    file: fields.file.name,
                    what: "the name \(String(decoding: nameBytes.prefix(100), as: UTF8.self)), which is not UTF-8",
                    remedy: "write it again with names of ASCII or Unicode")
            }

            // Sizes that 32 bits do not hold are all ones, and stand in this order in the extension.
            var extra = ZipFields(Array(try fields.next(Int(extraLength))), file: fields.file)
            // Fewer bytes than the beginning of a field are padding, as some programs write it.
            while extra.remaining >= 4 {
                let (kind, length) = (try extra.next(UInt16.self), try extra.next(UInt16.self))
                var field = ZipFields(Array(try extra.next(Int(length))), file: fields.file)
                guard kind == extra64 else { continue }
                if bytes == UInt32.max { bytes = try field.nextSize() }
                if compressedBytes == UInt32.max { compressedBytes = try field.nextSize() }
                if offset == UInt32.max { offset = try field.nextSize() }
                if disk == UInt16.max { disk = try field.next(UInt32.self) }
            }
            guard disk == 0 else { throw severalDisks(fields.file) }
            _ = try fields.next(Int(commentLength))
            return Entry(
                name: name, method: method, flags: flags, crc: crc, compressedBytes: compressedBytes, bytes: bytes,
                offset: offset)
        }

        /// The compressed data of an entry, as a file of its own.
        func data(of entry: Entry) throws(DataError) -> BinaryFile {
            func broken(_ reason: String) -> DataError { Self.malformed(file, "`\(entry.name.prefix(100))` \(reason)") }

            // 30 bytes, then the name and extra fields, whose length may differ from that in the directory.
            guard file.byteCount >= 30, entry.offset <= file.byteCount - 30 else {
                throw broken("begins at byte \(entry.offset), but the archive has \(file.byteCount)")
            }
            let header = try BinaryFile(file, section: entry.offset..<entry.offset + 30, name: file.name).readRest()
            guard header.number(at: 0, UInt32.self) == Signature.entry else {
                throw broken("does not begin where the directory says")
            }
            guard header.number(at: 8, UInt16.self) == entry.method else {
                throw broken("is compressed in another way than the directory says")
            }
            let lengths = Int(header.number(at: 26, UInt16.self)) + Int(header.number(at: 28, UInt16.self))
            let start = entry.offset + 30 + lengths
            guard start <= file.byteCount, entry.compressedBytes <= file.byteCount - start else {
                throw broken("ends behind the end of the archive")
            }
            return BinaryFile(
                file, section: start..<start + entry.compressedBytes, name: "\(file.name): \(entry.name)")
        }
    }

    /// Numbers one after the other, little-endian.
    private struct ZipFields {
        let file: BinaryFile
        private let bytes: [UInt8]
        private var position = 0

        init(_ bytes: [UInt8], file: BinaryFile) {
            self.bytes = bytes
            self.file = file
        }

        var isAtEnd: Bool { position == bytes.count }
        var remaining: Int { bytes.count - position }

        mutating func next(_ count: Int) throws(DataError) -> ArraySlice<UInt8> {
            guard count <= remaining else {
                throw ZipDirectory.malformed(file, "its directory ends within an entry")
            }
            defer { position += count }
            return bytes[position..<position + count]
        }

        mutating func next<Number: FixedWidthInteger>(_ type: Number.Type) throws(DataError) -> Number {
            let start = position
            _ = try next(MemoryLayout<Number>.size)
            return bytes.number(at: start, type)
        }

        /// A size of 64 bits.
        mutating func nextSize() throws(DataError) -> Int {
            let size = try next(UInt64.self)
            guard let result = Int(exactly: size) else {
                throw ZipDirectory.malformed(file, "its directory has a size of \(size) bytes")
            }
            return result
        }
    }

    extension [UInt8] {
        /// The little-endian number that begins at this place.
        fileprivate func number<Number: FixedWidthInteger>(at place: Int, _ type: Number.Type) -> Number {
            (0..<MemoryLayout<Number>.size).reduce(0) { $0 | Number(self[place + $1]) << (8 * $1) }
        }
    }
#endif
