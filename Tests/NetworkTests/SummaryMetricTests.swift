import Foundation
import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// Metrics that are no means of sums: against scikit-learn, with ties, NaN and classes that do not occur.
@Suite struct SummaryMetricTests {
    static let averaged: [(name: String, make: @Sendable (ClassAverage) -> Metric)] = [
        ("precision", { .precision($0) }), ("recall", { .recall($0) }), ("f1", { .f1($0) }),
    ]

    /// A network that gives its features.
    static func passing(_ shape: [Int], on device: Device) -> Model<Sequential> {
        var model = Model { ActivationLayer(.identity) }
        model.build(inputShape: shape, on: device)
        return model
    }

    @Test("classification is scikit-learn's", arguments: try DeviceTests.devices())
    func classification(_ device: Device) throws {
        for golden in try MetricGolden.values.get().classification {
            let shape = [golden.examples, golden.classes]
            let scores = Tensor(golden.scores, shape: shape, on: device)
            let probabilities = Tensor(golden.probabilities, shape: shape, on: device)
            for labels in MetricTests().labels(golden.labels, of: golden.classes, on: device) {
                for (name, make) in Self.averaged {
                    let expected =
                        switch name {
                        case "precision": golden.precision
                        case "recall": golden.recall
                        default: golden.f1
                        }
                    #expect(try abs(make(.macro).value(scores, labels) - expected.macro) < 1e-15, "\(name)")
                    #expect(try make(.micro).value(scores, labels) == expected.micro, "\(name)")
                    for (number, value) in expected.ofClasses.enumerated() {
                        #expect(try make(.ofClass(number)).value(scores, labels) == value, "\(name) \(number)")
                    }
                }
                for (position, share) in golden.top.enumerated() {
                    #expect(try Metric.topAccuracy(position + 1).value(scores, labels) == share)
                }
                #expect(try abs(Metric.logLoss.value(probabilities, labels) - golden.logLoss) < 1e-13)
                let ofLogits = try Metric.logLoss(fromLogits: true).value(scores, labels)
                #expect(abs(ofLogits - golden.logLossOfLogits) < 1e-6)
            }
            #expect(Metric.precision.name == "precision" && Metric.recall(.ofClass(3)).name == "recall(class 3)")
        }
    }

    @Test("two classes and regression are scikit-learn's", arguments: try DeviceTests.devices())
    func binaryAndRegression(_ device: Device) throws {
        for golden in try MetricGolden.values.get().binary {
            let (vector, labels) = (Tensor(golden.scores, on: device), Tensor(int32: golden.labels, on: device))
            for scores in [vector, vector.reshaped([golden.scores.count, 1])] {
                for labels in [labels, labels.to(.float32), labels.reshaped([golden.labels.count, 1])] {
                    #expect(try abs(Metric.areaUnderROC.value(scores, labels) - golden.area) < 1e-15)
                    // Nothing but the order counts.
                    let logits = log(scores + 0.25)
                    #expect(try abs(Metric.areaUnderROC.value(logits, labels) - golden.area) < 1e-15)
                    #expect(try Metric.precision(threshold: 0.5).value(scores, labels) == golden.precision)
                    #expect(try Metric.recall(threshold: 0.5).value(scores, labels) == golden.recall)
                    #expect(try Metric.f1(threshold: 0.5).value(scores, labels) == golden.f1)
                    #expect(try abs(Metric.logLoss.value(scores, labels) - golden.logLoss) < 1e-13)
                }
            }
        }
        for golden in try MetricGolden.values.get().regression {
            let shape = [golden.targets.count / golden.outputs, golden.outputs]
            let found = try Metric.rSquared.value(
                Tensor(golden.predictions, shape: shape, on: device), Tensor(golden.targets, shape: shape, on: device))
            #expect(abs(found - golden.rSquared) < 1e-14)
        }
    }

