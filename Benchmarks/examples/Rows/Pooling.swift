import Unloop

extension Example {
    /// One number for each window: the largest, the mean, or what any function makes of it.
    static let pooling = Example(
        "pooling", row: 16, "Max, average and any other pooling; what it does to images that are shifted."
    ) { run in
        try windows(run)
        try shifts(run)
    }

    private static func windows(_ run: ExampleRun) throws {
        let image = Tensor([[8, 4, 2, 1], [9, 3, 2, 8], [1, 5, 7, 1], [2, 0, 3, 7]], on: run.device)
            .reshaped(1, 4, 4, 1)
        let largest = Model(MaxPooling2D(2))
        try run.figures("largest of each window", largest(image), equal: [9, 8, 5, 7])
        let mean = Model(AveragePooling2D(2))
        try run.figures("mean of each window", mean(image), equal: [6, 3.25, 2, 4.5])

        // Any function of the windows' elements, which are the last axis, will do.
        let smallest = Model(Pooling2D(2) { $0.min(-1) })
        try run.figures("smallest of each window", smallest(image), equal: [3, 1, 0, 1])
        // The median of four numbers is the mean of the middle two.
        let median = Model(Pooling2D(2) { ($0.sum(-1) - $0.max(-1) - $0.min(-1)) / 2 })
        try run.figures("median of each window", median(image), equal: [6, 2, 1.5, 5])
        // The largest relative error of a float32 sum of four squares and its root is 3 units of 2⁻²⁴.
        let norm = Model(Pooling2D(2) { $0.norm(-1) })
        try run.figures(
            "norm of each window", norm(image),
            equal: [170.0, 73, 30, 108].map { $0.squareRoot() }, within: 3 * 0x1p-24 * 13.1)
        for (name, count) in [
            ("max", largest.parameterCount), ("average", mean.parameterCount), ("norm", norm.parameterCount),
        ] {
            try run.figure("parameters of \(name) pooling", count, equals: 0)
        }

        // The largest number may move inside its window without any change of the result.
        let moved = Tensor([[9, 4, 2, 1], [8, 3, 8, 2], [5, 1, 1, 7], [0, 2, 7, 3]], on: run.device)
            .reshaped(1, 4, 4, 1)
        try run.figure(
            "pixels moved inside windows change no maximum",
            isTrue: largest(moved).scalars() == largest(image).scalars())
    }

    /// How much a shift by one pixel changes what a layer after the pooling sees, for all digits.
    private static func shifts(_ run: ExampleRun) throws {
        let digits = try Digits.load(on: run.device).features
        // Paper around the digits, so that nothing is cut off: 12×12, and the same one pixel to the right.
        let margin = (before: 2, after: 2)
        let centered = digits.padded([(0, 0), margin, margin, (0, 0)])
        let shifted = digits.padded([(0, 0), margin, (3, 1), (0, 0)])
        // As is usual, pooling follows a convolution: edges in four directions, of which ReLU keeps the positive ones.
        let edge = Tensor([[1, 0, -1], [1, 0, -1], [1, 0, -1]], on: run.device)
        let filters = Tensor.stack([edge, -edge, edge.transposed(), -edge.transposed()], axis: 2)
            .expandingDimension(at: 2)
        func features(_ images: Tensor) -> Tensor { relu(convolution2D(images, filters, padding: .same)) }
        let (before, after) = (features(centered), features(shifted))

        /// The norm of the difference in parts of the norm, over all digits. On the host in double precision, in a fixed order.
        func change(_ pool: (Tensor) -> Tensor) throws -> Double {
            let (a, b) = (try pool(before).doubles(), try pool(after).doubles())
            var (difference, whole) = (0.0, 0.0)
            for (x, y) in zip(a, b) {
                difference += (x - y) * (x - y)
                whole += x * x
            }
            return (difference / whole).squareRoot()
        }
        // Each digit's features are 12×12, so the last window holds all of them.
        let windows = [1, 2, 3, 4, 6, 12]
        let changes = try windows.map { window in
            try change { window == 1 ? $0 : maxPool2D($0, window: Size2D(window)) }
        }
        try run.figure("change by a shift of one pixel, without pooling", changes[0], atLeast: 0.8)
        for (window, found, bound) in [(2, changes[1], 0.65), (4, changes[3], 0.5), (12, changes[5], 0)] {
            try run.figure("change after max pooling \(window)×\(window)", found, atMost: bound)
        }
        try run.figure(
            "larger windows tolerate more", isTrue: zip(changes, changes.dropFirst()).allSatisfy { $0 > $1 })
        var plot = Plot(
            title: "Digits shifted by one pixel", x: .init("height and width of the windows"),
            y: .init("relative change of the features"))
        plot.line("max pooling", windows.map(Double.init), changes)
        try run.draw(plot, as: "shift-tolerance")
    }
}
