#if OpenCL
    import Foundation
    import UnloopBackend

    /// Compiled programs in files, one a program. Drivers crash on damaged binaries or run them, so nothing reaches them
    /// that is not exactly what was written; whatever is doubtful is a miss, and no failure here is an error.
    ///
    /// File: the magic bytes, the format's version and the payload's length (little-endian, 4 and 8 bytes), the key and
    /// the payload's SHA-256 (32 bytes each), the payload.
    package struct ProgramDiskCache: Sendable {
        package static let formatVersion: UInt32 = 1
        private static let magic = Array("UNLOOPCL".utf8)
        private static let headerByteCount = 8 + 4 + 8 + 32 + 32

        package let folder: URL

        package init(folder: URL) { self.folder = folder }

        /// In the `CacheFolder`; nil when there is none.
        package static func standard(
            environment: [String: String] = ProcessInfo.processInfo.environment
        ) -> ProgramDiskCache? {
            CacheFolder.url(environment: environment).map {
                ProgramDiskCache(folder: $0.appendingPathComponent("opencl", isDirectory: true))
            }
        }

        /// Everything that the binary depends on.
        func key(source: String, options: String, device: OpenCLDevice) -> [UInt8] {
            var hash = SHA256()
            let parts = [
                unloopVersion, "\(Self.formatVersion)", device.platform, device.vendor, device.name,
                device.deviceVersion,
                device.driverVersion, options, source,
            ]
            for part in parts {
                // The lengths keep different lists of parts from running together into the same text.
                hash.update("\(part.utf8.count):")
                hash.update(part)
            }
            return hash.finalize()
        }

        package func file(_ key: [UInt8]) -> URL { folder.appendingPathComponent(SHA256.hexadecimal(key) + ".program") }

        package func load(_ key: [UInt8]) -> [UInt8]? {
            guard let reader = try? ByteReader(path: file(key).path),
                let bytes = try? reader.read(reader.byteCount, as: UInt8.self)
            else { return nil }
            return payload(of: bytes, key)
        }

        /// What was stored under this key, from the bytes of its file; nil unless they are exactly what was written.
        package func payload(of bytes: [UInt8], _ key: [UInt8]) -> [UInt8]? {
            guard bytes.count > Self.headerByteCount else { return nil }
            let payload = Array(bytes[Self.headerByteCount...])
            return bytes[..<Self.headerByteCount].elementsEqual(header(key, payload)) ? payload : nil
        }

        /// Readers and other writers see whole files only. Nothing waits for the disk: a damaged file is a miss.
        package func store(_ payload: [UInt8], _ key: [UInt8]) {
            try? FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try? writeFile([header(key, payload), payload], to: file(key).path, isDurable: false)
        }

        private func header(_ key: [UInt8], _ payload: [UInt8]) -> [UInt8] {
            func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
                withUnsafeBytes(of: value.littleEndian) { Array($0) }
            }
            return Self.magic + littleEndian(Self.formatVersion) + littleEndian(UInt64(payload.count)) + key
                + SHA256.digest(of: payload)
        }
    }
#endif
