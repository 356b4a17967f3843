import UnloopBackend
import UnloopTensor

/// A function of your own over each window of images, for each channel by itself. No parameters.
///
///     Pooling2D(3, stride: 2) { windows in windows.norm(-1) }
public struct Pooling2D: Layer {
    /// Height and width.
    public let window: Size2D
    /// The step from one window to the next.
    public let stride: Size2D
    private let function: @Sendable (Tensor) -> Tensor

    /// - Parameters:
    ///   - stride: the window's size unless stated.
    ///   - function: reduces the last axis of all windows, `[batch, output height, output width, channels, elements of a
    ///     window]`; made of tensor operations, so that it can be differentiated.
    public init(
        _ window: Size2D, stride: Size2D? = nil, _ function: @escaping @Sendable (_ windows: Tensor) -> Tensor
    ) {
        require(
            window.isPositive && (stride ?? 1).isPositive,
            "Pooling2D: window \(window) and stride \(stride ?? window) must be positive")
        self.window = window
        self.stride = stride ?? window
        self.function = function
    }

    public var kind: String { "Pooling2D(\(window))" }

    public func outputShape(for inputShape: [Int]) -> [Int] {
        windowedShape("Pooling2D", inputShape, window: window, stride: stride, padding: .valid) + [inputShape[2]]
    }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        pool2D(input, window: window, stride: stride, function)
    }
}

/// The largest element of each window of sequences, for each channel by itself. No parameters.
public struct MaxPooling1D: Layer {
    /// The length.
    public let window: Int
    /// The step from one window to the next.
    public let stride: Int
    /// At the ends of the sequence; see `Padding1D`.
    public let padding: Padding1D

    /// - Parameter stride: the window's length unless stated.
    public init(_ window: Int, stride: Int? = nil, padding: Padding1D = .valid) {
        require(window > 0 && (stride ?? 1) > 0, "MaxPooling1D: window \(window), stride \(stride ?? window)")
        self.window = window
        self.stride = stride ?? window
        self.padding = padding
    }

    public var kind: String { "MaxPooling1D(\(window))" }

    public func outputShape(for inputShape: [Int]) -> [Int] {
        let length = windowedLength("MaxPooling1D", inputShape, window: window, stride: stride, padding: padding)
        return [length, inputShape[1]]
    }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        maxPool1D(input, window: window, stride: stride, padding: padding)
    }
}

/// The mean of each window of sequences, for each channel by itself; elements in the padding do not count. No parameters.
public struct AveragePooling1D: Layer {
    /// The length.
    public let window: Int
    /// The step from one window to the next.
    public let stride: Int
    /// At the ends of the sequence; see `Padding1D`.
    public let padding: Padding1D

    /// - Parameter stride: the window's length unless stated.
    public init(_ window: Int, stride: Int? = nil, padding: Padding1D = .valid) {
        require(window > 0 && (stride ?? 1) > 0, "AveragePooling1D: window \(window), stride \(stride ?? window)")
        self.window = window
        self.stride = stride ?? window
        self.padding = padding
    }

    public var kind: String { "AveragePooling1D(\(window))" }

    public func outputShape(for inputShape: [Int]) -> [Int] {
        let length = windowedLength("AveragePooling1D", inputShape, window: window, stride: stride, padding: padding)
        return [length, inputShape[1]]
    }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        averagePool1D(input, window: window, stride: stride, padding: padding)
    }
}

/// The largest element of each window of volumes, for each channel by itself. No parameters.
public struct MaxPooling3D: Layer {
    /// Depth, height and width.
    public let window: Size3D
    /// The step from one window to the next.
    public let stride: Size3D
    /// Around the volume; see `Padding3D`.
    public let padding: Padding3D

    /// - Parameter stride: the window's size unless stated.
    public init(_ window: Size3D, stride: Size3D? = nil, padding: Padding3D = .valid) {
        require(
            window.isPositive && (stride ?? 1).isPositive, "MaxPooling3D: window \(window), stride \(stride ?? window)")
        self.window = window
        self.stride = stride ?? window
        self.padding = padding
    }

    public var kind: String { "MaxPooling3D(\(window))" }

    public func outputShape(for inputShape: [Int]) -> [Int] {
        windowedVolume("MaxPooling3D", inputShape, window: window, stride: stride, padding: padding) + [inputShape[3]]
    }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        maxPool3D(input, window: window, stride: stride, padding: padding)
    }
}

/// The mean of each window of volumes, for each channel by itself; elements in the padding do not count. No parameters.
public struct AveragePooling3D: Layer {
    /// Depth, height and width.
    public let window: Size3D
    /// The step from one window to the next.
    public let stride: Size3D
    /// Around the volume; see `Padding3D`.
    public let padding: Padding3D

    /// - Parameter stride: the window's size unless stated.
    public init(_ window: Size3D, stride: Size3D? = nil, padding: Padding3D = .valid) {
        require(
            window.isPositive && (stride ?? 1).isPositive,
            "AveragePooling3D: window \(window), stride \(stride ?? window)")
        self.window = window
        self.stride = stride ?? window
        self.padding = padding
    }

    public var kind: String { "AveragePooling3D(\(window))" }

    public func outputShape(for inputShape: [Int]) -> [Int] {
        windowedVolume("AveragePooling3D", inputShape, window: window, stride: stride, padding: padding) + [
            inputShape[3]
        ]
    }

    public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
        averagePool3D(input, window: window, stride: stride, padding: padding)
    }
}
