import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// A device that fails, whenever it does, costs a step and never the weights.
@Suite struct DeviceFailureTests {
    let backend: FailingBackend
    let device: Device

    init() {
        backend = FailingBackend()
        device = Device(backend, label: "failing")
    }

    static func model() -> Model<Sequential> {
        Model {
            Dense(3, activation: .tanh)
            BatchNorm()
            Dropout(0.2)
            Dense(2)
        }
    }

    /// On the loop device, which does not fail.
    static let data = Dataset(
        features: samples([6, 2]), labels: Tensor(int32: [0, 1, 1, 0, 1, 0], on: .loop))
    static let sequences = Dataset(features: samples([4, 4, 1]), labels: samples([4, 4, 1], seed: 2))

    /// Runs a training that fails at every one of its operations in turn; afterwards the network is as it was before, or has the weights
    /// after one of the steps, and can be trained again.
    ///
    /// - Parameter known: hashes of weights that a training can leave behind.
    func failEverywhere(
        _ model: () -> Model<Sequential>, startingBuilt: Bool, inputShape: [Int], known: Set<String>,
        _ modes: [(Int) -> FailingBackend.Failing] = [{ .at($0) }, { .deadFrom($0) }],
        _ train: (inout Model<Sequential>) throws -> Void
    ) throws {
        func start() -> Model<Sequential> { startingBuilt ? model().built(inputShape) : model() }
        backend.fail(nil)
        var whole = start()
        try train(&whole)
        let operations = backend.operations
        #expect(operations > 20)
        var failures = 0
        for number in 0..<operations {
            for failing in modes.map({ $0(number) }) {
                backend.fail(nil)
                var network = start()
                backend.fail(failing)
                do {
                    try train(&network)
                } catch let error as TensorError {
                    failures += 1
                    #expect(error.cause == FailingBackend.error)
                }
                backend.fail(nil)
                if network.isBuilt {
                    #expect(try known.contains(network.weightsSHA256()), "\(failing)")
                } else {
                    #expect(!startingBuilt, "\(failing)")
                }
                // It can be trained again; not tried each time, for its cost.
                if number % 8 == 0 { try train(&network) }
            }
        }
        // Few operations are not needed: those of what is thrown away.
        #expect(failures > operations * modes.count * 2 / 3)
    }

    @Test("a fit has the weights after one of its steps, wherever it fails", arguments: [false, true])
    func fit(startingBuilt: Bool) throws {
        var known: Set<String> = []
        func train(_ network: inout Model<Sequential>, noting: Bool = false) throws {
            try network.fit(
                Self.data, validating: Self.data.sliced(0..<2), loss: .softmaxCrossEntropy,
                optimizer: .adam(0.05).clipped(.norm(1)), metrics: [.accuracy], batchSize: 3, seed: 1,
                on: device,
                callbacks: [
                    .afterStep { step in
                        if noting { known.insert(try step.values.sha256()) }
                        return try step.loss.item() > -1 ? .proceed : .stop
                    }
                ], progress: .silent)
        }
        var network = startingBuilt ? Self.model().built([2]) : Self.model()
        known.insert(try Self.model().built([2]).weightsSHA256())
        try train(&network, noting: true)
        try failEverywhere(Self.model, startingBuilt: startingBuilt, inputShape: [2], known: known) { try train(&$0) }
    }

    @Test("a fit that reads its losses late, too")
    func fitWithoutReading() throws {
        func train(_ network: inout Model<Sequential>, callbacks: [Callback] = []) throws {
            try network.fit(
                Self.data, loss: .softmaxCrossEntropy, optimizer: .momentum(0.05), epochs: 2, batchSize: 6, seed: 1,
                on: device, callbacks: callbacks, progress: .silent)
        }
        // Each epoch is a step, whose loss is read at its end.
        var network = Self.model()
        let first = Self.model().built([2])
        var known: Set<String> = [try first.weightsSHA256()]
        try train(
            &network,
            callbacks: [
                .afterStep { step in
                    known.insert(try step.values.sha256())
                    return .proceed
                }
            ])
        try failEverywhere(Self.model, startingBuilt: false, inputShape: [2], known: known, [{ .from($0) }]) {
            try train(&$0)
        }
    }

