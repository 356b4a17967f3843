import Unloop

extension Example {
    /// Reshaping, transposing and flattening are views: they move no element.
    static let shapes = Example(
        "shapes", row: 4, "Reshape, transpose, flatten; an image as a vector; lists, rows and columns are not the same."
    ) { run in
        // The notes' image of 3×3 pixels with two channels.
        let pixels: [[[Float]]] = [
            [[0.139, 0.381], [0.982, 0.647], [0.251, 0.551]], [[0.219, 0.647], [0.703, 0.845], [0.397, 0.313]],
            [[0.855, 0.165], [0.313, 0.937], [0.279, 0.077]],
        ]
        let image = Tensor(pixels, on: run.device)
        let vector = image.reshaped(-1, 1)
        try run.figure("axes of the image", image.rank, equals: 3)
        try run.figure("rows of its vector", vector.shape[0], equals: 18)
        try run.figure("columns of its vector", vector.shape[1], equals: 1)
        let inOrder = pixels.flatMap { $0.flatMap { $0 } }
        try run.figure("the vector has the elements in order", isTrue: vector.scalars() == inOrder)
        try run.figure("and back again", isTrue: vector.reshaped(3, 3, 2).isBitEqual(to: image))
        try run.figure("rows of (a·b, c)", image.reshaped(9, 2).shape[0], equals: 9)

        // A list has one axis, and transposing it changes nothing. A row and a column have two.
        let list = Tensor([1, 2, 3, 4, 5, 6], on: run.device)
        let row = list.reshaped(1, 6)
        let column = list.reshaped(6, 1)
        try run.figure("axes of a list", list.rank, equals: 1)
        try run.figure("a transposed list is the list", isTrue: list.transposed().isBitEqual(to: list))
        try run.figure("a transposed row is a column", isTrue: row.transposed().isBitEqual(to: column))
        try run.figure("row · column: elements", matmul(row, column).count, equals: 1)
        try run.figure("row · column", matmul(row, column).item(), equals: 91)
        try run.figure("column · row: elements", matmul(column, row).count, equals: 36)
        try run.figure("list · list", dot(list, list).item(), equals: 91)

        let matrix = list.reshaped(2, 3)
        try run.figures("transposed matrix", matrix.transposed(), equal: [1, 4, 2, 5, 3, 6])
        try run.figures("transposed matrix, flattened", matrix.transposed().reshaped(-1), equal: [1, 4, 2, 5, 3, 6])
    }
}
