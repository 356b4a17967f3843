#if Formats
    import CUnloopFormats
    import UnloopBackend
    import UnloopData

    /// What stands before the pixels of a file, held to limits before memory is taken for them.
    struct ImageHeader {
        let image: unloop_image
        let file: BinaryFile

        func check(byteCount: Int, maximumPixels: Int) throws(DataError) {
            // Sides have at most 31 bits.
            let pixels = Int(image.width) * Int(image.height)
            guard pixels <= maximumPixels else {
                throw .unsupported(
                    file: file.name, what: "\(image.width)×\(image.height) pixels, more than \(maximumPixels)",
                    remedy: "read it with a larger `maximumPixels` if it is no trap")
            }
            guard image.least_bytes <= byteCount else {
                throw .truncated(
                    file: file.name, expectedBytes: image.least_bytes, actualBytes: UInt64(byteCount))
            }
            try file.checkRoom(pixels * Int(image.channels))
        }
    }

    /// Decodes the bytes of a PNG file.
    func decodedPNG(
        _ bytes: [UInt8], _ file: BinaryFile, background: UInt8?, maximumPixels: Int
    ) throws(DataError) -> Bitmap {
        let format = Bitmap.pngFormat
        return try bytes.withUnsafeBufferPointer { buffer throws(DataError) in
            var image = unloop_image()
            var failure = unloop_failure()
            guard let decoder = unloop_png_open(buffer.baseAddress, buffer.count, &image, &failure) else {
                throw failure.error(file: file.name, format: format)
            }
            defer { unloop_png_close(decoder) }
            try ImageHeader(image: image, file: file).check(
                byteCount: buffer.count, maximumPixels: maximumPixels)
            let background = background.map { Int32($0) } ?? -1
            let samples = samples(of: image) { unloop_png_read(decoder, background, $0, &failure) }
            guard let samples else { throw failure.error(file: file.name, format: format) }
            return Bitmap(
                width: Int(image.width), height: Int(image.height), channels: Int(image.channels), samples: samples)
        }
    }

    /// Decodes the bytes of a JPEG file.
    func decodedJPEG(
        _ bytes: [UInt8], _ file: BinaryFile, atLeast size: (width: Int, height: Int)?, appliesOrientation: Bool,
        maximumPixels: Int
    ) throws(DataError) -> Bitmap {
        let format = Bitmap.jpegFormat
        let orientation = appliesOrientation ? EXIFOrientation.of(jpeg: bytes) : 1
        let isTurned = orientation >= 5
        return try bytes.withUnsafeBufferPointer { buffer throws(DataError) in
            var image = unloop_image()
            var failure = unloop_failure()
            guard let decoder = unloop_jpeg_open(buffer.baseAddress, buffer.count, &image, &failure) else {
                throw failure.error(file: file.name, format: format)
            }
            defer { unloop_jpeg_close(decoder) }
            try ImageHeader(image: image, file: file).check(
                byteCount: buffer.count, maximumPixels: maximumPixels)
            if let size {
                let (width, height) = isTurned ? (size.height, size.width) : size
                let reduction = [8, 4, 2].first {
                    Int(image.width) / $0 >= width && Int(image.height) / $0 >= height
                }
                if let reduction { unloop_jpeg_reduce(decoder, UInt32(reduction), &image) }
            }
            let samples = samples(of: image) { unloop_jpeg_read(decoder, Int32(orientation), $0, &failure) }
            guard let samples else { throw failure.error(file: file.name, format: format) }
            return Bitmap(
                width: Int(isTurned ? image.height : image.width), height: Int(isTurned ? image.width : image.height),
                channels: Int(image.channels), samples: samples)
        }
    }

    /// All samples of an image, written by a decoder; nil when it says that it failed.
    private func samples(of image: unloop_image, _ decode: (UnsafeMutablePointer<UInt8>?) -> Bool) -> [UInt8]? {
        var isDecoded = false
        let size = Int(image.width) * Int(image.height) * Int(image.channels)
        let samples = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            isDecoded = decode(buffer.baseAddress)
            count = isDecoded ? size : 0
        }
        return isDecoded ? samples : nil
    }

    /// The bytes of a PNG file with compressed pixels.
    func encodedPNG(_ bitmap: Bitmap, level: Int, file: String) throws(DataError) -> [UInt8] {
        guard bitmap.width <= Int32.max, bitmap.height <= Int32.max else {
            throw .unwritable(file: file, reason: "PNG has no images of \(bitmap.width)×\(bitmap.height) pixels")
        }
        var failure = unloop_failure()
        var count = 0
        let bytes = unloop_png_write(
            bitmap.samples, UInt32(bitmap.width), UInt32(bitmap.height), UInt32(bitmap.channels), Int32(level), &count,
            &failure)
        guard let bytes else { throw .unwritable(file: file, reason: failure.text) }
        defer { unloop_png_release(bytes) }
        return [UInt8](UnsafeBufferPointer(start: bytes, count: count))
    }
#endif
