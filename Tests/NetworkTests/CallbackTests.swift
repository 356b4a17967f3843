import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// Code of the program that runs during a training.
@Suite struct CallbackTests {
    static let data = Dataset(features: samples([20, 3]), labels: samples([20, 2], seed: 2))

    struct Interruption: Error {}

    enum Place: String, CaseIterable, Sendable {
        case beforeRun, beforeEpoch, afterStep, beforeValidation, afterValidation, afterEpoch, afterRun
    }

    /// Notes where it is called; the decisions and errors are those of `body`.
    private func callback(_ body: @escaping (Place, _ text: String) throws -> Callback.Decision) -> Callback {
        Callback(
            beforeRun: { _ = try body(.beforeRun, "of \($0.epochs)") },
            beforeEpoch: { _ = try body(.beforeEpoch, "\($0)") },
            afterStep: { try body(.afterStep, "\($0.epoch)/\($0.step)") },
            beforeValidation: { _ = try body(.beforeValidation, "\($0)") },
            afterValidation: { _ = try body(.afterValidation, "\($0.epoch)") },
            afterEpoch: { try body(.afterEpoch, "\($0.number)") },
            afterRun: { _ = try body(.afterRun, "\($0.epochs.count)") })
    }

    /// Two steps an epoch.
    @discardableResult
    private func train(
        _ model: inout Model<Sequential>, epochs: Int = 2, isValidated: Bool = true, _ callbacks: [Callback]
    ) throws -> History {
        try model.fit(
            Self.data, validating: isValidated ? Self.data : nil, loss: .meanSquaredError,
            metrics: [.meanAbsoluteError],
            epochs: epochs, batchSize: 10, seed: 1, on: .loop, callbacks: callbacks, progress: .silent)
    }

    private func model() -> Model<Sequential> {
        Model {
            Dense(4, activation: .tanh)
            Dense(2)
        }
    }

