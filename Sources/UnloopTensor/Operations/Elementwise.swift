import UnloopBackend

extension Tensor {
    /// Applies a scalar function element by element; the one way in which all elementwise work is done.
    ///
    /// Shapes broadcast: axes are aligned at the last one, and an axis of size 1 (or a missing one) repeats.
    public static func apply(_ function: ScalarFunction, _ inputs: [Tensor], scalars: [Double] = []) -> Tensor {
        let program = function.program
        let dimensions = broadcastDimensions(function.name, inputs)
        let result = map(
            function.name, program, inputs, scalars: scalars, on: device(function.name, inputs), dimensions)
        guard inputs.contains(where: { $0.node != nil }), program.outputTypes[0] == .real else {
            return result
        }
        return result.recordedMap(function, inputs, scalars)
    }

    /// Runs a program with any number of outputs, which are not differentiated: for steps of algorithms that compute
    /// several tensors in one pass. Shapes broadcast; all outputs have the common shape.
    public static func applyAll(
        _ name: String, _ program: ScalarProgram, _ inputs: [Tensor], scalars: [Double] = []
    ) -> [Tensor] {
        let dimensions = broadcastDimensions(name, inputs)
        let device = device(name, inputs)
        let real = checkArguments(name, program, inputs, scalars) ?? .float32
        let types = program.outputTypes
        func elementType(_ type: ScalarType) -> ElementType { type == .real ? real : .int32 }
        do {
            return try device.withBackend { backend in
                let views = try broadcastViews(inputs, dimensions)
                let (count, strides) = (dimensions.product, dimensions.rowMajorStrides)
                var outputs: [StridedView] = []
                outputs.reserveCapacity(types.count)
                for type in types {
                    let buffer = try backend.allocate(elementType(type), count: count)
                    outputs.append(StridedView(buffer, shape: dimensions, strides: strides))
                }
                try backend.map(program, inputs: views, scalars: scalars, outputs: outputs)
                return outputs.map { Tensor(device, $0) }
            }
        } catch {
            return types.map { Tensor(failed: name, error, on: device, elementType($0), dimensions) }
        }
    }

    /// Runs a program whose outputs take the places of its first inputs, a value and what goes with it, and are not
    /// differentiated: for optimizers. With an error, everything is as it was.
    ///
    /// - Parameters:
    ///   - spare: tensors that this function left here before, or nil: memory for the outputs where no other tensor shares it. Afterwards
    ///     it has what `first` and `rest` were, so that `exchange` undoes the update.
    ///   - inPlace: changes elements that no other tensor shares where they are; these cannot be undone.
    /// - Precondition: `first` and `rest` have one shape, to which `other` and `factor`, the last inputs, broadcast; all are real
    ///   and of one type, and so are the outputs, one for each of `first` and `rest`, as is `spare`.
    package static func update(
        _ name: String, _ program: ScalarProgram, _ first: inout Tensor, _ rest: inout [Tensor],
        spare: inout [Tensor?], inPlace: Bool, with other: Tensor, factor: Tensor? = nil, scalars: [Double]
    ) throws(TensorError) {
        let (device, dimensions, type) = (first.device, first.dimensions, first.elementType)
        let inputCount = rest.count + (factor == nil ? 2 : 3)
        checkCounts(name, program, inputCount, scalars)
        require(
            program.outputTypes.count == 1 + rest.count && !program.outputTypes.contains(.integer)
                && spare.count == 1 + rest.count,
            "\(name): has \(program.outputTypes.count) outputs for \(1 + rest.count) tensors")
        first.requireReal(name)
        var inputs: [StridedView] = []
        var outputs: [StridedView] = []
        do {
            let backend = try device.backend()
            inputs.reserveCapacity(inputCount)
            outputs.reserveCapacity(1 + rest.count)
            func take(_ tensor: inout Tensor, _ spare: inout Tensor?) throws {
                tensor.requireSameKind(name, device, type)
                require(
                    tensor.dimensions == dimensions,
                    "\(name): \(tensor.dimensions) does not belong to \(dimensions)")
                // Before a view, which refers to the elements too.
                let staysInPlace = inPlace && tensor.isContiguous && tensor.ownsElements()
                inputs.append(try tensor.view())
                if staysInPlace {
                    outputs.append(inputs[inputs.count - 1])
                } else if spare?.canHold(type, dimensions, on: device) == true, let view = try spare?.view() {
                    outputs.append(view)
                } else {
                    spare = nil
                    let buffer = try backend.allocate(type, count: dimensions.product)
                    outputs.append(StridedView(buffer, shape: dimensions))
                }
            }
            try take(&first, &spare[0])
            for position in rest.indices { try take(&rest[position], &spare[1 + position]) }
            other.requireSameKind(name, device, type)
            inputs.append(try other.broadcastView(dimensions))
            if let factor {
                factor.requireSameKind(name, device, type)
                inputs.append(try factor.broadcastView(dimensions))
            }
            if !dimensions.hasEmptyAxis {
                try backend.map(program, inputs: inputs, scalars: scalars, outputs: outputs)
            }
        } catch {
            throw TensorError(wrapping: error, operation: name)
        }
        func replace(_ tensor: inout Tensor, _ spare: inout Tensor?, _ number: Int) {
            if outputs[number].buffer === inputs[number].buffer { return }
            if spare == nil { spare = Tensor(device, outputs[number]) }
            exchange(&tensor, &spare)
        }
        replace(&first, &spare[0], 0)
        for position in rest.indices { replace(&rest[position], &spare[1 + position], 1 + position) }
    }

