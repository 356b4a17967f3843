import Foundation
import Testing
import UnloopData

/// What PIL makes of an image; Golden/make_resize.py has written it down.
private struct Resized: Decodable, Sendable {
    let source: [Int]
    let target: [Int]
    let channels: Int
    let check: UInt32
    /// Of small images.
    let samples: [UInt8]?

    static let golden = Result {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let bytes = try Data(contentsOf: folder.appendingPathComponent("Golden/resize.json"))
        return try JSONDecoder().decode([Resized].self, from: bytes)
    }
}

@Suite struct ResizeTests {
    /// The samples that Golden/make_resize.py begins with.
    private func image(_ width: Int, _ height: Int, _ channels: Int) -> Bitmap {
        let samples = (0..<width * height * channels).map { (i: Int) -> UInt8 in UInt8((i * i * 7 + 3 * i) % 256) }
        return Bitmap(width: width, height: height, channels: channels, samples: samples)
    }

    @Test func resizedImagesHaveTheBitsOfPIL() throws {
        let golden = try Resized.golden.get()
        #expect(golden.count >= 180)
        for one in golden {
            let source = image(one.source[0], one.source[1], one.channels)
            let result = source.resized(width: one.target[0], height: one.target[1])
            #expect(result.width == one.target[0] && result.height == one.target[1] && result.channels == one.channels)
            if let samples = one.samples { #expect(result.samples == samples, "\(one.source) to \(one.target)") }
            #expect(crc32(result.samples) == one.check, "\(one.source) to \(one.target), \(one.channels) channels")
        }
    }

    /// Weights add up to one: no reduction or enlargement changes a plain image.
    @Test func plainImagesStayPlain() {
        for level: UInt8 in [0, 1, 128, 254, 255] {
            for (width, height) in [(1, 1), (3, 200), (90, 2), (33, 33)] {
                for channels in [1, 3] {
                    let plain = Bitmap(
                        width: width, height: height, channels: channels,
                        samples: [UInt8](repeating: level, count: width * height * channels))
                    for (newWidth, newHeight) in [(1, 1), (2, 50), (97, 3), (64, 64)] {
                        let result = plain.resized(width: newWidth, height: newHeight)
                        #expect(
                            result.samples.allSatisfy { $0 == level }, "\(width)×\(height) to \(newWidth)×\(newHeight)")
                    }
                }
            }
        }
    }

    @Test func theSameSizeIsTheSameImage() {
        for (width, height, channels) in [(1, 1, 1), (5, 3, 3), (40, 60, 1)] {
            let image = image(width, height, channels)
            #expect(image.resized(width: width, height: height) == image)
        }
    }

    /// The longer side is rounded down.
    @Test func theShorterSideIsGiven() {
        for (width, height, length, expected) in [
            (500, 375, 256, [341, 256]), (375, 500, 256, [256, 341]), (7, 7, 3, [3, 3]), (3, 2, 5, [7, 5]),
            (1, 100, 2, [2, 200]), (9, 5, 5, [9, 5]),
        ] {
            let image = image(width, height, 1)
            let result = image.resized(shorterSide: length)
            #expect([result.width, result.height] == expected)
            #expect(result == image.resized(width: expected[0], height: expected[1]))
        }
    }

    @Test func partsOfImages() {
        let image = image(7, 5, 3)
        let part = image.cropped(left: 2, top: 1, width: 4, height: 3)
        #expect((part.width, part.height, part.channels) == (4, 3, 3))
        for row in 0..<3 {
            for column in 0..<12 {
                #expect(part.samples[row * 12 + column] == image.samples[(row + 1) * 21 + 6 + column])
            }
        }
        #expect(image.cropped(left: 0, top: 0, width: 7, height: 5) == image)
        #expect(image.cropped(left: 6, top: 4, width: 1, height: 1).samples == Array(image.samples.suffix(3)))
    }

    /// Halves are rounded to even: a rest of 3 begins at 2, one of 5 at 2, one of 1 at 0.
    @Test func theMiddleOfAnImage() {
        let image = image(9, 8, 1)
        for (width, height, left, top) in [
            (9, 8, 0, 0), (8, 7, 0, 0), (7, 6, 1, 1), (6, 5, 2, 2), (5, 4, 2, 2), (4, 3, 2, 2), (3, 2, 3, 3),
            (1, 1, 4, 4),
        ] {
            #expect(
                image.cropped(toCenterOfWidth: width, height: height)
                    == image.cropped(left: left, top: top, width: width, height: height), "\(width)×\(height)")
        }
    }

    @Test func mirrorImages() {
        let small = Bitmap(width: 3, height: 2, samples: [1, 2, 3, 4, 5, 6])
        #expect(small.flippedHorizontally().samples == [3, 2, 1, 6, 5, 4])
        let color = Bitmap(width: 2, height: 1, channels: 3, samples: [1, 2, 3, 4, 5, 6])
        #expect(color.flippedHorizontally().samples == [4, 5, 6, 1, 2, 3])
        for (width, height, channels) in [(1, 1, 3), (8, 3, 1), (9, 4, 3)] {
            let image = image(width, height, channels)
            #expect(image.flippedHorizontally().flippedHorizontally() == image)
        }
    }

    @Test func channelsOfImages() {
        let gray = image(5, 3, 1)
        #expect(gray.inGray() == gray)
        #expect(gray.inColor().channels == 3)
        #expect(gray.inColor().samples == gray.samples.flatMap { [$0, $0, $0] })
        #expect(gray.inColor().inGray() == gray)
        let color = image(97, 61, 3)
        #expect(color.inColor() == color)
        // The check of what PIL's convert("L") gives, which Golden/make_resize.py prints.
        #expect(crc32(color.inGray().samples) == 0x31bb_9325)
        #expect(
            Bitmap(width: 3, height: 1, channels: 3, samples: [255, 0, 0, 0, 255, 0, 0, 0, 255]).inGray().samples
                == [76, 150, 29])
    }

    @Test func sizesThatCannotBeAreTold() async {
        await #expect(processExitsWith: .failure) {
            _ = Bitmap(width: 1, height: 1, samples: [0]).resized(width: 0, height: 1)
        }
        await #expect(processExitsWith: .failure) {
            _ = Bitmap(width: 1, height: 1, samples: [0]).resized(width: 1 << 31, height: 1 << 33)
        }
        await #expect(processExitsWith: .failure) {
            _ = Bitmap(width: 2, height: 2, samples: [0, 0, 0, 0]).cropped(left: 1, top: 0, width: 2, height: 1)
        }
        await #expect(processExitsWith: .failure) {
            _ = Bitmap(width: 2, height: 2, samples: [0, 0, 0, 0]).cropped(left: 0, top: 0, width: 1, height: .max)
        }
        await #expect(processExitsWith: .failure) {
            _ = Bitmap(width: 2, height: 2, samples: [0, 0, 0, 0]).cropped(toCenterOfWidth: 3, height: 1)
        }
        await #expect(processExitsWith: .failure) {
            _ = Bitmap(width: 1, height: 2, samples: [0, 0]).resized(shorterSide: .max)
        }
    }
}
