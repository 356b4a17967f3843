import Synchronization
import UnloopBackend
import UnloopLoop

/// Where tensors live and operations run. Every device gives the same bits; they differ in speed only.
///
/// Nothing ever moves to another device by itself: operations on tensors of different devices trap, and an explicit
/// device that is missing throws. Only `best` chooses.
public struct Device: Sendable {
    /// One device and its backend, made when it is first used.
    final class Entry: Sendable {
        let label: String
        let kind: BackendKind
        /// Called at most once successfully.
        private let make: @Sendable () throws(BackendError) -> any Backend
        private let made = AtomicLazyReference<Box>()
        private let making = Mutex(())

        private final class Box: Sendable {
            let backend: any Backend
            init(_ backend: any Backend) { self.backend = backend }
        }

        init(label: String, kind: BackendKind, make: @escaping @Sendable () throws(BackendError) -> any Backend) {
            self.label = label
            self.kind = kind
            self.make = make
        }

        /// A device that cannot be opened is tried again at the next use.
        func backend() throws(BackendError) -> any Backend {
            if let box = made.load() { return box.backend }
            let result: Result<any Backend, BackendError> = making.withLock { _ in
                if let box = made.load() { return .success(box.backend) }
                do throws(BackendError) {
                    return .success(made.storeIfNil(Box(try make())).backend)
                } catch {
                    return .failure(error)
                }
            }
            return try result.get()
        }
    }

    let entry: Entry

    init(_ entry: Entry) { self.entry = entry }

    /// Plain scalar loops: the definition of what every other device computes, and the only one with float64.
    public static let loop = Device(Entry(label: "loop", kind: .loop) { () throws(BackendError) in LoopBackend.shared })

    /// The device family.
    public var kind: BackendKind { entry.kind }

    /// `loop`, `cpu`, `opencl:0`, …: what `init(named:)` takes.
    public var label: String { entry.label }

    /// Waits until all work given to the device is done.
    ///
    /// - Throws: errors of work that had been started and not yet waited for.
    public func synchronize() throws(BackendError) { try entry.backend().synchronize() }

    /// Memory, launches and programs counted so far.
    ///
    /// - Throws: when the device cannot be opened.
    public var statistics: BackendStatistics {
        get throws(BackendError) { try entry.backend().statistics }
    }

    /// The element types that tensors on this device may have.
    ///
    /// - Throws: when the device cannot be opened.
    public var elementTypes: Set<ElementType> {
        get throws(BackendError) { try entry.backend().elementTypes }
    }
}

extension Device: Hashable {
    public static func == (a: Device, b: Device) -> Bool { a.entry === b.entry }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(entry)) }
}

extension Device: CustomStringConvertible {
    public var description: String { label }
}

extension Device {
    /// The default of every function that takes a device.
    public static var best: Device { loop }
}
