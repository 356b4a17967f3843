/// What is combined along an axis by `Backend.reduce`. Numerics.md fixes the order for each.
public enum Reduction: UInt8, Hashable, Sendable, CaseIterable {
    /// Empty axis: 0.
    case sum
    /// Empty axis: 1.
    case product
    /// By `ScalarOperation.maximum`; NaN propagates. Empty axis: -infinity, or `Int32.min`.
    case maximum
    /// By `ScalarOperation.minimum`; NaN propagates. Empty axis: infinity, or `Int32.max`.
    case minimum
    /// The first position of the largest element, as int32; NaN counts as larger than everything. The axis is not empty.
    case indexOfMaximum
    /// The first position of the smallest element, as int32; NaN counts as smaller than everything. The axis is not empty.
    case indexOfMinimum

    public var givesIndex: Bool { self == .indexOfMaximum || self == .indexOfMinimum }
}

/// A reduction of the middle axis of `[outer, length, inner]` to `[outer, inner]`.
public struct ReduceDescriptor: Hashable, Sendable {
    public var reduction: Reduction
    public var outer: Int
    public var length: Int
    public var inner: Int
    /// What is reduced: the single output of this program over the inputs; nil reduces the one input itself.
    public var prologue: ScalarProgram?

    public init(_ reduction: Reduction, outer: Int, length: Int, inner: Int, prologue: ScalarProgram? = nil) {
        self.reduction = reduction
        self.outer = outer
        self.length = length
        self.inner = inner
        self.prologue = prologue
    }
}

/// Cumulative sums along the middle axis of `[outer, length, inner]`, one addition after the other.
public struct ScanDescriptor: Hashable, Sendable {
    public var outer: Int
    public var length: Int
    public var inner: Int
    /// From the last element towards the first.
    public var reversed: Bool

    public init(outer: Int, length: Int, inner: Int, reversed: Bool = false) {
        self.outer = outer
        self.length = length
        self.inner = inner
        self.reversed = reversed
    }
}

/// A scalar program applied to each element of a result before it is stored: input 0 is the element itself, the
/// others are `inputs`, already broadcast to the shape of the result. An object of each operation: to copy it is to count a reference
/// that other threads do not count, where the program's is theirs as well.
public final class Epilogue: Sendable {
    public let program: ScalarProgram
    public let inputs: [StridedView]
    public let scalars: [Double]
    /// The program has them.
    @usableFromInline let forms: Unmanaged<ProgramForm>

    public init(_ program: ScalarProgram, inputs: [StridedView] = [], scalars: [Double] = []) {
        self.program = program
        forms = .passUnretained(program.storage.forms)
        self.inputs = inputs
        self.scalars = scalars
    }

    /// The program in a form of a kind of backend, made at first use; not counted, for it lives as long as the program.
    ///
    /// - Precondition: `make` gives one of that kind.
    @inlinable
    package func uncountedForm(
        where isWanted: (ProgramForm) -> Bool, _ make: () -> ProgramForm
    ) -> Unmanaged<ProgramForm> {
        forms._withUnsafeGuaranteedRef { $0.uncounted(isWanted, make) }
    }
}

/// A batch of matrix products `c[b] = a[b] · b[b]`: a is `[batch…, m, k]`, b is `[batch…, k, n]`, c is row-major
/// `[batch…, m, n]`. The views carry everything else: a transposed operand has swapped strides, a broadcast batch axis
/// has stride 0. In each operand one of the last two axes has stride 1 (or size 1).
public struct MatmulDescriptor: Hashable, Sendable {
    public var batch: Dimensions
    public var m: Int
    public var n: Int
    public var k: Int

    public init(batch: Dimensions = [], m: Int, n: Int, k: Int) {
        self.batch = batch
        self.m = m
        self.n = n
        self.k = k
    }

    public var floatingPointOperations: Double { 2 * Double(batch.product) * Double(m) * Double(n) * Double(k) }
}

/// A 2-D convolution (cross-correlation, as the field uses the word). Images are `[batch, height, width, channels]`,
/// filters `[kernelHeight, kernelWidth, inputChannels / groups, outputChannels]`, all row-major.
public struct ConvolutionDescriptor: Hashable, Sendable {
    public enum Direction: UInt8, Hashable, Sendable, CaseIterable {
        /// (input, filter) to output.
        case forward
        /// (output gradient, filter) to input gradient.
        case inputGradient
        /// (input, output gradient) to filter gradient.
        case filterGradient
    }

    public var batch: Int
    public var inputHeight: Int
    public var inputWidth: Int
    public var inputChannels: Int
    public var outputChannels: Int
    public var kernelHeight: Int
    public var kernelWidth: Int
    public var strideHeight: Int
    public var strideWidth: Int
    public var paddingTop: Int
    public var paddingBottom: Int
    public var paddingLeft: Int
    public var paddingRight: Int
    public var dilationHeight: Int
    public var dilationWidth: Int
    public var groups: Int

    public init(
        batch: Int, inputHeight: Int, inputWidth: Int, inputChannels: Int, outputChannels: Int, kernelHeight: Int,
        kernelWidth: Int, strideHeight: Int = 1, strideWidth: Int = 1, paddingTop: Int = 0, paddingBottom: Int = 0,
        paddingLeft: Int = 0, paddingRight: Int = 0, dilationHeight: Int = 1, dilationWidth: Int = 1, groups: Int = 1
    ) {
        self.batch = batch
        self.inputHeight = inputHeight
        self.inputWidth = inputWidth
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.kernelHeight = kernelHeight
        self.kernelWidth = kernelWidth
        self.strideHeight = strideHeight
        self.strideWidth = strideWidth
        self.paddingTop = paddingTop
        self.paddingBottom = paddingBottom
        self.paddingLeft = paddingLeft
        self.paddingRight = paddingRight
        // A single tap has no neighbour that a dilation keeps apart.
        self.dilationHeight = kernelHeight == 1 ? 1 : dilationHeight
        self.dilationWidth = kernelWidth == 1 ? 1 : dilationWidth
        self.groups = groups
    }

