import UnloopBackend

/// Why a tensor has no elements: an operation that failed, and what its device reported.
public struct TensorError: Error, Equatable, Sendable, CustomStringConvertible {
    public init(operation: String, cause: BackendError) {
        self.operation = operation
        self.cause = cause
    }

    /// The name of the operation that failed first.
    public let operation: String
    public let cause: BackendError

    public var description: String { "\(operation): \(cause)" }
}

/// The elements of a tensor and the device that has them, or the error that stands in their place.
struct Storage: Sendable {
    enum Content: Sendable {
        case buffer(Buffer)
        /// Apart, so that what nearly every tensor has is one reference.
        indirect case failure(TensorError)
    }

    let device: Device
    let elementType: ElementType
    let content: Content

    init(_ device: Device, _ elementType: ElementType, _ content: Content) {
        self.device = device
        self.elementType = elementType
        self.content = content
    }

    func buffer() throws(TensorError) -> Buffer {
        switch content {
        case .buffer(let buffer): return buffer
        case .failure(let error): throw error
        }
    }
}
