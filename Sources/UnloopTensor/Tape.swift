import Synchronization
import UnloopBackend

/// How a tensor was computed from others: one link of the graph that a backward pass follows.
///
/// Each call that asks for derivatives makes leaves with a fresh, larger number. A node knows the lowest number among the
/// leaves it depends on. When the pass of leaf L runs, tensors that a rule saved are handed to it without their nodes
/// if all their leaves are ≥ L, so an ordinary gradient records nothing; those that depend on an older leaf too keep
/// their nodes, so an outer pass can differentiate the inner gradient.
final class Node: @unchecked Sendable {
    /// The cotangent of the output to the cotangents of the inputs, nil for zero or not needed.
    typealias Rule = @Sendable (_ cotangent: Tensor, _ pass: BackwardPass) -> [Tensor?]

    /// Increases with every node, so inputs have smaller numbers than what is computed from them.
    let sequence: UInt64
    let lowestLeaf: UInt64
    /// The number of the leaf that this node is, 0 for all others.
    let leaf: UInt64
    // Changed in deinit only.
    private(set) var inputs: [Node?]
    private(set) var rule: Rule?
    /// Where the output lies in its only input, for a slice.
    let slice: Slice?
    /// Whether there may be elements of the inputs that the output does not take, as a selection does. Their cotangents are 0, and
    /// stay 0 however infinite the slopes are by which they are then multiplied: what is not taken does not count. Sums of products are
    /// not asked: in a matrix product, a convolution or a recurrence 0 times infinity is NaN, as IEEE 754 says.
    let selects: Bool

    /// A part of a tensor of this shape.
    struct Slice: Sendable {
        let shape: Dimensions
        let region: SliceRegion
    }

    private static let counter = Atomic<UInt64>(0)

    static func nextNumber() -> UInt64 { counter.wrappingAdd(1, ordering: .relaxed).newValue }

    init(inputs: [Node?], slice: Slice? = nil, selects: Bool = false, rule: @escaping Rule) {
        sequence = Self.nextNumber()
        leaf = 0
        var lowest = UInt64.max
        for case let input? in inputs { lowest = min(lowest, input.lowestLeaf) }
        lowestLeaf = lowest
        self.inputs = inputs
        self.slice = slice
        self.selects = selects || slice != nil
        self.rule = rule
    }

    /// A leaf that passes on to `origin`, the node that its value had before, in the passes of other leaves.
    init(leaf: UInt64, origin: Node?) {
        sequence = Self.nextNumber()
        self.leaf = leaf
        lowestLeaf = min(leaf, origin?.lowestLeaf ?? leaf)
        inputs = [origin]
        slice = nil
        selects = false
        rule = { cotangent, _ in [cotangent] }
    }

    /// Takes the graph below apart in a loop: a chain of a million nodes must not need a million stack frames.
    deinit {
        var pending: [Node] = []
        for case let input? in inputs { pending.append(input) }
        inputs = []
        rule = nil
        while var node = pending.popLast() {
            guard isKnownUniquelyReferenced(&node) else { continue }
            for case let input? in node.inputs { pending.append(input) }
            node.inputs = []
            node.rule = nil
        }
    }
}

/// What a rule may ask the pass that runs it.
struct BackwardPass {
    let leaf: UInt64
    /// Whether the cotangent of each input is wanted.
    fileprivate(set) var wanted: [Bool] = []
    fileprivate(set) var node: Node
    /// Whether zeros of the cotangent may belong to elements that were not taken (see `Node.selects`).
    fileprivate(set) var mayHoldUntaken = false

    /// A tensor that the rule saved, without its node unless an older leaf needs it.
    func saved(_ tensor: Tensor) -> Tensor {
        guard let node = tensor.node, node.lowestLeaf >= leaf else { return tensor }
        var plain = tensor
        plain.node = nil
        return plain
    }

    /// The output of the operation, which its rule saved without a node (it would keep itself alive).
    func savedOutput(_ output: Tensor) -> Tensor {
        guard node.lowestLeaf < leaf else { return output }
        var tracked = output
        tracked.node = node
        return tracked
    }

    /// The same pass for a part of an operation, which has inputs of its own.
    func wanting(_ wanted: [Bool]) -> BackwardPass {
        BackwardPass(leaf: leaf, wanted: wanted, node: node, mayHoldUntaken: mayHoldUntaken)
    }

    /// Whether the cotangent of this input is wanted.
    func wants(_ input: Int) -> Bool { wanted[input] }

