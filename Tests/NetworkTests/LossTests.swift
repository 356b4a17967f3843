import Foundation
import Testing
import UnloopBackend
import UnloopNetwork
import UnloopTensor

@Suite struct LossTests {
    let prediction = Tensor([[0.78, 0.89, 0.12, 0.08, 0.97]], on: .loop)
    let target = Tensor([[1, 1, 0, 0, 1]], on: .loop)

    func value(_ loss: Loss, _ prediction: Tensor, _ target: Tensor) throws -> Double {
        Double(try loss(prediction, target).item())
    }

    /// The figures of the notes: L1, L2, binary cross-entropy; the float32 inputs alone move them by up to 3e-7.
    @Test func printedSamples() throws {
        #expect(abs(try value(.absoluteError, prediction, target) - 0.56) < 1e-6)
        #expect(abs(try value(.squaredError, prediction, target) - 0.0822) < 1e-6)
        #expect(abs(try value(.halfSquaredError, prediction, target) - 0.0411) < 1e-6)
        #expect(abs(try value(.meanSquaredError, prediction, target) - 0.01644) < 1e-6)
        #expect(abs(try value(.meanAbsoluteError, prediction, target) - 0.112) < 1e-6)
        #expect(abs(try value(.binaryCrossEntropy, prediction, target) - 0.6066693634880955) < 1e-6)
    }

    @Test func meansAreOverExamples() throws {
        let twice = Tensor.concatenate([prediction, prediction])
        let targets = Tensor.concatenate([target, 1 - target])
        for loss in [Loss.absoluteError, .squaredError, .binaryCrossEntropy, .meanSquaredError] {
            let mean = try (value(loss, prediction, target) + value(loss, prediction, 1 - target)) / 2
            #expect(abs(try value(loss, twice, targets) - mean) < 1e-6, "\(loss.name)")
        }
    }

    @Test func probabilitiesOf0And1AreFinite() throws {
        let certain = Tensor([[0, 1, 0, 1]], on: .loop)
        let wrong = Tensor([[1, 0, 0, 1]], on: .loop)
        for loss in [Loss.binaryCrossEntropy, .categoricalCrossEntropy] {
            let (value, slope) = valueWithGradient(at: certain) { loss($0, wrong) }
            #expect(try value.item().isFinite, "\(loss.name)")
            #expect(try slope.scalars().allSatisfy(\.isFinite), "\(loss.name)")
        }
        // Two outputs are wrong by certainty: their logarithms count as -100.
        #expect(try value(.binaryCrossEntropy, certain, wrong) == 200)
        #expect(try value(.binaryCrossEntropy, certain, certain) == 0)
    }

    @Test func hugeLogitsAreStable() throws {
        let logits = Tensor([[10_000, -10_000, 0, 10_000]], on: .loop)
        let truth = Tensor([[1, 0, 1, 0]], on: .loop)
        #expect(abs(try value(.sigmoidCrossEntropy, logits, truth) - (10_000 + log(2))) < 1e-2)
        let rows = Tensor([[10_000, -10_000, 0]], on: .loop)
        #expect(try value(.softmaxCrossEntropy, rows, Tensor(int32: [0], on: .loop)) == 0)
        #expect(try value(.softmaxCrossEntropy, rows, Tensor(int32: [1], on: .loop)) == 20_000)
        for (x, loss, y) in [
            (logits, Loss.sigmoidCrossEntropy, truth), (rows, .softmaxCrossEntropy, Tensor(int32: [2], on: .loop)),
        ] {
            #expect(try gradient(at: x) { loss($0, y) }.scalars().allSatisfy(\.isFinite))
        }
    }

