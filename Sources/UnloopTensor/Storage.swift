import UnloopBackend

/// Why a tensor has no elements: an operation that failed, and what its device reported.
public struct TensorError: Error, Equatable, Sendable, CustomStringConvertible {
    public init(operation: String, cause: BackendError) {
        self.operation = operation
        self.cause = cause
    }

    /// An error that a device found in an operation; some belong to an earlier one, and name it.
    init(foundIn operation: String, _ cause: BackendError) {
        if case .indexOutOfRange(let failed, _) = cause {
            self.init(operation: failed, cause: cause)
        } else {
            self.init(operation: operation, cause: cause)
        }
    }

    /// The name of the operation that failed first.
    public let operation: String
    public let cause: BackendError

    public var description: String { "\(operation): \(cause)" }
}

/// The elements of a tensor and the device that has them, or the error that stands in their place.
struct Storage: Sendable {
    enum Content {
        case buffer(Buffer)
        case failure(TensorError)
    }

    /// Apart, so that what hardly any tensor has is one reference.
    private indirect enum Failure: Sendable {
        case of(TensorError)
    }

    let device: Device
    let elementType: ElementType
    private var held: Buffer?
    private let failed: Failure?
    /// Whether another buffer has the same elements.
    private var isBorrowed = false

    init(_ device: Device, _ elementType: ElementType, _ content: Content) {
        self.device = device
        self.elementType = elementType
        switch content {
        case .buffer(let buffer): (held, failed) = (buffer, nil)
        case .failure(let error): (held, failed) = (nil, .of(error))
        }
    }

    var failure: TensorError? {
        if case .of(let error) = failed { error } else { nil }
    }

    func buffer() throws(TensorError) -> Buffer {
        if let held { return held }
        guard case .of(let error) = failed else { misuse("a tensor has neither elements nor an error") }
        throw error
    }

    /// Whether nothing else refers to the elements.
    mutating func holdsOnlyReference() -> Bool { !isBorrowed && isKnownUniquelyReferenced(&held) }

    /// The same elements, by a reference that threads do not share.
    func withOwnReference() -> Storage {
        guard let held else { return self }
        let own = held.reference()
        if own === held { return self }
        var result = Storage(device, elementType, .buffer(own))
        result.isBorrowed = true
        return result
    }
}
