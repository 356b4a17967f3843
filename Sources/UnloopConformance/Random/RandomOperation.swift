import UnloopBackend
import UnloopTensor

/// One step of a random program: an operation of the public interface with its parameters.
struct RandomOperation: Sendable {
    /// How far a float32 result lies from the same operation in float64 on the same operands.
    enum Rounding: Sendable {
        /// Nothing is rounded, and the result is linear in its real operands.
        case none
        /// Nothing is rounded, but where operands are not exact, another element or another step may be taken.
        case jumps
        /// Each element within so many units in the last place.
        case ulp(Double)
        /// Both: each element within so many units in the last place, and another step may be taken where operands are not exact.
        case jumpsAndRounds(ulp: Double)
        /// Sums of `terms`; the function gives the sums of their magnitudes.
        case sums(@Sendable ([Tensor], Place) -> Tensor)
        case notStated
    }

    let name: String
    /// The kind of the result; nil where the operation does not take such operands.
    let result: @Sendable ([TensorKind]) -> TensorKind?
    let apply: @Sendable ([Tensor], Place) -> Tensor
    /// A Swift expression of the operands' names.
    let source: @Sendable ([String]) -> String
    var rounding = Rounding.notStated
    /// The multiplications and additions that it costs; by default an element each.
    var work: @Sendable ([TensorKind]) -> Int = { $0.reduce(0) { $0 + $1.count } }
    /// The terms of the longest sum; nil for an equal share of the work for each element.
    var terms: (@Sendable ([TensorKind]) -> Int)?
    /// The same operation with simpler parameters.
    var simpler: @Sendable () -> [RandomOperation] = { [] }
}

/// A kind of operation with the way to draw one at random.
struct OperationFamily: Sendable {
    let name: String
    /// How often it is drawn.
    let weight: Int
    /// Adds a step with its operands; false where it does not fit.
    let draw: @Sendable (inout ProgramBuilder) -> Bool

    init(_ name: String, weight: Int, _ draw: @escaping @Sendable (inout ProgramBuilder) -> Bool) {
        self.name = name
        self.weight = weight
        self.draw = draw
    }

    /// The whole public interface of tensors; what is added there gets a row.
    static let all: [OperationFamily] =
        elementwise + views + joining + reductions + lines + products + windows + indexing + sources + recurrences
}

/// The common shape of shapes; nil if they do not broadcast.
func broadcastShape(_ shapes: [[Int]]) -> [Int]? {
    var result = [Int](repeating: 1, count: shapes.map(\.count).max() ?? 0)
    for shape in shapes {
        for (position, size) in shape.reversed().enumerated() {
            let axis = result.count - 1 - position
            if size == 1 || size == result[axis] { continue }
            guard result[axis] == 1 else { return nil }
            result[axis] = size
        }
    }
    return result
}

extension Array where Element == Int {
    func removing(_ axes: Set<Int>) -> [Int] { indices.filter { !axes.contains($0) }.map { self[$0] } }
    func keeping(_ axes: Set<Int>) -> [Int] { indices.map { axes.contains($0) ? 1 : self[$0] } }
}
