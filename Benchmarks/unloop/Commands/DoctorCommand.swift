import Foundation
import UnloopBackend
import UnloopCPU

#if OpenCL
    import UnloopOpenCL
#endif

/// `unloop doctor`
enum DoctorCommand {
    static let command = Command(
        name: "doctor", summary: "Says what is installed, what is missing, and what to do.", options: [],
        notes: "Exit status 1 when something is missing that a device needs.", run: run)

    /// One thing that was looked at.
    private struct Finding {
        enum Level { case good, hint, problem }
        let level: Level
        let subject: String
        let text: String
        /// What to do about it.
        var remedy: String?
    }

    private static func run(_: Arguments) throws -> Int32 {
        var findings = processor()
        #if OpenCL
            findings += loader() + drivers() + devices() + caches()
        #else
            findings.append(
                Finding(
                    level: .hint, subject: "OpenCL",
                    text: "this program was built without it (--disable-default-traits)",
                    remedy: "build with the trait OpenCL to use GPUs"))
        #endif
        let width = findings.map(\.subject.count).max() ?? 0
        for finding in findings {
            let mark =
                switch finding.level {
                case .good: "✓"
                case .hint: "–"
                case .problem: Terminal.red("✗")
                }
            Terminal.print("\(mark) \(finding.subject.padding(to: width))  \(finding.text)")
            if let remedy = finding.remedy {
                Terminal.print(String(repeating: " ", count: width + 4) + "→ " + remedy)
            }
        }
        return findings.contains { $0.level == .problem } ? 1 : 0
    }

    private static func processor() -> [Finding] {
        do throws(BackendError) {
            let backend = try CPUBackend.shared()
            let sets = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
            return [
                Finding(level: .good, subject: "processor", text: HostContext.processorModel),
                Finding(
                    level: .good, subject: "instruction set",
                    text: "\(backend.instructionSet.rawValue) (available: \(sets))"),
                Finding(
                    level: .good, subject: "threads", text: "\(backend.threadCount) of \(HostContext.processorCount)"),
                CPUBackend.kernelsAreOptimized
                    ? Finding(level: .good, subject: "kernels", text: "compiled with optimization")
                    : Finding(
                        level: .hint, subject: "kernels",
                        text: "compiled without optimization: .cpu is some twenty times slower",
                        remedy: "build with -Xcc -O3 or with -c release"),
            ]
        } catch {
            return [Finding(level: .problem, subject: "processor", text: "\(error)")]
        }
    }

    #if OpenCL
        private static func loader() -> [Finding] {
            // The program is linked with the loader, so it is there; which one it is tells people where to look.
            // This file has no size, so it is read to its end.
            let maps = try? FileHandle(forReadingAtPath: "/proc/self/maps")?.readToEnd()
            let line = String(decoding: maps ?? Data(), as: UTF8.self).split(separator: "\n").first {
                $0.contains("/libOpenCL.so")
            }
            guard let path = line?.split(separator: " ").last else { return [] }
            return [Finding(level: .good, subject: "OpenCL loader", text: String(path))]
        }

