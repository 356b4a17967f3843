#if OpenCL
    import Foundation
    import Glibc
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

        /// 256 MiB.
        package static let usualLimit = 1 << 28

        package let folder: URL
        /// Bytes that the files may take together; those that were not used for longest are removed.
        package let limit: Int

        package init(folder: URL, limit: Int = usualLimit) {
            self.folder = folder
            self.limit = limit
        }

        /// In the `CacheFolder`; nil when there is none. `UNLOOP_CACHE_LIMIT` is the limit in bytes; 0 keeps nothing.
        ///
        /// - Throws: `deviceUnavailable` where a variable means nothing.
        package static func standard(
            environment: [String: String] = ProcessInfo.processInfo.environment
        ) throws(BackendError) -> ProgramDiskCache? {
            let own = EnvironmentVariable("UNLOOP_CACHE_DIR", device: "opencl", environment: environment)
            let size = EnvironmentVariable("UNLOOP_CACHE_LIMIT", device: "opencl", environment: environment)
            let limit = try size.integer("bytes", in: 0...Int.max) ?? usualLimit
            _ = try own.folder()
            guard limit > 0, let base = CacheFolder.url(environment: environment) else { return nil }
            return ProgramDiskCache(folder: base.appendingPathComponent("opencl", isDirectory: true), limit: limit)
        }

        /// Another folder with such files beside this one.
        func beside(_ name: String, limit: Int) -> ProgramDiskCache {
            ProgramDiskCache(
                folder: folder.deletingLastPathComponent().appendingPathComponent(name, isDirectory: true), limit: limit
            )
        }

        /// Bytes in files.
        package var byteCount: Int { files().reduce(0) { $0 + $1.byteCount } }

        private func files() -> [(url: URL, byteCount: Int, lastUse: Date)] {
            let keys: Set<URLResourceKey> = [.fileSizeKey, .contentModificationDateKey]
            let found = try? FileManager.default.contentsOfDirectory(
                at: folder, includingPropertiesForKeys: Array(keys))
            return (found ?? []).compactMap { url in
                guard url.pathExtension == Self.fileExtension, let values = try? url.resourceValues(forKeys: keys)
                else {
                    return nil
                }
                return (url, values.fileSize ?? 0, values.contentModificationDate ?? .distantPast)
            }
        }

        /// Removes files until a quarter of the limit is free, where it is exceeded. Another process may do the same meanwhile: a file
        /// that is gone is a miss.
        private func keepWithinLimit() {
            let files = files()
            var total = files.reduce(0) { $0 + $1.byteCount }
            guard total > limit else { return }
            for file in files.sorted(by: { $0.lastUse < $1.lastUse }) where total > limit / 4 * 3 {
                if (try? FileManager.default.removeItem(at: file.url)) != nil { total -= file.byteCount }
            }
        }

        private static let fileExtension = "program"

        /// Everything that the binary depends on.
        func key(source: String, options: String, device: OpenCLDevice) -> [UInt8] {
            Self.key([
                unloopVersion, "\(Self.formatVersion)", device.platform, device.vendor, device.name,
                device.deviceVersion, device.driverVersion, options, source,
            ])
        }

        static func key(_ parts: [String]) -> [UInt8] {
            var hash = SHA256()
            for part in parts {
                // The lengths keep different lists of parts from running together into the same text.
                hash.update("\(part.utf8.count):")
                hash.update(part)
            }
            return hash.finalize()
        }

        package func file(_ key: [UInt8]) -> URL {
            folder.appendingPathComponent(SHA256.hexadecimal(key) + "." + Self.fileExtension)
        }

        package func load(_ key: [UInt8]) -> [UInt8]? {
            guard let reader = try? ByteReader(path: file(key).path), reader.byteCount <= limit,
                let bytes = try? reader.read(reader.byteCount, as: UInt8.self),
                let payload = payload(of: bytes, key)
            else { return nil }
            // The time of the file is that of its last use, by which `keepWithinLimit` chooses.
            utimes(file(key).path, nil)
            return payload
        }

        /// What was stored under this key, from the bytes of its file; nil unless they are exactly what was written.
        package func payload(of bytes: [UInt8], _ key: [UInt8]) -> [UInt8]? {
            guard bytes.count > Self.headerByteCount else { return nil }
            let payload = Array(bytes[Self.headerByteCount...])
            return Array(bytes[..<Self.headerByteCount]) == header(key, payload) ? payload : nil
        }

        /// Nothing where the payload alone exceeds the limit. Readers and other writers see whole files only; nothing waits for the disk: a
        /// damaged file is a miss.
        package func store(_ payload: [UInt8], _ key: [UInt8]) {
            guard payload.count + Self.headerByteCount <= limit else { return }
            try? makeFolder(folder.path, mode: 0o700)
            try? writeFile([header(key, payload), payload], to: file(key).path, isDurable: false)
            keepWithinLimit()
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
