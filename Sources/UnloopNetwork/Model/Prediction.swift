import UnloopBackend
import UnloopTensor

/// What can be wrong with inputs that come from outside, such as a server's requests.
public enum PredictionError: Error, Equatable, Sendable {
    /// Nobody knows what the network takes: it was neither built for a shape nor loaded from a file that says it.
    case unknownInputShape
    /// The inputs have another shape than `[examples] + expected`.
    case wrongShape(expected: [Int], found: [Int])
    /// The inputs have another element type than the network takes: int32 for an embedding, that of its parameters for all others.
    case wrongElementType(expected: ElementType, found: ElementType)
    /// The inputs of an example, counted from 0, hold NaN or infinity.
    case inputNotFinite(example: Int)
    /// The outputs of an example, counted from 0, hold NaN or infinity.
    case outputNotFinite(example: Int)
}

extension PredictionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownInputShape:
            "the network does not know the shape of its inputs; build it, or load a file that `save` or `fit` wrote"
        case .wrongShape(let expected, let found):
            "the inputs have the shape \(found), but the network takes [examples] + \(expected)"
        case .wrongElementType(let expected, let found): "the inputs are \(found), but the network takes \(expected)"
        case .inputNotFinite(let example):
            "the inputs of example \(example) (counted from 0) hold NaN or infinity"
        case .outputNotFinite(let example):
            "the outputs for example \(example) (counted from 0) are NaN or infinite: its inputs are beyond what the network can compute with"
        }
    }
}

extension Model where Root: Layer {
    /// The outputs for a batch from outside, such as a server's request: whatever is wrong with it is an error, not a trap, and the outputs are
    /// computed when this returns. Any number of tasks may ask at the same time.
    ///
    /// - Parameters:
    ///   - input: `[examples, …]`; moved to the network's device.
    ///   - freeAxes: those of an example's axes, counted from 0, that may have any size of at least 1, such as the time of sequences. Sizes
    ///     for which the layers have no output, as of images smaller than a filter, are then for you to keep away.
    ///   - requiringFinite: whether NaN and infinities are errors.
    /// - Throws: `PredictionError`; `TensorError` when the device fails, also for a class number that an embedding has no row for.
    /// - Precondition: the network is built or loaded.
    public func prediction(
        for input: Tensor, freeAxes: Set<Int> = [], requiringFinite: Bool = false
    ) throws -> Tensor {
        requireBuilt()
        guard let inputShape else { throw PredictionError.unknownInputShape }
        let shape = input.dimensions
        let fits =
            shape.count == inputShape.count + 1
            && inputShape.indices.allSatisfy {
                freeAxes.contains($0) ? shape[$0 + 1] > 0 : shape[$0 + 1] == inputShape[$0]
            }
        guard fits else { throw PredictionError.wrongShape(expected: inputShape, found: input.shape) }
        let expected = root.takesIndices ? .int32 : elementType
        guard input.elementType == expected else {
            throw PredictionError.wrongElementType(expected: expected, found: input.elementType)
        }
        if requiringFinite, let example = try input.firstExampleNotFinite() {
            throw PredictionError.inputNotFinite(example: example)
        }
        let output = self(input.to(device ?? input.device))
        if let failure = output.failure { throw failure }
        try output.synchronize()
        if requiringFinite, let example = try output.firstExampleNotFinite() {
            throw PredictionError.outputNotFinite(example: example)
        }
        return output
    }
}

extension Tensor {
    /// The first row of the first axis with NaN or infinity; nil if there is none.
    fileprivate func firstExampleNotFinite() throws(TensorError) -> Int? {
        guard elementType != .int32, count > 0 else { return nil }
        // What is finite minus itself is 0.
        if try (self - self).sum().item() == 0 { return nil }
        let size = count / dimensions[0]
        return try doubles().firstIndex { !$0.isFinite }.map { $0 / size }
    }
}
