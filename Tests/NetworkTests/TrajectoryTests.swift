import Foundation
import Testing
import UnloopBackend
import UnloopConformance
import UnloopData
import UnloopNetwork
import UnloopTensor

/// Fifty steps of every optimizer, with clipping, regularization and schedules, against PyTorch's; Golden/trajectories.py says how its
/// definitions and ours meet.
@Suite("Golden trajectories of optimizers") struct TrajectoryTests {
    static let records = Result {
        try GoldenRecord.read(
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Golden/trajectories.json")
    }

    @Test("every optimizer, with everything that can be done to it, has records")
    func coverage() throws {
        let records = try Self.records.get()
        #expect(records.count >= 90)
        for optimizer in Optimizer.all {
            let own = try records.filter { try $0.text("optimizer") == optimizer.name }
            for attribute in ["clipNorm", "clipValue", "l1", "l2", "decoupledDecay", "softThreshold"] {
                #expect(own.contains { $0.attributes[attribute] != nil }, "\(optimizer.name), \(attribute)")
            }
        }
        #expect(
            Set(try records.filter { $0.attributes["schedule"] != nil }.map { try $0.text("schedule") })
                == ["step", "exponential", "cosine", "warmup"])
    }

    /// In float64 within 1e-12. In float32, rounding is carried from step to step: 50 steps of a dozen roundings each come to 600 units if
    /// all err in one direction, and where a rule divides by the root of small squares it doubles them at most.
    @Test("weights are PyTorch's", arguments: [(ElementType.float64, 1e-12 / 0x1p-53), (.float32, 1200)])
    func agreement(_ elementType: ElementType, units: Double) throws {
        for record in try Self.records.get() {
            let operation: GoldenRecord.Operation = { record, inputs in [try record.trajectory(inputs)] }
            for deviation in try record.deviations(of: operation, in: elementType, units: units) {
                Issue.record("\(deviation)")
            }
        }
    }

    @Test("every device takes the same steps")
    func devices() throws {
        for record in try Self.records.get() {
            let inputs = record.inputs.map { $0.tensor(.float32) }
            let expected = try record.trajectory(inputs)
            // Each combination is a program of its own, and OpenCL compiles slowly: there only those that do everything at once.
            let isWhole = ["clipNorm", "l1", "l2", "decoupledDecay"].allSatisfy { record.attributes[$0] != nil }
            for device in isWhole ? [Device.cpu, try .opencl] : [.cpu] {
                let found = try record.trajectory(inputs.map { $0.to(device) })
                #expect(try found.isBitEqual(to: expected), "\(record.name), \(device)")
            }
        }
    }
}

extension GoldenRecord {
    /// The weights and the bias after some steps, `[points, parameters]`.
    fileprivate func trajectory(_ inputs: [Tensor]) throws -> Tensor {
        var model = Model { Dense(1) }
        model.build(
            inputShape: [inputs[0].shape[1]], on: inputs[0].device, elementType: inputs[0].elementType)
        let parameters = model.trainableParameters
        model[parameters[0]] = inputs[2]
        model[parameters[1]] = inputs[3]
        let loss: Loss = try text("problem") == "logistic" ? .sigmoidCrossEntropy : .meanSquaredError
        var trainer = Trainer(model, loss: loss, optimizer: try trajectoryOptimizer())
        let data = Dataset(features: inputs[0], labels: inputs[1])
        let steps = try integers("steps")
        var points: [Tensor] = []
        for step in 1...(steps.max() ?? 1) {
            trainer.step(data)
            if steps.contains(step) {
                points.append(
                    Tensor.concatenate([trainer.model[parameters[0]][.all, 0], trainer.model[parameters[1]]]))
            }
        }
        return Tensor.stack(points)
    }

    private func trajectoryOptimizer() throws -> Optimizer {
        func optional(_ attribute: String) throws -> Double? {
            attributes[attribute] == nil ? nil : try number(attribute)
        }
        let rate = try learningRate()
        let name = try text("optimizer")
        let decay = try optional("decoupledDecay") ?? 0
        var optimizer: Optimizer
        switch name {
        case "sgd": optimizer = .sgd(rate)
        case "momentum": optimizer = .momentum(rate, momentum: try number("momentum"))
        case "nesterov": optimizer = .nesterov(rate, momentum: try number("momentum"))
        case "rmsProp": optimizer = .rmsProp(rate, decay: try number("decay"), epsilon: try number("epsilon"))
        case "adagrad": optimizer = .adagrad(rate, epsilon: try number("epsilon"))
        case "lion": optimizer = .lion(rate, beta1: try number("beta1"), beta2: try number("beta2"))
        default:
            let (beta1, beta2) = (try number("beta1"), try number("beta2"))
            let epsilon = try number("epsilon")
            switch name {
            case "adam": optimizer = .adam(rate, beta1: beta1, beta2: beta2, epsilon: epsilon)
            case "adamW":
                optimizer = .adamW(rate, weightDecay: decay, beta1: beta1, beta2: beta2, epsilon: epsilon)
            case "nadam": optimizer = .nadam(rate, beta1: beta1, beta2: beta2, epsilon: epsilon)
            default: throw MissingAttribute(record: self.name, attribute: "optimizer")
            }
        }
        if name != "adamW" { optimizer = optimizer.decoupledDecay(decay) }
        if let limit = try optional("clipNorm") { optimizer = optimizer.clipped(.norm(limit)) }
        if let limit = try optional("clipValue") { optimizer = optimizer.clipped(.value(limit)) }
        optimizer = optimizer.regularized(l1: try optional("l1") ?? 0, l2: try optional("l2") ?? 0)
        return optimizer.softThresholded(l1: try optional("softThreshold") ?? 0)
    }

    private func learningRate() throws -> LearningRate {
        let rate = try number("rate")
        guard attributes["schedule"] != nil else { return .constant(rate) }
        let numbers = try numbers("scheduleNumbers")
        switch try text("schedule") {
        case "step": return .step(from: rate, factor: numbers[0], every: Int(numbers[1]))
        case "exponential": return .exponential(from: rate, factor: numbers[0], every: Int(numbers[1]))
        case "cosine": return .cosine(from: rate, to: numbers[0], over: Int(numbers[1]))
        case "warmup": return LearningRate.constant(rate).warmedUp(over: Int(numbers[0]))
        default: throw MissingAttribute(record: name, attribute: "schedule")
        }
    }
}
