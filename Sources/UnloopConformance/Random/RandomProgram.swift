import UnloopBackend
import UnloopTensor

/// A small program of tensor operations as a value: drawn from a seed and an index, run on any device, made smaller, written as Swift.
package struct RandomProgram: Sendable {
    /// How large the tensors of a program are, and how much it may cost.
    package struct Size: Sendable {
        /// Elements of a leaf.
        let elements: Int
        /// Multiplications and additions of all steps.
        let work: Int
        /// The longest axis.
        let longest: Int

        /// For interpreters and sanitizers.
        package static let tiny = Size(elements: 40, work: 1500, longest: 9)
        static let small = Size(elements: 1200, work: 30_000, longest: 300)
        static let large = Size(elements: 20_000, work: 600_000, longest: 5000)
    }

    enum Node: Sendable {
        case leaf(RandomLeaf)
        case step(RandomOperation, [Int])
    }

    /// Which derivative is computed beside the values: of a sum of the results times random numbers.
    enum Derivative: String, Sendable {
        case none, gradient, second, forward

        var simpler: [Derivative] {
            switch self {
            case .none: []
            case .gradient, .forward: [.none]
            case .second: [.none, .gradient]
            }
        }
    }

    let seed: UInt64
    /// Each takes values of earlier ones.
    var nodes: [Node] = []
    var derivative = Derivative.none

    init(seed: UInt64) { self.seed = seed }

    /// Program number `index` of a seed: always the same.
    ///
    /// - Parameter size: nil for small ones with a large one now and then.
    package static func random(seed: UInt64, index: Int, size: Size? = nil) -> RandomProgram {
        // What meets a fault that is known and not mended yet is drawn again.
        for attempt in 0..<1000 {
            let stream = UInt64(index) << 10 | UInt64(attempt)
            let program = draw(seed, CounterNumbers(seed: seed, stream: stream), size)
            if KnownFault.unmended.contains(where: { $0.isMet(program) }) { continue }
            return program
        }
        return RandomProgram(seed: seed)
    }

    private static func draw(_ seed: UInt64, _ numbers: CounterNumbers, _ size: Size?) -> RandomProgram {
        var numbers = numbers
        let size = size ?? (numbers.chance(1, of: 16) ? .large : .small)
        let steps = numbers.pick([1, 1, 1, 2, 2, 3, 3, 4, 5, 6])
        let derivative: Derivative = numbers.pick([.none, .gradient, .gradient, .gradient, .second, .second, .forward])
        var builder = ProgramBuilder(seed: seed, numbers, size)
        let families = OperationFamily.all.map { ($0.weight, $0) }
        var made = 0
        for _ in 0..<8 * steps where made < steps {
            if builder.numbers.pick(weighted: families).draw(&builder) { made += 1 }
        }
        var program = builder.program.withoutUnusedLeaves
        program.derivative = derivative
        return program
    }

    // MARK: Parts

    /// The kind of each node's value; nil where one does not take its operands.
    var kinds: [TensorKind]? {
        var kinds: [TensorKind] = []
        for node in nodes {
            switch node {
            case .leaf(let leaf): kinds.append(leaf.kind)
            case .step(let operation, let operands):
                guard let kind = operation.result(operands.map { kinds[$0] }) else { return nil }
                kinds.append(kind)
            }
        }
        return kinds
    }

    /// The nodes that no other takes: the results.
    var results: [Int] {
        var isTaken = [Bool](repeating: false, count: nodes.count)
        for case .step(_, let operands) in nodes {
            for operand in operands { isTaken[operand] = true }
        }
        return nodes.indices.filter { !isTaken[$0] }
    }

    var leaves: [(node: Int, leaf: RandomLeaf)] {
        nodes.enumerated().compactMap { if case .leaf(let leaf) = $0.element { ($0.offset, leaf) } else { nil } }
    }

    var stepCount: Int { nodes.count - leaves.count }

    /// For each node the last one that takes it; itself where none does.
    var lastUses: [Int] {
        var last = Array(nodes.indices)
        for (position, node) in nodes.enumerated() {
            if case .step(_, let operands) = node { for operand in operands { last[operand] = position } }
        }
        return last
    }

    /// The names of the operations, for counts.
    package var operationNames: [String] {
        nodes.compactMap { if case .step(let operation, _) = $0 { operation.name } else { nil } }
    }

    /// Only the nodes with these numbers, which take no others.
    func keeping(_ kept: [Bool]) -> RandomProgram {
        var result = self
        result.nodes = []
        var positions = [Int](repeating: 0, count: nodes.count)
        for (position, node) in nodes.enumerated() where kept[position] {
            positions[position] = result.nodes.count
            switch node {
            case .leaf: result.nodes.append(node)
            case .step(let operation, let operands):
                result.nodes.append(.step(operation, operands.map { positions[$0] }))
            }
        }
        return result
    }

    var withoutUnusedLeaves: RandomProgram {
        guard stepCount > 0 else { return self }
        let unused = Set(results)
        return keeping(
            nodes.enumerated().map { position, node in
                if case .leaf = node { !unused.contains(position) } else { true }
            })
    }

    /// One result and what it is computed from.
    func computing(_ result: Int) -> RandomProgram {
        var kept = [Bool](repeating: false, count: nodes.count)
        kept[result] = true
        for position in stride(from: result, through: 0, by: -1) where kept[position] {
            if case .step(_, let operands) = nodes[position] { for operand in operands { kept[operand] = true } }
        }
        return keeping(kept)
    }
}
