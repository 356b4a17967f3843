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

        /// More than tuning ever writes.
        private static let largestSize = 8 << 20

        package func load() -> TuningTable? {
            guard let reader = try? ByteReader(path: url.path), reader.byteCount <= Self.largestSize,
                let bytes = try? reader.read(reader.byteCount, as: UInt8.self)
            else { return nil }
            return table(of: bytes)
        }

        /// The table that a file with these bytes holds for this device.
        package func table(of bytes: [UInt8]) -> TuningTable? {
            guard let contents = try? JSONDecoder().decode(Contents.self, from: Data(bytes)),
                contents.schema == Self.schema, contents.device == device
            else { return nil }
            return contents.table
        }

        /// The bytes of the file that holds this table.
        package func bytes(of table: TuningTable) throws -> [UInt8] {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            return [UInt8](try encoder.encode(Contents(schema: Self.schema, device: device, table: table)))
        }

        /// Makes the folder, and finds out whether the file can be written there: tuning takes long.
        ///
        /// - Throws: when it cannot.
        package func prepare() throws {
            try named { () throws(FileFailure) in
                try makeFolder(url.deletingLastPathComponent().path)
                try checkWritable(url.path)
            }
        }

        /// Readers see the old table or the new one, never a part.
        ///
        /// - Throws: when the file cannot be written.
        package func store(_ table: TuningTable) throws {
            let bytes = try bytes(of: table)
            try prepare()
            try named { () throws(FileFailure) in try writeFile([bytes], to: url.path) }
        }

        private func named(_ body: () throws(FileFailure) -> Void) throws {
            do throws(FileFailure) { try body() } catch { throw Unwritable(path: url.path, reason: error.reason) }
        }

        /// The file of the table could not be written.
        private struct Unwritable: Error, CustomStringConvertible {
            let path: String
            let reason: String
            var description: String {
                "cannot write \(path): \(reason); make the folder writable, or set UNLOOP_CACHE_DIR to one that is"
            }
        }
    }
#endif
