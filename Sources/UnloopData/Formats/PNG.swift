/// Writing PNG (W3C Recommendation, Portable Network Graphics, second edition) in its simplest form: 8 bits a sample, rows without
/// filters, and the zlib stream (RFC 1950) in blocks that are stored, not compressed (RFC 1951). Every viewer reads it.
extension Bitmap {
    /// The bytes of a PNG file.
    public func pngData() -> [UInt8] {
        var data: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
        let colorType: UInt8 = channels == 1 ? 0 : 2
        Self.append("IHDR", bigEndian(width) + bigEndian(height) + [8, colorType, 0, 0, 0], to: &data)

        // Each row begins with the number of its filter: 0 for none.
        var rows: [UInt8] = []
        let length = width * channels
        rows.reserveCapacity(height * (length + 1))
        for row in 0..<height {
            rows.append(0)
            rows.append(contentsOf: samples[row * length..<(row + 1) * length])
        }
        // A stored block holds at most 65,535 bytes; each is a chunk, so no chunk is too long for its header.
        let blockSize = 65535
        for start in stride(from: 0, to: rows.count, by: blockSize) {
            let block = rows[start..<min(start + blockSize, rows.count)]
            let isLast = block.endIndex == rows.count
            // Of a zlib header: deflate with a window of 32 KiB, no dictionary, fastest compression.
            var chunk: [UInt8] = start == 0 ? [0x78, 0x01] : []
            let (low, high) = (UInt8(block.count & 255), UInt8(block.count >> 8))
            chunk += [isLast ? 1 : 0, low, high, ~low, ~high]
            chunk += block
            if isLast { chunk += bigEndian(Int(adler32(rows))) }
            Self.append("IDAT", chunk, to: &data)
        }
        Self.append("IEND", [], to: &data)
        return data
    }

    /// Writes a PNG file.
    public func writePNG(to path: String) throws(DataError) { try write([pngData()], to: path) }

    private static func append(_ kind: String, _ content: [UInt8], to data: inout [UInt8]) {
        let checked = Array(kind.utf8) + content
        data += bigEndian(content.count)
        data += checked
        data += bigEndian(Int(crc32(checked)))
    }
}

private func bigEndian(_ number: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
}

/// The checksum of zlib streams (RFC 1950, section 8).
package func adler32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var (sum, sumOfSums): (UInt32, UInt32) = (1, 0)
    for byte in bytes {
        sum += UInt32(byte)
        if sum >= 65521 { sum -= 65521 }
        sumOfSums += sum
        if sumOfSums >= 65521 { sumOfSums -= 65521 }
    }
    return sumOfSums << 16 | sum
}
