import UnloopBackend
import UnloopTensor

/// What layers need to make the first values of their parameters.
public struct Builder: Sendable {
    /// Where the values are made.
    public let device: Device
    /// All random values follow from it and the parameters' names.
    public let seed: UInt64
    /// Of the values: float32, or float64 on `.loop`.
    public let elementType: ElementType
    private let table: ParameterTable
    /// In the table's order; nil until made.
    private var made: [Tensor?]

    init(_ table: ParameterTable, device: Device, seed: UInt64, elementType: ElementType) {
        self.table = table
        self.device = device
        self.seed = seed
        self.elementType = elementType
        made = Array(repeating: nil, count: table.entries.count)
    }

    /// Gives a parameter its first value. One that is used at several places has the value that its first place gives it.
    ///
    /// - Parameters:
    ///   - inputs: how many inputs each output sums over (fan-in).
    ///   - outputs: to how many outputs each input contributes (fan-out).
    /// - Precondition: the parameter is one of the network's; at each of its places it has the same shape.
    public mutating func make(
        _ parameter: Parameter, _ shape: [Int], _ initializer: Initializer, inputs: Int = 1, outputs: Int = 1
    ) {
        let position = table.place(of: parameter)
        let name = table.entries[position].name
        if let first = made[position]?.shape {
            require(
                first == shape,
                "\(name): a layer that is used twice must take inputs of one shape; its parameter is \(first), not \(shape)"
            )
            return
        }
        let request = Initializer.Request(
            shape: shape, inputs: inputs, outputs: outputs,
            key: RandomKey(seed: seed, stream: Self.streamNumber(name)), elementType: elementType,
            device: device)
        made[position] = initializer.make(request)
    }

    /// Gives a parameter the value that it has elsewhere.
    mutating func set(_ parameter: Parameter, to value: Tensor) { made[table.place(of: parameter)] = value }

    /// The values of all parameters.
    ///
    /// - Precondition: every parameter was made.
    func values() -> ParameterValues {
        ParameterValues(
            table,
            zip(table.entries, made).map { entry, value in
                guard let value else { misuse("\(entry.name): `build` gave the parameter no value") }
                return value
            })
    }

    /// Random streams go by name (FNV-1a, 64 bits), so a parameter's first value does not depend on what else there is.
    private static func streamNumber(_ name: String) -> UInt64 {
        name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}
