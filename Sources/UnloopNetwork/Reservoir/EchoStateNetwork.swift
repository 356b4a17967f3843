import UnloopBackend
import UnloopData
import UnloopTensor

/// An echo state network: a recurrent layer with fixed random weights whose states a linear readout combines; only the readout is fitted
/// (H. Jaeger, GMD Report 148, 2001; leaky units: M. Lukoševičius, A Practical Guide to Applying Echo State Networks, 2012).
///
///     x(t) = (1 - leak) x(t-1) + leak · tanh(x(t-1)·W + u(t)·Win + y(t-1)·Wfb + bias)
///     y(t) = [x(t), u(t)]·Wout + constant
///
/// Sequences are `[sequences, steps, values]`; all sequences advance together, with one matrix product a step. Weights follow from
/// the seed, are the same bits on every device, and so are states and outputs.
public struct EchoStateNetwork: Sendable {
    /// The number of units, and so of values of a state.
    public let units: Int
    /// Values of an input at each step.
    public let inputs: Int
    /// Values of an output at each step.
    public let outputs: Int
    /// How much of a state is new at each step.
    public let leak: Double
    /// `[inputs, units]`.
    public let inputWeight: Tensor
    /// `[units, units]`, sparse (stored with its zeros), scaled to the spectral radius.
    public let recurrentWeight: Tensor
    /// `[units]`.
    public let bias: Tensor
    /// `[outputs, units]`; nil without output feedback.
    public let feedbackWeight: Tensor?
    /// From states and inputs `[units + inputs]`; nil until fitted.
    public private(set) var readout: RidgeRegression?
    /// Where weights and states are.
    public var device: Device { recurrentWeight.device }

    /// - Parameters:
    ///   - spectralRadius: the largest absolute eigenvalue of the recurrent weights; how slowly the past fades.
    ///   - density: the share of recurrent weights that are not zero.
    ///   - inputScaling: input weights are uniform between minus and plus this; likewise `biasScaling` and `feedbackScaling`.
    ///   - feedbackScaling: nil for a network without output feedback.
    ///   - leak: how much of a state is new at each step, above 0 up to 1.
    /// - Throws: `ReservoirError.spectralRadiusNotPositive`, `noCycles`. Failures of the device are found when results are read.
    public init(
        units: Int, inputs: Int = 1, outputs: Int = 1, spectralRadius: Double = 0.9, density: Double = 0.1,
        inputScaling: Double = 1, biasScaling: Double = 0, feedbackScaling: Double? = nil, leak: Double = 1,
        seed: UInt64 = 0, on device: Device = .best
    ) throws(ReservoirError) {
        require(
            units > 0 && inputs >= 0 && outputs > 0 && inputs + (feedbackScaling == nil ? 0 : outputs) > 0,
            "EchoStateNetwork: \(units) units, \(inputs) inputs, \(outputs) outputs")
        require(
            density > 0 && density <= 1 && leak > 0 && leak <= 1, "EchoStateNetwork: density \(density), leak \(leak)")
        guard spectralRadius > 0, spectralRadius.isFinite else {
            throw .spectralRadiusNotPositive(spectralRadius)
        }
        self.units = units
        self.inputs = inputs
        self.outputs = outputs
        self.leak = leak
        func uniform(_ shape: [Int], _ scale: Double, stream: UInt64) -> Tensor {
            var random = CounterRandom(seed: seed, stream: Self.stream + stream)
            let values = (0..<shape.reduce(1, *)).map { _ in Float(scale * (Double(random.next()) * 0x1p-31 - 1)) }
            return Tensor(values, shape: shape, on: device)
        }
        inputWeight = uniform([inputs, units], inputScaling, stream: 1)
        bias = uniform([units], biasScaling, stream: 2)
        feedbackWeight = feedbackScaling.map { uniform([outputs, units], $0, stream: 3) }

        var random = CounterRandom(seed: seed, stream: Self.stream)
        let connections = (0..<units * units).map { _ in
            let isConnected = Double(random.next()) < density * 0x1p32
            let weight = Double(random.next()) * 0x1p-31 - 1
            return isConnected ? weight : 0
        }
        let radius = UnloopNetwork.spectralRadius(of: connections, size: units)
        guard radius > 0 else { throw .noCycles(units: units, density: density) }
        recurrentWeight = Tensor(
            connections.map { Float($0 * (spectralRadius / radius)) }, shape: [units, units], on: device)
    }

