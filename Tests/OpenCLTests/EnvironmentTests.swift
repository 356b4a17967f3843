#if OpenCL
    import Testing
    import UnloopBackend
    import UnloopOpenCL

    /// Variables of the environment that mean nothing are errors that say what would.
    @Suite struct EnvironmentTests {
        private static func variable(_ value: String?) -> EnvironmentVariable {
            EnvironmentVariable("UNLOOP_X", device: "opencl", environment: value.map { ["UNLOOP_X": $0] } ?? [:])
        }

        private static func text(_ body: () throws(BackendError) -> Void) -> String {
            do throws(BackendError) {
                try body()
                return ""
            } catch {
                guard case .deviceUnavailable = error else { return "" }
                return "\(error)"
            }
        }

        @Test func choicesAreListed() throws {
            let none: OpenCLDevice.Class? = try Self.variable(nil).choice()
            let empty: OpenCLDevice.Class? = try Self.variable("").choice()
            let gpu: OpenCLDevice.Class? = try Self.variable("gpuLike").choice()
            #expect(none == nil && empty == nil && gpu == .gpuLike)
            let text = Self.text { () throws(BackendError) in
                let _: OpenCLDevice.Class? = try Self.variable("nonsense").choice()
            }
            for part in ["UNLOOP_X", "nonsense", "cpuLike", "gpuLike", "unset"] {
                #expect(text.contains(part), "\(text)")
            }
        }

        @Test(arguments: ["-1", "0", "11", "1e3", "many", " 5", "99999999999999999999"])
        func numbersHaveARange(text: String) throws {
            #expect(try Self.variable("5").integer("bytes", in: 1...10) == 5)
            #expect(try Self.variable(nil).integer("bytes", in: 1...10) == nil)
            let message = Self.text { () throws(BackendError) in
                _ = try Self.variable(text).integer("bytes", in: 1...10)
            }
            #expect(message.contains("bytes") && message.contains("from 1 to 10"), "\(message)")
        }

        @Test func flagsAreOneOrZero() throws {
            #expect(try Self.variable("1").flag())
            #expect(try !Self.variable("0").flag() && !Self.variable(nil).flag() && !Self.variable("").flag())
            #expect(Self.text { () throws(BackendError) in _ = try Self.variable("yes").flag() }.contains("1 or 0"))
        }

        @Test func foldersBeginAtTheRoot() throws {
            #expect(try Self.variable("/tmp").folder() == "/tmp")
            #expect(Self.text { () throws(BackendError) in _ = try Self.variable("tmp").folder() }.contains("/"))
            #expect(throws: BackendError.self) {
                try ProgramDiskCache.standard(environment: ["UNLOOP_CACHE_DIR": "relative", "HOME": "/c"])
            }
            #expect(throws: BackendError.self) {
                try ProgramDiskCache.standard(environment: ["UNLOOP_CACHE_LIMIT": "-5", "HOME": "/c"])
            }
        }
    }
#endif
