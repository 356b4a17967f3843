import Synchronization
import UnloopBackend
import UnloopCPU
import UnloopLoop

#if OpenCL
    import UnloopOpenCL
#endif

/// Where tensors live and operations run. Every device gives the same bits; they differ in speed only.
///
/// Nothing ever moves to another device by itself: operations on tensors of different devices trap, and an explicit
/// device that is missing throws. Only `best` chooses. There is one backend for each device, opened at first use.
public struct Device: Sendable {
    final class Entry: @unchecked Sendable {
        let label: String
        let kind: BackendKind
        /// The hardware's name if it is known without opening the device.
        let hardware: String?
        let isOpenCLCPU: Bool
        /// What a checking device has found.
        let checks: CheckLog?
        private let make: @Sendable () throws(BackendError) -> any Backend
        /// Written under `making`, and read without a lock at each operation: `AtomicLazyReference` would be read in a way that is not
        /// specialized, and a stored reference could not be read while it changes.
        private let newest = Atomic<Unmanaged<Opened>?>(nil)
        private let making = Mutex(())

        /// A backend, and the one whose place it took when the device was reset: operations that began with that go on with it.
        fileprivate final class Opened: Sendable {
            let backend: any Backend
            let former: Opened?

            init(_ backend: any Backend, former: Opened?) { (self.backend, self.former) = (backend, former) }
        }

        init(
            label: String, kind: BackendKind, hardware: String? = nil, isOpenCLCPU: Bool = false,
            checks: CheckLog? = nil,
            make: @escaping @Sendable () throws(BackendError) -> any Backend
        ) {
            self.label = label
            self.kind = kind
            self.hardware = hardware
            self.isOpenCLCPU = isOpenCLCPU
            self.checks = checks
            self.make = make
        }

        deinit { newest.load(ordering: .acquiring)?.release() }

        /// The backend, opened once; a device that cannot be opened is tried again at the next use.
        @inline(__always)
        func backend() throws(BackendError) -> any Backend {
            if let backend = openedBackend { return backend }
            return try open()
        }

        @inline(__always)
        fileprivate var opened: Unmanaged<Opened>? { newest.load(ordering: .acquiring) }

        @inline(__always)
        fileprivate var openedBackend: (any Backend)? {
            opened?._withUnsafeGuaranteedRef { $0.backend }
        }

        @inline(never)
        private func open() throws(BackendError) -> any Backend {
            try requireOpenable()
            let result: Result<any Backend, BackendError> = making.withLock { _ in
                if let opened = newest.load(ordering: .acquiring) {
                    return .success(opened.takeUnretainedValue().backend)
                }
                do throws(BackendError) {
                    let backend = try make()
                    newest.store(.passRetained(Opened(backend, former: nil)), ordering: .releasing)
                    return .success(backend)
                } catch {
                    return .failure(error)
                }
            }
            return try result.get()
        }