    @Test("trainings of the second order keep the weights of a step")
    func secondOrder() throws {
        func model() -> Model<Sequential> {
            Model {
                Dense(2, activation: .tanh)
                Dense(2)
            }
        }
        let free = HessianFree(conjugateGradient: ConjugateGradient(maximumSteps: 1), preconditioner: .none)
        for train in [
            { network, device in
                _ = try network.fit(
                    Self.data, loss: .softmaxCrossEntropy, optimizer: free, seed: 1, on: device, progress: .silent)
            },
            { network, device in
                _ = try network.fit(
                    Self.data, loss: .softmaxCrossEntropy, optimizer: LBFGS(), epochs: 1, seed: 1, on: device,
                    progress: .silent)
            },
        ] as [(inout Model<Sequential>, Device) throws -> Void] {
            var trained = model()
            try train(&trained, .loop)
            let known = try Set([model().built([2]).weightsSHA256(), trained.weightsSHA256()])
            try failEverywhere(model, startingBuilt: false, inputShape: [2], known: known) { try train(&$0, device) }
        }
    }

    @Test("a step of one's own loop that fails changes nothing, and its loss says why")
    func steps() throws {
        func model() -> Model<Sequential> { Self.model().built([2]) }
        let data = Self.data
        var reference = Trainer(model(), loss: .softmaxCrossEntropy, optimizer: .adam(0.05), seed: 3)
        var hashes = [try reference.model.weightsSHA256()]
        for _ in 0..<3 {
            reference.step(data)
            hashes.append(try reference.model.weightsSHA256())
        }
        backend.fail(nil)
        var number = 0
        while true {
            var network = model()
            try network.move(to: device)
            let data = data.to(device)
            var trainer = Trainer(network, loss: .softmaxCrossEntropy, optimizer: .adam(0.05), seed: 3)
            trainer.step(data)
            trainer.step(data)
            backend.fail(.at(number))
            let loss = trainer.step(data)
            let count = backend.operations
            backend.fail(nil)
            if number >= count {
                #expect(try trainer.model.weightsSHA256() == hashes[3])
                break
            }
            if loss.failure != nil {
                #expect(throws: TensorError.self) { try loss.item() }
                #expect(trainer.step == 2)
                #expect(try trainer.model.weightsSHA256() == hashes[2], "\(number)")
                trainer.step(data)
            }
            #expect(try trainer.model.weightsSHA256() == hashes[3], "\(number)")
            #expect(try network.weightsSHA256() == hashes[0], "\(number)")
            number += 1
        }
        #expect(number > 20)
    }