    /// Takes an update back that was not done in place; `spare` is the one that it was given.
    package static func exchange(_ first: inout Tensor, _ rest: inout [Tensor], _ spare: inout [Tensor?]) {
        exchange(&first, &spare[0])
        for position in rest.indices { exchange(&rest[position], &spare[1 + position]) }
    }

    private static func exchange(_ tensor: inout Tensor, _ spare: inout Tensor?) {
        guard var other = spare.take() else { return }
        swap(&tensor, &other)
        spare = other
    }

    /// Whether a row-major result may be stored in this tensor's place.
    private mutating func canHold(_ type: ElementType, _ dimensions: Dimensions, on device: Device) -> Bool {
        elementType == type && self.dimensions == dimensions && self.device == device && isContiguous && ownsElements()
    }

    /// In place of these elements, an error.
    package func failing(with error: TensorError) -> Tensor {
        Tensor(failed: error.operation, error, on: device, elementType, dimensions)
    }

    private func requireSameKind(_ name: String, _ device: Device, _ type: ElementType) {
        require(
            self.device == device && elementType == type,
            "\(name): takes \(type) on \(device), got \(elementType) on \(self.device)")
    }

    /// Runs a program with one output. Not differentiated.
    static func map(
        _ name: String, _ program: ScalarProgram, _ inputs: [Tensor], scalars: [Double], on device: Device,
        _ dimensions: Dimensions, real: ElementType = .float32
    ) -> Tensor {
        let found = checkArguments(name, program, inputs, scalars)
        let type = program.outputTypes[0] == .integer ? ElementType.int32 : found ?? real
        return make(name, on: device, type, dimensions) { backend, output in
            let views = try broadcastViews(inputs, dimensions)
            if dimensions.hasEmptyAxis { return }
            try backend.map(program, inputs: views, scalars: scalars, outputs: [output])
        }
    }

    private func recordedMap(_ function: ScalarFunction, _ inputs: [Tensor], _ scalars: [Double]) -> Tensor {
        let pullback = Pullback(function, inputs, scalars, usingOutput: true)
        let output = pullback.readsOutput ? self : nil
        return recorded(inputs.map(\.node), selects: pullback.isConditional) { cotangent, pass in
            pullback(cotangent, output, pass)
        }
    }

    // MARK: Shapes and types

