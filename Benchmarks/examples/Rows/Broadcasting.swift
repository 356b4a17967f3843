import Unloop

extension Example {
    /// A row, a column or a number is repeated to fit a matrix, without being copied.
    static let broadcasting = Example(
        "broadcasting", row: 3, "A matrix with a row, a column and a single number, for each of + − × ÷."
    ) { run in
        let column = Tensor([[1], [2], [3]], on: run.device)
        try run.figures("(3, 1) + number", column + 10, equal: [11, 12, 13])
        try run.figures("(3, 1) + (1, 1)", column + Tensor([[10]], on: run.device), equal: [11, 12, 13])
        try run.figures("(3, 1) + (3, 1)", column + Tensor([[10], [10], [10]], on: run.device), equal: [11, 12, 13])

        let x = Tensor([[1, 2, 3], [4, 5, 6]], on: run.device)
        let row = Tensor([[10, 20, 30]], on: run.device)
        let two = Tensor([[10], [20]], on: run.device)
        try run.figures("(2, 3) + (1, 3)", x + row, equal: [11, 22, 33, 14, 25, 36])
        try run.figures("(2, 3) + (2, 1)", x + two, equal: [11, 12, 13, 24, 25, 26])
        try run.figures("(2, 3) − (1, 3)", x - row, equal: [-9, -18, -27, -6, -15, -24])
        try run.figures("(2, 3) − (2, 1)", x - two, equal: [-9, -8, -7, -16, -15, -14])
        try run.figures("(2, 3) × (1, 3)", x * row, equal: [10, 40, 90, 40, 100, 180])
        try run.figures("(2, 3) × (2, 1)", x * two, equal: [10, 20, 30, 80, 100, 120])
        // Quotients of float32 are correctly rounded: half a unit of the last of 24 binary digits.
        try run.figures("(2, 3) ÷ (1, 3)", x / row, equal: [0.1, 0.1, 0.1, 0.4, 0.25, 0.2], within: 0.4 * 0x1p-24)
        try run.figures("(2, 3) ÷ (2, 1)", x / two, equal: [0.1, 0.2, 0.3, 0.2, 0.25, 0.3], within: 0.3 * 0x1p-24)
    }
}