        /// Opens the device anew, if it was open.
        func reset() throws(BackendError) {
            try requireOpenable()
            let result: Result<Void, BackendError> = making.withLock { _ in
                guard let opened = newest.load(ordering: .acquiring) else { return .success(()) }
                let old = opened.takeUnretainedValue()
                do throws(BackendError) {
                    let backend = try make()
                    if backend === old.backend { return .success(()) }
                    #if OpenCL
                        (old.backend as? OpenCLBackend)?.retire()
                    #endif
                    // The new one owns the old one instead.
                    newest.store(.passRetained(Opened(backend, former: old)), ordering: .releasing)
                    opened.release()
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
            try result.get()
        }

        /// Before a lock that another thread may have held when the process was forked.
        private func requireOpenable() throws(BackendError) {
            #if OpenCL
                if kind == .opencl && OpenCLBackend.isForkedChild { _ = try make() }
            #endif
        }
    }

    /// Not counted: every tensor has one, and threads that work with the same tensors would take the count's cache line from each other.
    private let uncounted: Unmanaged<Entry>
    /// Keeps the entry of a device of one's own. Those of all others live as long as the process.
    private let owner: Entry?

    var entry: Entry { uncounted.takeUnretainedValue() }

    /// A device of your own, from a backend of your own.
    public init(_ backend: any Backend, label: String) {
        self.init(own: Entry(label: label, kind: backend.kind) { () throws(BackendError) in backend })
    }

    /// A device that lives as long as somebody has it.
    init(own entry: Entry) { (uncounted, owner) = (.passUnretained(entry), entry) }

    /// A device that lives as long as the process.
    init(_ entry: Entry) {
        uncounted = .passRetained(entry)
        owner = nil
    }

    /// Plain scalar loops: the definition of what every other device computes, and the only one with float64.
    public static let loop = Device(
        Entry(label: "loop", kind: .loop) { () throws(BackendError) in LoopBackend.shared })

    /// SIMD kernels on all processor cores. `UNLOOP_CPU_ISA` and `UNLOOP_THREADS` choose others than the best;
    /// `UNLOOP_CPU_INTERPRET=1` sets aside the formulas that were compiled ahead of time.
    public static let cpu = Device(
        Entry(label: "cpu", kind: .cpu) { () throws(BackendError) in try CPUBackend.shared() })

    /// An OpenCL GPU or accelerator if there is one that opens and gives the contract's bits, else `.cpu`; never an OpenCL device that is a CPU. The
    /// default of every function that takes a device.
    public static let best: Device = {
        for device in (try? openCLDevices()) ?? [] where !device.isOpenCLCPU {
            if let backend = try? device.backend(), backend.isConforming { return device }
        }
        return cpu
    }()

    /// Every device: loop, cpu, then the OpenCL ones (GPUs, accelerators, CPUs; each by vendor and name), without opening
    /// them. Drivers that do not work are left out; `unloop doctor` tells about them.
    public static var all: [Device] { [loop, cpu] + ((try? openCLDevices()) ?? []) }

    // MARK: About a device

    /// `loop`, `cpu` or `opencl`.
    public var kind: BackendKind { entry.kind }

    /// `loop`, `cpu`, `opencl:0`, …: what `init(named:)` takes.
    public var label: String { entry.label }

    /// The hardware's name; the label where it cannot be opened.
    public var name: String { entry.hardware ?? (try? backend().name) ?? label }

    /// Whether this is an OpenCL device that runs on the processor (PoCL, for one).
    public var isOpenCLCPU: Bool { entry.isOpenCLCPU }

    /// The element types that tensors on this device may have.
    ///
    /// - Throws: when the device cannot be opened.
    public var elementTypes: Set<ElementType> {
        get throws(BackendError) { try backend().elementTypes }
    }

    /// Memory, launches and programs counted so far.
    ///
    /// - Throws: when the device cannot be opened.
    public var statistics: BackendStatistics {
        get throws(BackendError) { try backend().statistics }
    }

    /// Whether its results are the bits that every other device gives. A device that gives others does not open, unless the
    /// environment says `UNLOOP_ALLOW_NONCONFORMING=1`; this then tells.
    ///
    /// - Throws: when the device cannot be opened.
    public var isConforming: Bool {
        get throws(BackendError) { try backend().isConforming }
    }

    /// Waits until all work given to the device is done.
    ///
    /// - Throws: when waiting fails. An error of an operation belongs to its result, and is thrown where that is read.
    public func synchronize() throws(BackendError) { try backend().synchronize() }

    /// Opens an OpenCL device anew, as after `BackendError.deviceLost`. Tensors that were on it are gone: whatever reads
    /// them throws, and so do results computed from them. Memory that a lost device's driver may still use is not given
    /// back. The other devices cannot be lost; for them nothing happens, nor for a device that was never opened.
    ///
    /// - Throws: when it cannot be opened. It can be tried again.
    public func reset() throws(BackendError) { try entry.reset() }

    /// What runs the operations; opens the device.
    ///
    /// - Throws: when the device cannot be opened.
    @inline(__always)
    public func backend() throws(BackendError) -> any Backend {
        if let backend = uncounted._withUnsafeGuaranteedRef({ $0.openedBackend }) { return backend }
        return try entry.backend()
    }

    /// The same for the duration of `body`, not counted where the device is open.
    @inline(__always)
    func withBackend<Result>(_ body: (any Backend) throws -> Result) throws -> Result {
        guard let opened = uncounted._withUnsafeGuaranteedRef({ $0.opened }) else { return try body(entry.backend()) }
        return try opened._withUnsafeGuaranteedRef { try body($0.backend) }
    }
}

// MARK: - OpenCL

extension Device {
    /// The first OpenCL device: a GPU if there is one.
    ///
    /// - Throws: `deviceUnavailable`, saying what is missing and how to install it.
    public static var opencl: Device {
        get throws(BackendError) { try opencl(0) }
    }

