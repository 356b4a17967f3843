import UnloopBackend

/// A recurrent network's steps over time, as one operation: the products of the inputs are given for all steps at once, and each step
/// is one product of the state with the recurrent weights and one pass of the cell's formula.
///
/// Its derivative is backpropagation through time: the same steps backwards, and then the gradient of the recurrent weights as one
/// product over all steps. (P. Werbos, Proceedings of the IEEE 78, 1990.)
public struct Recurrence: Sendable {
    public let cell: RecurrentCell
    /// From the last step to the first.
    public let isReversed: Bool

    public init(_ cell: RecurrentCell, reversed: Bool = false) {
        self.cell = cell
        isReversed = reversed
    }

    /// The states of all steps.
    ///
    /// - Parameters:
    ///   - products: of the inputs, `[time, batch, gates · units]`.
    ///   - recurrentWeight: `[units, gates · units]`.
    ///   - recurrentBias: `[gates · units]`, where the cell separates the products; else nil.
    ///   - initial: the state before the first step, `[states, batch, units]`.
    ///   - lengths: how many steps each sequence has, int32 `[batch]`; later steps leave the state as it is. Numbers below 0 count as 0,
    ///     numbers above `time` as `time`. Nil stands for all steps.
    /// - Returns: `[states, time + 1, batch, units]`. Position t of the second axis is the state before step t; for a reversed recurrence,
    ///   whose first step is the last of the sequence, the state after it.
    public func callAsFunction(
        _ products: Tensor, recurrentWeight: Tensor, recurrentBias: Tensor? = nil, initial: Tensor,
        lengths: Tensor? = nil
    ) -> Tensor {
        let shape = RecurrenceShape(
            self, products, weight: recurrentWeight, bias: recurrentBias, initial, lengths: lengths)
        let given = [products, recurrentWeight, initial] + (recurrentBias.map { [$0] } ?? [])
        let isTracked = given.contains(where: \.isTracked)
        let arguments = RecurrenceArguments(
            products: products.stopGradient(), weight: recurrentWeight.stopGradient().contiguous(),
            bias: recurrentBias?.stopGradient(), initial: initial.stopGradient(), lengths: lengths)
        let found = forward(shape, arguments, keepsProducts: isTracked)
        guard isTracked else { return found.states }
        let states = found.states
        let recurrentProducts = found.products
        return states.recorded(given.map(\.node), selects: programs(arguments).selects) { cotangent, pass in
            let inputs = given.map(pass.saved)
            if cotangent.isTracked || inputs.contains(where: \.isTracked) {
                // A derivative of this derivative is wanted, so it is made of operations that have one.
                return vjp(at: inputs, { unrolled(shape, $0, lengths: lengths) }, cotangent: { _ in cotangent })
                    .cotangents
            }
            return backward(shape, arguments, states, recurrentProducts, cotangent, pass)
        }
    }

    /// The same, of operations on each step by itself.
    ///
    /// - Parameter inputs: products, weight, initial state and, if there is one, the recurrent bias.
    private func unrolled(_ shape: RecurrenceShape, _ inputs: [Tensor], lengths: Tensor?) -> Tensor {
        let programs = lengths == nil ? cell.plain : cell.masked
        let steps = inputs[0].unstacked()
        let biases = inputs.count > 3 ? inputs[3].split(into: cell.gates) : []
        let column = lengths.map { [$0.expandingDimension(at: 1)] } ?? []
        var state = inputs[2].unstacked()
        var slots = [state]
        for position in 0..<shape.time {
            let step = self.step(position, of: shape)
            let product = matmul(state[0], inputs[1])
            let operands =
                steps[step].split(into: cell.gates, axis: 1) + product.split(into: cell.gates, axis: 1) + biases + state
                + column
            state = programs.functions.map { $0(operands, scalars: lengths == nil ? [] : [Double(step)]) }
            slots.append(state)
        }
        if isReversed { slots.reverse() }
        return Tensor.stack((0..<cell.states).map { number in Tensor.stack(slots.map { $0[number] }) })
    }

    private func step(_ position: Int, of shape: RecurrenceShape) -> Int {
        isReversed ? shape.time - 1 - position : position
    }
}

private struct RecurrenceArguments: Sendable {
    let products: Tensor
    let weight: Tensor
    let bias: Tensor?
    let initial: Tensor
    let lengths: Tensor?
}

/// The sizes of a recurrence, and where its parts lie.
private struct RecurrenceShape: Sendable {
    let gates: Int
    let states: Int
    let time: Int
    let batch: Int
    let units: Int
    let device: Device
    let elementType: ElementType

