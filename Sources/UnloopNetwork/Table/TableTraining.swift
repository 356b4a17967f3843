import UnloopBackend
import UnloopData
import UnloopTensor

/// The training of a network for a table, whose rows are features by now.
struct TableTraining {
    let task: TableTask
    let label: TableLabel
    /// Labels are class numbers, or numbers.
    let data: Dataset
    let progress: ProgressDisplay

    /// - Returns: the network on the device, and what the epochs of a network with layers inside gave.
    func run(on device: Device) throws -> (network: Model<Sequential>, history: History?) {
        switch task.model {
        case .linear: return (try linear(on: device), nil)
        case .mlp: return try layered(on: device)
        }
    }

    /// Sizes up to which systems of equations are solved as a whole.
    private static let mostWeights = 500

    private func linear(on device: Device) throws -> Model<Sequential> {
        let features = data.exampleShape[0]
        guard let classes = label.classCount else {
            guard features <= Self.mostWeights else { return try descended(l2: 2 / Double(data.count), on: device) }
            let regression = try RidgeRegression(data.features, data.labels.reshaped([data.count, 1]), ridge: 1)
            return try model(regression.weight, regression.bias, on: device)
        }
        guard (features + 1) * label.outputs <= Self.mostWeights else {
            return try descended(l2: 1 / Double(data.count), on: device)
        }
        do {
            let regression = try LogisticRegression(data, l2: 1, standardizing: false)
            require(regression.classes.count == classes, "TableTraining: a class without a row")
            return try model(regression.weight, regression.bias, on: device)
        } catch LogisticRegressionError.notConverged, LogisticRegressionError.singular {
            // With numbers of very different sizes, sums in float32 are not exact enough for Newton's steps.
            return try descended(l2: 1 / Double(data.count), on: device)
        }
    }

    private func model(_ weight: Tensor, _ bias: Tensor, on device: Device) throws -> Model<Sequential> {
        var model = TableModel.network(hiddenUnits: [], for: label)
        let arrays = ["0.weight": try SafeTensors.Array(weight), "0.bias": try SafeTensors.Array(bias)]
        try model.take(arrays, inputShape: data.exampleShape, file: "the solution", on: device)
        return model
    }

    /// - Parameter l2: of the mean over the rows.
    private func descended(l2: Double, on device: Device) throws -> Model<Sequential> {
        var model = TableModel.network(hiddenUnits: [], for: label)
        let optimizer = LBFGS(gradientTolerance: 1e-6, valueTolerance: 1e-9, l2: l2)
        try model.fit(
            prepared(data), loss: loss, optimizer: optimizer, epochs: task.epochs, seed: task.seed, on: device,
            progress: progress)
        return model
    }

    private func layered(on device: Device) throws -> (Model<Sequential>, History) {
        var model = TableModel.network(hiddenUnits: task.model.hiddenUnits, for: label)
        let (training, validation) = try divided()
        // Of the mean over the rows, as `TableTask.Model` says.
        let optimizer = Optimizer.adam(0.001).regularized(l2: 4 / Double(training.count))
        let history = try model.fit(
            prepared(training), validating: validation.map(prepared), loss: loss, optimizer: optimizer,
            epochs: task.epochs, batchSize: 32, seed: task.seed, on: device,
            earlyStopping: validation == nil ? nil : EarlyStopping(patience: 20), progress: progress)
        return (model, history)
    }

    /// The rows to learn from, and those that tell when to stop.
    private func divided() throws -> (training: Dataset, validation: Dataset?) {
        guard data.count >= 50 else { return (data, nil) }
        let size = data.count / 10
        let (training, validation) =
            label.classCount == nil
            ? data.split(holdingOut: size, seed: task.seed)
            : try data.stratifiedSplit(holdingOut: size, seed: task.seed)
        return (training, validation)
    }

    private var loss: Loss {
        switch label.classCount {
        case nil: .meanSquaredError
        case 2: .sigmoidCrossEntropy
        default: .softmaxCrossEntropy
        }
    }

    /// With labels as the loss takes them.
    private func prepared(_ data: Dataset) -> Dataset {
        label.classCount == 2 ? Dataset(features: data.features, labels: data.labels.to(.float32)) : data
    }
}