    /// Runs backwards from one or several outputs with their cotangents, to the leaves with this number.
    ///
    /// - Returns: for each leaf node its cotangent, nil where the outputs do not depend on it.
    ///
    /// Nodes that only `roots` holds are freed, and with them the tensors they saved, as soon as they are done.
    static func run(from roots: consuming [(Node, Tensor)], leaf: UInt64, leaves: [Node]) -> [Tensor?] {
        var remaining = nodesReaching(leaf, from: roots.map(\.0))
        let positions = Positions(of: remaining)
        var cotangents = [Tensor?](repeating: nil, count: remaining.count)
        // Whether the cotangent so far was made here for slices to be added to; nobody else has it.
        var isCollecting = [Bool](repeating: false, count: remaining.count)
        var mayHoldUntaken = [Bool](repeating: false, count: remaining.count)
        func add(_ cotangent: Tensor, to position: Int) {
            cotangents[position] = cotangents[position].map { $0 + cotangent } ?? cotangent
            isCollecting[position] = false
        }
        // Many slices of one tensor, such as the steps of a sequence, are added up in one place: a tensor of the whole shape for each of
        // them would take quadratic time.
        func add(_ cotangent: Tensor, at slice: Node.Slice, to position: Int) {
            if isCollecting[position], let whole = cotangents[position] {
                cotangents[position] = whole.adding(cotangent, at: slice.region)
                return
            }
            let embedded = cotangent.embedded(in: slice.shape, slice.region, fill: 0)
            cotangents[position] = cotangents[position].map { $0 + embedded } ?? embedded
            isCollecting[position] = cotangents[position]?.node == nil
        }
        for (node, cotangent) in roots {
            if let position = positions[node] { add(cotangent, to: position) }
        }
        roots = []
        while let node = remaining.popLast() {
            // That of a leaf stays.
            if node.leaf == leaf { continue }
            guard let cotangent = cotangents[remaining.count].take() else { continue }
            guard let rule = node.rule else { continue }
            if let slice = node.slice, cotangent.node == nil {
                if let input = node.inputs[0], let target = positions[input] {
                    mayHoldUntaken[target] = true
                    add(cotangent, at: slice, to: target)
                }
                continue
            }
            let targets = node.inputs.map { input in input.flatMap { positions[$0] } }
            let holds = mayHoldUntaken[remaining.count]
            let pass = BackwardPass(
                leaf: leaf, wanted: targets.map { $0 != nil }, node: node, mayHoldUntaken: holds)
            for (target, contribution) in zip(targets, rule(cotangent, pass)) {
                guard let target, let contribution else { continue }
                if holds || node.selects { mayHoldUntaken[target] = true }
                add(contribution, to: target)
            }
        }
        return leaves.map { leaf in positions[leaf].flatMap { cotangents[$0] } }
    }

    /// Where nodes lie in a list that is sorted by their numbers.
    private struct Positions {
        private let sequences: [UInt64]

        init(of nodes: [Node]) { sequences = nodes.map(\.sequence) }

        /// nil for a node that is not in the list.
        subscript(node: Node) -> Int? {
            let wanted = node.sequence
            var (low, high) = (0, sequences.count)
            while low < high {
                let middle = (low + high) / 2
                if sequences[middle] < wanted { low = middle + 1 } else { high = middle }
            }
            return low < sequences.count && sequences[low] == wanted ? low : nil
        }
    }

    /// The nodes on a path from a root to a leaf with this number, inputs before what is computed from them.
    private static func nodesReaching(_ leaf: UInt64, from roots: [Node]) -> [Node] {
        var seen = Set<ObjectIdentifier>()
        var pending: [Node] = []
        var reachable: [Node] = []
        for root in roots where seen.insert(ObjectIdentifier(root)).inserted { pending.append(root) }
        while let node = pending.popLast() {
            reachable.append(node)
            if node.leaf == leaf { continue }
            for case let input? in node.inputs where seen.insert(ObjectIdentifier(input)).inserted {
                pending.append(input)
            }
        }
        reachable.sort { $0.sequence < $1.sequence }
        let positions = Positions(of: reachable)
        var reaches: [Bool] = []
        reaches.reserveCapacity(reachable.count)
        for node in reachable {
            reaches.append(
                node.leaf == leaf
                    || node.inputs.contains { input in input.flatMap { positions[$0] }.map { reaches[$0] } ?? false })
        }
        return zip(reachable, reaches).compactMap { node, reaches in reaches ? node : nil }
    }
}

extension Tensor {
    /// Whether a derivative has been asked for that this tensor may take part in.
    var isTracked: Bool { node != nil }

    /// This tensor with the rule for its derivative; the inputs' nodes in the order of the rule's results.
    ///
    /// - Parameter selects: see `Node.selects`.
    func recorded(_ inputs: [Node?], selects: Bool = false, _ rule: @escaping Node.Rule) -> Tensor {
        var result = self
        result.node = Node(inputs: inputs, selects: selects, rule: rule)
        return result
    }

    func recorded(
        _ input: Tensor, selects: Bool = false, _ rule: @escaping @Sendable (Tensor, BackwardPass) -> Tensor
    ) -> Tensor {
        guard let node = input.node else { return self }
        return recorded([node], selects: selects) { [rule($0, $1)] }
    }

    /// The same elements, through which no derivative flows.
    public func stopGradient() -> Tensor {
        var result = self
        result.node = nil
        return result
    }
}

/// The same elements, through which no derivative flows.
public func stopGradient(_ x: Tensor) -> Tensor { x.stopGradient() }