    static func broadcastDimensions(_ name: String, _ inputs: [Tensor]) -> Dimensions {
        require(!inputs.isEmpty, "\(name): needs at least one tensor")
        var result = inputs[0].dimensions
        for position in inputs.indices where inputs[position].dimensions != result {
            let dimensions = inputs[position].dimensions
            guard let common = broadcast(result, dimensions) else {
                misuse("\(name): shapes \(result) and \(dimensions) do not broadcast")
            }
            result = common
        }
        return result
    }

    /// The common shape of two shapes, nil if they do not broadcast.
    static func broadcast(_ a: Dimensions, _ b: Dimensions) -> Dimensions? {
        var result = a.count >= b.count ? a : b
        let shorter = a.count >= b.count ? b : a
        let shift = result.count - shorter.count
        for axis in 0..<shorter.count {
            let (x, y) = (result[axis + shift], shorter[axis])
            if x == y || y == 1 { continue }
            guard x == 1 else { return nil }
            result[axis + shift] = y
        }
        return result
    }

    static func device(_ name: String, _ inputs: [Tensor]) -> Device {
        let device = inputs[0].device
        for position in 1..<Swift.max(1, inputs.count) where inputs[position].device != device {
            requireSameDevice(name, inputs[0], inputs[position])
        }
        return device
    }

    /// Traps unless a program can run on these arguments.
    ///
    /// - Returns: the type of the real inputs, which all have the same; nil if there is none.
    @discardableResult
    static func checkArguments(
        _ name: String, _ program: ScalarProgram, _ inputs: [Tensor], _ scalars: [Double]
    ) -> ElementType? {
        checkCounts(name, program, inputs.count, scalars)
        let types = program.inputTypes
        var real: ElementType?
        for position in types.indices {
            let found = inputs[position].elementType
            if types[position] == .integer {
                require(found == .int32, "\(name): takes int32 elements, got \(found)")
            } else {
                require(found != .int32, "\(name): takes real elements, got int32; convert with to(.float32)")
                require(
                    real == nil || real == found,
                    "\(name): takes elements of one type, got \(real ?? found) and \(found)")
                real = found
            }
        }
        return real
    }

    private static func checkCounts(_ name: String, _ program: ScalarProgram, _ inputs: Int, _ scalars: [Double]) {
        let (inputTypes, scalarTypes) = (program.inputTypes, program.scalarTypes)
        require(
            inputTypes.count == inputs && scalarTypes.count == scalars.count,
            "\(name): takes \(inputTypes.count) tensors and \(scalarTypes.count) scalars, got \(inputs) and \(scalars.count)"
        )
        for position in scalarTypes.indices where scalarTypes[position] == .integer {
            require(
                Int32(exactly: scalars[position]) != nil,
                "\(name): scalar \(position) is an int32, got \(scalars[position])")
        }
    }

    /// The view of this tensor repeated to a shape that it broadcasts to.
    func broadcastView(_ target: Dimensions) throws(TensorError) -> StridedView {
        let buffer = try storage.buffer()
        if dimensions == target { return StridedView(buffer, offset: offset, shape: target, strides: strides) }
        return StridedView(buffer, offset: offset, shape: target, strides: broadcastStrides(target))
    }

    static func broadcastViews(_ inputs: [Tensor], _ target: Dimensions) throws(TensorError) -> [StridedView] {
        var views: [StridedView] = []
        views.reserveCapacity(inputs.count)
        for position in inputs.indices { views.append(try inputs[position].broadcastView(target)) }
        return views
    }

    func broadcastStrides(_ target: Dimensions) -> Dimensions {
        var result = Dimensions(repeating: 0, count: target.count)
        let shift = target.count - rank
        for axis in 0..<rank where dimensions[axis] != 1 { result[axis + shift] = strides[axis] }
        return result
    }
}

extension TensorError {
    /// An error caught from a backend or from an input that had failed before.
    init(wrapping error: any Error, operation: String) {
        switch error {
        case let error as TensorError: self = error
        case let error as BackendError: self.init(foundIn: operation, error)
        default: misuse("\(operation): unexpected error \(error)")
        }
    }
}
