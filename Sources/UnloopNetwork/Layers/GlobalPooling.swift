import UnloopBackend
import UnloopTensor

/// The largest element of each channel over all positions of sequences, images or volumes: `[…, channels]` to `[channels]`. No
/// parameters, and none in a dense layer behind it that depend on the size of the image.
public struct GlobalMaxPooling: Layer {
    /// The layer; it has no settings.
    public init() {}
    public func outputShape(for inputShape: [Int]) -> [Int] { channels("GlobalMaxPooling", inputShape) }
    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { globalMaxPool(input) }
}

/// The mean of each channel over all positions of sequences, images or volumes: `[…, channels]` to `[channels]`. No
/// parameters, and none in a dense layer behind it that depend on the size of the image (M. Lin et al., arXiv 1312.4400).
public struct GlobalAveragePooling: Layer {
    /// The layer; it has no settings.
    public init() {}
    public func outputShape(for inputShape: [Int]) -> [Int] { channels("GlobalAveragePooling", inputShape) }
    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { globalAveragePool(input) }
}

private func channels(_ name: String, _ inputShape: [Int]) -> [Int] {
    require(
        inputShape.count >= 2 && !inputShape.dropLast().contains(0),
        "\(name): an example has the shape \(inputShape), not [positions…, channels]")
    return [inputShape[inputShape.count - 1]]
}
