import UnloopBackend
import UnloopTensor

/// A cell of each kind: one state or two, sums or both products.
private enum RandomCell: String, CaseIterable, Sendable {
    case leaky, gated, twoStates

    static let leakyCell = RecurrentCell("leaky", gates: 1, states: 1) { sums, states in
        [0.9 * states[0] + 0.1 * tanh(sums[0])]
    }
    static let gatedCell = RecurrentCell("gated", gates: 2, states: 1) { input, recurrent, states in
        let gate = sigmoid(input[0] + recurrent[0])
        return [(1 - gate) * tanh(input[1] + gate * recurrent[1]) + gate * states[0]]
    }
    static let twoStatesCell = RecurrentCell("two states", gates: 2, states: 2) { sums, states in
        let cell = sigmoid(sums[0]) * states[1] + tanh(sums[1])
        return [tanh(cell) * states[0], cell]
    }

    var cell: RecurrentCell {
        switch self {
        case .leaky: Self.leakyCell
        case .gated: Self.gatedCell
        case .twoStates: Self.twoStatesCell
        }
    }

    var source: String {
        switch self {
        case .leaky:
            "RecurrentCell(\"leaky\", gates: 1, states: 1) { sums, states in [0.9 * states[0] + 0.1 * tanh(sums[0])] }"
        case .gated:
            "RecurrentCell(\"gated\", gates: 2, states: 1) { input, recurrent, states in "
                + "let gate = sigmoid(input[0] + recurrent[0]); "
                + "return [(1 - gate) * tanh(input[1] + gate * recurrent[1]) + gate * states[0]] }"
        case .twoStates:
            "RecurrentCell(\"two states\", gates: 2, states: 2) { sums, states in "
                + "let cell = sigmoid(sums[0]) * states[1] + tanh(sums[1]); return [tanh(cell) * states[0], cell] }"
        }
    }
}

extension RandomOperation {
    /// Operands: products, recurrent weight, initial state, the recurrent bias if the cell has one, the lengths if there are any.
    fileprivate static func recurrence(_ choice: RandomCell, reversed: Bool, hasLengths: Bool) -> RandomOperation {
        let cell = choice.cell
        let hasBias = cell.separatesProducts
        return RandomOperation(
            name: "recurrence",
            result: { kinds in
                guard kinds.count == 3 + (hasBias ? 1 : 0) + (hasLengths ? 1 : 0), kinds[0].rank == 3,
                    kinds[1].rank == 2, kinds.prefix(3).allSatisfy(\.isReal)
                else { return nil }
                let (time, batch, units) = (kinds[0].shape[0], kinds[0].shape[1], kinds[1].shape[0])
                let width = cell.gates * units
                guard kinds[0].shape[2] == width, kinds[1].shape[1] == width,
                    kinds[2].shape == [cell.states, batch, units], !hasBias || kinds[3] == TensorKind([width]),
                    !hasLengths || kinds[kinds.count - 1] == TensorKind([batch], isReal: false)
                else { return nil }
                return TensorKind([cell.states, time + 1, batch, units])
            },
            apply: { x, _ in
                Recurrence(cell, reversed: reversed)(
                    x[0], recurrentWeight: x[1], recurrentBias: hasBias ? x[3] : nil, initial: x[2],
                    lengths: hasLengths ? x[x.count - 1] : nil)
            },
            source: { x in
                "Recurrence(\(choice.source), reversed: \(reversed))(\(x[0]), recurrentWeight: \(x[1]), "
                    + "recurrentBias: \(hasBias ? x[3] : "nil"), initial: \(x[2]), "
                    + "lengths: \(hasLengths ? x[x.count - 1] : "nil"))"
            },
            work: { kinds in kinds[0].count * (kinds[1].shape.first ?? 1) * 4 },
            simpler: {
                reversed ? [recurrence(choice, reversed: false, hasLengths: hasLengths)] : []
            })
    }
}

extension OperationFamily {
    static let recurrences: [OperationFamily] = [
        OperationFamily("recurrence", weight: 5) { builder in
            let choice = builder.numbers.pick(RandomCell.allCases)
            let cell = choice.cell
            let (time, batch, units) = (
                builder.numbers.pick([0, 1, 2, 3, 5]), builder.numbers.pick([0, 1, 2, 3, 4, 5]),
                builder.numbers.pick([1, 2, 3, 5, 8, 16, 17])
            )
            let width = cell.gates * units
            let hasLengths = builder.numbers.chance(1, of: 2)
            var operands = [
                builder.like([time, batch, width]), builder.like([units, width]),
                builder.like([cell.states, batch, units]),
            ]
            if cell.separatesProducts { operands.append(builder.like([width])) }
            if hasLengths { operands.append(builder.leaf([batch], .below(time + 2))) }
            return builder.add(
                .recurrence(choice, reversed: builder.numbers.chance(1, of: 2), hasLengths: hasLengths), operands)
        }
    ]
}
