/// Whatever the outside world can make go wrong in a backend. Every text says what to do.
public enum BackendError: Error, Equatable, Sendable {
    /// No such device, or no driver for one.
    case deviceUnavailable(device: String, reason: String, remedy: String)
    /// The device has no room for `bytes` more.
    case outOfMemory(device: String, bytes: Int, limit: Int)
    /// The device cannot run this operation: an element type or a size that it does not have.
    case unsupported(device: String, operation: String, reason: String)
    /// A kernel did not compile; `log` is the compiler's own text.
    case buildFailed(device: String, kernel: String, log: String)
    /// The driver reported an error. Where it does so late, every result since the last wait that went well carries it.
    case driverFailed(device: String, operation: String, code: Int, name: String)
    /// The device or its connection broke down, or it was opened anew: everything that it held is gone.
    case deviceLost(device: String, reason: String)
    /// The device does not give the bits that the contract of Numerics.md asks for: `work` is what differed. Nothing of it is used,
    /// unless the environment says `UNLOOP_ALLOW_NONCONFORMING=1`.
    case nonconforming(device: String, work: String)
    /// An index given to gather or scatter lies outside `0..<bound`.
    case indexOutOfRange(operation: String, bound: Int)
    /// A checking device found an operation for which its two devices give different bits.
    indirect case bitsDiffer(OperationDifference)
}

extension BackendError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .deviceUnavailable(let device, let reason, let remedy):
            "\(device) is not available: \(reason). \(remedy)"
        case .outOfMemory(let device, let bytes, let limit):
            "\(device) has no room for \(bytes) more bytes (limit \(limit)); free tensors, use smaller batches, or "
                + "another device"
        case .unsupported(let device, let operation, let reason):
            "\(device) cannot run \(operation): \(reason)"
        case .buildFailed(let device, let kernel, let log):
            "\(device) could not build the kernel \(kernel); the compiler said:\n\(log)"
        case .driverFailed(let device, let operation, let code, let name):
            "\(device) failed in \(operation): \(name) (\(code)); run `unloop doctor` to check the driver"
        case .deviceLost(let device, let reason):
            "\(device) no longer has this: \(reason). Call reset() on the device unless that was done, and make or load its tensors "
                + "anew; other devices go on"
        case .nonconforming(let device, let work):
            "\(device) does not give the bits that every device must give, so it is not used: \(work). Update its driver, unset what "
                + "changes the options of its compiler, or choose another device; UNLOOP_ALLOW_NONCONFORMING=1 uses it all the same, "
                + "with results that may differ"
        case .indexOutOfRange(let operation, let bound):
            "\(operation) was given an index outside 0..<\(bound)"
        case .bitsDiffer(let difference):
            "two devices give different bits: \(difference). One of them is wrong: `unloop check` compares each with the loop; update the "
                + "driver of the one that differs there, or choose another device"
        }
    }
}