    private static let stream: UInt64 = 0x7265_7365_7276_0000

    // MARK: Fitting

    /// Fits the readout so that the outputs follow the targets: runs through the sequences once and solves a system of equations.
    ///
    /// With output feedback, the targets are fed back in place of the outputs (teacher forcing).
    ///
    /// - Parameters:
    ///   - input: `[sequences, steps, inputs]`.
    ///   - targets: `[sequences, steps, outputs]`.
    ///   - washout: the first steps of each sequence, in which states still depend on where they started, are not learnt from.
    ///   - ridge: the penalty on the readout's weights, see `RidgeRegression`.
    /// - Throws: `ReservoirError`; `TensorError` when the device fails.
    public mutating func fit(_ input: Tensor, _ targets: Tensor, washout: Int = 0, ridge: Double) throws {
        try check(input, "input", inputs)
        try check(targets, "target", outputs)
        let steps = input.shape[1]
        require(
            targets.shape[0] == input.shape[0] && targets.shape[1] == steps && washout >= 0,
            "EchoStateNetwork.fit: input \(input.shape), targets \(targets.shape), washout \(washout)")
        guard washout < steps else { throw ReservoirError.nothingAfterWashout(washout: washout, steps: steps) }
        let features = Tensor.concatenate([checkedStates(input, teacher: targets), timeFirst(input)], axis: 2)
            .sliced(axis: 0, washout..<steps)
        do {
            readout = try RidgeRegression(
                features.reshaped(-1, units + inputs),
                timeFirst(targets).sliced(axis: 0, washout..<steps).reshaped(-1, outputs), ridge: ridge)
        } catch LinearAlgebraError.singular {
            throw ReservoirError.singularReadout(ridge: ridge)
        }
    }

    // MARK: Running

    /// The outputs `[sequences, steps, outputs]`, from states of zero.
    ///
    /// - Parameters:
    ///   - input: `[sequences, steps, inputs]`.
    ///   - teacher: with output feedback, `[sequences, k, outputs]`: what is fed back after the first k steps in place of the outputs; from
    ///     there on the network runs freely.
    /// - Throws: `ReservoirError.noReadout`, `emptySequence`, `notFinite`; `TensorError` when the device fails.
    public func predict(_ input: Tensor, teacher: Tensor? = nil) throws -> Tensor {
        guard let readout = readout else { throw ReservoirError.noReadout }
        try check(input, "input", inputs)
        if let teacher { try check(teacher, of: input) }
        guard feedbackWeight != nil else {
            return readout(Tensor.concatenate([checkedStates(input, teacher: nil), timeFirst(input)], axis: 2))
                .transposed(0, 1).contiguous()
        }
        let drive = drive(input)
        let (values, teacher) = (timeFirst(input), teacher.map(timeFirst))
        var state = Tensor.zeros([input.shape[0], units], on: device)
        var feedback = Tensor.zeros([input.shape[0], outputs], on: device)
        var results: [Tensor] = []
        for step in 0..<input.shape[1] {
            state = next(state, drive[step], feedback)
            let output = output(readout, state, values[step])
            results.append(output)
            feedback = teacher.flatMap { step < $0.shape[0] ? $0[step] : nil } ?? output
        }
        return Tensor.stack(results, axis: 1)
    }

