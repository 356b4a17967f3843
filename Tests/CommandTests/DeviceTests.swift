import Foundation
import Testing

@Suite struct DeviceTests {
    @Test func devicesAreListedInJSON() throws {
        let result = try unloop("devices", "--format", "json")
        #expect(result.status == 0)
        let json = try result.json()
        #expect(json["schema"] as? Int == 1)
        let devices = try #require(json["devices"] as? [[String: Any]])
        #expect(devices.prefix(2).compactMap { $0["device"] as? String } == ["loop", "cpu"])
        for device in devices {
            #expect(Set(device.keys).isSuperset(of: ["hardware", "name", "driver", "memory_bytes", "same_bits"]))
        }
    }

    @Test func aProcessorIsNeverShownAsAGPU() throws {
        let devices = try #require(try unloop("devices", "--format", "json").json()["devices"] as? [[String: Any]])
        for device in devices where (device["driver"] as? String)?.hasPrefix("Portable Computing Language") == true {
            #expect(device["hardware"] as? String == "CPU")
        }
    }

    @Test func theEnvironmentChoosesTheInstructionSet() throws {
        let result = try unloop("devices", environment: ["UNLOOP_CPU_ISA": "portable"])
        #expect(result.status == 0)
        #expect(result.output.contains("portable"))
    }

    @Test(
        "a variable of the processor that means nothing is an error that names its choices",
        arguments: [
            ("UNLOOP_CPU_ISA", "mmx", "portable"), ("UNLOOP_THREADS", "0", "from 1 to 1024"),
            ("UNLOOP_THREADS", "all", "from 1 to 1024"), ("UNLOOP_CPU_INTERPRET", "yes", "1 or 0"),
            ("UNLOOP_POISON_MEMORY", "on", "1 or 0"),
        ])
    func variablesOfTheProcessorAreChecked(name: String, value: String, choices: String) throws {
        let result = try unloop(
            "check", "--device", "cpu", "--size", "tiny", "--family", "scan", environment: [name: value])
        #expect(result.status == 1)
        for part in [name, value, choices] { #expect(result.errors.contains(part), "\(result.errors)") }
    }

    #if OpenCL
        @Test(
            "a variable that means nothing is an error that names its choices",
            arguments: [
                ("UNLOOP_OPENCL_CLASS", "nonsense", "gpuLike"), ("UNLOOP_OPENCL_MEMORY_LIMIT", "much", "bytes"),
                ("UNLOOP_OPENCL_INTERPRETED_ELEMENTS", "-1", "elements"), ("UNLOOP_CACHE_LIMIT", "1 GB", "bytes"),
                ("UNLOOP_CACHE_DIR", "here", "begins with /"), ("UNLOOP_ALLOW_NONCONFORMING", "yes", "1 or 0"),
            ])
        func variablesAreChecked(name: String, value: String, choices: String) throws {
            let result = try unloop(
                "check", "--device", "opencl", "--size", "tiny", "--family", "scan", environment: [name: value])
            #expect(result.status == 1)
            for part in [name, value, choices] { #expect(result.errors.contains(part), "\(result.errors)") }
        }

        @Test(
            "without a home OpenCL works, and nothing is written to the root of the file system",
            arguments: ["", "/proc"])
        func thereMayBeNoHome(home: String) throws {
            let before = try Set(FileManager.default.contentsOfDirectory(atPath: "/"))
            let variables = ["HOME": home, "XDG_CACHE_HOME": "", "POCL_CACHE_DIR": "", "UNLOOP_CACHE_DIR": ""]
            let result = try unloop(
                "check", "--device", "opencl", "--size", "tiny", "--family", "scan", environment: variables)
            #expect(result.status == 0, "\(result.errors)")
            #expect(try Set(FileManager.default.contentsOfDirectory(atPath: "/")).subtracting(before).isEmpty)
        }
    #endif

    @Test func theDoctorNamesWhatIsMissing() throws {
        // No driver at all: the loader finds an empty folder.
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let result = try unloop("doctor", environment: ["OCL_ICD_VENDORS": folder.path])
        #expect(result.output.contains("processor"))
        #expect(result.output.contains("pocl-opencl-icd") || result.output.contains("built without it"))
    }

    @Test func nothingIsColouredOutsideATerminal() throws {
        for environment in [[:], ["NO_COLOR": "1"]] {
            let result = try unloop("devices", environment: environment)
            #expect(!result.output.contains("\u{1b}") && !result.errors.contains("\u{1b}"))
        }
    }
}

@Suite struct CheckTests {
    @Test func theProcessorHasTheLoopsBits() throws {
        let result = try unloop("check", "--device", "cpu", "--size", "tiny", "--format", "json")
        #expect(result.status == 0, "\(result.errors)")
        let results = try #require(try result.json()["results"] as? [[String: Any]])
        #expect(results.contains { $0["family"] as? String == "matmul" })
        for family in results {
            #expect(try #require(family["total"] as? Int) > 0)
            #expect(family["agreeing"] as? Int == family["total"] as? Int)
        }
    }

    @Test func theLoopIsNotComparedWithItself() throws {
        let result = try unloop("check", "--device", "loop")
        #expect(result.status == 2)
        #expect(result.errors.contains("cpu"))
    }
}
