import UnloopBackend
import UnloopTensor

/// The largest element of each window, for each channel by itself. No parameters.
public struct MaxPooling2D: Layer {
    /// Height and width.
    public let window: Size2D
    /// The step from one window to the next.
    public let stride: Size2D
    /// Around the image; see `Padding`.
    public let padding: Padding

    /// - Parameter stride: the window's size unless stated.
    public init(_ window: Size2D, stride: Size2D? = nil, padding: Padding = .valid) {
        require(
            window.isPositive && (stride ?? 1).isPositive,
            "MaxPooling2D: window \(window) and stride \(stride ?? window) must be positive")
        self.window = window
        self.stride = stride ?? window
        self.padding = padding
    }

    public var kind: String { "MaxPooling2D(\(window))" }

    public func outputShape(for inputShape: [Int]) -> [Int] {
        windowedShape("MaxPooling2D", inputShape, window: window, stride: stride, padding: padding) + [inputShape[2]]
    }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        maxPool2D(input, window: window, stride: stride, padding: padding)
    }
}

/// The mean of each window, for each channel by itself; elements in the padding do not count. No parameters.
public struct AveragePooling2D: Layer {
    /// Height and width.
    public let window: Size2D
    /// The step from one window to the next.
    public let stride: Size2D
    /// Around the image; see `Padding`.
    public let padding: Padding

    /// - Parameter stride: the window's size unless stated.
    public init(_ window: Size2D, stride: Size2D? = nil, padding: Padding = .valid) {
        require(
            window.isPositive && (stride ?? 1).isPositive,
            "AveragePooling2D: window \(window) and stride \(stride ?? window) must be positive")
        self.window = window
        self.stride = stride ?? window
        self.padding = padding
    }

    public var kind: String { "AveragePooling2D(\(window))" }

    public func outputShape(for inputShape: [Int]) -> [Int] {
        windowedShape("AveragePooling2D", inputShape, window: window, stride: stride, padding: padding) + [
            inputShape[2]
        ]
    }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        averagePool2D(input, window: window, stride: stride, padding: padding)
    }
}
