import UnloopBackend

/// A depth, a height and a width: of strides, windows, dilations. An integer literal gives all three.
public struct Size3D: Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    public var depth: Int
    public var height: Int
    public var width: Int

    public init(_ depth: Int, _ height: Int, _ width: Int) {
        self.depth = depth
        self.height = height
        self.width = width
    }

    public init(_ all: Int) { self.init(all, all, all) }
    public init(integerLiteral value: Int) { self.init(value, value, value) }

    public var description: String { "\(depth)×\(height)×\(width)" }

    /// The height and the width.
    package var plane: Size2D { Size2D(height, width) }
    package var isPositive: Bool { depth > 0 && plane.isPositive }
    /// What a window with gaps between its elements covers.
    package func dilated(_ dilation: Size3D) -> Size3D {
        let plane = plane.dilated(dilation.plane)
        return Size3D(windowExtent(depth, dilation: dilation.depth), plane.height, plane.width)
    }
}

extension Size2D {
    package var isPositive: Bool { height > 0 && width > 0 }
    /// What a window with gaps between its elements covers.
    package func dilated(_ dilation: Size2D) -> Size2D {
        Size2D(windowExtent(height, dilation: dilation.height), windowExtent(width, dilation: dilation.width))
    }
}

/// How sequences are extended before a window moves along them.
public enum Padding1D: Hashable, Sendable {
    /// Not at all.
    case valid
    /// So that the output has ⌈length / stride⌉ positions; an odd remainder goes to the end.
    case same
    /// At the beginning only, by the window's extent less one, so that no output depends on later positions.
    case causal
    /// By these numbers of positions.
    case explicit(before: Int, after: Int)

    /// By the same number on both sides.
    public static func explicit(_ both: Int) -> Padding1D { .explicit(before: both, after: both) }

    package func amounts(length: Int, extent: Int, stride: Int) -> (before: Int, after: Int) {
        switch self {
        case .valid: (0, 0)
        case .same: Padding.same(size: length, extent: extent, stride: stride)
        case .causal: (extent - 1, 0)
        case .explicit(let before, let after): (before, after)
        }
    }
}

/// How volumes are extended before a window moves through them.
public enum Padding3D: Hashable, Sendable {
    /// Not at all.
    case valid
    /// So that the output has ⌈size / stride⌉ positions; an odd remainder goes to the back, the bottom and the right.
    case same
    /// By these numbers of planes, rows and columns.
    case explicit(front: Int, back: Int, top: Int, bottom: Int, left: Int, right: Int)

    /// By the same number on every side.
    public static func explicit(_ all: Int) -> Padding3D {
        .explicit(front: all, back: all, top: all, bottom: all, left: all, right: all)
    }

    /// The planes before and after.
    package func depthAmounts(depth: Int, extent: Int, stride: Int) -> (before: Int, after: Int) {
        switch self {
        case .valid: (0, 0)
        case .same: Padding.same(size: depth, extent: extent, stride: stride)
        case .explicit(let front, let back, _, _, _, _): (front, back)
        }
    }

    /// The padding of every plane.
    package var plane: Padding {
        switch self {
        case .valid: .valid
        case .same: .same
        case .explicit(_, _, let top, let bottom, let left, let right):
            .explicit(top: top, bottom: bottom, left: left, right: right)
        }
    }
}

/// Traps, with the operation's name, where a window with its gaps is beyond every size.
package func requireExtent(_ operation: String, _ extents: Int...) {
    require(
        extents.allSatisfy { $0 < largestExtent },
        "\(operation): a window with its dilation covers more places than any array has")
}

/// Traps, with the operation's name, where the padding on a side is negative or beyond every size.
package func requirePadding(_ operation: String, _ amounts: Int...) {
    require(
        amounts.allSatisfy { $0 >= 0 && $0 < largestExtent },
        "\(operation): padding \(amounts) must not be negative or too large for any array")
}

/// The positions that a window takes along an axis: ⌊(size + padding − extent) / stride⌋ + 1; 0 where it does not fit.
package func windowPositions(_ size: Int, extent: Int, stride: Int, padding: (before: Int, after: Int)) -> Int {
    let room = size + padding.before + padding.after - extent
    return room < 0 ? 0 : room / stride + 1
}
