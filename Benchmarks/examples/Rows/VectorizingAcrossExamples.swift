import Unloop

extension Example {
    /// One example at a time or all at once, examples as rows or as columns: the same numbers, bit for bit.
    static let vectorizingAcrossExamples = Example(
        "vectorizing-across-examples", row: 2,
        "A layer for one example at a time and for a batch, with examples as rows and as columns."
    ) { run in
        let (examples, features, units) = (6, 4, 5)
        let x = Tensor.randomNormal([examples, features], RandomKey(seed: 3), on: run.device)
        let w = Tensor.randomNormal([features, units], RandomKey(seed: 4), on: run.device)
        let b = Tensor.randomNormal([units], RandomKey(seed: 5), on: run.device)

        // Rows as examples: X is m×n, and the bias is added to each row.
        let rows = sigmoid(matmul(x, w) + b)
        try run.figure("rows as examples: rows of the result", rows.shape[0], equals: examples)
        try run.figure("rows as examples: columns of the result", rows.shape[1], equals: units)

        // Columns as examples: X is n×m, W has a row for each unit, and the bias is a column.
        let columns = sigmoid(matmul(w.transposed(), x.transposed()) + b.reshaped(units, 1))
        try run.figure("columns as examples: rows of the result", columns.shape[0], equals: units)
        try run.figure("columns as examples: columns of the result", columns.shape[1], equals: examples)
        try run.figure(
            "both conventions give the same bits", isTrue: rows.isBitEqual(to: columns.transposed()))

        var single = 0
        for example in 0..<examples {
            let alone = sigmoid(matmul(x[example..<example + 1], w) + b)
            if try alone[0].isBitEqual(to: rows[example]) { single += 1 }
        }
        try run.figure("examples with the same bits alone as in the batch", single, equals: examples)
        let matrixVector = sigmoid(dot(w.transposed(), x[0]) + b)
        let difference = try abs(matrixVector - rows[0]).max().item()
        // Four products are added in another order.
        try run.figure("matrix times vector: largest difference", Double(difference), atMost: 4 * 0x1p-24)
    }
}
