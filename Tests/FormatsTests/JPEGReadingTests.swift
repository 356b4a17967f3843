#if Formats
    import Foundation
    import Testing
    import UnloopData
    import UnloopFormats

    @Suite struct JPEGReadingTests {
        let directory: TemporaryDirectory
        init() throws { directory = try TemporaryDirectory() }

        @Test func samplesAreThoseOfPIL() throws {
            let golden = try GoldenImages.values.get().jpeg
            #expect(golden.count >= 30)
            for one in golden {
                let path = try directory.write(one.file)
                #expect(try Bitmap(jpeg: path, atLeast: one.leastSize) == one.bitmap, "\(one.name)")
                #expect(try Bitmap(imageFile: path, atLeast: one.leastSize) == one.bitmap, "\(one.name)")
            }
        }

        @Test func orientationCanBeLeftAside() throws {
            let golden = try GoldenImages.values.get().jpeg
            let upright = try #require(golden.first { $0.name == "orientation 1" })
            for one in golden where one.name.hasPrefix("orientation") {
                let path = try directory.write(one.file)
                #expect(try Bitmap(jpeg: path, appliesOrientation: false) == upright.bitmap, "\(one.name)")
            }
        }

        /// Exif data that break the rules leave the picture as it is.
        @Test func brokenOrientations() throws {
            let golden = try GoldenImages.values.get().jpeg
            let turned = try #require(golden.first { $0.name == "orientation 6" })
            let plain = try #require(golden.first { $0.name == "orientation 1" }).bitmap
            let bytes = [UInt8](turned.file)
            // Behind the start and the segment's marker and length there are `Exif`, two zeros, and the byte order.
            let tiff = 12
            #expect(bytes[tiff..<tiff + 2].elementsEqual("II".utf8) || bytes[tiff..<tiff + 2].elementsEqual("MM".utf8))
            for position in [tiff, tiff + 2, tiff + 3] {
                var changed = bytes
                changed[position] ^= 0x80
                #expect(try Bitmap(jpeg: changed, name: "changed") == plain, "byte \(position)")
            }
            // A directory beyond the segment, and one of more entries than there are.
            var far = bytes
            far.replaceSubrange(tiff + 4..<tiff + 8, with: [0xff, 0xff, 0xff, 0xff])
            #expect(try Bitmap(jpeg: far, name: "far") == plain)
            var many = bytes
            many.replaceSubrange(tiff + 8..<tiff + 10, with: [0xff, 0xff])
            // The tag still comes first, or the directory ends before it.
            #expect([plain, turned.bitmap].contains(try Bitmap(jpeg: many, name: "many")))
        }

        // MARK: Broken files

        @Test func everyPrefixIsRefused() throws {
            for one in try GoldenImages.values.get().jpeg {
                let bytes = [UInt8](one.file)
                for length in 0..<bytes.count - 2 {
                    #expect(
                        dataError { () throws(DataError) in
                            try Bitmap(jpeg: Array(bytes[..<length]), atLeast: one.leastSize, name: "prefix")
                        } != nil, "\(one.name), \(length) of \(bytes.count) bytes")
                }
            }
        }

        /// Not all damage can be found, since the format has no checks; none of it may end the process.
        @Test func changedBytesGiveAnImageOrAnError() throws {
            var refused = 0
            for one in try GoldenImages.values.get().jpeg {
                for position in one.file.indices {
                    for bit in [0, 3, 7] {
                        var changed = [UInt8](one.file)
                        changed[position] ^= 1 << UInt8(bit)
                        let error = dataError { () throws(DataError) in
                            try Bitmap(jpeg: changed, name: "changed", maximumPixels: 1 << 20)
                        }
                        if let error {
                            #expect(!error.description.isEmpty)
                            refused += 1
                        }
                    }
                }
            }
            #expect(refused > 1000)
        }

        @Test func errorsSayWhatIsWrong() throws {
            let golden = try GoldenImages.values.get().jpeg
            let bytes = [UInt8](try #require(golden.first { $0.name == "4:2:0" }).file)
            func error(_ bytes: [UInt8], maximumPixels: Int = 1 << 20) throws -> DataError? {
                let path = try directory.write(bytes)
                return dataError { () throws(DataError) in try Bitmap(jpeg: path, maximumPixels: maximumPixels) }
            }
            let path = directory.path("file")
            #expect(try error(bytes) == nil)
            #expect(try error([]) == .malformed(file: path, format: "JPEG", reason: "it is empty"))
            #expect(try error(pngSignature)?.description.contains("Bitmap(png:)") == true)
            #expect(
                try error(Array(bytes.prefix(bytes.count - 20)))
                    == .malformed(file: path, format: "JPEG", reason: "it ends before its last pixels or its end mark"))
            guard case .unsupported = try error(bytes, maximumPixels: 100) else {
                Issue.record("more pixels than the limit are read")
                return
            }
            // The frame's header: its marker, two bytes for the length, one for the depth, then height and width.
            let frame = try #require(bytes.indices.dropLast().first { bytes[$0] == 0xff && bytes[$0 + 1] == 0xc0 })
            func changed(_ offset: Int, _ new: [UInt8]) -> [UInt8] {
                var result = bytes
                result.replaceSubrange(frame + offset..<frame + offset + new.count, with: new)
                return result
            }
            // Far more pixels than so few bytes hold.
            guard
                case .truncated(path, let expected, UInt64(bytes.count)) = try error(
                    changed(5, [0xfd, 0xe8, 0xfd, 0xe8]), maximumPixels: .max)
            else {
                Issue.record("it is not truncated")
                return
            }
            #expect(expected == 65000 / 8 * 65000 / 8 / 16)
            // Twelve bits, lossless and hierarchical frames are valid, but not read.
            for file in [changed(4, [12]), changed(1, [0xc5]), changed(1, [0xc6])] {
                guard case .unsupported(path, _, _) = try error(file) else {
                    Issue.record("\(String(describing: try error(file)))")
                    continue
                }
            }
            guard case .malformed(path, "JPEG", _) = try error(changed(5, [0, 0])) else {
                Issue.record("an image without rows is read")
                return
            }
        }

        /// Each scan is a walk over the whole image, but may be a few bytes.
        @Test func manyScansAreRefused() throws {
            let golden = try GoldenImages.values.get().jpeg
            let bytes = [UInt8](try #require(golden.first { $0.name == "gray progressive" }).file)
            // The last scan again and again, before the end mark.
            let scan = try #require(bytes.indices.dropLast().last { bytes[$0] == 0xff && bytes[$0 + 1] == 0xda })
            let last = bytes[scan..<bytes.count - 2]
            let many = bytes.dropLast(2) + Array(repeating: last, count: 200).joined() + [0xff, 0xd9]
            let error = dataError { () throws(DataError) in try Bitmap(jpeg: Array(many), name: "scans") }
            guard case .malformed("scans", "JPEG", _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }

        @Test func imageFilesOfOtherKinds() throws {
            let bitmap = Bitmap(width: 2, height: 1, channels: 3, samples: [1, 2, 3, 4, 5, 6])
            #expect(try Bitmap(imageFile: directory.write(bitmap.netpbmData())) == bitmap)
            #expect(try Bitmap(imageFile: directory.write(bitmap.pngData())) == bitmap)
            for bytes in [[], [0xff], Array("GIF89a".utf8), Array("%PDF".utf8), Array("P".utf8)] {
                let path = try directory.write(bytes)
                #expect {
                    try Bitmap(imageFile: path)
                } throws: {
                    if case .malformed(path, "PNG, JPEG, PGM or PPM", _)? = $0 as? DataError { true } else { false }
                }
            }
            // Of what was recognized, the error is that of its own reader.
            for (bytes, format) in [(bitmap.pngData(), "PNG"), (bitmap.netpbmData(), Bitmap.netpbmFormat)] {
                let path = try directory.write(bytes.dropLast(7))
                let error = dataError { () throws(DataError) in try Bitmap(imageFile: path) }
                let own = dataError { () throws(DataError) in
                    format == "PNG" ? try Bitmap(png: path) : try Bitmap(netpbm: path)
                }
                #expect(error != nil && error == own, "\(String(describing: error))")
            }
            let text = dataError { () throws(DataError) in
                try Bitmap(imageFile: Array("P2 1 1 255\n7".utf8), name: "text")
            }
            guard case .unsupported("text", _, _) = text else {
                Issue.record("\(String(describing: text))")
                return
            }
        }
    }
#endif
