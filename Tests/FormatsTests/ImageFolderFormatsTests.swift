#if Formats
    import Foundation
    import Testing
    import UnloopData
    import UnloopFormats
    import UnloopTensor

    @Suite struct ImageFolderFormatsTests {
        private func pattern(_ width: Int, _ height: Int, channels: Int = 3) -> Bitmap {
            Bitmap(
                width: width, height: height, channels: channels,
                samples: (0..<width * height * channels).map { UInt8(($0 * 7 + $0 / width * 31) % 256) })
        }

        /// Whatever their formats, sizes and channels, images come out in one size, each with the samples of its middle, resized.
        @Test func imagesOfAllKinds() throws {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("unloop-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent("a"), withIntermediateDirectories: true)
            let images = [
                ("1.png", pattern(40, 20)), ("2.PPM", pattern(9, 30)), ("3.pgm", pattern(12, 8, channels: 1)),
                ("4.png", pattern(1, 1)), ("5.jpg", pattern(4000, 1)),
            ]
            for (name, image) in images {
                // What is in a file tells how it is read.
                let bytes = name.hasSuffix("png") ? try image.compressedPNGData() : image.netpbmData()
                try Data(bytes).write(to: folder.appendingPathComponent("a/\(name)"))
            }
            let source = try ImageFolder(imagesIn: folder.path, height: 10, width: 15)
            #expect(source.count == 5 && source.classNames == ["a"])
            let middles = [
                images[0].1.cropped(left: 5, top: 0, width: 30, height: 20),
                images[1].1.cropped(left: 0, top: 12, width: 9, height: 6), images[2].1.inColor(), images[3].1,
                images[4].1.cropped(left: 1999, top: 0, width: 2, height: 1),
            ]
            for (index, middle) in middles.enumerated() {
                let found = try source.example(at: index, key: RandomKey(seed: 0)).features
                #expect(found == Example.Values(middle.resized(width: 15, height: 10)), "\(index)")
            }
            let gray = try ImageFolder(imagesIn: folder.path, height: 10, width: 15, channels: 1)
            #expect(try gray.example(at: 2, key: RandomKey(seed: 0)).features.shape == [10, 15, 1])
            let reduced = try ImageFolder(imagesIn: folder.path, height: 10, width: 15, reducesWhileDecoding: true)
            let identities = try [source.identity(), gray.identity(), reduced.identity()]
            #expect(Set(identities).count == 3 && !identities.contains(nil))
        }
    }
#endif
