import UnloopBackend

extension RandomProgram {
    /// Programs that are a little simpler than this one, the greatest steps first. Always the same list, so that the positions of those
    /// taken lead from a random program to its minimal one.
    package var simpler: [RandomProgram] {
        var candidates: [RandomProgram] = []
        func add(_ program: RandomProgram) {
            let program = program.withoutUnusedLeaves
            if program.kinds != nil { candidates.append(program) }
        }
        for derivative in derivative.simpler {
            var copy = self
            copy.derivative = derivative
            add(copy)
        }
        // One result alone, or an earlier value as the only result.
        let results = results
        for node in nodes.indices.reversed() {
            guard case .step = nodes[node], results.count > 1 || !results.contains(node) else { continue }
            add(computing(node))
        }
        guard let kinds else { return candidates }
        // A step left out: a leaf or an operand of the same kind in its place, or simpler parameters.
        for node in nodes.indices.reversed() {
            guard case .step(let operation, let operands) = nodes[node] else { continue }
            for operand in operands where kinds[operand] == kinds[node] && stepCount > 1 {
                add(replacing(node, by: operand))
            }
            if !results.contains(node) || results.count > 1 {
                var copy = self
                copy.nodes[node] = .leaf(
                    RandomLeaf(
                        shape: kinds[node].shape, fill: kinds[node].isReal ? .ordinary : .below(3),
                        layout: .plain(rank: kinds[node].rank), stream: UInt64(node)))
                add(copy.withoutDeadNodes(keeping: results))
            }
            for simpler in operation.simpler() {
                var copy = self
                copy.nodes[node] = .step(simpler, operands)
                add(copy)
            }
        }
        // Sizes: all axes of one length together, then one axis of one leaf.
        let lengths = Set(leaves.flatMap(\.leaf.shape)).sorted(by: >)
        for length in lengths {
            for shorter in [1, 2, length / 2, length - 1] where shorter < length && shorter > 0 {
                var copy = self
                for (node, leaf) in leaves where leaf.shape.contains(length) {
                    copy.nodes[node] = .leaf(leaf.with(shape: leaf.shape.map { $0 == length ? shorter : $0 }))
                }
                add(copy)
            }
        }
        for (node, leaf) in leaves {
            for axis in leaf.shape.indices {
                for shorter in [1, leaf.shape[axis] / 2, leaf.shape[axis] - 1]
                where shorter > 0 && shorter < leaf.shape[axis] {
                    var copy = self
                    var shape = leaf.shape
                    shape[axis] = shorter
                    copy.nodes[node] = .leaf(leaf.with(shape: shape))
                    add(copy)
                }
            }
        }
        for (node, leaf) in leaves {
            if !leaf.layout.isPlain {
                var copy = self
                var plain = leaf
                plain.layout = .plain(rank: leaf.shape.count)
                copy.nodes[node] = .leaf(plain)
                add(copy)
            }
            for fill in leaf.fill.simpler {
                var copy = self
                var simple = leaf
                simple.fill = fill
                copy.nodes[node] = .leaf(simple)
                add(copy)
            }
        }
        return candidates
    }

    /// The program at the end of a path of positions in `simpler`; nil if there is none.
    package func following(_ path: [Int]) -> RandomProgram? {
        var program = self
        for position in path {
            let candidates = program.simpler
            guard candidates.indices.contains(position) else { return nil }
            program = candidates[position]
        }
        return program
    }

    /// The smallest program found that `fails`, and the path to it.
    ///
    /// - Parameter attempts: how many programs to try at most.
    package func minimal(attempts: Int, _ fails: (RandomProgram) -> Bool) -> (program: RandomProgram, path: [Int]) {
        var (program, path, rest) = (self, [Int](), attempts)
        search: while rest > 0 {
            for (position, candidate) in program.simpler.enumerated() {
                rest -= 1
                if rest < 0 { break search }
                if fails(candidate) {
                    program = candidate
                    path.append(position)
                    continue search
                }
            }
            break
        }
        return (program, path)
    }

    private func replacing(_ node: Int, by operand: Int) -> RandomProgram {
        var copy = self
        for (position, other) in nodes.enumerated() {
            if case .step(let operation, let operands) = other {
                copy.nodes[position] = .step(operation, operands.map { $0 == node ? operand : $0 })
            }
        }
        var kept = [Bool](repeating: true, count: nodes.count)
        kept[node] = false
        return copy.keeping(kept)
    }

    /// Without the nodes that only a replaced one took.
    private func withoutDeadNodes(keeping results: [Int]) -> RandomProgram {
        var kept = [Bool](repeating: false, count: nodes.count)
        for result in results { kept[result] = true }
        for position in nodes.indices.reversed() where kept[position] {
            if case .step(_, let operands) = nodes[position] { for operand in operands { kept[operand] = true } }
        }
        return keeping(kept)
    }
}

extension RandomLeaf {
    func with(shape: [Int]) -> RandomLeaf {
        var copy = self
        copy.shape = shape
        return copy
    }
}
