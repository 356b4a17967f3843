import UnloopBackend
import UnloopData
import UnloopTensor

/// A liquid state machine: spiking neurons with fixed random connections turn spike trains into a state that a simple readout can classify
/// (W. Maass, T. Natschläger, H. Markram: Real-Time Computing Without Stable States, Neural Computation 14, 2002).
///
/// Leaky integrate-and-fire neurons stand on a three-dimensional grid; some are inhibitory. Two neurons at distance d are connected with
/// probability `C·exp(-(d/λ)²)`, C by the kinds of both. A spike causes a current that decays exponentially; a neuron at its
/// threshold spikes, is reset and rests for its refractory period. The state is what each neuron's spikes leave in a low-pass filter. Time
/// goes in steps of one millisecond (forward Euler).
///
/// All neurons of all examples advance together, with one matrix product and one further pass a step. Connections follow from the
/// seed; states and spikes are the same bits on every device.
public struct LiquidStateMachine: Sendable {
    /// The neurons, which are not trained.
    public let liquid: Liquid
    /// Nil until fitted.
    public private(set) var readout: LogisticRegression?

    /// A machine without a readout; `fit` makes it.
    public init(_ liquid: Liquid) { self.liquid = liquid }

    /// Fits the readout, a logistic regression on the states at the end of the examples.
    ///
    /// - Parameter data: spike trains `[examples, steps, channels]` and class numbers; without weights.
    /// - Throws: `ReservoirError.emptySequence`, `notFinite`; `LogisticRegressionError`; `TensorError`.
    public mutating func fit(_ data: Dataset, l2: Double = 1) throws {
        let states = try liquid.response(to: data.features).state
        let training = Dataset(
            features: states, labels: data.labels.to(liquid.device), weights: data.weights?.to(liquid.device))
        readout = try LogisticRegression(training, l2: l2)
    }

    /// The class of each example, int32 `[examples]`.
    ///
    /// - Throws: `ReservoirError`; `TensorError`.
    public func predict(_ spikes: Tensor) throws -> Tensor {
        guard let readout else { throw ReservoirError.noReadout }
        return readout.predict(try liquid.response(to: spikes).state)
    }

    /// The share of examples whose class is predicted.
    ///
    /// - Throws: `ReservoirError`, also where there are no examples; `TensorError`.
    public func accuracy(_ data: Dataset) throws -> Double {
        guard let readout else { throw ReservoirError.noReadout }
        let states = try liquid.response(to: data.features).state
        return try readout.accuracy(Dataset(features: states, labels: data.labels.to(liquid.device)))
    }
}

/// The neurons of a liquid state machine and their connections.
public struct Liquid: Sendable {
    /// A number for each pair of kinds of neurons: from the kind named first to the one named second.
    public struct Pairs: Sendable, Hashable {
        /// From excitatory to excitatory neurons.
        public var excitatoryToExcitatory: Double
        /// From excitatory to inhibitory neurons.
        public var excitatoryToInhibitory: Double
        /// From inhibitory to excitatory neurons.
        public var inhibitoryToExcitatory: Double
        /// From inhibitory to inhibitory neurons.
        public var inhibitoryToInhibitory: Double

        /// A number for each pair.
        public init(
            excitatoryToExcitatory: Double, excitatoryToInhibitory: Double, inhibitoryToExcitatory: Double,
            inhibitoryToInhibitory: Double
        ) {
            self.excitatoryToExcitatory = excitatoryToExcitatory
            self.excitatoryToInhibitory = excitatoryToInhibitory
            self.inhibitoryToExcitatory = inhibitoryToExcitatory
            self.inhibitoryToInhibitory = inhibitoryToInhibitory
        }

        func value(fromInhibitory: Bool, toInhibitory: Bool) -> Double {
            switch (fromInhibitory, toInhibitory) {
            case (false, false): excitatoryToExcitatory
            case (false, true): excitatoryToInhibitory
            case (true, false): inhibitoryToExcitatory
            case (true, true): inhibitoryToInhibitory
            }
        }
    }