    /// What a network that was fitted to give the next value of its input makes of its own outputs: runs through the given beginning and
    /// then takes each output as the next input.
    ///
    /// - Parameter beginning: `[sequences, steps, inputs]`; as many inputs as outputs, no feedback.
    /// - Returns: the values that follow the beginning, `[sequences, steps, outputs]`.
    /// - Throws: as `predict` does.
    public func generate(after beginning: Tensor, steps: Int) throws -> Tensor {
        require(
            inputs == outputs && feedbackWeight == nil && steps > 0,
            "EchoStateNetwork.generate: \(inputs) inputs, \(outputs) outputs, \(steps) steps; inputs and outputs have to be the same values"
        )
        guard let readout = readout else { throw ReservoirError.noReadout }
        try check(beginning, "input", inputs)
        let drive = drive(beginning)
        var state = Tensor.zeros([beginning.shape[0], units], on: device)
        for step in 0..<beginning.shape[1] { state = next(state, drive[step], nil) }
        var value = output(readout, state, timeFirst(beginning)[beginning.shape[1] - 1])
        var results = [value]
        for _ in 1..<steps {
            state = next(state, matmul(value, inputWeight, epilogue: Self.add, inputs: [bias]), nil)
            value = output(readout, state, value)
            results.append(value)
        }
        return Tensor.stack(results, axis: 1)
    }

    /// The states `[steps, sequences, units]` from states of zero, for readouts of your own.
    ///
    /// - Parameter teacher: what is fed back, `[sequences, steps, outputs]`; needed with output feedback.
    /// - Throws: `ReservoirError.emptySequence`, `notFinite`; `TensorError` when the device fails.
    public func states(_ input: Tensor, teacher: Tensor? = nil) throws -> Tensor {
        try check(input, "input", inputs)
        if let teacher { try check(teacher, of: input) }
        require(
            feedbackWeight == nil || teacher?.shape[1] == input.shape[1],
            "EchoStateNetwork.states: output feedback needs a teacher with as many steps as the input")
        return checkedStates(input, teacher: teacher)
    }

    private func checkedStates(_ input: Tensor, teacher: Tensor?) -> Tensor {
        let drive = drive(input)
        let teacher = teacher.map(timeFirst)
        var state = Tensor.zeros([input.shape[0], units], on: device)
        var feedback = Tensor.zeros([input.shape[0], outputs], on: device)
        var results: [Tensor] = []
        results.reserveCapacity(input.shape[1])
        for step in 0..<input.shape[1] {
            state = next(state, drive[step], feedback)
            results.append(state)
            if feedbackWeight != nil, let teacher { feedback = teacher[step] }
        }
        return Tensor.stack(results)
    }

    /// `[steps, sequences, values]`, so that a step is one block of memory.
    private func timeFirst(_ sequences: Tensor) -> Tensor {
        sequences.to(device).to(.float32).transposed(0, 1).contiguous()
    }

    /// What inputs and bias contribute at every step, `[steps, sequences, units]`: one product for all steps.
    private func drive(_ input: Tensor) -> Tensor {
        matmul(timeFirst(input), inputWeight, epilogue: Self.add, inputs: [bias])
    }

    private func next(_ state: Tensor, _ drive: Tensor, _ feedback: Tensor?) -> Tensor {
        var drive = drive
        if let feedbackWeight, let feedback {
            drive = matmul(feedback, feedbackWeight, epilogue: Self.add, inputs: [drive])
        }
        return matmul(state, recurrentWeight, epilogue: Self.leaky, inputs: [drive, state], scalars: [leak, 1 - leak])
    }

    private func output(_ readout: RidgeRegression, _ state: Tensor, _ input: Tensor) -> Tensor {
        readout(Tensor.concatenate([state, input], axis: 1))
    }

    private func check(_ sequences: Tensor, _ what: String, _ values: Int) throws {
        require(
            sequences.rank == 3 && sequences.shape[2] == values,
            "EchoStateNetwork: \(what) \(sequences.shape) is not [sequences, steps, \(values)]")
        guard sequences.shape[0] > 0 && sequences.shape[1] > 0 else { throw ReservoirError.emptySequence }
        if let indices = try sequences.firstNotFinite() {
            throw ReservoirError.notFinite(what: what, indices: indices)
        }
    }

    private func check(_ teacher: Tensor, of input: Tensor) throws {
        try check(teacher, "teacher", outputs)
        require(
            teacher.shape[0] == input.shape[0],
            "EchoStateNetwork: a teacher \(teacher.shape) for \(input.shape[0]) sequences")
    }

    private static let add = ScalarFunction("add", { (x: Scalar, y: Scalar) in x + y })
    private static let leaky = ScalarFunction("leakyState", inputs: 3, scalars: 2) { x, s in
        s[1] * x[2] + s[0] * tanh(x[0] + x[1])
    }
}
