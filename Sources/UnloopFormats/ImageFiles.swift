#if Formats
    import UnloopBackend
    import UnloopData

    extension Bitmap {
        /// The most pixels of an image that are read unless another limit is given: 2²⁷, of which three channels take 384 MiB.
        public static let usualMaximumPixels = 1 << 27

        /// The names of the formats in errors.
        static let pngFormat = "PNG"
        static let jpegFormat = "JPEG"
        private static let anyFormat = "PNG, JPEG, PGM or PPM"

        /// Reads a PNG file (W3C Recommendation, Portable Network Graphics, second edition) of any color type, depth and interlacing.
        ///
        /// Gray images give one channel, all others, those with a palette too, three. Samples of 1, 2 and 4 bits are spread over 0…255, of
        /// 16 bits rounded to the nearest of 8: (255 · v + 32767) / 65535, rounded down. What the file says about gamma, color profiles
        /// and significant bits is ignored, and so is what follows the image.
        ///
        /// - Parameters:
        ///   - path: of the file.
        ///   - background: a gray level that lies behind transparent pixels: round((a · v + (255 − a) · background) / 255) for a sample v
        ///     and an alpha a, both already of 8 bits. nil leaves transparency aside: colors are as they stand in the file, as
        ///     `convert("RGB")` of PIL gives them.
        ///   - maximumPixels: a small file may announce, and even hold, very many.
        /// - Throws: `DataError.unreadable`; `malformed` for broken and incomplete files, wrong checks in chunks of any kind, and sides of
        ///   more than a million pixels; `truncated` when a file of this size cannot hold the pixels that it announces; `unsupported`
        ///   for more than `maximumPixels`.
        public init(
            png path: String, background: UInt8? = nil, maximumPixels: Int = usualMaximumPixels
        ) throws(DataError) {
            try self.init(
                BinaryFile(path: path), Self.pngFormat,
                ImageReading(background: background, maximumPixels: maximumPixels))
        }

        /// - Parameter name: stands for the file's name in errors.
        package init(
            png bytes: [UInt8], background: UInt8? = nil, name: String, maximumPixels: Int = usualMaximumPixels
        ) throws(DataError) {
            try self.init(
                BinaryFile(bytes: bytes, name: name), Self.pngFormat,
                ImageReading(background: background, maximumPixels: maximumPixels))
        }

        /// Reads a JPEG file (ITU-T T.81) of 8 bits a sample: baseline, extended or progressive, gray, in color, or of four inks.
        ///
        /// Gray images give one channel, all others three. Samples are those that libjpeg-turbo computes as it is set up, with its accurate
        /// integer transform and smooth upsampling, as PIL does it; they may differ by little between its versions, and from those of
        /// other libraries. Inks are stored inverted, as Adobe's programs do it; red is round(c · k / 255), and so on. Profiles of colors
        /// and what follows the image are ignored. A progressive file takes two bytes a sample of memory besides the result.
        ///
        /// - Parameters:
        ///   - path: of the file.
        ///   - size: decodes a smaller image, which is faster: a half, a quarter or an eighth of each side, rounded up, the smallest with
        ///     at least this width and height, as `draft` of PIL does it. nil decodes the whole image.
        ///   - appliesOrientation: turns and mirrors the image as its Exif data say, so that it is upright; `size` is then that of the
        ///     upright image.
        ///   - maximumPixels: of the whole image.
        /// - Throws: `DataError.unreadable`; `malformed` for broken and incomplete files, also where libjpeg would go on with invented
        ///   samples, and more than a hundred scans; `truncated` when a file of this size cannot hold the pixels that it announces;
        ///   `unsupported` for other depths, lossless and hierarchical files, other numbers of channels, and more than `maximumPixels`.
        public init(
            jpeg path: String, atLeast size: (width: Int, height: Int)? = nil, appliesOrientation: Bool = true,
            maximumPixels: Int = usualMaximumPixels
        ) throws(DataError) {
            try self.init(
                BinaryFile(path: path), Self.jpegFormat,
                ImageReading(size: size, appliesOrientation: appliesOrientation, maximumPixels: maximumPixels))
        }

        /// - Parameter name: stands for the file's name in errors.
        package init(
            jpeg bytes: [UInt8], atLeast size: (width: Int, height: Int)? = nil, appliesOrientation: Bool = true,
            name: String, maximumPixels: Int = usualMaximumPixels
        ) throws(DataError) {
            try self.init(
                BinaryFile(bytes: bytes, name: name), Self.jpegFormat,
                ImageReading(size: size, appliesOrientation: appliesOrientation, maximumPixels: maximumPixels))
        }

        /// Reads a PNG, JPEG, binary PGM or binary PPM file, whatever its name; its first bytes tell which.
        ///
        /// - Parameters:
        ///   - path: of the file.
        ///   - background: of PNG, as for `init(png:background:maximumPixels:)`.
        ///   - size: of JPEG, as for `init(jpeg:atLeast:appliesOrientation:maximumPixels:)`.
        ///   - appliesOrientation: of JPEG, as there.
        ///   - maximumPixels: of PNG and JPEG; the pixels of the others take no more memory than their file.
        /// - Throws: what the format's own initializer throws; `DataError.malformed` for other files.
        public init(
            imageFile path: String, background: UInt8? = nil, atLeast size: (width: Int, height: Int)? = nil,
            appliesOrientation: Bool = true, maximumPixels: Int = usualMaximumPixels
        ) throws(DataError) {
            try self.init(
                BinaryFile(path: path), Self.anyFormat,
                ImageReading(
                    background: background, size: size, appliesOrientation: appliesOrientation,
                    maximumPixels: maximumPixels))
        }

        /// - Parameter name: stands for the file's name in errors.
        package init(imageFile bytes: [UInt8], name: String) throws(DataError) {
            try self.init(BinaryFile(bytes: bytes, name: name), Self.anyFormat, ImageReading())
        }

        private init(_ file: BinaryFile, _ format: String, _ reading: ImageReading) throws(DataError) {
            require(
                reading.size.map { $0.width > 0 && $0.height > 0 } ?? true && reading.maximumPixels > 0,
                "Bitmap: at least \(reading.size ?? (1, 1)) and at most \(reading.maximumPixels) pixels")
            let bytes = try file.readRest()
            let kinds = format == Self.anyFormat ? [Self.pngFormat, Self.jpegFormat, Self.netpbmFormat] : [format]
            let kind = kinds.first { Self.begins(bytes, as: $0) }
            self = try file.parsed(kind ?? format) { file throws(DataError) in
                switch kind {
                case Self.pngFormat:
                    return try decodedPNG(
                        bytes, file, background: reading.background, maximumPixels: reading.maximumPixels)
                case Self.jpegFormat:
                    return try decodedJPEG(
                        bytes, file, atLeast: reading.size, appliesOrientation: reading.appliesOrientation,
                        maximumPixels: reading.maximumPixels)
                case Self.netpbmFormat: return try Bitmap(netpbm: bytes, name: file.name)
                default:
                    throw .malformed(
                        file: file.name, format: format,
                        reason: bytes.isEmpty ? "it is empty" : "it does not begin like one")
                }
            }
        }

        private static func begins(_ bytes: [UInt8], as format: String) -> Bool {
            switch format {
            case pngFormat: bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
            case jpegFormat: bytes.starts(with: [0xff, 0xd8, 0xff])
            // The text variants too, whose reader says what to do with them.
            default: ["P2", "P3", "P5", "P6"].contains { bytes.starts(with: $0.utf8) }
            }
        }

        /// The bytes of a PNG file, compressed; `pngData()` needs no other library, but its files are as large as the samples.
        ///
        /// - Parameter level: from 0 (fast) to 9 (small). The bytes are those of the versions of libpng and zlib; the samples are exact.
        /// - Throws: `DataError.unwritable` when there is no memory, or a side has more than 2³¹ − 1 pixels.
        public func compressedPNGData(level: Int = 6) throws(DataError) -> [UInt8] {
            try encoded(level, file: "PNG data")
        }

        /// Writes a PNG file, compressed; it appears whole or not at all, as `SafeTensors.write(to:)` does it.
        ///
        /// - Parameters:
        ///   - path: of the file.
        ///   - level: from 0 (fast) to 9 (small).
        public func writeCompressedPNG(to path: String, level: Int = 6) throws(DataError) {
            try UnloopData.write([encoded(level, file: path)], to: path)
        }

        private func encoded(_ level: Int, file: String) throws(DataError) -> [UInt8] {
            require((0...9).contains(level), "Bitmap: a compression level of \(level), not of 0 to 9")
            return try encodedPNG(self, level: level, file: file)
        }
    }

    /// What readers of images are asked for.
    private struct ImageReading {
        var background: UInt8?
        var size: (width: Int, height: Int)?
        var appliesOrientation = true
        var maximumPixels = Bitmap.usualMaximumPixels
    }
#endif
