#if Formats
    import Foundation
    import Testing
    import UnloopData
    import UnloopFormats

    /// The files of W. van Schaik's PngSuite, which are not part of this repository. `Golden/pngsuite.py FOLDER` writes down what is in them;
    /// then this test runs with the folder's path in `UNLOOP_PNGSUITE`.
    @Suite struct PNGSuiteTests {
        private struct Expected: Decodable {
            let name: String
            /// What must be refused has no samples.
            let width: Int?
            let height: Int?
            let channels: Int?
            let samples: Data?
            let overGray: Data?
        }

        private static let folder = ProcessInfo.processInfo.environment["UNLOOP_PNGSUITE"]

        @Test(.enabled(if: folder != nil, "UNLOOP_PNGSUITE is not set"))
        func everyFile() throws {
            let folder = URL(fileURLWithPath: try #require(Self.folder))
            let expected = try JSONDecoder().decode(
                [Expected].self, from: Data(contentsOf: folder.appendingPathComponent("expected.json")))
            #expect(expected.count > 10)
            for one in expected {
                let path = folder.appendingPathComponent(one.name).path
                guard let width = one.width, let height = one.height, let channels = one.channels else {
                    #expect(throws: DataError.self, "\(one.name)") { try Bitmap(png: path) }
                    continue
                }
                for (background, samples) in [(nil, one.samples), (128, one.overGray)] as [(UInt8?, Data?)] {
                    let bitmap = try Bitmap(png: path, background: background)
                    #expect((bitmap.width, bitmap.height, bitmap.channels) == (width, height, channels), "\(one.name)")
                    #expect(Data(bitmap.samples) == samples, "\(one.name)")
                }
            }
        }
    }
#endif
