import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

@Suite struct ConfusionMatrixTests {
    let matrix = ConfusionMatrix(counts: [[50, 0, 0], [0, 48, 2], [0, 1, 49]])

    @Test("counts and scores are scikit-learn's, for batches of every size")
    func golden() throws {
        for golden in try MetricGolden.values.get().classification {
            let (rows, classes) = (golden.examples, golden.classes)
            let expected = (0..<classes).map { Array(golden.confusion[$0 * classes..<($0 + 1) * classes]) }
            for device in try DeviceTests.devices() {
                let scores = Tensor(golden.scores, shape: [rows, classes], on: device)
                for labels in MetricTests().labels(golden.labels, of: classes, on: device) {
                    let matrix = try ConfusionMatrix(outputs: scores, targets: labels)
                    #expect(matrix.counts == expected)
                    let data = Dataset(features: scores, labels: labels)
                    for size in [1, 7, 64] {
                        let model = SummaryMetricTests.passing([classes], on: device)
                        #expect(try model.confusionMatrix(of: data, batchSize: size) == matrix)
                    }
                    let parts = try data.batches(of: 9).map {
                        try ConfusionMatrix(outputs: $0.features, targets: $0.labels)
                    }
                    #expect(parts.dropFirst().reduce(parts[0], +) == matrix)
                }
            }
            let matrix = ConfusionMatrix(counts: expected)
            #expect(matrix.examples == rows && matrix.classes == classes)
            #expect(matrix.accuracy == golden.top[0])
            #expect(abs(matrix.precision() - golden.precision.macro) < 1e-15)
            #expect(abs(matrix.recall(.macro) - golden.recall.macro) < 1e-15)
            #expect(abs(matrix.f1() - golden.f1.macro) < 1e-15)
            #expect(matrix.precision(.micro) == golden.precision.micro && matrix.f1(.micro) == golden.f1.micro)
            for number in 0..<classes {
                #expect(matrix.precision(ofClass: number) == golden.precision.ofClasses[number])
                #expect(matrix.recall(ofClass: number) == golden.recall.ofClasses[number])
                #expect(matrix.f1(ofClass: number) == golden.f1.ofClasses[number])
            }
        }
    }

    @Test("one output and a threshold", arguments: try DeviceTests.devices()) func threshold(_ device: Device) throws {
        let outputs = Tensor([0.2, 0.5, 0.7, 0.9, .nan, 0.1], on: device)
        let labels = Tensor(int32: [0, 1, 0, 1, 1, 1], on: device)
        for outputs in [outputs, outputs.reshaped([6, 1])] {
            for labels in [labels, labels.to(.float32), labels.reshaped([6, 1])] {
                let matrix = try ConfusionMatrix(outputs: outputs, targets: labels, threshold: 0.5)
                #expect(matrix.counts == [[1, 1], [2, 1]] && matrix.withoutPrediction == [0, 1])
                #expect(try matrix.recall(ofClass: 1) == Metric.recall(threshold: 0.5).value(outputs, labels))
                #expect(try matrix.precision(ofClass: 1) == Metric.precision(threshold: 0.5).value(outputs, labels))
            }
        }
        let data = Dataset(features: outputs.reshaped([6, 1]), labels: labels)
        let model = SummaryMetricTests.passing([1], on: device)
        #expect(try model.confusionMatrix(of: data, threshold: 0.5, batchSize: 4).counts == [[1, 1], [2, 1]])
    }

    @Test("NaN predicts no class and is missed") func notANumber() throws {
        let outputs = Tensor([[.nan, 1], [0, 1], [1, 0]], on: .loop)
        let matrix = try ConfusionMatrix(outputs: outputs, targets: Tensor(int32: [1, 1, 0], on: .loop))
        #expect(matrix.counts == [[1, 0], [0, 1]] && matrix.withoutPrediction == [0, 1] && matrix.examples == 3)
        #expect(matrix.accuracy == 2.0 / 3 && matrix.recall(ofClass: 1) == 0.5 && matrix.precision(ofClass: 1) == 1)
        #expect(matrix.description == "actual  0  1  NaN\n     0  1  0    0\n     1  0  1    1")
        #expect((matrix + matrix).withoutPrediction == [0, 2])
    }

    @Test("labels that are no class are an error, unless they are left out") func labels() throws {
        let outputs = Tensor([[0, 1], [0, 1], [1, 0]], on: .loop)
        let labels = Tensor(int32: [1, -100, 0], on: .loop)
        #expect(throws: TrainingError.labelOutOfRange(label: -100, classes: 2)) {
            try ConfusionMatrix(outputs: outputs, targets: labels)
        }
        #expect(throws: TrainingError.labelOutOfRange(label: -1, classes: 2)) {
            try ConfusionMatrix(outputs: outputs, targets: Tensor([0, 0.5, 1], on: .loop))
        }
        let model = SummaryMetricTests.passing([2], on: .loop)
        let data = Dataset(features: outputs, labels: labels)
        #expect(throws: TrainingError.labelOutOfRange(label: -100, classes: 2)) { try model.confusionMatrix(of: data) }
        #expect(try model.confusionMatrix(of: data, ignoring: -100).counts == [[1, 0], [0, 1]])
        #expect(throws: TrainingError.noExamples) { try model.confusionMatrix(of: data.sliced(0..<0)) }
    }

    @Test("classes that nothing is predicted as") func divisionByZero() {
        let matrix = ConfusionMatrix(predicted: [0, 0, 0], actual: [0, 0, 1], classes: 3)
        #expect(matrix.counts == [[2, 0, 0], [1, 0, 0], [0, 0, 0]])
        #expect(matrix.precision(ofClass: 1) == 0 && matrix.recall(ofClass: 2) == 0 && matrix.f1(ofClass: 1) == 0)
        // Of the two classes that occur.
        #expect(matrix.precision() == (2.0 / 3) / 2 && matrix.recall() == 0.5)
        let none = ConfusionMatrix(classes: 2)
        #expect(none.accuracy.isNaN && none.f1() == 0 && none.precision(.micro) == 0 && none.examples == 0)
    }

    @Test func description() {
        #expect(
            matrix.description == """
                actual   0   1   2
                     0  50   0   0
                     1   0  48   2
                     2   0   1  49
                """)
        var sum = matrix
        sum += ConfusionMatrix(counts: [[1000, 0, 0], [0, 0, 0], [0, 0, 0]])
        #expect(sum.description.hasPrefix("actual     0   1   2\n     0  1050   0   0\n"))
    }
}
