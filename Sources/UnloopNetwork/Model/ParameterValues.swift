import UnloopBackend
import UnloopTensor

/// The values of all parameters of a network, in the order of `namedParameters`: a value itself, whose copies share memory until one of
/// them is changed.
public struct ParameterValues: Sendable {
    let table: ParameterTable
    /// One for each of the table's entries.
    var tensors: [Tensor]

    init(_ table: ParameterTable, _ tensors: [Tensor]) {
        self.table = table
        self.tensors = tensors
    }

    /// Full names, such as `0.weight`.
    public var names: [String] { table.entries.map(\.name) }

    /// The value of a parameter. Changing it in place takes no second memory where nothing else shares it.
    ///
    /// - Precondition: the parameter is one of this network; its shape never changes.
    public subscript(parameter: Parameter) -> Tensor {
        get { tensors[table.place(of: parameter)] }
        _modify {
            let position = table.place(of: parameter)
            let shape = tensors[position].dimensions
            yield &tensors[position]
            require(
                tensors[position].dimensions == shape,
                "\(table.entries[position].name): its shape is \(shape), not \(tensors[position].shape)")
        }
    }

    /// The value of the parameter with a full name; nil if there is none.
    public subscript(name: String) -> Tensor? { table.position(named: name).map { tensors[$0] } }

    /// The error of the first value that a device failed to make.
    var failure: TensorError? { tensors.lazy.compactMap(\.failure).first }

    /// Those of the parameters that training changes, in order.
    var trainable: [Tensor] {
        get { table.trainable.map { tensors[$0] } }
        set { for (position, value) in zip(table.trainable, newValue) { tensors[position] = value } }
    }

    /// What other values have for the same parameters, in place of what is here.
    mutating func take(from other: ParameterValues) {
        for (position, entry) in table.entries.enumerated() {
            if let source = other.table.position(of: entry.parameter) { tensors[position] = other.tensors[source] }
        }
    }

    /// Whether all elements are finite numbers; waits for the device.
    var isFinite: Bool {
        get throws(TensorError) {
            for value in tensors where value.elementType != .int32 {
                if try (value - value).sum().item() != 0 { return false }
            }
            return true
        }
    }
}

extension ParameterValues: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { tensors.count }
    /// A full name and the value that belongs to it.
    public subscript(position: Int) -> (name: String, value: Tensor) {
        (table.entries[position].name, tensors[position])
    }
}