    @Test("an optimizer updates all parameters or none", arguments: [Optimizer.sgd(0.1), .momentum(0.1), .adamW(0.1)])
    func optimizers(_ rule: Optimizer) throws {
        let optimizer = rule.clipped(.norm(1))
        func model(_ device: Device) -> Model<LooseParameters> {
            let shapes = [[2, 3], [5], [], [0], [2, 2]]
            return LooseParameters.model(
                shapes.enumerated().map { number, shape in samples(shape, seed: UInt64(number)).to(device) },
                regularized: true)
        }
        func gradient(_ model: Model<LooseParameters>, _ step: Int) -> ModelGradient {
            model.gradient(model.values.map { samples($0.value.shape, seed: UInt64(step + 9)).to($0.value.device) })
        }
        func bits(_ model: Model<LooseParameters>) throws -> [[UInt8]] {
            try model.values.map { try $0.value.canonicalBytes() }
        }
        var expected = model(.loop)
        var state = OptimizerState(optimizer)
        var values = [try bits(expected)]
        for step in 0..<4 {
            let found = gradient(expected, step)
            try state.update(&expected, found)
            values.append(try bits(expected))
        }
        for failed in 0..<4 {
            var number = 0
            while true {
                backend.fail(nil)
                var actual = model(device)
                var state = OptimizerState(optimizer)
                func step(_ number: Int) throws {
                    let found = gradient(actual, number)
                    try state.update(&actual, found)
                }
                for number in 0..<failed { try step(number) }
                // Once others share the values and once nobody does.
                let shared = number % 2 == 0 ? actual : nil
                let next = gradient(actual, failed)
                backend.fail(.at(number))
                var failure: TensorError?
                do throws(TensorError) { try state.update(&actual, next) } catch { failure = error }
                let isDone = number >= backend.operations
                backend.fail(nil)
                if isDone {
                    #expect(failure == nil && state.step == failed + 1)
                    break
                }
                #expect(failure?.cause == FailingBackend.error && state.step == failed)
                #expect(try bits(actual) == values[failed], "\(optimizer.name), operation \(number)")
                for number in failed..<4 { try step(number) }
                #expect(try bits(actual) == values[4], "\(optimizer.name), operation \(number)")
                if let shared { #expect(try bits(shared) == values[failed]) }
                number += 1
            }
            #expect(number >= 3)
        }
    }

    @Test("windows of sequences, and learning in real time")
    func sequences() throws {
        func model() -> Model<Sequential> {
            Model {
                RNN(2)
                Dense(1)
            }
        }
        func train(_ network: inout Model<Sequential>, callbacks: [Callback] = []) throws {
            try network.fit(
                Self.sequences, loss: .meanSquaredError, optimizer: .adam(0.05), batchSize: 4, window: 2, seed: 1,
                on: device, callbacks: callbacks, progress: .silent)
        }
        // A step of the callbacks is one of each window, so the weights between them come from a trainer.
        let first = model().built([4, 1])
        var known: Set<String> = [try first.weightsSHA256()]
        let order = Self.sequences.shuffledOrder(seed: 1, epoch: 1)
        for batch in Self.sequences.batches(of: 4, order: order) {
            var trainer = Trainer(first, loss: .meanSquaredError, optimizer: .adam(0.05), seed: 1)
            for window in [0..<2, 2..<4] {
                guard window.lowerBound == 0 else { continue }
                trainer.step(
                    Dataset(
                        features: batch.features.sliced(axis: 1, window), labels: batch.labels.sliced(axis: 1, window)))
                known.insert(try trainer.model.weightsSHA256())
            }
        }
        var whole = model()
        try train(&whole)
        known.insert(try whole.weightsSHA256())
        try failEverywhere(model, startingBuilt: false, inputShape: [4, 1], known: known) { try train(&$0) }
    }

    @Test("a network that could not be built is not built, and reading it is an error")
    func building() throws {
        for number in 0..<6 {
            var network = Self.model()
            backend.fail(.at(number))
            network.build(inputShape: [2], on: device, seed: 1)
            backend.fail(nil)
            #expect(!network.isBuilt)
            #expect(throws: TensorError.self) { try network.weightsSHA256() }
            try network.fit(Self.data, loss: .softmaxCrossEntropy, seed: 1, on: .cpu, progress: .silent)
            #expect(network.isBuilt && network.values[0].value.device == .cpu)
        }
    }

    @Test("a network that could not be moved keeps its weights")
    func moving() throws {
        var network = Self.model().built([2])
        let hash = try network.weightsSHA256()
        func check(on device: Device) throws {
            #expect(network.isBuilt && network.values.allSatisfy { $0.value.device == device })
            #expect(try network.weightsSHA256() == hash)
        }
        backend.fail(.from(2))
        #expect(throws: TensorError.self) { try network.move(to: device) }
        try check(on: .loop)
        #expect(throws: TensorError.self) {
            try network.fit(Self.data, loss: .softmaxCrossEntropy, epochs: 0, on: device, progress: .silent)
        }
        try check(on: .loop)
        backend.fail(nil)
        try network.move(to: device)
        try check(on: device)
        // A device that is gone keeps what it has.
        backend.fail(.deadFrom(0))
        #expect(throws: TensorError.self) { try network.move(to: .loop) }
        backend.fail(nil)
        try check(on: device)
    }

    struct Interruption: Error {}

    @Test("errors of callbacks leave the weights of the step")
    func callbacks() throws {
        var network = Self.model()
        var hash = ""
        #expect(throws: Interruption.self) {
            try network.fit(
                Self.data, loss: .softmaxCrossEntropy, epochs: 3, batchSize: 3, on: device,
                callbacks: [
                    .afterStep { step in
                        hash = try step.values.sha256()
                        if step.step == 3 { throw Interruption() }
                        return .proceed
                    }
                ], progress: .silent)
        }
        #expect(try network.weightsSHA256() == hash)
    }
}
