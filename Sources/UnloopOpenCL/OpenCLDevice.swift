#if OpenCL
    import COpenCL
    import UnloopBackend

    /// What is known about one OpenCL device before it is opened.
    public struct OpenCLDevice: Sendable, Hashable {
        public enum Kind: Int, Sendable, Hashable, CaseIterable {
            case gpu, accelerator, cpu

            public var label: String {
                switch self {
                case .gpu: "GPU"
                case .accelerator: "accelerator"
                case .cpu: "CPU"
                }
            }
        }

        /// Which kernels suit the device. Wide vectors, no local memory and one item per work-group; or many items
        /// that share local memory.
        public enum Class: String, Sendable, Hashable, CaseIterable {
            case cpuLike, gpuLike
        }

        public let name: String
        /// `FULL_PROFILE`, or `EMBEDDED_PROFILE`.
        package var profile: String
        public let vendor: String
        public let platform: String
        public package(set) var deviceVersion: String
        public package(set) var driverVersion: String
        public let kind: Kind
        public let preferredClass: Class
        public package(set) var extensions: Set<String>
        public package(set) var computeUnits: Int
        /// How many floats the device's own vectors hold; 1 where work-items are the vector.
        public package(set) var vectorWidth: Int
        /// Floats in the vectors of kernels that are written in them, whatever the device is.
        var wideVector: Int { vectorWidth >= 16 ? 16 : vectorWidth >= 8 ? 8 : 4 }
        /// Bytes.
        public let globalMemory: Int
        public package(set) var localMemory: Int
        public package(set) var maximumAllocation: Int
        public package(set) var maximumWorkGroupSize: Int
        public package(set) var maximumWorkItemSizes: [Int]
        public package(set) var maximumParameterBytes: Int
        /// Groups of a launch along the second axis, and along the third: drivers do not tell, but GPUs of NVIDIA have no more.
        package var maximumGroups = 65535
        /// Why results may differ in bits from the other devices; empty when they may not.
        public package(set) var nonconformance: [String]
        let correctlyRoundedDivide: Bool
        let handle: DeviceHandle

        /// Whether the device follows the numerics contract: its results are the bits that every other device gives.
        public var isConformant: Bool { nonconformance.isEmpty }

        init(handle: DeviceHandle, platform: String) throws(OpenCLFailure) {
            let device = handle.raw
            func text(_ parameter: Int32) throws(OpenCLFailure) -> String {
                try deviceText(device, cl_device_info(bitPattern: parameter))
            }
            func number<T: BinaryInteger & BitwiseCopyable>(_ parameter: Int32, _ initial: T) throws(OpenCLFailure)
                -> Int
            {
                try Int(clamping: deviceValue(device, cl_device_info(bitPattern: parameter), initial))
            }
            self.handle = handle
            self.platform = platform
            name = try text(CL_DEVICE_NAME)
            vendor = try text(CL_DEVICE_VENDOR)
            deviceVersion = try text(CL_DEVICE_VERSION)
            driverVersion = try text(CL_DRIVER_VERSION)
            extensions = Set(try text(CL_DEVICE_EXTENSIONS).split(separator: " ").map(String.init))
            let type = try number(CL_DEVICE_TYPE, cl_device_type(0))
            kind = type & 4 != 0 ? .gpu : type & 8 != 0 ? .accelerator : .cpu
            // Zeros stand for what the driver does not know: at least one unit, groups of one item.
            computeUnits = max(1, try number(CL_DEVICE_MAX_COMPUTE_UNITS, cl_uint(0)))
            vectorWidth = max(1, try number(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, cl_uint(0)))
            let memory = try number(CL_DEVICE_GLOBAL_MEM_SIZE, cl_ulong(0))
            let allocation = try number(CL_DEVICE_MAX_MEM_ALLOC_SIZE, cl_ulong(0))
            // The least that OpenCL 1.2, table 4.3, allows: a quarter of the memory.
            maximumAllocation = allocation > 0 ? allocation : memory / 4
            globalMemory = memory > 0 ? memory : allocation
            if globalMemory == 0 { throw OpenCLFailure(reports: "no memory") }
            localMemory = try number(CL_DEVICE_LOCAL_MEM_SIZE, cl_ulong(0))
            maximumWorkGroupSize = max(1, try number(CL_DEVICE_MAX_WORK_GROUP_SIZE, 0))
            // 1024 is the least that OpenCL 1.2, table 4.3, allows.
            let parameterBytes = try number(CL_DEVICE_MAX_PARAMETER_SIZE, 0)
            maximumParameterBytes = parameterBytes > 0 ? parameterBytes : 1024
            maximumWorkItemSizes = try deviceValues(
                device, cl_device_info(bitPattern: CL_DEVICE_MAX_WORK_ITEM_SIZES), 3
            ).map { max(1, $0) }
            preferredClass = kind == .cpu ? .cpuLike : .gpuLike

            let float = cl_device_fp_config(try number(CL_DEVICE_SINGLE_FP_CONFIG, cl_device_fp_config(0)))
            correctlyRoundedDivide = float & Self.correctlyRoundedDivideBit != 0
            var reasons: [String] = []
            for (bit, reason) in Self.requiredBits where float & bit == 0 { reasons.append(reason) }
            if try number(CL_DEVICE_ENDIAN_LITTLE, cl_bool(0)) == 0 { reasons.append("is not little-endian") }
            nonconformance = reasons
            profile = try text(CL_DEVICE_PROFILE)
        }

        /// Why the device cannot be used at all; nil when it can.
        package var refusal: String? {
            if profile == "EMBEDDED_PROFILE" {
                return "it has the embedded profile of OpenCL, whose rounding and sizes are weaker than the contract's"
            }
            // "OpenCL 1.2 …" by the standard.
            let version = deviceVersion.split(separator: " ").dropFirst().first?.split(separator: ".") ?? []
            guard version.count == 2, let major = Int(version[0]), let minor = Int(version[1]) else {
                return "it does not say which version of OpenCL it has, but '\(deviceVersion)'"
            }
            return (major, minor) < (1, 2) ? "it has OpenCL \(major).\(minor), and 1.2 is needed" : nil
        }

        private static let correctlyRoundedDivideBit: cl_device_fp_config = 1 << 7
        private static let requiredBits: [(cl_device_fp_config, String)] = [
            (1 << 0, "flushes subnormal numbers"),
            (1 << 1, "has no infinity and NaN"),
            (1 << 2, "does not round to nearest"),
            (1 << 5, "has no fused multiply-add"),
            (correctlyRoundedDivideBit, "does not round division and square root correctly"),
        ]

        /// Bytes of parameters that a kernel may have; what the standard asks of every device where a driver tells none.
        var parameterBytes: Int { maximumParameterBytes > 0 ? maximumParameterBytes : 1024 }

        /// The option that limits the registers of a work-item, where the compiler has one.
        func registerOption(_ registers: Int?) -> String {
            guard let registers, extensions.contains("cl_nv_compiler_options") else { return "" }
            return " -cl-nv-maxrregcount=\(registers)"
        }

        /// PoCL, whose threads sleep and compile as other drivers' do not.
        private var isPoCL: Bool { platform == "Portable Computing Language" }

        /// Whether the driver keeps compiled programs on disk itself. Asking PoCL for a program's binary makes it compile
        /// every kernel once more, in a form that it does not run.
        var keepsPrograms: Bool { isPoCL }

        /// Whether starting a launch wakes sleeping threads of the device, which takes longer than all else about it.
        var wakesForEachLaunch: Bool { isPoCL && kind == .cpu }

        /// Whether the driver compiles a kernel to machine code only when it is launched with a work-group size for the
        /// first time.
        var compilesAtLaunch: Bool { isPoCL }

        /// Options that every program is built with: without warnings, which drivers write to standard error.
        var buildOptions: String {
            "-cl-std=CL1.2 -w" + (correctlyRoundedDivide ? " -cl-fp32-correctly-rounded-divide-sqrt" : "")
        }
    }

    /// A device identifier. Root devices are owned by their driver and live as long as the process.
    struct DeviceHandle: @unchecked Sendable, Hashable {
        let raw: cl_device_id
    }

    /// Bytes that a driver's answer may have; more are a mistake of the driver.
    let answerSizes = 0...(1 << 20)

    func deviceValue<T: BitwiseCopyable>(_ device: cl_device_id, _ parameter: cl_device_info, _ initial: T)
        throws(OpenCLFailure) -> T
    {
        var value = initial
        try check(clGetDeviceInfo(device, parameter, MemoryLayout<T>.size, &value, nil))
        return value
    }

    private func deviceValues(
        _ device: cl_device_id, _ parameter: cl_device_info, _ count: Int
    ) throws(OpenCLFailure) -> [Int] {
        var byteCount = 0
        try check(clGetDeviceInfo(device, parameter, 0, nil, &byteCount))
        guard answerSizes.contains(byteCount) else { throw OpenCLFailure(reports: "an answer of \(byteCount) bytes") }
        var values = [Int](repeating: 1, count: max(count, byteCount / MemoryLayout<Int>.stride))
        try check(clGetDeviceInfo(device, parameter, values.count * MemoryLayout<Int>.stride, &values, nil))
        return Array(values.prefix(count))
    }

    private func deviceText(_ device: cl_device_id, _ parameter: cl_device_info) throws(OpenCLFailure) -> String {
        var byteCount = 0
        try check(clGetDeviceInfo(device, parameter, 0, nil, &byteCount))
        guard answerSizes.contains(byteCount) else { throw OpenCLFailure(reports: "an answer of \(byteCount) bytes") }
        if byteCount == 0 { return "" }
        var bytes = [UInt8](repeating: 0, count: byteCount)
        try check(clGetDeviceInfo(device, parameter, byteCount, &bytes, nil))
        return cText(bytes)
    }

    /// A string that a driver filled in: up to the first zero, without spaces at its ends.
    func cText(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        guard let first = text.firstIndex(where: { !$0.isWhitespace }) else { return "" }
        let last = text.lastIndex { !$0.isWhitespace } ?? first
        return String(text[first...last])
    }
#endif
