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

        /// `$UNLOOP_CACHE_DIR`, or `$XDG_CACHE_HOME/unloop`, or `~/.cache/unloop`; nil when there is no home either.
        package static func standard(
            environment: [String: String] = ProcessInfo.processInfo.environment
        ) -> ProgramDiskCache? {
            func folder(_ variable: String, _ rest: String) -> URL? {
                guard let path = environment[variable], path.hasPrefix("/") else { return nil }
                return URL(fileURLWithPath: path + rest, isDirectory: true)
            }
            let base =
                folder("UNLOOP_CACHE_DIR", "") ?? folder("XDG_CACHE_HOME", "/unloop")
                ?? folder("HOME", "/.cache/unloop")
            return base.map { ProgramDiskCache(folder: $0.appendingPathComponent("opencl", isDirectory: true)) }
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
            guard let data = try? Data(contentsOf: file(key)) else { return nil }
            let bytes = [UInt8](data)
            guard bytes.count > Self.headerByteCount else { return nil }
            let payload = Array(bytes[Self.headerByteCount...])
            return Array(bytes[..<Self.headerByteCount]) == header(key, payload) ? payload : nil
        }

        /// Writes to a file of its own name first, so that readers and other writers see whole files only.
        package func store(_ payload: [UInt8], _ key: [UInt8]) {
            let manager = FileManager.default
            let target = file(key)
            let temporary = folder.appendingPathComponent(".\(UUID().uuidString).tmp")
            do {
                try manager.createDirectory(
                    at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
                try Data(header(key, payload) + payload).write(to: temporary)
                guard rename(temporary.path, target.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
            } catch {
                try? manager.removeItem(at: temporary)
            }
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