        /// The files by which loaders find drivers (https://registry.khronos.org/OpenCL/extensions/khr/cl_khr_icd.html).
        private static func drivers() -> [Finding] {
            let environment = ProcessInfo.processInfo.environment
            if let vendors = environment["OCL_ICD_VENDORS"] ?? environment["OPENCL_VENDOR_PATH"] {
                return [Finding(level: .hint, subject: "drivers", text: "chosen by the environment: \(vendors)")]
            }
            let folder = "/etc/OpenCL/vendors"
            let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
                $0.hasSuffix(".icd")
            }
            var findings: [Finding] = files.sorted().map { file in
                let text = (try? String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)) ?? ""
                let library = text.trimmingCharacters(in: .whitespacesAndNewlines)
                return Finding(level: .good, subject: "driver", text: "\(folder)/\(file): \(library)")
            }
            if !files.contains(where: { $0.contains("nvidia") }), SharedLibrary("libnvidia-opencl.so.1") != nil {
                findings.append(
                    Finding(
                        level: .problem, subject: "driver",
                        text: "NVIDIA's libnvidia-opencl.so.1 is here, but no file names it",
                        remedy:
                            "echo libnvidia-opencl.so.1 > \(folder)/nvidia.icd, or set OCL_ICD_VENDORS=libnvidia-opencl.so.1"
                    ))
            }
            return findings
        }

        private static func devices() -> [Finding] {
            let platforms: [OpenCLPlatform]
            do throws(BackendError) {
                platforms = try OpenCLDevice.platforms()
            } catch {
                return [finding(error)]
            }
            var findings: [Finding] = []
            for platform in platforms {
                let devices = platform.devices
                // What follows two spaces are the driver's own build settings.
                let version = platform.version.split(separator: "  ").first.map(String.init) ?? ""
                if let problem = platform.problem {
                    findings.append(Finding(level: .hint, subject: "platform", text: "\(platform.name): \(problem)"))
                }
                for device in devices {
                    let kind = device.kind == .cpu ? "CPU, not a GPU" : device.kind.label
                    let proof = DevicesCommand.proof(of: device)
                    let isGood = proof.isUsable && proof.differences.isEmpty
                    let remedy =
                        proof.problem.map { "\($0)" }
                        ?? (isGood
                            ? nil
                            : "admitted by UNLOOP_ALLOW_NONCONFORMING=1, may give other bits than other devices: "
                                + proof.differences.joined(separator: ", "))
                    findings.append(
                        Finding(
                            level: isGood ? .good : proof.isUsable ? .hint : .problem, subject: "OpenCL device",
                            text: "\(device.name) (\(kind); \(platform.name), \(version))"
                                + (isGood ? ", gives the contract's bits" : ""),
                            remedy: remedy))
                }
            }
            if platforms.allSatisfy(\.devices.isEmpty) {
                do throws(BackendError) { _ = try OpenCLDevice.all() } catch { findings.append(finding(error)) }
            }
            return findings
        }

        private static func finding(_ error: BackendError) -> Finding {
            if case .deviceUnavailable(_, let reason, let remedy) = error {
                return Finding(level: .problem, subject: "OpenCL device", text: reason, remedy: remedy)
            }
            return Finding(level: .problem, subject: "OpenCL device", text: "\(error)")
        }

        /// Compiled programs are kept in files; without them every start compiles anew.
        private static func caches() -> [Finding] {
            let environment = ProcessInfo.processInfo.environment
            var findings: [Finding] = []
            do throws(BackendError) {
                if let programs = try ProgramDiskCache.standard() {
                    let size = Text.fixed(Double(programs.byteCount) / 0x1p20, 0)
                    findings.append(
                        cache(
                            "program cache", programs.folder.deletingLastPathComponent().path,
                            variable: "UNLOOP_CACHE_DIR",
                            size: "\(size) of at most \(programs.limit >> 20) MiB of programs"))
                } else {
                    findings.append(
                        Finding(
                            level: .hint, subject: "program cache",
                            text: CacheFolder.url(environment: environment) == nil
                                ? "HOME names no folder: compiled programs are not kept, every start compiles them anew"
                                : "UNLOOP_CACHE_LIMIT is 0: compiled programs are not kept, every start compiles them anew",
                            remedy:
                                "set HOME, or UNLOOP_CACHE_DIR, to a folder that can be written, and UNLOOP_CACHE_LIMIT to no 0"
                        ))
                }
            } catch {
                findings.append(Finding(level: .problem, subject: "program cache", text: "\(error)"))
            }
            // As PoCL finds it; where the environment names none, it was given a folder for temporary files.
            func named(_ variable: String) -> String? { environment[variable].flatMap { $0.isEmpty ? nil : $0 } }
            let chosen = getenv("POCL_CACHE_DIR").map { String(cString: $0) }
            let base = named("XDG_CACHE_HOME") ?? (named("HOME") ?? "") + "/.cache"
            findings.append(
                cache("PoCL's cache", chosen ?? base + "/pocl", variable: "POCL_CACHE_DIR", size: nil))
            return findings
        }

        private static func cache(_ subject: String, _ path: String, variable: String, size: String?) -> Finding {
            var existing = URL(fileURLWithPath: path)
            while !FileManager.default.fileExists(atPath: existing.path), existing.path != "/" {
                existing.deleteLastPathComponent()
            }
            // access(2) says yes to root even on read-only file systems only if they are writable, so it is enough.
            if access(existing.path, W_OK) == 0 {
                return Finding(level: .good, subject: subject, text: path + (size.map { " (\($0))" } ?? ""))
            }
            return Finding(
                level: .problem, subject: subject, text: "\(path) cannot be written",
                remedy: "make it writable, or set \(variable) to a folder that is")
        }
    #endif
}
