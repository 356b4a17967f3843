import UnloopBackend

/// An element that can be added and compared: a real, or an integer that wraps.
protocol LoopElement: Comparable {
    static var zero: Self { get }
    static var elementType: ElementType { get }
    static func sum(_ a: Self, _ b: Self) -> Self
    /// `reduction` is one of sum, product, maximum and minimum.
    static func combine(_ reduction: Reduction, _ a: Self, _ b: Self) -> Self
    /// What an empty reduction gives.
    static func start(_ reduction: Reduction) -> Self
    /// Whether this is NaN.
    var isNotANumber: Bool { get }
}

extension LoopElement where Self: BinaryFloatingPoint {
    static func sum(_ a: Self, _ b: Self) -> Self { a + b }

    @inline(__always)
    static func combine(_ reduction: Reduction, _ a: Self, _ b: Self) -> Self {
        switch reduction {
        case .sum: a + b
        case .product: a * b
        case .maximum: a > b || a.isNaN ? a : b
        case .minimum: a < b || a.isNaN ? a : b
        case .indexOfMaximum, .indexOfMinimum: preconditionFailure("\(reduction) combines positions")
        }
    }

    static func start(_ reduction: Reduction) -> Self {
        switch reduction {
        case .sum: 0
        case .product: 1
        case .maximum: -.infinity
        case .minimum: .infinity
        case .indexOfMaximum, .indexOfMinimum: preconditionFailure("\(reduction) of an empty axis")
        }
    }

    var isNotANumber: Bool { isNaN }
}

extension Float: LoopElement { static var elementType: ElementType { .float32 } }
extension Double: LoopElement { static var elementType: ElementType { .float64 } }

extension Int32: LoopElement {
    static var elementType: ElementType { .int32 }

    static func sum(_ a: Int32, _ b: Int32) -> Int32 { a &+ b }

    @inline(__always)
    static func combine(_ reduction: Reduction, _ a: Int32, _ b: Int32) -> Int32 {
        switch reduction {
        case .sum: a &+ b
        case .product: a &* b
        case .maximum: a > b ? a : b
        case .minimum: a < b ? a : b
        case .indexOfMaximum, .indexOfMinimum: preconditionFailure("\(reduction) combines positions")
        }
    }

    static func start(_ reduction: Reduction) -> Int32 {
        switch reduction {
        case .sum: 0
        case .product: 1
        case .maximum: .min
        case .minimum: .max
        case .indexOfMaximum, .indexOfMinimum: preconditionFailure("\(reduction) of an empty axis")
        }
    }

    var isNotANumber: Bool { false }
}