    @Test("neither batches nor devices change a bit") func batches() throws {
        let golden = try MetricGolden.values.get().classification[1]
        let binary = try MetricGolden.values.get().binary[1]
        let metrics: [Metric] =
            [.accuracy, .topAccuracy(2), .topAccuracy(5), .logLoss(fromLogits: true)]
            + Self.averaged.flatMap { [$0.make(.macro), $0.make(.micro), $0.make(.ofClass(2))] }
        let ofOne: [Metric] = [
            .areaUnderROC, .logLoss, .rSquared, .precision(threshold: 0.5), .recall(threshold: 0.5),
            .f1(threshold: 0.5), .binaryAccuracy,
        ]
        var known: [[Double]] = []
        for device in try DeviceTests.devices() {
            let several = Dataset(
                features: Tensor(golden.scores, shape: [golden.examples, golden.classes], on: device),
                labels: Tensor(int32: golden.labels, on: device))
            let single = Dataset(
                features: Tensor(binary.scores, shape: [binary.scores.count, 1], on: device),
                labels: Tensor(int32: binary.labels, on: device))
            for size in [1, 2, 7, 36, 37, 80, 256] {
                var found: [Double] = []
                for (data, metrics) in [(several, metrics), (single, ofOne)] {
                    let model = Self.passing(data.exampleShape, on: device)
                    let values = try model.evaluate(data, metrics: metrics, batchSize: size)
                    #expect(values.count == metrics.count)
                    for metric in metrics {
                        let value = try #require(values[metric.name])
                        #expect(try model.evaluate(data, metric: metric, batchSize: size) == value, "\(metric.name)")
                        #expect(try metric.value(data.features, data.labels) == value, "\(metric.name)")
                        found.append(value)
                    }
                }
                known.append(found)
            }
        }
        for other in known.dropFirst() { #expect(other == known[0]) }
    }

    @Test("equal outputs", arguments: try DeviceTests.devices()) func ties(_ device: Device) throws {
        let scores = Tensor([[1, 1, 1, 0], [2, 3, 2, 3], [0, 0, 0, 0]], on: device)
        // Before the outputs of the classes come 2, 0 and 3 others.
        let labels = Tensor(int32: [2, 1, 3], on: device)
        for (count, right) in [(1, 1), (2, 1), (3, 2), (4, 3), (9, 3)] as [(Int, Double)] {
            #expect(try Metric.topAccuracy(count).value(scores, labels) == right / 3, "\(count)")
        }
        #expect(try Metric.accuracy(scores, labels).item() == Metric.topAccuracy(1)(scores, labels).item())
        let pairs = Tensor(int32: [0, 1, 0, 1], on: device)
        let area = Metric.areaUnderROC
        #expect(try area.value(Tensor([3, 3, 3, 3], on: device), pairs) == 0.5)
        // 0 and -0 are equal: of four pairs, two are equal and two are wrong.
        #expect(try area.value(Tensor([0, -0.0, 1, 0], on: device), pairs) == (0.5 + 0.5) / 4)
        #expect(try area.value(Tensor([1, 2, 3, 4], on: device), pairs) == 0.75)
        #expect(try area.value(Tensor([-.infinity, .infinity, -1, 1], on: device), pairs) == 1)
        #expect(try area.value(Tensor([.infinity, .infinity, 0, 1], on: device), pairs) == (0.5 + 1 + 0 + 1) / 4)
    }

    @Test("NaN", arguments: try DeviceTests.devices()) func notANumber(_ device: Device) throws {
        let nan = Float.nan
        let scores = Tensor([[nan, 1, 0], [0, 1, 5], [1, 0, nan], [3, 0, 0]], on: device)
        let labels = Tensor(int32: [0, 2, 2, 0], on: device)
        #expect(try Metric.topAccuracy(3).value(scores, labels) == 0.5)
        #expect(try Metric.precision(.micro).value(scores, labels) == 1)
        #expect(try Metric.recall(.micro).value(scores, labels) == 0.5)
        #expect(try Metric.recall(.ofClass(2)).value(scores, labels) == 0.5)
        #expect(try Metric.f1.value(scores, labels) == 2.0 / 3)
        #expect(try Metric.logLoss.value(scores, labels).isNaN)
        #expect(try Metric.logLoss(fromLogits: true).value(scores, labels).isNaN)
        let vector = Tensor([0.5, nan, 0.75, 0.25], on: device)
        let ones = Tensor([1, 1, 0, 0], on: device)
        #expect(try Metric.areaUnderROC.value(vector, ones).isNaN)
        #expect(try Metric.areaUnderROC.value(ones, vector).isNaN)
        #expect(try Metric.rSquared.value(vector, ones).isNaN && Metric.rSquared.value(ones, vector).isNaN)
        #expect(try Metric.logLoss.value(vector, ones).isNaN && Metric.logLoss.value(ones, vector).isNaN)
        #expect(try Metric.logLoss(fromLogits: true).value(vector, ones).isNaN)
        #expect(try Metric.precision(threshold: 0.3).value(vector, ones) == 0.5)
        #expect(try Metric.recall(threshold: 0.3).value(vector, ones) == 0.5)
    }

    @Test("classes that do not occur, and labels that are no class") func absentClasses() throws {
        for device in try DeviceTests.devices() {
            let scores = Tensor([[1, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0]], on: device)
            let labels = Tensor(int32: [0, 1, 1], on: device)
            // Classes 2 and 3 neither are predicted nor occur.
            #expect(try Metric.precision.value(scores, labels) == 0.75)
            #expect(try Metric.recall.value(scores, labels) == 0.75)
            for average in [2, 3].map(ClassAverage.ofClass) {
                for (name, make) in Self.averaged { #expect(try make(average).value(scores, labels) == 0, "\(name)") }
            }
            for wrong in [Tensor(int32: [0, 7, -1], on: device), Tensor([0, 0.5, .nan], on: device)] {
                #expect(try Metric.topAccuracy(4).value(scores, wrong) == 1.0 / 3)
                #expect(try Metric.accuracy(scores, wrong).item() as Double == Double(Float(1) / 3))
                #expect(try Metric.precision(.micro).value(scores, wrong) == 1.0 / 3)
                #expect(try Metric.recall(.micro).value(scores, wrong) == 1)
                #expect(try Metric.precision(.ofClass(1)).value(scores, wrong) == 0)
                #expect(try Metric.logLoss.value(scores, wrong).isNaN)
            }
        }
    }

    @Test("one class only, constant targets, no examples", arguments: try DeviceTests.devices())
    func degenerate(_ device: Device) throws {
        let vector = Tensor([0.25, 0.5, 0.75], on: device)
        for targets in [Tensor.zeros([3], on: device), .ones([3], on: device)] {
            #expect(try Metric.areaUnderROC.value(vector, targets).isNaN)
            #expect(try Metric.rSquared.value(vector, targets) == 0)
            #expect(try Metric.rSquared.value(targets, targets) == 1)
        }
        // A third is no binary fraction: the mean of thirds must be a third.
        let thirds = Tensor.full([7], 1.0 / 3, on: device)
        #expect(try Metric.rSquared.value(thirds, thirds) == 1)
        #expect(try Metric.rSquared.value(vector[0..<1], vector[0..<1]).isNaN)
        #expect(try Metric.precision(threshold: 1).value(vector, Tensor.ones([3], on: device)) == 0)
        #expect(try Metric.recall(threshold: 0).value(vector, Tensor.zeros([3], on: device)) == 0)
        #expect(try Metric.f1(threshold: 1).value(vector, Tensor.zeros([3], on: device)) == 0)

        let (rows, classes) = (Tensor.zeros([0, 3], on: device), Tensor(int32: [], on: device))
        for metric in [Metric.accuracy, .topAccuracy(2), .logLoss, .logLoss(fromLogits: true)] {
            #expect(try metric.value(rows, classes).isNaN, "\(metric.name)")
            #expect(try metric(rows, classes).item().isNaN, "\(metric.name)")
        }
        for (name, make) in Self.averaged { #expect(try make(.macro).value(rows, classes) == 0, "\(name)") }
        let none = Tensor.zeros([0], on: device)
        #expect(try Metric.areaUnderROC.value(none, none).isNaN && Metric.rSquared.value(none, none).isNaN)
        #expect(try Metric.precision(threshold: 0).value(none, none) == 0)
    }

    @Test("probabilities of 0 and 1, and infinite logits", arguments: try DeviceTests.devices())
    func certainty(_ device: Device) throws {
        let certain = Tensor([[1, 0], [0, 1]], on: device)
        let epsilon = 0x1p-23
        #expect(try abs(Metric.logLoss.value(certain, Tensor(int32: [0, 1], on: device)) - epsilon) < 1e-13)
        let wrong = try Metric.logLoss.value(certain, Tensor(int32: [1, 0], on: device))
        #expect(abs(wrong + Foundation.log(epsilon)) < 1e-13)
        let infinite = Tensor([[.infinity, 0], [0, 1]].map { $0.map { -$0 } }, on: device)
        #expect(try Metric.logLoss(fromLogits: true).value(infinite[0..<1], Tensor(int32: [1], on: device)) == 0)
        #expect(
            try Metric.logLoss(fromLogits: true).value(infinite, Tensor(int32: [0, 0], on: device)) == .infinity)
        let single = Tensor([-2, 3], on: device)
        let expected = (Foundation.log(1 + Foundation.exp(-2.0)) + Foundation.log(1 + Foundation.exp(3.0))) / 2
        let found = try Metric.logLoss(fromLogits: true).value(single, Tensor(int32: [0, 0], on: device))
        #expect(abs(found - expected) < 1e-6)
    }

    @Test("sequences count every step") func sequences() throws {
        for device in try DeviceTests.devices() {
            let scores = samples([4, 3, 5], seed: 9, on: device)
            let labels = Tensor(int32: (0..<12).map { Int32($0 * 7 % 5) }, shape: [4, 3], on: device)
            let (flat, flatLabels) = (scores.reshaped([12, 5]), labels.reshaped([12]))
            let metrics: [Metric] =
                [.topAccuracy(1), .topAccuracy(2), .logLoss(fromLogits: true)] + Self.averaged.map { $0.make(.macro) }
            for metric in metrics {
                #expect(try metric.value(scores, labels) == metric.value(flat, flatLabels), "\(metric.name)")
            }
        }
    }

    @Test("a summary of one's own") func own() throws {
        let median = Metric(
            "median", isScore: false, collecting: { [abs($0 - $1)] },
            summary: { columns in
                let errors = columns.first?.sorted() ?? []
                return errors.isEmpty ? .nan : errors[errors.count / 2]
            })
        for device in try DeviceTests.devices() {
            let data = Dataset(
                features: Tensor([[1], [2], [3], [4], [5]], on: device), labels: Tensor([1, 1, 9, 4, 2], on: device))
            for size in [1, 2, 5] {
                #expect(
                    try Self.passing([1], on: device).evaluate(data, metric: median, batchSize: size) == 1, "\(size)")
            }
        }
    }

    @Test("a device that fails is an error") func failure() throws {
        let broken = Tensor([[0.2, 0.8]], on: .loop).gathering(Tensor(int32: [9], on: .loop))
        let labels = Tensor(int32: [1], on: .loop)
        for metric in [Metric.precision, .logLoss, .topAccuracy(1)] {
            #expect(throws: TensorError.self, "\(metric.name)") { try metric.value(broken, labels) }
            #expect(throws: TensorError.self, "\(metric.name)") { try metric(broken, labels).item() as Double }
        }
    }

    @Test("what cannot be computed is named") func misuse() async {
        func expectTrap(_ text: String, _ result: ExitTest.Result?) {
            MetricTests().expectTrap([text], result)
        }
        expectTrap(
            "areaUnderROC: predictions [3, 2] for targets [3]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = try Metric.areaUnderROC.value(Tensor.zeros([3, 2], on: .loop), Tensor.zeros([3], on: .loop))
            })
        expectTrap(
            "precision: predictions [3, 1] for targets [3] have no two outputs",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = try Metric.precision.value(Tensor.zeros([3, 1], on: .loop), Tensor.zeros([3], on: .loop))
            })
        expectTrap(
            "recall(class 4): predictions [3, 4] have no such class",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = try Metric.recall(.ofClass(4)).value(Tensor.zeros([3, 4], on: .loop), Tensor.zeros([3], on: .loop))
            })
        expectTrap(
            "evaluate: of the metrics [\"accuracy\", \"accuracy\"], two have the same name",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let data = Dataset(features: Tensor.zeros([3, 2], on: .loop), labels: Tensor.zeros([3], on: .loop))
                _ = try SummaryMetricTests.passing([2], on: .loop).evaluate(data, metrics: [.accuracy, .accuracy])
            })
    }
}
