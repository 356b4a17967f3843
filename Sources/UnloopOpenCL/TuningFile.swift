#if OpenCL
    import Foundation
    import UnloopBackend

    /// Where the tuning table of one device is kept: JSON that people can read, in the folder `tuning` beside the compiled programs. A
    /// table of another device or driver is never read; what cannot be read counts as none.
    package struct TuningFile: Sendable {
        private struct Contents: Codable {
            var schema: Int
            var device: [String: String]
            var table: TuningTable
        }

        private static let schema = 1
        package let url: URL
        private let device: [String: String]

        package init?(beside programs: ProgramDiskCache, _ device: OpenCLDevice) {
            self.device = [
                "name": device.name, "vendor": device.vendor, "platform": device.platform,
                "driver": device.driverVersion, "units": "\(device.computeUnits)",
            ]
            var hash = SHA256()
            for (_, value) in self.device.sorted(by: { $0.key < $1.key }) {
                hash.update("\(value.utf8.count):\(value)")
            }
            url = programs.folder.deletingLastPathComponent().appendingPathComponent("tuning", isDirectory: true)
                .appendingPathComponent(SHA256.hexadecimal(hash.finalize()) + ".json")
        }

        package func load() -> TuningTable? {
            guard let data = try? Data(contentsOf: url),
                let contents = try? JSONDecoder().decode(Contents.self, from: data),
                contents.schema == Self.schema, contents.device == device
            else { return nil }
            return contents.table
        }

        /// Readers see the old table or the new one, never a part.
        ///
        /// - Throws: when the file cannot be written.
        package func store(_ table: TuningTable) throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            let contents = Contents(schema: Self.schema, device: device, table: table)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try encoder.encode(contents).write(to: url, options: .atomic)
        }
    }
#endif
