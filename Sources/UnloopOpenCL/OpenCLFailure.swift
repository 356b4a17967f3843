#if OpenCL
    import COpenCL
    import UnloopBackend

    /// The error code of one OpenCL call, before it is known which operation it belongs to.
    struct OpenCLFailure: Error, Equatable {
        let code: cl_int
        /// What the driver answered that cannot be, where no call has failed.
        private let answer: String?

        init(_ code: cl_int) { (self.code, answer) = (code, nil) }

        /// A driver that reports what cannot be.
        init(reports answer: String) { (code, self.answer) = (CL_INVALID_VALUE, answer) }

        /// Codes by which drivers say that memory is short: CL_MEM_OBJECT_ALLOCATION_FAILURE, CL_OUT_OF_RESOURCES,
        /// CL_OUT_OF_HOST_MEMORY.
        var isOutOfMemory: Bool { code == -4 || code == -5 || code == -6 }

        /// Codes by which a driver says that its device is gone: CL_DEVICE_NOT_AVAILABLE, CL_INVALID_DEVICE, CL_INVALID_CONTEXT,
        /// CL_INVALID_COMMAND_QUEUE.
        var isLoss: Bool { code == -2 || code == -33 || code == -34 || code == -36 }

        /// Codes of a wait that failed itself, for want of memory, and says nothing about what was waited for:
        /// CL_MEM_OBJECT_ALLOCATION_FAILURE, CL_OUT_OF_HOST_MEMORY. By CL_OUT_OF_RESOURCES drivers also tell that a kernel failed.
        var saysNothingOfCommands: Bool { code == -4 || code == -6 }

        var name: String { answer.map { "it reports \($0)" } ?? Self.names[code] ?? "unknown OpenCL error" }

        func error(device: String, operation: String) -> BackendError {
            .driverFailed(device: device, operation: operation, code: Int(code), name: name)
        }

        private static let names: [cl_int: String] = [
            -1: "CL_DEVICE_NOT_FOUND", -2: "CL_DEVICE_NOT_AVAILABLE", -3: "CL_COMPILER_NOT_AVAILABLE",
            -4: "CL_MEM_OBJECT_ALLOCATION_FAILURE", -5: "CL_OUT_OF_RESOURCES", -6: "CL_OUT_OF_HOST_MEMORY",
            -7: "CL_PROFILING_INFO_NOT_AVAILABLE", -8: "CL_MEM_COPY_OVERLAP", -11: "CL_BUILD_PROGRAM_FAILURE",
            -12: "CL_MAP_FAILURE", -13: "CL_MISALIGNED_SUB_BUFFER_OFFSET",
            -14: "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST", -15: "CL_COMPILE_PROGRAM_FAILURE",
            -16: "CL_LINKER_NOT_AVAILABLE", -17: "CL_LINK_PROGRAM_FAILURE", -19: "CL_KERNEL_ARG_INFO_NOT_AVAILABLE",
            -30: "CL_INVALID_VALUE", -31: "CL_INVALID_DEVICE_TYPE", -32: "CL_INVALID_PLATFORM",
            -33: "CL_INVALID_DEVICE", -34: "CL_INVALID_CONTEXT", -35: "CL_INVALID_QUEUE_PROPERTIES",
            -36: "CL_INVALID_COMMAND_QUEUE", -37: "CL_INVALID_HOST_PTR", -38: "CL_INVALID_MEM_OBJECT",
            -42: "CL_INVALID_BINARY", -43: "CL_INVALID_BUILD_OPTIONS", -44: "CL_INVALID_PROGRAM",
            -45: "CL_INVALID_PROGRAM_EXECUTABLE", -46: "CL_INVALID_KERNEL_NAME", -48: "CL_INVALID_KERNEL",
            -49: "CL_INVALID_ARG_INDEX", -50: "CL_INVALID_ARG_VALUE", -51: "CL_INVALID_ARG_SIZE",
            -52: "CL_INVALID_KERNEL_ARGS", -53: "CL_INVALID_WORK_DIMENSION", -54: "CL_INVALID_WORK_GROUP_SIZE",
            -55: "CL_INVALID_WORK_ITEM_SIZE", -56: "CL_INVALID_GLOBAL_OFFSET", -57: "CL_INVALID_EVENT_WAIT_LIST",
            -58: "CL_INVALID_EVENT", -59: "CL_INVALID_OPERATION", -61: "CL_INVALID_BUFFER_SIZE",
            -63: "CL_INVALID_GLOBAL_WORK_SIZE", -64: "CL_INVALID_PROPERTY", -66: "CL_INVALID_COMPILER_OPTIONS",
            -1001: "CL_PLATFORM_NOT_FOUND_KHR",
        ]
    }

    /// Throws unless the call succeeded.
    func check(_ code: cl_int) throws(OpenCLFailure) {
        if code != CL_SUCCESS { throw OpenCLFailure(code) }
    }
#endif
