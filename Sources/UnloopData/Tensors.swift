import UnloopBackend
import UnloopTensor

extension Tensor {
    /// A tensor with elements that were read from a file.
    public init(_ elements: HostArray, shape: [Int], on device: Device = .best) {
        switch elements {
        case .float32(let values): self.init(values, shape: shape, on: device)
        case .int32(let values): self.init(int32: values, shape: shape, on: device)
        case .float64(let values): self.init(float64: values, shape: shape, on: device)
        }
    }

    public init(_ file: IDXFile, on device: Device = .best) { self.init(file.elements, shape: file.shape, on: device) }

    public init(_ file: NPYFile, on device: Device = .best) { self.init(file.elements, shape: file.shape, on: device) }

    public init(_ array: SafeTensors.Array, on device: Device = .best) {
        self.init(array.elements, shape: array.shape, on: device)
    }
}

extension SafeTensors.Array {
    /// The elements of a tensor, for writing.
    ///
    /// - Throws: the error of the operation that failed to compute them.
    public init(_ tensor: Tensor) throws(TensorError) {
        self.init(shape: tensor.shape, elements: try tensor.hostArray())
    }
}

extension NPYFile {
    /// The elements of a tensor, for writing.
    ///
    /// - Throws: the error of the operation that failed to compute them.
    public init(_ tensor: Tensor) throws(TensorError) {
        self.init(shape: tensor.shape, elements: try tensor.hostArray())
    }
}