    init(
        _ recurrence: Recurrence, _ products: Tensor, weight: Tensor, bias: Tensor?, _ initial: Tensor, lengths: Tensor?
    ) {
        let cell = recurrence.cell
        let name = "recurrence \(cell.name)"
        require(
            products.rank == 3 && weight.rank == 2 && initial.rank == 3,
            "\(name): products \(products.dimensions), weights \(weight.dimensions) and the initial state \(initial.dimensions) must have 3, 2 and 3 axes"
        )
        let (batch, units) = (products.dimensions[1], weight.dimensions[0])
        let width = cell.gates * units
        require(
            products.dimensions[2] == width && weight.dimensions[1] == width,
            "\(name): \(cell.gates) gates of \(units) units need \(width) columns, products are \(products.dimensions) and weights \(weight.dimensions)"
        )
        require(
            initial.dimensions == [cell.states, batch, units],
            "\(name): the initial state is \(initial.dimensions), not \([cell.states, batch, units])")
        require(
            bias.map { $0.dimensions == [width] } ?? true && (bias != nil) == cell.separatesProducts,
            "\(name): the recurrent bias is \(bias?.shape ?? []), this cell takes \(cell.separatesProducts ? "[\(width)]" : "none")"
        )
        require(
            lengths.map { $0.dimensions == [batch] && $0.elementType == .int32 } ?? true,
            "\(name): lengths must be int32 of shape [\(batch)], they are \(lengths?.elementType ?? .int32) \(lengths?.shape ?? [])"
        )
        for tensor in [weight, initial] + (bias.map { [$0] } ?? []) {
            Tensor.requireSameDevice(name, products, tensor)
            require(
                tensor.elementType == products.elementType && tensor.elementType != .int32,
                "\(name): elements are \(products.elementType) and \(tensor.elementType); all must be the same real type"
            )
        }
        if let lengths { Tensor.requireSameDevice(name, products, lengths) }
        gates = cell.gates
        states = cell.states
        time = products.dimensions[0]
        self.batch = batch
        self.units = units
        device = products.device
        elementType = products.elementType
    }

    /// The gates' columns of a row-major or strided `[batch, gates · units]`.
    func gates(_ view: StridedView) -> [StridedView] {
        (0..<gates).map { gate in
            StridedView(
                view.buffer, offset: view.offset + gate * units * view.strides[1], shape: [batch, units],
                strides: view.strides)
        }
    }

    /// One step of `[time, batch, gates · units]`.
    func step(_ number: Int, of view: StridedView) -> StridedView {
        StridedView(
            view.buffer, offset: view.offset + number * view.strides[0], shape: [batch, gates * units],
            strides: [view.strides[1], view.strides[2]])
    }

    /// For each state one position of the second axis of `[states, time + 1, batch, units]`.
    func slot(_ number: Int, of view: StridedView) -> [StridedView] {
        (0..<states).map { state in
            StridedView(
                view.buffer, offset: view.offset + state * view.strides[0] + number * view.strides[1],
                shape: [batch, units], strides: [view.strides[2], view.strides[3]])
        }
    }

    /// Each state of `[states, batch, units]`.
    func each(_ view: StridedView) -> [StridedView] {
        (0..<states).map { state in
            StridedView(
                view.buffer, offset: view.offset + state * view.strides[0], shape: [batch, units],
                strides: [view.strides[1], view.strides[2]])
        }
    }

    /// The recurrent bias of each gate, repeated for each sequence.
    func biases(_ bias: Tensor?) throws -> [StridedView] {
        guard let bias = try bias?.view() else { return [] }
        return (0..<gates).map { gate in
            StridedView(
                bias.buffer, offset: bias.offset + gate * units * bias.strides[0], shape: [batch, units],
                strides: [0, bias.strides[0]])
        }
    }

    /// The length of each sequence, repeated for each unit.
    func lengths(_ lengths: Tensor?) throws -> [StridedView] {
        guard let lengths = try lengths?.view() else { return [] }
        return [
            StridedView(
                lengths.buffer, offset: lengths.offset, shape: [batch, units], strides: [lengths.strides[0], 0])
        ]
    }
}

extension Recurrence {
    private func programs(_ arguments: RecurrenceArguments) -> RecurrentPrograms {
        arguments.lengths == nil ? cell.plain : cell.masked
    }

    /// The states, and the recurrent products `[time, batch, gates · units]` if they are to be kept.
    private func forward(_ shape: RecurrenceShape, _ arguments: RecurrenceArguments, keepsProducts: Bool) -> (
        states: Tensor, products: Tensor
    ) {
        let width = shape.gates * shape.units
        let results = Tensor.makeAll(
            "recurrence \(cell.name)", on: shape.device, shape.elementType,
            [
                [shape.states, shape.time + 1, shape.batch, shape.units],
                [keepsProducts ? shape.time : 1, shape.batch, width],
            ]
        ) { backend, outputs in
            if shape.batch == 0 { return }
            let program = programs(arguments).step
            let products = try arguments.products.view()
            let weight = try arguments.weight.view()
            let biases = try shape.biases(arguments.bias)
            let lengths = try shape.lengths(arguments.lengths)
            let first = shape.slot(isReversed ? shape.time : 0, of: outputs[0])
            for (source, target) in zip(shape.each(try arguments.initial.view()), first) {
                try backend.copy(source, to: target)
            }
            let descriptor = MatmulDescriptor(m: shape.batch, n: width, k: shape.units)
            for position in 0..<shape.time {
                let step = self.step(position, of: shape)
                let states = shape.slot(isReversed ? step + 1 : step, of: outputs[0])
                let product = shape.step(keepsProducts ? step : 0, of: outputs[1])
                try backend.matmul(descriptor, states[0], weight, epilogue: nil, output: product)
                try backend.map(
                    program,
                    inputs: shape.gates(shape.step(step, of: products)) + shape.gates(product) + biases + states
                        + lengths, scalars: lengths.isEmpty ? [] : [Double(step)],
                    outputs: shape.slot(isReversed ? step : step + 1, of: outputs[0]))
            }
        }
        return (results[0], results[1])
    }

