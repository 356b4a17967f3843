import UnloopTensor

/// What a network gets back when its training ends with an error: weights never stay those that a device failed to compute.
///
/// Devices that work asynchronously report a failure late, maybe after other weights were computed from it. So nothing is believed: after
/// an error the weights are read before they are given back.
struct Recovery<Root: Layer> {
    /// As it was where the training moved or built it: on another device, or not built.
    private let before: Model<Root>?

    init(_ model: Model<Root>, on device: Device) {
        before = model.isBuilt && model.device == device ? nil : model
    }

    /// The model with the first of these values that are numbers; as it was before where none are.
    func model(_ model: Model<Root>, from candidates: [ParameterValues]) -> Model<Root> {
        var result = model
        if let good = candidates.first(where: Self.areNumbers) {
            result.restore(good)
        } else if let before {
            result = before
        } else {
            result.restore(candidates.last)
        }
        return result
    }

    private static func areNumbers(_ values: ParameterValues) -> Bool {
        values.tensors.allSatisfy { value in
            guard let numbers = try? value.hostArray() else { return false }
            return switch numbers {
            case .float32(let values): values.allSatisfy(\.isFinite)
            case .float64(let values): values.allSatisfy(\.isFinite)
            case .int32: true
            }
        }
    }
}