    /// How a network is wired and how its neurons behave; the defaults are those of the paper where it gives them (static synapses
    /// without delay are a simplification of its dynamic ones; the strengths are chosen for them).
    public struct Settings: Sendable {
        /// The numbers of neurons along the three axes, one unit of distance apart.
        public var grid = [3, 3, 15]
        /// The share of neurons that are inhibitory.
        public var inhibitoryShare = 0.2
        /// C.
        public var connectionProbability = Pairs(
            excitatoryToExcitatory: 0.3, excitatoryToInhibitory: 0.2, inhibitoryToExcitatory: 0.4,
            inhibitoryToInhibitory: 0.1)
        /// λ, in units of distance.
        public var connectionRange = 2.0
        /// The mean strengths of synapses, in millivolts that a lasting current of that size would add to the membrane; strengths are
        /// exponentially distributed.
        public var strength = Pairs(
            excitatoryToExcitatory: 9, excitatoryToInhibitory: 18, inhibitoryToExcitatory: -18,
            inhibitoryToInhibitory: -18)
        /// The share of neurons that an input channel reaches, and the mean strength of its synapses; half of that on inhibitory neurons.
        public var inputProbability = 0.3
        /// In millivolts; see `inputProbability`.
        public var inputStrength = 18.0
        /// In millivolts.
        public var restingPotential = 13.5
        /// What a neuron is set to after a spike; in millivolts.
        public var resetPotential = 13.5
        /// From where on a neuron spikes; in millivolts.
        public var threshold = 15.0
        /// In milliseconds, at least 1.
        public var membraneTimeConstant = 30.0
        /// Of the current that an excitatory neuron's spike causes; in milliseconds, at least 1.
        public var excitatorySynapseTimeConstant = 3.0
        /// Of the current that an inhibitory neuron's spike causes; in milliseconds, at least 1.
        public var inhibitorySynapseTimeConstant = 6.0
        /// Of the low-pass filter that makes the state; in milliseconds, at least 1.
        public var readoutTimeConstant = 30.0
        /// In whole milliseconds.
        public var excitatoryRefractoryPeriod = 3
        /// In whole milliseconds.
        public var inhibitoryRefractoryPeriod = 2

        /// The settings of the paper; see the type.
        public init() {}
    }

    /// How it was made.
    public let settings: Settings
    /// The number of input channels.
    public let channels: Int
    /// The number of neurons.
    public var neurons: Int { settings.grid.reduce(1, *) }
    /// Which neurons are inhibitory, by number; neurons are numbered along the grid's last axis first.
    public let isInhibitory: [Bool]
    /// `[neurons, neurons]`, from the row's to the column's neuron; 0 where there is no synapse.
    public let weight: Tensor
    /// `[channels, neurons]`.
    public let inputWeight: Tensor
    /// Where weights and states are.
    public var device: Device { weight.device }
    /// By how much a neuron's synapses keep of their current in a step, and for how many steps it rests, `[neurons]`.
    private let synapseDecay: Tensor
    private let refractoryPeriod: Tensor

    /// - Parameter channels: input channels.
    /// - Throws: `TensorError` when the random numbers cannot be made.
    public init(_ settings: Settings = Settings(), channels: Int, seed: UInt64 = 0, on device: Device = .best) throws {
        let neurons = settings.grid.reduce(1, *)
        require(
            settings.grid.count == 3 && neurons > 0 && channels > 0,
            "Liquid: grid \(settings.grid), \(channels) channels")
        require(
            (0...1).contains(settings.inhibitoryShare) && settings.connectionRange > 0
                && [
                    settings.membraneTimeConstant, settings.excitatorySynapseTimeConstant,
                    settings.inhibitorySynapseTimeConstant, settings.readoutTimeConstant,
                ].allSatisfy { $0 >= 1 },
            "Liquid: inhibitory share \(settings.inhibitoryShare), range \(settings.connectionRange); time constants are at least 1 ms"
        )
        self.settings = settings
        self.channels = channels
        var random = CounterRandom(seed: seed, stream: 0x6c69_7175_6964_0000)
        let inhibitory = Set(
            random.permutation(of: neurons).prefix(Int(settings.inhibitoryShare * Double(neurons))).map(Int.init))
        let isInhibitory = (0..<neurons).map(inhibitory.contains)
        self.isInhibitory = isInhibitory

        // Exponentials and logarithms by the library's own functions, which are the same on every machine.
        let key = RandomKey(seed: seed, stream: 0x6c69_7175_6964_0001)
        func exponential(_ shape: [Int], _ index: UInt64) throws -> [Double] {
            try (-log(1 - Tensor.randomUniform(shape, key.child(index), on: .loop))).doubles()
        }
        let places = (0..<neurons).map { number in
            let (height, depth) = (settings.grid[1], settings.grid[2])
            return SIMD3(Double(number / (height * depth)), Double(number / depth % height), Double(number % depth))
        }
        let squares = places.flatMap { a in places.map { b in Float(((a - b) * (a - b)).sum()) } }
        let nearness = try exp(
            Tensor(squares, on: .loop) / -(settings.connectionRange * settings.connectionRange)
        ).doubles()
        let chance = try Tensor.randomUniform([neurons * neurons], key.child(0), on: .loop).doubles()
        let strengths = try exponential([neurons * neurons], 1)
        let weights = (0..<neurons * neurons).map { position -> Float in
            let (from, to) = (position / neurons, position % neurons)
            let kinds = (isInhibitory[from], isInhibitory[to])
            let probability = settings.connectionProbability.value(fromInhibitory: kinds.0, toInhibitory: kinds.1)
            guard from != to, chance[position] < probability * nearness[position] else { return 0 }
            let mean = settings.strength.value(fromInhibitory: kinds.0, toInhibitory: kinds.1)
            return Float(mean * strengths[position])
        }
        let inputChance = try Tensor.randomUniform([channels * neurons], key.child(2), on: .loop).doubles()
        let inputStrengths = try exponential([channels * neurons], 3)
        let inputWeights = (0..<channels * neurons).map { position -> Float in
            guard inputChance[position] < settings.inputProbability else { return 0 }
            let mean = settings.inputStrength * (isInhibitory[position % neurons] ? 0.5 : 1)
            return Float(mean * inputStrengths[position])
        }
        weight = Tensor(weights, shape: [neurons, neurons], on: device)
        inputWeight = Tensor(inputWeights, shape: [channels, neurons], on: device)
        synapseDecay = Tensor(
            isInhibitory.map {
                Float(1 - 1 / ($0 ? settings.inhibitorySynapseTimeConstant : settings.excitatorySynapseTimeConstant))
            }, on: device)
        refractoryPeriod = Tensor(
            isInhibitory.map {
                Float($0 ? settings.inhibitoryRefractoryPeriod : settings.excitatoryRefractoryPeriod)
            }, on: device)
    }