    /// The cotangents of products, weight, initial state and recurrent bias.
    private func backward(
        _ shape: RecurrenceShape, _ arguments: RecurrenceArguments, _ states: Tensor, _ recurrentProducts: Tensor,
        _ cotangent: Tensor, _ pass: BackwardPass
    ) -> [Tensor?] {
        let (time, batch, units) = (shape.time, shape.batch, shape.units)
        let width = shape.gates * units
        let cotangents: Dimensions = [time, batch, width]
        let separate = cell.separatesProducts
        let results = Tensor.makeAll(
            "gradient of recurrence \(cell.name)", on: shape.device, shape.elementType,
            // Of the input's products, the initial state, the recurrent products if they have their own, what comes through the
            // product of the following step, and a zero.
            [cotangents, [shape.states, batch, units], separate ? cotangents : [], [batch, units], []]
        ) { backend, outputs in
            if batch == 0 { return }
            let program = programs(arguments).pullback
            let (products, kept) = (try arguments.products.view(), try recurrentProducts.view())
            let weight = try arguments.weight.view()
            let transposed = StridedView(
                weight.buffer, offset: weight.offset, shape: [width, units],
                strides: [weight.strides[1], weight.strides[0]])
            let (values, given) = (try states.view(), try cotangent.view())
            let biases = try shape.biases(arguments.bias)
            let lengths = try shape.lengths(arguments.lengths)
            try Tensor.fill(outputs[4], 0, backend)
            let zero = StridedView(outputs[4].buffer, shape: [batch, units], strides: [0, 0])
            let direct = shape.each(outputs[1])
            let descriptor = MatmulDescriptor(m: batch, n: units, k: width)
            for position in (0..<time).reversed() {
                let isLast = position == time - 1
                let step = self.step(position, of: shape)
                let before = shape.slot(isReversed ? step + 1 : step, of: values)
                let outside = shape.slot(isReversed ? step : step + 1, of: given)
                let gates = shape.step(step, of: outputs[0])
                let recurrent = separate ? shape.step(step, of: outputs[2]) : gates
                let inputs = shape.gates(shape.step(step, of: products)) + shape.gates(shape.step(step, of: kept))
                let carried = isLast ? direct.map { _ in zero } + [zero] : direct + [outputs[3]]
                try backend.map(
                    program, inputs: inputs + biases + before + lengths + outside + carried,
                    scalars: lengths.isEmpty ? [] : [Double(step)],
                    outputs: shape.gates(gates) + (separate ? shape.gates(recurrent) : []) + direct)
                try backend.matmul(descriptor, recurrent, transposed, epilogue: nil, output: outputs[3])
            }
            // The initial state's own cotangent, which is all there is without steps.
            let outside = shape.slot(isReversed ? time : 0, of: given)
            for state in 0..<shape.states {
                if time == 0 {
                    try backend.copy(outside[state], to: direct[state])
                } else {
                    let through = state == 0 ? outputs[3] : zero
                    try backend.map(
                        Self.addition, inputs: [direct[state], outside[state], through], scalars: [],
                        outputs: [direct[state]])
                }
            }
        }
        let recurrent = (separate ? results[2] : results[0]).reshaped([time * batch, width] as Dimensions)
        let outputs = states.sliced(axis: 0, 0..<1)
            .sliced(axis: 1, isReversed ? 1..<time + 1 : 0..<time)
            .reshaped([time * batch, units] as Dimensions)
        return [
            results[0],
            pass.wants(1) ? matmul(outputs.transposed(), recurrent) : nil,
            results[1],
        ] + (separate ? [pass.wants(3) ? recurrent.sum(0) : nil] : [])
    }

    private static let addition = ScalarProgram { (a: Scalar, b: Scalar, c: Scalar) in a + b + c }
}

extension Tensor {
    /// Runs work that fills several new row-major tensors of one type; an error becomes every result.
    fileprivate static func makeAll(
        _ operation: String, on device: Device, _ elementType: ElementType, _ shapes: [Dimensions],
        _ work: (any Backend, [StridedView]) throws -> Void
    ) -> [Tensor] {
        do {
            return try device.withBackend { backend in
                let views = try shapes.map { shape in
                    StridedView(try backend.allocate(elementType, count: shape.product), shape: shape)
                }
                try work(backend, views)
                return views.map { Tensor(device, $0) }
            }
        } catch {
            return shapes.map { Tensor(failed: operation, error, on: device, elementType, $0) }
        }
    }
}
