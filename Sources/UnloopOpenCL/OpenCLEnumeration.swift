#if OpenCL
    import COpenCL
    import Synchronization
    import UnloopBackend

    /// What one platform (one installed driver) answered when it was asked for its devices.
    public struct OpenCLPlatform: Sendable {
        public let name: String
        public let version: String
        public let devices: [OpenCLDevice]
        /// What went wrong with this platform or one of its devices, if anything did.
        public let problem: String?
    }

    /// One question at a time: PoCL 3.1 sets itself up at the first one, and answers of meanwhile end the process.
    private let askingDrivers = Mutex(())

    extension OpenCLDevice {
        /// Every device of every platform: GPUs, then accelerators, then CPUs, each by vendor and name. A platform or
        /// device that fails is left out; `platforms()` tells why.
        ///
        /// - Throws: `deviceUnavailable` when there is none, naming what to install.
        public static func all() throws(BackendError) -> [OpenCLDevice] { try survey().devices }

        /// The same, and whether no driver and no device failed: those that did may answer when they are asked again.
        package static func survey() throws(BackendError) -> (devices: [OpenCLDevice], isComplete: Bool) {
            let platforms = try platforms()
            let devices = platforms.flatMap(\.devices)
            if devices.isEmpty {
                let problems = platforms.map { "\($0.name): \($0.problem ?? "no devices")" }
                throw .deviceUnavailable(
                    device: "OpenCL",
                    reason: "no installed driver has a device (" + problems.joined(separator: "; ") + ")",
                    remedy: installRemedy)
            }
            return (inStableOrder(devices), platforms.allSatisfy { $0.problem == nil })
        }

        /// GPU, accelerator, CPU; then vendor; then name. Equal devices keep the order in which drivers list them.
        static func inStableOrder(_ devices: [OpenCLDevice]) -> [OpenCLDevice] {
            devices.enumerated().sorted { left, right in
                let (a, b) = (left.element, right.element)
                return (a.kind.rawValue, a.vendor, a.name, left.offset) < (
                    b.kind.rawValue, b.vendor, b.name, right.offset
                )
            }.map(\.element)
        }

        /// Every installed driver with its devices or its problem. A driver that fails does not hide the others.
        ///
        /// - Throws: `deviceUnavailable` when no driver is installed at all.
        public static func platforms() throws(BackendError) -> [OpenCLPlatform] {
            DriverProcess.noteFirstCall()
            // Before the lock, which another thread may have held when the process was forked.
            if DriverProcess.isForkedChild { throw DriverProcess.forkedError("OpenCL", "listing devices") }
            _ = DriverCacheFolder.isReady
            return try askingDrivers.withLock { _ in Result { () throws(BackendError) in try askPlatforms() } }.get()
        }

        private static func askPlatforms() throws(BackendError) -> [OpenCLPlatform] {
            var count: cl_uint = 0
            var code = clGetPlatformIDs(0, nil, &count)
            count = min(count, mostAnswers)
            var identifiers = [cl_platform_id?](repeating: nil, count: Int(count))
            if code == CL_SUCCESS && count > 0 { code = clGetPlatformIDs(count, &identifiers, &count) }
            guard code == CL_SUCCESS, count > 0 else {
                throw noDriver(code == CL_SUCCESS ? -1001 : code)
            }
            return identifiers.compactMap(\.self).map(describe)
        }

        /// More platforms or devices than this are a mistake of the driver.
        private static let mostAnswers: cl_uint = 1024

        /// What the loader's answer to the question for platforms means.
        package static func noDriver(_ code: cl_int) -> BackendError {
            let failure = OpenCLFailure(code)
            return .deviceUnavailable(
                device: "OpenCL", reason: "the loader found no driver: \(failure.name) (\(failure.code))",
                remedy: installRemedy)
        }

        private static let installRemedy =
            "Install the vendor's driver for a GPU (for NVIDIA, a driver that brings libnvidia-opencl.so.1 and a file in "
            + "/etc/OpenCL/vendors), or `apt-get install ocl-icd-libopencl1 pocl-opencl-icd` for a device that runs on "
            + "the CPU; `unloop doctor` shows what is there."

        private static func describe(_ platform: cl_platform_id) -> OpenCLPlatform {
            let known = platformText(platform, CL_PLATFORM_NAME)
            let name = known ?? "a driver that does not tell its name"
            let version = platformText(platform, CL_PLATFORM_VERSION) ?? ""
            func result(_ devices: [OpenCLDevice], _ problem: String?) -> OpenCLPlatform {
                OpenCLPlatform(name: name, version: version, devices: devices, problem: problem)
            }
            // How a device is used depends on its driver's name.
            if known == nil { return result([], "does not tell its name") }
            // CL_DEVICE_TYPE_ALL; custom devices have no compiler and are left out below.
            let everyType: cl_device_type = 0xFFFF_FFFF
            var count: cl_uint = 0
            var code = clGetDeviceIDs(platform, everyType, 0, nil, &count)
            if code == CL_DEVICE_NOT_FOUND || (code == CL_SUCCESS && count == 0) {
                return result([], "has no devices (an unwritable kernel cache folder looks the same with PoCL)")
            }
            count = min(count, mostAnswers)
            var identifiers = [cl_device_id?](repeating: nil, count: Int(count))
            if code == CL_SUCCESS { code = clGetDeviceIDs(platform, everyType, count, &identifiers, &count) }
            guard code == CL_SUCCESS else {
                let failure = OpenCLFailure(code)
                return result([], "does not list its devices: \(failure.name) (\(code))")
            }
            var devices: [OpenCLDevice] = []
            var problem: String?
            for identifier in identifiers.prefix(Int(count)) {
                guard let identifier else { continue }
                do throws(OpenCLFailure) {
                    let parameters = [CL_DEVICE_AVAILABLE, CL_DEVICE_COMPILER_AVAILABLE]
                    for parameter in parameters {
                        let available = try deviceValue(identifier, cl_device_info(bitPattern: parameter), cl_bool(0))
                        if available == 0 { throw OpenCLFailure(parameter == CL_DEVICE_AVAILABLE ? -2 : -3) }
                    }
                    devices.append(try OpenCLDevice(handle: DeviceHandle(raw: identifier), platform: name))
                } catch {
                    problem = "a device cannot be used: \(error.name) (\(error.code))"
                }
            }
            return result(devices, problem)
        }

        private static func platformText(_ platform: cl_platform_id, _ parameter: Int32) -> String? {
            var byteCount = 0
            let name = cl_platform_info(bitPattern: parameter)
            guard clGetPlatformInfo(platform, name, 0, nil, &byteCount) == CL_SUCCESS, answerSizes.contains(byteCount)
            else { return nil }
            var bytes = [UInt8](repeating: 0, count: byteCount)
            guard clGetPlatformInfo(platform, name, byteCount, &bytes, nil) == CL_SUCCESS else { return nil }
            return cText(bytes)
        }
    }
#endif