    /// The OpenCL device number `index` in the order of `all`.
    ///
    /// - Throws: `deviceUnavailable` if there are fewer.
    public static func opencl(_ index: Int) throws(BackendError) -> Device {
        let devices = try openCLDevices()
        guard devices.indices.contains(index) else { throw missing("opencl:\(index)", devices) }
        return devices[index]
    }

    /// The first OpenCL device whose name contains this text, in upper or lower case.
    ///
    /// - Throws: `deviceUnavailable` if there is none.
    public static func opencl(matching name: String) throws(BackendError) -> Device {
        let devices = try openCLDevices()
        guard let device = devices.first(where: { $0.name.lowercased().contains(name.lowercased()) }) else {
            throw missing("opencl:\(name)", devices)
        }
        return device
    }

    private static func missing(_ label: String, _ devices: [Device]) -> BackendError {
        .deviceUnavailable(
            device: label, reason: "there is no such OpenCL device",
            remedy: "Choose one of: " + devices.map(\.description).joined(separator: ", ") + ".")
    }

    #if OpenCL
        private struct Found {
            var devices: [Device] = []
            var known: Set<OpenCLDevice> = []
            var isComplete = false
        }

        private static let found = Mutex(Found())

        /// Drivers are asked until all of them have answered; a device that they list later comes behind those that are known.
        private static func openCLDevices() throws(BackendError) -> [Device] {
            // Before a lock that another thread may have held when the process was forked.
            if OpenCLBackend.isForkedChild { _ = try OpenCLBackend.survey() }
            let result: Result<[Device], BackendError> = found.withLock { found in
                if found.isComplete { return .success(found.devices) }
                do throws(BackendError) {
                    let listed = try OpenCLBackend.survey()
                    for device in listed.devices where found.known.insert(device).inserted {
                        found.devices.append(
                            Device(
                                Entry(
                                    label: "opencl:\(found.devices.count)", kind: .opencl, hardware: device.name,
                                    isOpenCLCPU: device.kind == .cpu
                                ) { () throws(BackendError) in try OpenCLBackend(device: device) }))
                    }
                    found.isComplete = listed.isComplete
                    return .success(found.devices)
                } catch {
                    return found.devices.isEmpty ? .failure(error) : .success(found.devices)
                }
            }
            return try result.get()
        }
    #else
        private static func openCLDevices() throws(BackendError) -> [Device] {
            throw .deviceUnavailable(
                device: "opencl", reason: "this build has no OpenCL",
                remedy: "Install ocl-icd-opencl-dev and build with the OpenCL trait, which is on by default.")
        }
    #endif
}

// MARK: - Names

extension Device {
    /// A device by the name that people give on a command line: `best`, `loop`, `cpu`, `opencl`, `opencl:1` (its number)
    /// or `opencl:H200` (a part of its name).
    ///
    /// - Throws: `deviceUnavailable` with the valid names.
    public init(named name: String) throws(BackendError) {
        let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
        switch (parts.first, parts.dropFirst().first) {
        case ("best", nil): self = .best
        case ("loop", nil): self = .loop
        case ("cpu", nil): self = .cpu
        case ("opencl", nil): self = try .opencl
        case ("opencl", let which?):
            if let index = Int(which) { self = try .opencl(index) } else { self = try .opencl(matching: which) }
        default:
            throw .deviceUnavailable(
                device: "'\(name)'", reason: "no device has that name",
                remedy: "Valid names: best, loop, cpu, opencl, opencl:INDEX, opencl:NAME.")
        }
    }
}

extension Device: Hashable {
    public static func == (a: Device, b: Device) -> Bool { a.uncounted.toOpaque() == b.uncounted.toOpaque() }
    public func hash(into hasher: inout Hasher) { hasher.combine(uncounted.toOpaque()) }
}

extension Device: CustomStringConvertible {
    /// The label and, of OpenCL devices, the hardware; those that are CPUs are called so.
    public var description: String {
        guard kind == .opencl, let hardware = entry.hardware else { return label }
        return "\(label) (\(hardware)\(isOpenCLCPU ? ", a CPU" : ""))"
    }
}
