#if Formats
    import Foundation
    import Testing
    import UnloopBackend
    import UnloopData
    import UnloopFormats

    /// Small files that would become large are refused before they take the memory for it; measured in processes of their own.
    @Suite(.serialized) struct BombTests {
        private static func kilobytes(_ name: String) -> Int {
            let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
            let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
            return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0
        }

        /// How many kibibytes a body takes at most.
        private static func peak(_ body: () -> Void) -> Int {
            // 5 resets the peak (proc_pid_clear_refs(5)).
            let reset = open("/proc/self/clear_refs", O_WRONLY)
            _ = write(reset, "5", 1)
            close(reset)
            let before = kilobytes("VmRSS")
            body()
            require(before > 0, "nothing was measured")
            return kilobytes("VmHWM") - before
        }

        private static func unsupported(_ error: DataError?) -> Bool {
            if case .unsupported = error { true } else { false }
        }

        @Test func gzip() async {
            await #expect(processExitsWith: .success) {
                let zeros = GzipFile(content: [UInt8](repeating: 0, count: 200 << 20))
                guard let bomb = try? zeros.data(level: 9) else { fatalError("it cannot be made") }
                require(bomb.count < 250_000, "\(bomb.count) bytes")
                let used = Self.peak {
                    let error = dataError { () throws(DataError) in
                        try GzipFile(bytes: bomb, name: "bomb", maximumBytes: 4 << 20)
                    }
                    require(Self.unsupported(error), "\(String(describing: error))")
                }
                require(used < 14 << 10, "\(used) KiB")
            }
        }

        @Test func npz() async {
            await #expect(processExitsWith: .success) {
                let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
                defer { try? FileManager.default.removeItem(atPath: path) }
                let array = NPYFile(shape: [50 << 20], elements: .float32([Float](repeating: 0, count: 50 << 20)))
                do { try NPZFile(["a": array]).write(to: path, isCompressed: true) } catch { fatalError("\(error)") }
                let used = Self.peak {
                    let error = dataError { () throws(DataError) in
                        try NPZFile(path: path, maximumBytes: 100 << 20)
                    }
                    require(Self.unsupported(error), "\(String(describing: error))")
                }
                require(used < 2 << 10, "\(used) KiB")
            }
        }

        @Test func png() async {
            await #expect(processExitsWith: .success) {
                let black = Bitmap(
                    width: 10_000, height: 10_000, samples: [UInt8](repeating: 0, count: 100_000_000))
                guard let bomb = try? black.compressedPNGData(level: 9) else { fatalError("it cannot be made") }
                require(bomb.count < 150_000, "\(bomb.count) bytes")
                let used = Self.peak {
                    let error = dataError { () throws(DataError) in
                        try Bitmap(png: bomb, name: "bomb", maximumPixels: 99_999_999)
                    }
                    require(Self.unsupported(error), "\(String(describing: error))")
                }
                require(used < 2 << 10, "\(used) KiB")
                // Half of the file: what it does not reach is not touched.
                let half = Array(bomb.prefix(bomb.count / 16))
                let usedByHalf = Self.peak {
                    let error = dataError { () throws(DataError) in try Bitmap(png: half, name: "half") }
                    require(error != nil, "half of a file is read")
                }
                require(usedByHalf < 12 << 10, "\(usedByHalf) KiB")
            }
        }

        /// Stored arrays take no memory besides their elements, which are four times the file where bytes become int32.
        @Test func storedArrays() async {
            await #expect(processExitsWith: .success) {
                let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
                defer { try? FileManager.default.removeItem(atPath: path) }
                let array = NPYFile(shape: [4 << 20], elements: .float32([Float](repeating: 1, count: 4 << 20)))
                do { try NPZFile(["a": array]).write(to: path) } catch { fatalError("\(error)") }
                let used = Self.peak {
                    let error = dataError { () throws(DataError) in try NPZFile(path: path) }
                    require(error == nil, "\(String(describing: error))")
                }
                require(used < 20 << 10, "\(used) KiB for a file of 16 MiB")
            }
        }
    }
#endif
