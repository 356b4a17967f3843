#if Formats
    import UnloopBackend

    /// Writes a zip archive (PKWARE: APPNOTE, .ZIP File Format Specification) front to back.
    ///
    /// All sizes stand in the extension of 64 bits, whatever they are, so that archives of every size are written in one way. Times are the
    /// earliest that the format knows, so that the same content gives the same bytes.
    final class ZipWriter {
        private typealias Signature = ZipDirectory.Signature
        private var directory: [UInt8] = []
        private var count = 0
        private var offset = 0

        /// The version of the format that has the extension.
        private static let version: UInt16 = 45
        /// 1 January 1980, midnight: year since 1980, month and day in 7, 4 and 5 bits, then the time.
        private static let date: UInt32 = 0x0021_0000

        /// An entry's header and data.
        ///
        /// - Parameters:
        ///   - name: at most 65,535 bytes of UTF-8.
        ///   - method: how the data are compressed.
        ///   - data: as they stand in the archive.
        ///   - byteCount: of the content.
        ///   - crc: its check.
        func entry(_ name: String, method: UInt16, data: [[UInt8]], byteCount: Int, crc: UInt32) -> [[UInt8]] {
            let compressedBytes = data.reduce(0) { $0 + $1.count }
            let flags = name.utf8.allSatisfy { $0 < 0x80 } ? 0 : ZipDirectory.Flag.utf8
            let common =
                littleEndian(Self.version) + littleEndian(flags) + littleEndian(method) + littleEndian(Self.date)
                + littleEndian(crc) + littleEndian(UInt32.max) + littleEndian(UInt32.max)
                + littleEndian(UInt16(name.utf8.count))
            let sizes = littleEndian(UInt64(byteCount)) + littleEndian(UInt64(compressedBytes))
            let header =
                littleEndian(Signature.entry) + common + littleEndian(UInt16(4 + sizes.count)) + name.utf8
                + Self.extra(sizes)

            let place = sizes + littleEndian(UInt64(offset))
            directory += littleEndian(Signature.directoryEntry) + littleEndian(Self.version) + common
            directory += littleEndian(UInt16(4 + place.count))
            // The length of a comment, a disk, attributes inside and outside, and the offset, which is in the extension.
            directory += [UInt8](repeating: 0, count: 10) + littleEndian(UInt32.max)
            directory += name.utf8
            directory += Self.extra(place)
            count += 1
            offset += header.count + compressedBytes
            return [header] + data
        }

        private static func extra(_ field: [UInt8]) -> [UInt8] {
            littleEndian(ZipDirectory.extra64) + littleEndian(UInt16(field.count)) + field
        }

        /// What stands behind the last entry.
        func end() -> [UInt8] {
            let number = littleEndian(UInt64(count))
            let end =
                littleEndian(Signature.end64) + littleEndian(UInt64(44)) + littleEndian(Self.version)
                + littleEndian(Self.version) + [UInt8](repeating: 0, count: 8) + number + number
                + littleEndian(UInt64(directory.count)) + littleEndian(UInt64(offset))
            let locator =
                littleEndian(Signature.locator64) + littleEndian(UInt32(0))
                + littleEndian(UInt64(offset + directory.count)) + littleEndian(UInt32(1))
            // Counts and places of 16 and 32 bits, all ones: they are in the extension. No comment follows.
            let shortEnd =
                littleEndian(Signature.end) + littleEndian(UInt32(0)) + [UInt8](repeating: 0xff, count: 12)
                + littleEndian(UInt16(0))
            return directory + end + locator + shortEnd
        }
    }

    private func littleEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { [UInt8]($0) }
    }
#endif
