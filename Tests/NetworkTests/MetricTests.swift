import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

@Suite struct MetricTests {
    func value(_ metric: Metric, _ prediction: Tensor, _ target: Tensor) throws -> Double {
        try metric(prediction, target).doubles()[0]
    }

    /// Class numbers as int32 and as reals, as a vector and as a column, and one number for each class.
    func labels(_ classes: [Int32], of count: Int, on device: Device) -> [Tensor] {
        let vector = Tensor(int32: classes, on: device)
        return [
            vector, vector.reshaped([classes.count, 1]), vector.to(.float32),
            vector.to(.float32).reshaped([classes.count, 1]), vector.oneHot(count), vector.oneHot(count).to(.int32),
        ]
    }

    @Test("labels of every form give the same accuracy") func labelForms() throws {
        for device in try DeviceTests.devices() {
            let scores = Tensor([[1, 3, 2], [0, 1, 5], [4, 1, 2], [2, 2, 0]], on: device)
            for labels in labels([1, 2, 0, 0], of: 3, on: device) {
                #expect(try value(.accuracy, scores, labels) == 1, "\(labels.elementType) \(labels.shape)")
            }
            for labels in labels([0, 2, 0, 1], of: 3, on: device) {
                #expect(try value(.accuracy, scores, labels) == 0.5, "\(labels.elementType) \(labels.shape)")
            }
            for labels in labels([1], of: 3, on: device) {
                #expect(try value(.accuracy, scores[0..<1], labels) == 1)
            }
            let steps = scores.reshaped([2, 2, 3])
            #expect(try value(.accuracy, steps, Tensor(int32: [1, 0, 0, 0], shape: [2, 2], on: device)) == 0.75)
            #expect(try value(.accuracy, steps, Tensor(int32: [1, 0, 0, 0], shape: [2, 2, 1], on: device)) == 0.75)
            #expect(
                try value(
                    .accuracy, scores.transposed().contiguous().transposed(),
                    labels([1, 2, 0, 0], of: 3, on: device)[1]) == 1)
        }
    }

    @Test("NaN is never right") func notANumber() throws {
        for device in try DeviceTests.devices() {
            let nan = Float.nan
            let scores = Tensor(
                [[nan, 3, 2], [0, nan, 5], [nan, nan, nan], [.infinity, 0, -.infinity]], on: device)
            for classes in [[0, 1, 0, 0], [1, 2, 2, 0]] as [[Int32]] {
                for labels in labels(classes, of: 3, on: device) {
                    #expect(try value(.accuracy, scores, labels) == 0.25)
                }
            }
            let good = Tensor([[1, 3, 2], [0, 1, 5]], on: device)
            #expect(try value(.accuracy, good, Tensor([nan, 2], on: device)) == 0.5)
            #expect(try value(.accuracy, good, Tensor([[nan, 1, 0], [0, 0, 1]], on: device)) == 0.5)
            let column = Tensor([[nan], [nan], [0.2], [0.9]], on: device)
            #expect(try value(.binaryAccuracy, column, Tensor(int32: [0, 1, 0, 1], on: device)) == 0.5)
            #expect(try value(.binaryAccuracy, column, Tensor([0, 1, nan, 1], on: device)) == 0.25)
            #expect(try value(.meanAbsoluteError, column, column).isNaN)
        }
    }

    @Test("a column and a vector are the same targets") func columns() throws {
        for device in try DeviceTests.devices() {
            let vector = Tensor([1, 2, 4], on: device)
            let column = vector.reshaped([3, 1])
            let custom = Metric("own", isScore: false) { ($0 - $1.to(.float32)).squared().sum() }
            for metric in [custom, .meanSquaredError, .meanAbsoluteError] {
                #expect(try value(metric, column, vector) == 0, "\(metric.name)")
                #expect(try value(metric, vector, column) == 0, "\(metric.name)")
                #expect(try value(metric, column, Tensor(int32: [1, 2, 4], on: device)) == 0, "\(metric.name)")
            }
            let right = Metric("right", isScore: true) { ($0.argmax(-1) .== $1).to(.float32).sum() }
            let scores = Tensor([[0, 1], [0, 1], [0, 1]], on: device)
            #expect(try value(right, scores, Tensor(int32: [1, 1, 1], shape: [3, 1], on: device)) == 1)
        }
    }

    func expectTrap(_ texts: [String], _ result: ExitTest.Result?) {
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        for text in texts { #expect(message.contains(text), "\(message)") }
    }

    @Test("one output is no class number") func oneOutput() async {
        expectTrap(
            ["accuracy: predictions [3, 1] for targets [3] have no two outputs", "binaryAccuracy"],
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Metric.accuracy(Tensor.zeros([3, 1], on: .loop), Tensor(int32: [0, 1, 0], on: .loop))
            })
        expectTrap(
            ["accuracy: predictions [3] for targets [3] have no two outputs"],
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Metric.accuracy(Tensor.zeros([3], on: .loop), Tensor(int32: [0, 1, 0], on: .loop))
            })
    }

    @Test("shapes that disagree are named") func shapes() async {
        expectTrap(
            ["accuracy: targets [2] for predictions [3, 4]"],
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Metric.accuracy(Tensor.zeros([3, 4], on: .loop), Tensor(int32: [0, 1], on: .loop))
            })
        expectTrap(
            ["accuracy: targets [3, 2] for predictions [3, 4]"],
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Metric.accuracy(Tensor.zeros([3, 4], on: .loop), Tensor.zeros([3, 2], on: .loop))
            })
        expectTrap(
            ["own: gives [3], not one number, of targets [3] and predictions [3, 4]"],
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Metric("own", isScore: true) { prediction, _ in prediction.max(-1) }(
                    Tensor.zeros([3, 4], on: .loop), Tensor(int32: [0, 1, 2], on: .loop))
            })
        expectTrap(
            ["binaryAccuracy: targets [3, 4] for predictions [3, 1]"],
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Metric.binaryAccuracy(Tensor.zeros([3, 1], on: .loop), Tensor.zeros([3, 4], on: .loop))
            })
    }

    @Test("a column of labels from a table, evaluated in batches") func evaluation() throws {
        for device in try DeviceTests.devices() {
            var model = Model { Dense(3, initializer: .zeros) }
            model.build(inputShape: [2], on: device)
            let classes = (0..<7).map { Int32($0 % 3) }
            for labels in labels(classes, of: 3, on: device) {
                let data = Dataset(features: samples([7, 2], on: device), labels: labels)
                #expect(try abs(model.evaluate(data, metric: .accuracy, batchSize: 3) - 3.0 / 7) < 1e-12)
            }
            let empty = Dataset(features: Tensor.zeros([0, 2], on: device), labels: Tensor(int32: [], on: device))
            #expect(throws: TrainingError.noExamples) { try model.evaluate(empty) }
            #expect(model.predict(empty.features).shape == [0, 3])
            let hollow = Dataset(features: Tensor.zeros([4, 0], on: device), labels: Tensor.zeros([4, 2], on: device))
            #expect(throws: TrainingError.emptyExamples(features: [0], labels: [2])) { try model.evaluate(hollow) }
        }
    }
}
