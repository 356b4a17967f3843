import UnloopBackend
import UnloopTensor

/// Class numbers on the device, int32, one for each row of the predictions' last axis; what is none of the classes is -1.
enum ClassNumbers {
    /// Where the largest output is, the first of equals; -1 where a row holds NaN.
    static func predicted(_ name: String, _ prediction: Tensor, _ target: Tensor, orElse alternative: String) -> Tensor
    {
        requireOutputs(name, prediction, target, orElse: alternative)
        return prediction.argmax(-1).keeping(where: hasNumbers(prediction))
    }

    /// The classes of targets, which are class numbers, `[examples, …]` or a column of them, or one number for each class, the largest at
    /// the class.
    static func actual(_ name: String, _ prediction: Tensor, _ target: Tensor, orElse alternative: String) -> Tensor {
        requireOutputs(name, prediction, target, orElse: alternative)
        let classes = given(name, prediction, target)
        return classes.keeping(where: (classes .>= 0) * (classes .< Double(prediction.shape.last ?? 0)))
    }

    /// The same with class numbers outside the classes as they are; what is no whole number is -1.
    static func given(_ name: String, _ prediction: Tensor, _ target: Tensor) -> Tensor {
        let shape = prediction.shape
        let rows = Array(shape.dropLast())
        if target.shape == shape { return target.argmax(-1).keeping(where: hasNumbers(target)) }
        require(
            target.shape == rows || target.shape == rows + [1],
            "\(name): targets \(target.shape) for predictions \(shape); they must be class numbers \(rows) or the same")
        let column = target.reshaped(rows)
        if target.elementType == .int32 { return column }
        let whole = column.to(.int32)
        return whole.keeping(where: whole.to(target.elementType) .== column)
    }

    /// 1 where a row of the last axis has no NaN, else 0; int32.
    static func hasNumbers(_ rows: Tensor) -> Tensor {
        let largest = rows.max(-1)
        return largest .== largest
    }

    static func requireOutputs(_ name: String, _ prediction: Tensor, _ target: Tensor, orElse alternative: String) {
        let shape = prediction.shape
        require(
            shape.count >= 2 && shape[shape.count - 1] >= 2,
            "\(name): predictions \(shape) for targets \(target.shape) have no two outputs to choose the larger of; for two classes "
                + "and one output use \(alternative)")
    }
}

extension Tensor {
    /// The int32 elements where another int32 tensor is 1, -1 where it is 0.
    fileprivate func keeping(where mask: Tensor) -> Tensor { self * mask + (mask - 1) }
}
