import Foundation
import Testing
import UnloopData
import UnloopTensor

@Suite struct ImageTests {
    /// The samples that Golden/images.py writes.
    private func image(_ width: Int, _ height: Int, _ channels: Int) -> Bitmap {
        let samples = (0..<width * height * channels).map { (i: Int) -> UInt8 in UInt8((i * i * 7 + 3 * i) % 256) }
        return Bitmap(width: width, height: height, channels: channels, samples: samples)
    }

    private func golden(_ name: String) throws -> [UInt8] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        return [UInt8](try Data(contentsOf: folder.appendingPathComponent("Golden/\(name)")))
    }

    // MARK: PNG

    @Test func pngIsWhatPythonWrites() throws {
        #expect(try image(7, 5, 1).pngData() == golden("gray.png"))
        #expect(try image(3, 4, 3).pngData() == golden("color.png"))
    }

    @Test func checksumsAreThoseOfTheStandards() {
        #expect(crc32("123456789".utf8) == 0xcbf4_3926)
        #expect(crc32([]) == 0)
        #expect(adler32("Wikipedia".utf8) == 0x11e6_0398)
        #expect(adler32([]) == 1)
        // Large enough for both sums to pass the modulus.
        #expect(adler32([UInt8](repeating: 255, count: 100_000)) == 0x149a_302c)
    }

    /// Images of more than one stored block, taken apart again by the rules of the formats.
    @Test(arguments: [(300, 500, 1), (400, 300, 3), (65534, 1, 1), (65535, 1, 1), (1, 1, 3)])
    func pngOfSeveralBlocks(width: Int, height: Int, channels: Int) throws {
        let image = image(width, height, channels)
        let bytes = image.pngData()
        var position = 8
        func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
        var stream: [UInt8] = []
        var kinds: [String] = []
        while position < bytes.count {
            let length = number(bytes[position..<position + 4])
            let checked = bytes[position + 4..<position + 8 + length]
            kinds.append(String(decoding: checked.prefix(4), as: UTF8.self))
            #expect(number(bytes[position + 8 + length..<position + 12 + length]) == Int(crc32(checked)))
            if kinds.last == "IDAT" { stream += checked.dropFirst(4) }
            position += 12 + length
        }
        #expect(position == bytes.count)
        #expect(kinds.first == "IHDR" && kinds.last == "IEND")
        var rows: [UInt8] = []
        position = 2
        var isLast = false
        while !isLast {
            isLast = stream[position] == 1
            let length = Int(stream[position + 1]) | Int(stream[position + 2]) << 8
            #expect(stream[position + 3] == ~stream[position + 1] && stream[position + 4] == ~stream[position + 2])
            rows += stream[position + 5..<position + 5 + length]
            position += 5 + length
        }
        #expect(number(stream[position...]) == Int(adler32(rows)))
        let width = image.width * channels + 1
        #expect(rows.count == width * image.height)
        let pixels = (0..<image.height).flatMap { rows[$0 * width + 1..<($0 + 1) * width] }
        #expect(pixels == image.samples)
    }

    @Test func filesAreWrittenAndErrorsNamed() throws {
        let directory = try TemporaryDirectory()
        let image = image(9, 4, 3)
        try image.writePNG(to: directory.path("a.png"))
        #expect(
            try [UInt8](Data(contentsOf: directory.url.appendingPathComponent("a.png"))) == image.pngData())
        try image.writeNetpbm(to: directory.path("a.ppm"))
        #expect(try Bitmap(netpbm: directory.path("a.ppm")) == image)
        #expect(throws: DataError.self) { try image.writePNG(to: directory.path("missing/a.png")) }
        #expect(throws: DataError.self) { try Bitmap(netpbm: directory.path("missing.pgm")) }
    }

    // MARK: PGM and PPM

    @Test func headersMayHaveCommentsAndAnyWhiteSpace() throws {
        let directory = try TemporaryDirectory()
        func read(_ text: String, _ samples: [UInt8]) throws -> Bitmap {
            try Bitmap(netpbm: try directory.write(Array(text.utf8) + samples))
        }
        let expected = Bitmap(width: 2, height: 1, samples: [35, 10])
        #expect(try read("P5 2 1 255\n", [35, 10]) == expected)
        #expect(try read("P5\n# a comment 7 7\n2\t# another\r\n1\n255 ", [35, 10]) == expected)
        #expect(
            try read("P6\n1 2\n255\n", [1, 2, 3, 4, 5, 6])
                == Bitmap(width: 1, height: 2, channels: 3, samples: [1, 2, 3, 4, 5, 6]))
        // Other largest samples are brought to 255: round(255·v / 15) and round(255·v / 254).
        #expect(try read("P5 3 1 15\n", [0, 7, 15]).samples == [0, 119, 255])
        #expect(try read("P5 2 1 254\n", [127, 254]).samples == [128, 255])
        #expect(try read("P5 2 1 1\n", [0, 1]).samples == [0, 255])
    }

    @Test func brokenFilesAreNamed() throws {
        let directory = try TemporaryDirectory()
        func error(_ text: String, _ samples: [UInt8] = []) throws -> DataError? {
            let path = try directory.write(Array(text.utf8) + samples)
            do throws(DataError) {
                _ = try Bitmap(netpbm: path)
                return nil
            } catch {
                return error
            }
        }
        let path = directory.path("file")
        func malformed(_ reason: String) -> DataError {
            .malformed(file: path, format: "binary PGM or PPM", reason: reason)
        }
        #expect(try error("") == malformed("it does not begin with P5 or P6"))
        #expect(try error("GIF89a") == malformed("it does not begin with P5 or P6"))
        #expect(try error("P5") == malformed("no white space before its width"))
        #expect(try error("P52 1 255\n") == malformed("no white space before its width"))
        #expect(try error("P5 x 1 255\n") == malformed("its width is not a positive number"))
        #expect(try error("P5 2 0 255\n") == malformed("its height is not a positive number"))
        #expect(try error("P5 2 -1 255\n") == malformed("its height is not a positive number"))
        #expect(try error("P5 2 1 0\n", [0, 0]) == malformed("its largest sample is not a positive number"))
        #expect(try error("P5 2 1 70000\n") == malformed("its largest sample is 70000, more than 65535"))
        #expect(try error("P5 2 1 255") == malformed("no white space between header and samples"))
        #expect(try error("P5 2 # 1 255\n") == malformed("its height is not a positive number"))
        #expect(try error("P5 99999999999999999999 1 255\n") == malformed("its width has too many digits"))
        #expect(
            try error("P6 4611686018427387904 4 255\n")
                == malformed("4611686018427387904×4 pixels are more than any memory"))
        #expect(try error("P5 2 1 9\n", [9, 10]) == malformed("sample 1 is 10, more than the largest, 9"))
        #expect(
            try error("P5 3 2 255\n", [1, 2, 3])
                == .truncated(file: path, expectedBytes: 11 + 6, actualBytes: 11 + 3))
        // A header that announces far more than the file holds takes no memory for it.
        #expect(
            try error("P5 1000000000 1000000000 255\n")
                == .truncated(file: path, expectedBytes: 1_000_000_000_000_000_029, actualBytes: 29))
        let unsupported: [(String, [UInt8])] = [
            ("P2 1 1 255\n7", []), ("P5 1 1 65535\n", [1, 2]), ("P5 1 1 255\n", [1, 2]),
        ]
        for (text, samples) in unsupported {
            guard case .unsupported = try error(text, samples) else {
                Issue.record("\(text) is read")
                continue
            }
        }
    }

    // MARK: Tensors

    @Test func imagesBecomeTensorsAndBack() throws {
        let image = image(5, 3, 3)
        let tensor = Tensor(image, on: .loop)
        #expect(tensor.shape == [3, 5, 3])
        #expect(try tensor.scalars() == image.samples.map { Float($0) / 255 })
        #expect(try Bitmap(tensor) == image)
        let values = Tensor([-.infinity, -1, -0.5, 0, 0.5, 1, .infinity, .nan], shape: [2, 4], on: .loop)
        #expect(
            try Bitmap(values, range: -1...1)
                == Bitmap(width: 4, height: 2, samples: [0, 0, 64, 128, 191, 255, 255, 0]))
    }

    @Test func thePhotographIsWhole() throws {
        let bitmap = try SamplePhotograph.bitmap()
        #expect((bitmap.width, bitmap.height, bitmap.channels) == (256, 256, 1))
        // Of the file's samples, computed when it was made.
        #expect(bitmap.samples.reduce(0) { $0 + Int($1) } == 8_466_205)
        #expect(crc32(bitmap.samples) == 0x6bcd_f712)
        let tensor = try SamplePhotograph.load(on: .loop)
        #expect(tensor.shape == [SamplePhotograph.size, SamplePhotograph.size, 1])
        #expect(try tensor.max().item() <= 1 && tensor.min().item() >= 0)
    }
}
