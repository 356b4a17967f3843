import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// The scalar programs that ship with the library: what reaches a device when the functions, activations, losses, optimizers
/// and cells of the library's lists are used and differentiated.
struct LibraryProgram: Sendable {
    /// What needed it first.
    let user: String
    let program: ScalarProgram
    /// The ways in which the library's line programs run it over elements beside values of lines, or sum what it gives.
    var lineStages: [LineStage] = []

    struct LineStage: Hashable {
        let ofLines: UInt32
        let isSummed: Bool
    }

    static let all: Result<[LibraryProgram], any Error> = Result {
        var result: [LibraryProgram] = []
        var known: Set<ScalarProgram> = []
        var stages: [(program: ScalarProgram, stage: LineStage)] = []
        func note(_ user: String, _ body: (Device) throws -> Void) throws {
            let backend = RecordingBackend()
            try body(Device(backend, label: "recording"))
            stages += backend.lineStages
            for program in backend.programs where isCompiled(program) && known.insert(program).inserted {
                result.append(LibraryProgram(user: user, program: program))
            }
        }
        for function in ScalarFunction.all {
            try note(function.name) { try differentiate(function, on: $0) }
        }
        for activation in Activation.all {
            try note(activation.name) { device in
                let x = samples([3, 4], on: device)
                _ = try valueWithGradient(at: x) { (activation($0) * x).sum() }.gradient.scalars()
                _ = try valueWithGradient(at: x) { relu(activation($0) * x).sum() }.gradient.scalars()
                try train(Dense(3, activation: activation), loss: .meanSquaredError, on: device)
                try train(Dense(3, activation: activation, bias: false), loss: .meanSquaredError, on: device)
                let rectified = Sequential([Dense(3, activation: activation), ActivationLayer(.relu)])
                try train(rectified, loss: .meanSquaredError, on: device)
            }
        }
        for loss in Loss.all {
            try note(loss.name) { device in
                let predictions = samples([5, 3], on: device)
                _ = try valueWithGradient(at: predictions) { loss($0, labels(loss, on: device)) }.gradient.scalars()
            }
        }
        for optimizer in Optimizer.all {
            try note(optimizer.name) { try train(Dense(3), optimizer: optimizer, on: $0) }
        }
        let recurrent: [any Layer] = [
            RNN(3, returnsSequences: false), GRU(3, returnsSequences: false), LSTM(3, returnsSequences: false),
        ]
        for layer in recurrent {
            try note(layer.kind) { try train(layer, features: [4, 2], on: $0) }
        }
        try note("LayerNorm") { try train(LayerNorm(), features: [3], on: $0) }
        try note("BatchNorm") { try train(BatchNorm(), features: [3], on: $0) }
        // What is above a selection is differentiated by other programs.
        for layer in [LayerNorm(), BatchNorm(), Dropout(0.5)] as [any Layer] {
            try note("\(layer.kind) below relu") {
                try train(Sequential([Dense(3), layer, ActivationLayer(.relu)]), on: $0)
            }
        }
        for position in result.indices {
            for (program, stage) in stages where program == result[position].program {
                if !result[position].lineStages.contains(stage) { result[position].lineStages.append(stage) }
            }
        }
        return result
    }

    /// Random words are left to the interpreter, as are programs of nothing but moves.
    private static func isCompiled(_ program: ScalarProgram) -> Bool {
        program.instructions.contains { !$0.operands.isEmpty }
            && !program.instructions.contains { $0.operation == .randomBits }
    }

    private static func differentiate(_ function: ScalarFunction, on device: Device) throws {
        let program = function.program
        let inputs = program.inputTypes.enumerated().map { position, type in
            let x = samples([3, 4], seed: UInt64(position + 1), on: device)
            return type == .real ? x : x.to(.int32)
        }
        let scalars = program.scalarTypes.map { $0 == .real ? 0.5 : 0 }
        _ = function(inputs, scalars: scalars)
        guard program.outputTypes == [.real] else { return }
        for position in inputs.indices where program.inputTypes[position] == .real {
            func differentiate(_ last: (Tensor) -> Tensor) throws {
                let gradient = valueWithGradient(at: inputs[position]) { x in
                    var arguments = inputs
                    arguments[position] = x
                    return last(function(arguments, scalars: scalars) * inputs[position]).sum()
                }.gradient
                _ = try gradient.scalars()
            }
            try differentiate { $0 }
            try differentiate { relu($0) }
        }
    }

    private static func labels(_ loss: Loss, on device: Device) -> Tensor {
        let classes = Tensor(int32: [0, 1, 2, 0, 1], on: device)
        return loss.takesClasses ? classes : classes.oneHot(3)
    }

    /// A step of training, then a prediction.
    private static func train(
        _ layer: any Layer, features: [Int] = [4], loss: Loss = .softmaxCrossEntropy,
        optimizer: Optimizer = .sgd(), on device: Device
    ) throws {
        var model = Model(Sequential([layer]))
        let examples = samples([5] + features, on: device)
        try model.fit(
            Dataset(features: examples, labels: labels(loss, on: device)), loss: loss, optimizer: optimizer,
            epochs: 1, batchSize: 5, seed: 1, on: device, progress: .silent)
        _ = try model(examples).scalars()
    }
}
