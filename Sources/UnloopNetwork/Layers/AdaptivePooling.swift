import UnloopBackend
import UnloopTensor

// Pooling to a size that is given, whatever the size of the input; the windows are those of `adaptiveMaxPool2D`. No parameters.

/// The largest elements of windows that cover an image evenly: `[height, width, channels]` to `[size, channels]`.
public struct AdaptiveMaxPooling2D: Layer {
    /// Height and width of the result.
    public let size: Size2D
    /// - Parameter size: height and width of the result; a number gives both.
    public init(_ size: Size2D) { self.size = size }
    public var kind: String { "AdaptiveMaxPooling2D(\(size))" }
    public func outputShape(for inputShape: [Int]) -> [Int] {
        adaptedShape("AdaptiveMaxPooling2D", inputShape, [size.height, size.width])
    }
    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { adaptiveMaxPool2D(input, to: size) }
}

/// The means of windows that cover an image evenly: `[height, width, channels]` to `[size, channels]`.
public struct AdaptiveAveragePooling2D: Layer {
    /// Height and width of the result.
    public let size: Size2D
    /// - Parameter size: height and width of the result; a number gives both.
    public init(_ size: Size2D) { self.size = size }
    public var kind: String { "AdaptiveAveragePooling2D(\(size))" }
    public func outputShape(for inputShape: [Int]) -> [Int] {
        adaptedShape("AdaptiveAveragePooling2D", inputShape, [size.height, size.width])
    }
    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { adaptiveAveragePool2D(input, to: size) }
}

/// The largest elements of windows that cover a sequence evenly: `[length, channels]` to `[given length, channels]`.
public struct AdaptiveMaxPooling1D: Layer {
    /// The length of the result.
    public let length: Int
    /// - Parameter length: of the result.
    public init(_ length: Int) { self.length = length }
    public var kind: String { "AdaptiveMaxPooling1D(\(length))" }
    public func outputShape(for inputShape: [Int]) -> [Int] {
        adaptedShape("AdaptiveMaxPooling1D", inputShape, [length])
    }
    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { adaptiveMaxPool1D(input, to: length) }
}

/// The means of windows that cover a sequence evenly: `[length, channels]` to `[given length, channels]`.
public struct AdaptiveAveragePooling1D: Layer {
    /// The length of the result.
    public let length: Int
    /// - Parameter length: of the result.
    public init(_ length: Int) { self.length = length }
    public var kind: String { "AdaptiveAveragePooling1D(\(length))" }
    public func outputShape(for inputShape: [Int]) -> [Int] {
        adaptedShape("AdaptiveAveragePooling1D", inputShape, [length])
    }
    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { adaptiveAveragePool1D(input, to: length) }
}

/// The largest elements of windows that cover a volume evenly: `[depth, height, width, channels]` to `[size, channels]`.
public struct AdaptiveMaxPooling3D: Layer {
    /// Depth, height and width of the result.
    public let size: Size3D
    /// - Parameter size: depth, height and width of the result; a number gives all three.
    public init(_ size: Size3D) { self.size = size }
    public var kind: String { "AdaptiveMaxPooling3D(\(size))" }
    public func outputShape(for inputShape: [Int]) -> [Int] {
        adaptedShape("AdaptiveMaxPooling3D", inputShape, [size.depth, size.height, size.width])
    }
    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { adaptiveMaxPool3D(input, to: size) }
}

/// The means of windows that cover a volume evenly: `[depth, height, width, channels]` to `[size, channels]`.
public struct AdaptiveAveragePooling3D: Layer {
    /// Depth, height and width of the result.
    public let size: Size3D
    /// - Parameter size: depth, height and width of the result; a number gives all three.
    public init(_ size: Size3D) { self.size = size }
    public var kind: String { "AdaptiveAveragePooling3D(\(size))" }
    public func outputShape(for inputShape: [Int]) -> [Int] {
        adaptedShape("AdaptiveAveragePooling3D", inputShape, [size.depth, size.height, size.width])
    }
    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { adaptiveAveragePool3D(input, to: size) }
}

private func adaptedShape(_ name: String, _ inputShape: [Int], _ size: [Int]) -> [Int] {
    require(size.allSatisfy { $0 > 0 }, "\(name): the output's size \(size) must be positive")
    require(
        inputShape.count == size.count + 1 && !inputShape.dropLast().contains(0),
        "\(name): an example has the shape \(inputShape), not \(size.count) axes of positions and one of channels")
    return size + [inputShape[size.count]]
}
