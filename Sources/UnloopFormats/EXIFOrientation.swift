#if Formats
    /// How a JPEG file says that its picture is to be turned: by the tag Orientation of its Exif data (CIPA DC-008, Exchangeable image file
    /// format for digital still cameras: Exif), which are a TIFF file (Adobe: TIFF, revision 6.0) in the segment APP1 (ITU-T T.81, annex B).
    enum EXIFOrientation {
        private static let tag = 0x0112
        private static let short = 3

        /// From 1 (as it is) to 8; 1 where the file does not say it or says it wrongly, since the picture is there all the same.
        static func of(jpeg bytes: [UInt8]) -> Int {
            // Behind the start of the image (SOI) there are segments: 0xff, perhaps several times, a marker, a length that counts itself.
            var position = 2
            while position + 4 <= bytes.count, bytes[position] == 0xff {
                let marker = bytes[position + 1]
                if marker == 0xff {
                    position += 1
                    continue
                }
                // Pixels begin (SOS), or the image is over (EOI).
                if marker == 0xda || marker == 0xd9 { return 1 }
                let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
                let end = position + 2 + length
                guard length >= 2, end <= bytes.count else { return 1 }
                let content = bytes[(position + 4)..<end]
                if marker == 0xe1, content.starts(with: Array("Exif\0\0".utf8)) {
                    return orientation(content.dropFirst(6)) ?? 1
                }
                position = end
            }
            return 1
        }

        /// In the first directory of a TIFF file; nil where there is none.
        private static func orientation(_ tiff: ArraySlice<UInt8>) -> Int? {
            let isLittleEndian = tiff.starts(with: Array("II".utf8))
            guard isLittleEndian || tiff.starts(with: Array("MM".utf8)) else { return nil }
            func number(_ place: Int, _ count: Int) -> Int? {
                guard place >= 0, place <= tiff.count - count else { return nil }
                let bytes = tiff[(tiff.startIndex + place)..<(tiff.startIndex + place + count)]
                return isLittleEndian
                    ? bytes.reversed().reduce(0) { $0 << 8 | Int($1) } : bytes.reduce(0) { $0 << 8 | Int($1) }
            }
            guard number(2, 2) == 42, let directory = number(4, 4), let count = number(directory, 2) else { return nil }
            // Entries of 12 bytes: tag, type, number of values, and the value if it fits.
            for entry in 0..<count {
                let place = directory + 2 + 12 * entry
                guard let tag = number(place, 2) else { return nil }
                guard tag == Self.tag else { continue }
                guard number(place + 2, 2) == Self.short, number(place + 4, 4) == 1, let value = number(place + 8, 2),
                    (1...8).contains(value)
                else { return nil }
                return value
            }
            return nil
        }
    }
#endif