    @Test func placesComeInTheirOrder() throws {
        var calls: [String] = []
        func noting(_ name: String) -> Callback {
            callback {
                calls.append("\(name) \($0) \($1)")
                return .proceed
            }
        }
        var model = model()
        try train(&model, [noting("a"), noting("b")])
        let places = [
            "beforeRun of 2", "beforeEpoch 1", "afterStep 1/1", "afterStep 1/2", "beforeValidation 1",
            "afterValidation 1", "afterEpoch 1", "beforeEpoch 2", "afterStep 2/3", "afterStep 2/4",
            "beforeValidation 2", "afterValidation 2", "afterEpoch 2", "afterRun 2",
        ]
        // At each place all callbacks, in their order.
        #expect(calls == places.flatMap { ["a \($0)", "b \($0)"] })

        calls = []
        try train(&model, epochs: 1, isValidated: false, [noting("a")])
        #expect(
            calls == [
                "a beforeRun of 1", "a beforeEpoch 1", "a afterStep 1/1", "a afterStep 1/2", "a afterEpoch 1",
                "a afterRun 1",
            ])
        calls = []
        try train(&model, epochs: 0, [noting("a")])
        #expect(calls == ["a beforeRun of 0", "a afterRun 0"])
    }

    @Test func stoppingEndsWithTheEpochsRest() throws {
        // Stopped after a step, the epoch is finished with what was done of it.
        let cases: [(Place, String, [String])] = [
            (.afterStep, "1/1", ["1/1"]), (.afterStep, "2/3", ["1/1", "1/2", "2/3"]),
            (.afterEpoch, "2", ["1/1", "1/2", "2/3", "2/4"]),
        ]
        for (place, text, expected) in cases {
            var (steps, places, others) = ([String](), [Place](), 0)
            var model = model()
            let history = try train(
                &model, epochs: 9,
                [
                    callback {
                        places.append($0)
                        if $0 == .afterStep { steps.append($1) }
                        return $0 == place && $1 == text ? .stop : .proceed
                    },
                    // Those behind it are called all the same.
                    callback { called, calledText in
                        if called == place && calledText == text { others += 1 }
                        return .proceed
                    },
                ])
            #expect(steps == expected, "\(place) \(text)")
            #expect(others == 1)
            #expect(places.suffix(4) == [.beforeValidation, .afterValidation, .afterEpoch, .afterRun])
            #expect(history.stoppedEarly && history.steps == expected.count)
            let last = try #require(history.epochs.last)
            #expect(try last.validationLoss == model.evaluate(Self.data, loss: .meanSquaredError, batchSize: 10))
            #expect(last.number == (text.hasPrefix("1") ? 1 : 2) && history.weightsFromEpoch == last.number)
        }
        // An epoch's loss is that of the examples that were seen.
        var first = Double.nan
        var model = model()
        let history = try train(
            &model,
            [
                .afterStep {
                    first = try $0.loss.item()
                    return .stop
                }
            ])
        #expect(history.epochs.map(\.trainingLoss) == [first])
    }

    /// The network has the weights of the last step that was done, which are numbers.
    @Test(arguments: Place.allCases, [1, 2]) func errorsArePassedOn(place: Place, time: Int) throws {
        // What comes once in a training has no second time.
        let isOnce = place == .beforeRun || place == .afterRun
        var model = model()
        var expected = try self.model().built([3], seed: 1).weightsSHA256()
        var calls = 0
        let noting = Callback.afterStep {
            expected = try $0.values.sha256()
            return .proceed
        }
        let failing = callback { called, _ in
            if called == place { calls += 1 }
            if called == place && (isOnce || calls == time) { throw Interruption() }
            return .proceed
        }
        #expect(throws: Interruption.self) { try train(&model, [noting, failing]) }
        #expect(calls == (isOnce ? 1 : time))
        #expect(model.isBuilt)
        #expect(try model.hasFiniteValues)
        #expect(try model.weightsSHA256() == expected)
        // It goes on from there.
        try train(&model, [])
        #expect(try model.hasFiniteValues)
    }

    @Test func whatCallbacksSee() throws {
        var model = model().built([3])
        let start = model
        var before = start.values
        var validations: [(Double, [String: Double])] = []
        let history = try model.fit(
            Self.data, validating: Self.data, loss: .meanSquaredError, optimizer: .sgd(0.5),
            metrics: [.meanAbsoluteError],
            epochs: 2, batchSize: 10, seed: 1, on: .loop,
            callbacks: [
                Callback(
                    beforeRun: { run in
                        #expect(run.epochs == 2 && run.step == 0 && run.history.epochs.isEmpty)
                        #expect(run.history.metricNames == ["meanAbsoluteError"])
                        #expect(run.summary == start.summary)
                    },
                    afterStep: { step in
                        #expect(step.gradients.count == 4 && step.previousValues.count == 4)
                        for (number, (old, gradient)) in zip(step.previousValues, step.gradients).enumerated() {
                            #expect(try old.isBitEqual(to: before[number].value))
                            let new = try (old - gradient * 0.5).doubles()
                            #expect(try relativeDifference(step.values[number].value.doubles(), new) < 1e-6)
                        }
                        before = step.values
                        return .proceed
                    },
                    afterValidation: { validations.append(($0.loss, $0.metrics)) })
            ], progress: .silent)
        #expect(history.epochs.map(\.validationLoss) == validations.map(\.0))
        #expect(history.epochs.map(\.metrics) == validations.map(\.1))
    }

    /// Whoever looks changes nothing.
    @Test func callbacksChangeNoBits() throws {
        var (watched, plain) = (model(), model())
        var kept: [ParameterValues] = []
        try train(
            &watched,
            [
                .afterStep {
                    kept.append($0.values)
                    return .proceed
                }
            ])
        try train(&plain, [])
        #expect(try watched.weightsSHA256() == plain.weightsSHA256())
        #expect(try Set(kept.map { try $0.sha256() }).count == 4)
        #expect(try kept[3].sha256() == plain.weightsSHA256())
    }
}