    /// What spike trains leave behind.
    public struct Response: Sendable {
        /// The filtered spikes of each neuron after the last step, `[examples, neurons]`.
        public let state: Tensor
        /// 1 where a neuron spikes, `[steps, examples, neurons]`; nil unless asked for.
        public let spikes: Tensor?

        /// The spikes of an example, for a raster plot: steps and the neurons that spike in them. Empty where spikes were not asked for.
        ///
        /// - Throws: the error of the operation that failed to compute them.
        public func raster(example: Int) throws(TensorError) -> (steps: [Double], neurons: [Double]) {
            guard let spikes else { return ([], []) }
            let neurons = spikes.shape[2]
            let values = try spikes[.all, example].scalars()
            let events = values.indices.filter { values[$0] > 0 }
            return (events.map { Double($0 / neurons) }, events.map { Double($0 % neurons) })
        }
    }

    /// Runs spike trains through the neurons, which start at rest.
    ///
    /// - Parameters:
    ///   - spikes: `[examples, steps, channels]`, 1 where a channel spikes; other numbers count as spikes of that size.
    ///   - recordingSpikes: keeps all spikes, not the state alone.
    /// - Throws: `ReservoirError.emptySequence`, `notFinite`; `TensorError`.
    public func response(to spikes: Tensor, recordingSpikes: Bool = false) throws -> Response {
        require(
            spikes.rank == 3 && spikes.shape[2] == channels,
            "Liquid.response: spikes \(spikes.shape) are not [examples, steps, \(channels)]")
        let (examples, steps) = (spikes.shape[0], spikes.shape[1])
        guard examples > 0 && steps > 0 else { throw ReservoirError.emptySequence }
        if let indices = try spikes.firstNotFinite() {
            throw ReservoirError.notFinite(what: "spike", indices: indices)
        }
        // What the channels cause at each step: one product for all steps.
        let drive = matmul(spikes.to(device).to(.float32).transposed(0, 1).contiguous(), inputWeight)
        let zeros = Tensor.zeros([examples, neurons], on: device)
        // In the order of the program's outputs.
        var state = [Tensor.full(like: zeros, settings.resetPotential), zeros, zeros, zeros, zeros]
        let scalars = [
            1 / settings.membraneTimeConstant, settings.restingPotential, settings.resetPotential, settings.threshold,
            1 - 1 / settings.excitatorySynapseTimeConstant, 1 - 1 / settings.readoutTimeConstant,
        ]
        var recorded: [Tensor] = []
        for step in 0..<steps {
            let current = matmul(state[3], weight)
            let results = Tensor.applyAll(
                "liquidStep", Self.step, [current, drive[step]] + state + [synapseDecay, refractoryPeriod],
                scalars: scalars)
            state = Array(results.prefix(5))
            if recordingSpikes { recorded.append(results[5]) }
        }
        return Response(state: state[4], spikes: recordingSpikes ? Tensor.stack(recorded) : nil)
    }

    /// Inputs: current from other neurons, what the channels add, then membrane potential, steps left to rest, current from the channels, synaptic
    /// trace and filtered spikes, then synaptic decay and refractory period. Scalars: steps per membrane time constant, resting, reset and
    /// threshold potential, decay of the channels' current and of the filter. Outputs: potential, rest, current, trace, filter, spike.
    private static let step = ScalarProgram(
        inputs: Array(repeating: .real, count: 9), scalars: Array(repeating: .real, count: 6)
    ) { inputs, scalars in
        let (x, s) = (inputs.map(Scalar.init), scalars.map(Scalar.init))
        let fromChannels = x[4] * s[4] + x[1]
        let integrated = x[2] + s[0] * (s[1] - x[2] + (x[0] + fromChannels))
        let potential = select(x[3] .> 0, s[2], integrated)
        let spike = select(potential .>= s[3], Scalar(1), 0)
        let next: [Scalar] = [
            select(spike .> 0, s[2], potential),
            select(spike .> 0, x[8], max(x[3] - 1, 0)),
            fromChannels,
            x[5] * x[7] + spike,
            x[6] * s[5] + spike,
            spike,
        ]
        return next.map(\.expression)
    }
}
