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
        [LayerNorm(epsilon: try record.number("epsilon")).outputs(x[0], [x[1], x[2]])]
    },
    "batchNormTraining": { record, x in
        [try record.batchNorm(x, isTraining: true)]
    },
    "batchNormInference": { record, x in
        [try record.batchNorm(x, isTraining: false)]
    },
    "batchNormAverages": { record, x in
        let layer = BatchNorm(momentum: try record.number("momentum"), epsilon: try record.number("epsilon"))
        var model = layer.having([Tensor.ones(like: x[1]), Tensor.zeros(like: x[1]), x[1], x[2]])
        let found = valueWithGradient(of: model) { pass in model(x[0], pass).sum() }
        var state = OptimizerState(.sgd(0))
        try state.update(&model, found)
        return [model[layer.runningMean], model[layer.runningVariance]]
    },
    "embedding": { record, x in
        [Embedding(rows: x[0].shape[0], size: x[0].shape[1]).outputs(x[1], [x[0]], isTraining: false)]
    },
    "dense": { record, x in
        let name = try record.text("activation")
        let activation = try #require(Activation.all.first { $0.name == name }, "\(name)")
        let layer = Dense(x[1].shape[1], activation: activation, bias: x.count == 3)
        return [layer.outputs(x[0], Array(x.dropFirst()))]
    },
    "loss": { record, x in [try record.loss()(x[0], x[1])] },
    "lossOfClasses": { record, x in [try record.loss()(x[0], x[1])] },
    "lossOfPrediction": { record, x in
        let target = Tensor(float64: try record.numbers("target"), shape: try record.integers("targetShape"))
        return [try record.loss()(x[0], target.to(x[0].elementType))]
    },
    "optimizer": { record, x in
        // One parameter along the given gradients, one a step.
        var model = LooseParameters.model([x[0]], regularized: true)
        var state = OptimizerState(try record.optimizer())
        let points = try (0..<x[1].shape[0]).map { step in
            try state.update(&model, gradients: [x[1][step]])
            return model.values[0].value
        }
        return [Tensor.stack(points)]
    },
]

extension Layer {
    /// What it gives with these values of its parameters.
    fileprivate func outputs(_ input: Tensor, _ values: [Tensor], isTraining: Bool = true) -> Tensor {
        forward(input, Pass(having(values).values, isTraining: isTraining))
    }
}

extension GoldenRecord {
    /// Of the input, scale and shift.
    fileprivate func batchNorm(_ x: [Tensor], isTraining: Bool) throws -> Tensor {
        let running = try ["runningMean", "runningVariance"].map {
            Tensor(float64: try numbers($0)).to(x[0].elementType)
        }
        return BatchNorm(momentum: try number("momentum"), epsilon: try number("epsilon"))
            .outputs(x[0], [x[1], x[2]] + running, isTraining: isTraining)
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