    /// What has probability 0 counts 0, whatever its logarithm.
    @Test("infinite logits and probabilities of 0 and 1", arguments: Device.all)
    func infiniteLogits(_ device: Device) throws {
        let inf = Float.infinity
        let logits = Tensor([[-inf, 0, 1], [2, -inf, -inf]], on: device)
        let truth = Tensor([[0, 0, 1], [1, 0, 0]], on: device)
        let expected: Double = log(1 + exp(-1.0)) / 2
        for target in [truth, Tensor(int32: [2, 0], on: device)] {
            #expect(abs(try value(.softmaxCrossEntropy, logits, target) - expected) < 1e-7)
            let slopes = try gradient(at: logits) { Loss.softmaxCrossEntropy($0, target) }.doubles()
            let share: Double = 1 / (1 + exp(1.0)) / 2
            let truths: [Double] = [0, share, -share, 0, 0, 0]
            for (found, slope) in zip(slopes, truths) { #expect(abs(found - slope) < 1e-7) }
        }
        let soft = Tensor([[0, 0.25, 0.75]], on: device)
        let mean: Double = log(1 + exp(1.0)) - 0.75
        let found = try value(.softmaxCrossEntropy, Tensor([[-inf, 0, 1]], on: device), soft)
        #expect(abs(found - mean) < 1e-6)
        // Wrong with certainty.
        let wrongClasses = Tensor(int32: [0, 0], on: device)
        #expect(try value(.softmaxCrossEntropy, logits, wrongClasses) == .infinity)
        #expect(try value(.softmaxCrossEntropy, logits, wrongClasses.oneHot(3)) == .infinity)

        let signs = Tensor([[inf, -inf, inf, -inf]], on: device)
        let right = Tensor([[1, 0, 1, 0]], on: device)
        let wrong = Tensor([[0, 1, 0, 1]], on: device)
        #expect(try value(.sigmoidCrossEntropy, signs, right) == 0)
        #expect(try value(.sigmoidCrossEntropy, signs, wrong) == .infinity)
        #expect(try gradient(at: signs) { Loss.sigmoidCrossEntropy($0, right) }.scalars() == [0, 0, 0, 0])
        #expect(try gradient(at: signs) { Loss.sigmoidCrossEntropy($0, wrong) }.scalars() == [1, -1, 1, -1])
        // An infinite error has the slope of all large ones.
        let zero = Tensor([[0, 0, 0, 0]], on: device)
        #expect(try gradient(at: signs) { Loss.huber()($0, zero) }.scalars() == [0.25, -0.25, 0.25, -0.25])
        for loss in [Loss.binaryCrossEntropy, .categoricalCrossEntropy] {
            #expect(try value(loss, right, right) == 0, "\(loss.name)")
            #expect(try gradient(at: right) { loss($0, right) }.scalars().allSatisfy(\.isFinite), "\(loss.name)")
        }
    }

    @Test func logitsAndProbabilitiesAgree() throws {
        let logits = samples([6, 4], seed: 4)
        let classes = Tensor(int32: [0, 3, 2, 1, 1, 0], on: .loop)
        let oneHot = classes.oneHot(4)
        let expected = try value(.softmaxCrossEntropy, logits, classes)
        #expect(abs(try value(.softmaxCrossEntropy, logits, oneHot) - expected) < 1e-5)
        #expect(abs(try value(.categoricalCrossEntropy, logits.softmax(), classes) - expected) < 1e-5)
        #expect(abs(try value(.categoricalCrossEntropy, logits.softmax(), oneHot) - expected) < 1e-5)
        let binary = try value(.sigmoidCrossEntropy, logits, oneHot)
        #expect(abs(try value(.binaryCrossEntropy, sigmoid(logits), oneHot) - binary) < 1e-5)
    }

    /// Independent: -log(softmax) in Double.
    @Test func softmaxCrossEntropyIsItsDefinition() throws {
        let logits = samples([5, 7], seed: 6)
        let classes: [Int32] = [0, 6, 3, 3, 2]
        let values = try logits.doubles()
        var expected = 0.0
        for (row, label) in classes.enumerated() {
            let x = Array(values[row * 7..<(row + 1) * 7])
            var sum = 0.0
            for element in x { sum += Foundation.exp(element) }
            expected += (Foundation.log(sum) - x[Int(label)]) / 5
        }
        #expect(abs(try value(.softmaxCrossEntropy, logits, Tensor(int32: classes, on: .loop)) - expected) < 1e-6)
    }

    @Test func huberIsQuadraticThenLinear() throws {
        let y = Tensor([0, 0, 0, 0], on: .loop)
        let x = Tensor([0.5, -2, 3, 0], on: .loop)
        #expect(abs(try value(.huber(1), x, y) - (0.125 + 1.5 + 2.5) / 4) < 1e-7)
        #expect(try gradient(at: x) { Loss.huber(1)($0, y) * 4 }.scalars() == [0.5, -1, 1, 0])
    }

    @Test func targetsMayLackALastAxisOfSize1() throws {
        let column = Tensor([[1], [2], [3]], on: .loop)
        let vector = Tensor([1, 2, 5], on: .loop)
        #expect(abs(try value(.meanSquaredError, column, vector) - 4.0 / 3) < 1e-6)
        #expect(abs(try value(.meanSquaredError, column, Tensor(int32: [1, 2, 5], on: .loop)) - 4.0 / 3) < 1e-6)
    }

    @Test func classesThatDoNotExistAreErrors() {
        let prediction = Tensor([[0.2, 0.3, 0.5]], on: .loop)
        #expect(throws: TensorError.self) {
            try Loss.categoricalCrossEntropy(prediction, Tensor(int32: [7], on: .loop)).item()
        }
    }

    @Test func metrics() throws {
        func value(_ metric: Metric, _ prediction: Tensor, _ target: Tensor) throws -> Double {
            Double(try metric(prediction, target).item())
        }
        let scores = Tensor([[1, 3, 2], [5, 5, 0], [0, 1, 2], [9, 0, 0]], on: .loop)
        #expect(try value(.accuracy, scores, Tensor(int32: [1, 1, 2, 0], on: .loop)) == 0.75)
        #expect(try value(.accuracy, scores, Tensor(int32: [1, 0, 2, 0], on: .loop).oneHot(3)) == 1)
        let probabilities = Tensor([[0.9], [0.4], [0.5], [0.6]], on: .loop)
        let labels = Tensor(int32: [1, 1, 0, 1], on: .loop)
        #expect(try value(.binaryAccuracy, probabilities, labels) == 0.75)
        #expect(try value(.binaryAccuracy(threshold: 0.3), probabilities, labels) == 0.75)
        #expect(abs(try value(.meanSquaredError, probabilities, labels) - (0.01 + 0.36 + 0.25 + 0.16) / 4) < 1e-6)
        #expect(abs(try value(.meanAbsoluteError, probabilities, labels) - (0.1 + 0.6 + 0.5 + 0.4) / 4) < 1e-6)
    }
}