    /// ⌊(n + padding − (dilation·(f − 1) + 1)) / stride⌋ + 1; 0 where the filter does not fit.
    static func outputSize(_ size: Int, padding: Int, window: Int, stride: Int, dilation: Int) -> Int {
        let room = size + padding - windowExtent(window, dilation: dilation)
        return room < 0 ? 0 : room / stride + 1
    }

    public var outputHeight: Int {
        Self.outputSize(
            inputHeight, padding: paddingTop + paddingBottom, window: kernelHeight, stride: strideHeight,
            dilation: dilationHeight)
    }
    public var outputWidth: Int {
        Self.outputSize(
            inputWidth, padding: paddingLeft + paddingRight, window: kernelWidth, stride: strideWidth,
            dilation: dilationWidth)
    }
    public var inputChannelsPerGroup: Int { inputChannels / groups }
    public var outputChannelsPerGroup: Int { outputChannels / groups }
    /// Whether each of several channels is convolved by itself.
    public var isDepthwise: Bool { groups == inputChannels && groups == outputChannels && groups > 1 }

    public var inputShape: Dimensions { [batch, inputHeight, inputWidth, inputChannels] }
    public var filterShape: Dimensions { [kernelHeight, kernelWidth, inputChannelsPerGroup, outputChannels] }
    public var outputShape: Dimensions { [batch, outputHeight, outputWidth, outputChannels] }

    public func resultShape(_ direction: Direction) -> Dimensions {
        switch direction {
        case .forward: outputShape
        case .inputGradient: inputShape
        case .filterGradient: filterShape
        }
    }

    /// Multiplications and additions, the same for all three directions.
    public var floatingPointOperations: Double {
        2 * Double(outputShape.product) * Double(kernelHeight * kernelWidth * inputChannelsPerGroup)
    }
}

/// Pooling of `[batch, height, width, channels]` over windows. Padding is never taken: the maximum skips it, the average
/// divides by the number of elements inside the image. A window that lies in padding altogether gives -infinity or 0.
public struct PoolDescriptor: Hashable, Sendable {
    public enum Kind: UInt8, Hashable, Sendable, CaseIterable { case maximum, average }

    public enum Direction: UInt8, Hashable, Sendable, CaseIterable {
        /// (input) to output.
        case forward
        /// (input, output gradient) to input gradient; of equal maxima the first in row-major order receives it all.
        case gradient
        /// (input, input tangent) to output tangent: the linear map that `gradient` is the transpose of.
        case tangent
    }

    public var kind: Kind
    public var batch: Int
    public var inputHeight: Int
    public var inputWidth: Int
    public var channels: Int
    public var windowHeight: Int
    public var windowWidth: Int
    public var strideHeight: Int
    public var strideWidth: Int
    public var paddingTop: Int
    public var paddingBottom: Int
    public var paddingLeft: Int
    public var paddingRight: Int

    public init(
        _ kind: Kind, batch: Int, inputHeight: Int, inputWidth: Int, channels: Int, windowHeight: Int, windowWidth: Int,
        strideHeight: Int, strideWidth: Int, paddingTop: Int = 0, paddingBottom: Int = 0, paddingLeft: Int = 0,
        paddingRight: Int = 0
    ) {
        self.kind = kind
        self.batch = batch
        self.inputHeight = inputHeight
        self.inputWidth = inputWidth
        self.channels = channels
        self.windowHeight = windowHeight
        self.windowWidth = windowWidth
        self.strideHeight = strideHeight
        self.strideWidth = strideWidth
        self.paddingTop = paddingTop
        self.paddingBottom = paddingBottom
        self.paddingLeft = paddingLeft
        self.paddingRight = paddingRight
    }

    public var outputHeight: Int {
        ConvolutionDescriptor.outputSize(
            inputHeight, padding: paddingTop + paddingBottom, window: windowHeight, stride: strideHeight, dilation: 1)
    }
    public var outputWidth: Int {
        ConvolutionDescriptor.outputSize(
            inputWidth, padding: paddingLeft + paddingRight, window: windowWidth, stride: strideWidth, dilation: 1)
    }
    public var inputShape: Dimensions { [batch, inputHeight, inputWidth, channels] }
    public var outputShape: Dimensions { [batch, outputHeight, outputWidth, channels] }
}

/// Rows taken from, or added into, the middle axis of a row-major `[outer, rows, inner]` by `count` int32 indices, which are the same
/// for every outer position or, where `hasOwnIndices`, `[outer, count]`.
public struct GatherDescriptor: Hashable, Sendable {
    public var outer: Int
    public var rows: Int
    public var inner: Int
    public var count: Int
    /// Whether every outer position has indices of its own.
    public var hasOwnIndices: Bool

    public init(outer: Int, rows: Int, inner: Int, count: Int, hasOwnIndices: Bool = false) {
        self.outer = outer
        self.rows = rows
        self.inner = inner
        self.count = count
        self.hasOwnIndices = hasOwnIndices
    }

    /// How far the indices of one outer position lie from those of the next.
    public var indexStride: Int { hasOwnIndices ? count : 0 }
    /// The number of all indices.
    public var indexCount: Int { hasOwnIndices ? outer * count : count }
}
