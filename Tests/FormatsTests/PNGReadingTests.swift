#if Formats
    import Foundation
    import Testing
    import UnloopData
    import UnloopFormats

    @Suite struct PNGReadingTests {
        let directory: TemporaryDirectory
        init() throws { directory = try TemporaryDirectory() }

        @Test func everyColorTypeDepthAndInterlacing() throws {
            let golden = try GoldenImages.values.get().png
            #expect(golden.count >= 60)
            for one in golden {
                let path = try directory.write(one.file)
                #expect(try Bitmap(png: path, background: one.background) == one.bitmap, "\(one.name)")
                #expect(try Bitmap(imageFile: path, background: one.background) == one.bitmap, "\(one.name)")
            }
        }

        /// All samples of 16 bits, against the stated rounding.
        @Test func sixteenBitsAreRoundedToTheNearest() throws {
            let rows = (0..<256).flatMap { high -> [UInt8] in
                [0] + (0..<256).flatMap { [UInt8(high), UInt8($0)] }
            }
            let bitmap = try Bitmap(
                png: storedPNG(256, 256, depth: 16, colorType: 0, rows: rows), name: "all samples")
            let expected = (0..<65536).map { (sample: Int) -> UInt8 in UInt8((255 * sample + 32767) / 65535) }
            #expect(bitmap.samples == expected)
        }

        /// All pairs of a sample and an alpha, against the stated rounding.
        @Test func transparencyIsBlendedToTheNearest() throws {
            let rows = (0..<256).flatMap { sample -> [UInt8] in
                [0] + (0..<256).flatMap { [UInt8(sample), UInt8($0)] }
            }
            let file = storedPNG(256, 256, depth: 8, colorType: 4, rows: rows)
            for background: UInt8 in [0, 1, 128, 255] {
                let expected = (0..<65536).map { (number: Int) -> UInt8 in
                    let (sample, alpha) = (number / 256, number % 256)
                    let sum = Double(alpha * sample + (255 - alpha) * Int(background))
                    return UInt8((sum / 255).rounded(.toNearestOrAwayFromZero))
                }
                #expect(try Bitmap(png: file, background: background, name: "all pairs").samples == expected)
            }
            let dropped = (0..<65536).map { (number: Int) -> UInt8 in UInt8(number / 256) }
            #expect(try Bitmap(png: file, name: "all pairs").samples == dropped)
        }

        // MARK: Broken files

        /// Whatever is missing at the end, or changed anywhere, is found by the checks of the format.
        @Test func everyPrefixAndEveryFlippedBitIsRefused() throws {
            for one in try GoldenImages.values.get().png where one.file.count < 260 && !one.name.hasPrefix("bytes") {
                let bytes = [UInt8](one.file)
                for length in 0..<bytes.count {
                    #expect(
                        dataError { () throws(DataError) in try Bitmap(png: Array(bytes[..<length]), name: "prefix") }
                            != nil, "\(one.name), \(length) bytes")
                }
                for position in bytes.indices {
                    var changed = bytes
                    changed[position] ^= 1 << UInt8(position % 8)
                    #expect(
                        dataError { () throws(DataError) in try Bitmap(png: changed, name: "changed") } != nil,
                        "\(one.name), byte \(position)")
                }
            }
        }

        @Test func errorsSayWhatIsWrong() throws {
            let file = storedPNG(3, 2, depth: 8, colorType: 0, rows: [0, 1, 2, 3, 0, 4, 5, 6])
            func error(_ bytes: [UInt8], maximumPixels: Int = 100) throws -> DataError? {
                let path = try directory.write(bytes)
                return dataError { () throws(DataError) in try Bitmap(png: path, maximumPixels: maximumPixels) }
            }
            let path = directory.path("file")
            #expect(try error(file) == nil)
            #expect(try error([]) == .malformed(file: path, format: "PNG", reason: "it is empty"))
            #expect(try error(Array("P5 1 1 255\n!".utf8))?.description.contains("PGM") == true)
            #expect(try error([0xff, 0xd8, 0xff, 0xe0])?.description.contains("Bitmap(jpeg:)") == true)
            #expect(
                try error(Array(file.dropLast(4)))
                    == .malformed(file: path, format: "PNG", reason: "it ends before its last pixels or its end mark"))
            #expect(
                try error(file, maximumPixels: 5)
                    == .unsupported(
                        file: path, what: "3×2 pixels, more than 5",
                        remedy: "read it with a larger `maximumPixels` if it is no trap"))
            var wrong = file
            wrong[wrong.count - 1] ^= 1
            guard case .malformed(path, "PNG", let reason) = try error(wrong) else {
                Issue.record("a wrong check is read")
                return
            }
            #expect(reason.contains("CRC"))
            // A row less than the header announces, and a filter that there is not.
            #expect(try error(storedPNG(3, 2, depth: 8, colorType: 0, rows: [0, 1, 2, 3])) != nil)
            #expect(try error(storedPNG(3, 2, depth: 8, colorType: 0, rows: [0, 1, 2, 3, 9, 4, 5, 6])) != nil)
            #expect(try error(storedPNG(3, 0, depth: 8, colorType: 0, rows: [])) != nil)
            #expect(try error(storedPNG(3, 2, depth: 3, colorType: 0, rows: [0, 1, 2, 3, 0, 4, 5, 6])) != nil)
            #expect(try error(storedPNG(3, 2, depth: 8, colorType: 3, rows: [0, 1, 2, 3, 0, 4, 5, 6])) != nil)
            #expect {
                try Bitmap(png: directory.path("absent"))
            } throws: {
                if case .unreadable? = $0 as? DataError { true } else { false }
            }
        }

        /// A header that announces far more than the file holds takes no memory for it.
        @Test func announcedSizesAreHeldToTheFile() throws {
            let file = storedPNG(20000, 20000, depth: 16, colorType: 6, rows: [0, 1, 2])
            guard
                case .truncated(_, let expected, UInt64(file.count)) = dataError({ () throws(DataError) in
                    try Bitmap(png: file, name: "announced", maximumPixels: .max)
                })
            else {
                Issue.record("it is not truncated")
                return
            }
            #expect(expected == 20000 * 160_001 / 1032)
            for (width, height) in [(Int(Int32.max), Int(Int32.max)), (1, Int(Int32.max)), (1 << 24, 1), (1 << 31, 1)] {
                let file = storedPNG(width, height, depth: 8, colorType: 2, rows: [0, 1, 2, 3])
                #expect(
                    dataError { () throws(DataError) in
                        try Bitmap(png: file, name: "announced", maximumPixels: .max)
                    } != nil, "\(width)×\(height)")
            }
        }

        // MARK: Writing

        @Test func writtenFilesAreReadAgain() throws {
            let path = directory.path("image.png")
            for (width, height, channels) in [(1, 1, 1), (1, 1, 3), (70, 33, 1), (33, 70, 3), (300, 1, 3), (1, 300, 1)]
            {
                let samples = (0..<width * height * channels).map { UInt8(truncatingIfNeeded: $0 * $0 / 91) }
                let bitmap = Bitmap(width: width, height: height, channels: channels, samples: samples)
                for level in 0...9 {
                    try bitmap.writeCompressedPNG(to: path, level: level)
                    #expect(try Bitmap(png: path) == bitmap)
                    #expect(
                        try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
                            == bitmap.compressedPNGData(level: level))
                }
                // Without compression, by UnloopData alone.
                #expect(try Bitmap(png: bitmap.pngData(), name: "stored") == bitmap)
            }
            let plain = Bitmap(width: 500, height: 400, samples: [UInt8](repeating: 9, count: 200_000))
            #expect(try plain.compressedPNGData().count < 2000)
            #expect(throws: DataError.self) { try plain.writeCompressedPNG(to: directory.path("absent/image.png")) }
        }
    }
#endif
