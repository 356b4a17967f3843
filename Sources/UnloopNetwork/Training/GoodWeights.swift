import UnloopTensor

/// What a network gets back when its training ends with an error: weights never stay those that a device failed to compute.
///
/// Devices that work asynchronously report a failure late, maybe after other weights were computed from it. So nothing is believed: after
/// an error the weights are read before they are given back.
final class GoodWeights {
    private let parameters: [Parameter]
    /// Before the training: maybe on another device, maybe not built.
    private let before: [Parameter.Content]
    /// The last that were seen to give a finite loss; those that the training started from until then.
    private(set) var last: [Parameter.Content]

    init(of model: any Layer) {
        parameters = model.namedParameters.map(\.parameter)
        before = parameters.contents
        last = before
    }

    /// The network is built and on its device.
    func begin() { last = parameters.contents }

    /// Values of all parameters that gave a finite loss.
    func note(_ values: [Tensor]) { last = values.map { Parameter.Content(value: $0) } }

    /// The last good ones.
    func restore() { parameters.contents = last }

    /// After an error: the network gets the last good weights or, where these are lost too, those from before the training.
    ///
    /// - Parameter keepingCurrent: keeps the weights as they are if they are numbers.
    func recover(keepingCurrent: Bool) {
        let candidates = keepingCurrent ? [parameters.contents, last] : [last]
        parameters.contents = candidates.first { $0.allSatisfy(Self.holdsNumbers) } ?? before
    }

    private static func holdsNumbers(_ content: Parameter.Content) -> Bool {
        guard content.failed == nil, let value = content.value, let numbers = try? value.hostArray() else {
            return false
        }
        return switch numbers {
        case .float32(let values): values.allSatisfy(\.isFinite)
        case .float64(let values): values.allSatisfy(\.isFinite)
        case .int32: true
        }
    }
}
