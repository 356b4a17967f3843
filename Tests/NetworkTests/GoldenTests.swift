import Foundation
import Testing
import UnloopBackend
import UnloopConformance
import UnloopNetwork
import UnloopTensor

/// Layers, losses and optimizers against PyTorch's, which Golden/generate.py has written down.
@Suite("Golden records of layers, losses and optimizers") struct GoldenTests {
    static let records = Result {
        try GoldenRecord.read(URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Golden/network.json")
    }

    @Test("each operation of the dispatcher has a record, and each loss")
    func coverage() throws {
        let records = try Self.records.get()
        #expect(Set(records.map(\.operation)) == Set(goldenOperations.keys))
        let losses = records.filter { $0.attributes["loss"] != nil }
        #expect(
            Set(try losses.map { try $0.loss().name.prefix { $0 != "(" } })
                == Set(Loss.all.map { $0.name.prefix { $0 != "(" } }))
    }

    @Test("results and gradients are PyTorch's", arguments: [ElementType.float64, .float32])
    func agreement(_ elementType: ElementType) throws {
        for record in try Self.records.get() {
            let operation = try #require(goldenOperations[record.operation], "\(record.operation)")
            for deviation in try record.deviations(of: operation, in: elementType) { Issue.record("\(deviation)") }
        }
    }
}

/// How the operations of the records are done here.
private let goldenOperations: [String: GoldenRecord.Operation] = [
    "layerNorm": { record, x in
        let layer = LayerNorm(epsilon: try record.number("epsilon"))
        layer.scale.value = x[1]
        layer.shift.value = x[2]
        return [layer.forward(x[0], Pass(isTraining: true))]
    },
    "batchNormTraining": { record, x in
        [try record.batchNorm(x[1], x[2], x[0].elementType).forward(x[0], Pass(isTraining: true))]
    },
    "batchNormInference": { record, x in
        [try record.batchNorm(x[1], x[2], x[0].elementType).forward(x[0], Pass(isTraining: false))]
    },
    "batchNormAverages": { record, x in
        let layer = BatchNorm(momentum: try record.number("momentum"), epsilon: try record.number("epsilon"))
        layer.scale.value = Tensor.ones(like: x[1])
        layer.shift.value = Tensor.zeros(like: x[1])
        layer.runningMean.value = x[1]
        layer.runningVariance.value = x[2]
        _ = layer.forward(x[0], Pass(isTraining: true))
        return [layer.runningMean.value, layer.runningVariance.value]
    },
    "embedding": { record, x in
        let layer = Embedding(rows: x[0].shape[0], size: x[0].shape[1])
        layer.weight.value = x[0]
        return [layer.forward(x[1], Pass())]
    },
    "dense": { record, x in
        let name = try record.text("activation")
        let activation = try #require(Activation.all.first { $0.name == name }, "\(name)")
        let layer = Dense(x[1].shape[1], activation: activation, bias: x.count == 3)
        layer.weight.value = x[1]
        if x.count == 3 { layer.bias.value = x[2] }
        return [layer.forward(x[0], Pass(isTraining: true))]
    },
    "loss": { record, x in [try record.loss()(x[0], x[1])] },
    "lossOfClasses": { record, x in [try record.loss()(x[0], x[1])] },
    "lossOfPrediction": { record, x in
        let target = Tensor(float64: try record.numbers("target"), shape: try record.integers("targetShape"))
        return [try record.loss()(x[0], target.to(x[0].elementType))]
    },
    "optimizer": { record, x in
        // One parameter along the given gradients, one a step.
        let weight = Dense(1).weight
        weight.value = x[0]
        var state = OptimizerState(try record.optimizer())
        let points = (0..<x[1].shape[0]).map { step in
            state.update([weight], gradients: [x[1][step]])
            return weight.value
        }
        return [Tensor.stack(points)]
    },
]

extension GoldenRecord {
    fileprivate func batchNorm(_ scale: Tensor, _ shift: Tensor, _ elementType: ElementType) throws -> BatchNorm {
        let layer = BatchNorm(momentum: try number("momentum"), epsilon: try number("epsilon"))
        layer.scale.value = scale
        layer.shift.value = shift
        layer.runningMean.value = Tensor(float64: try numbers("runningMean")).to(elementType)
        layer.runningVariance.value = Tensor(float64: try numbers("runningVariance")).to(elementType)
        return layer
    }

    fileprivate func loss() throws -> Loss {
        let name = try text("loss")
        if name == "huber" { return .huber(try number("delta")) }
        return try #require(Loss.all.first { $0.name == name }, "\(name)")
    }

    fileprivate func optimizer() throws -> Optimizer {
        let rate = LearningRate.constant(try number("rate"))
        switch try text("optimizer") {
        case "sgd": return .sgd(rate)
        case "momentum": return .momentum(rate, momentum: try number("momentum"))
        case "nesterov": return .nesterov(rate, momentum: try number("momentum"))
        case "rmsProp": return .rmsProp(rate, decay: try number("decay"), epsilon: try number("epsilon"))
        case "adam":
            return .adam(
                rate, beta1: try number("beta1"), beta2: try number("beta2"), epsilon: try number("epsilon"))
        case "adamW":
            return .adamW(
                rate, weightDecay: try number("weightDecay"), beta1: try number("beta1"), beta2: try number("beta2"),
                epsilon: try number("epsilon"))
        default: throw MissingAttribute(record: name, attribute: "optimizer")
        }
    }
}
