import Unloop

extension Example {
    /// What a convolution computes, how large its result is, how many parameters it has, and the edges of a photograph.
    static let convolution = Example(
        "convolution", row: 15, "Filters, padding, stride, channels and bias; the edges of a photograph."
    ) { run in
        try edgesOfTheSample(run)
        try sizes(run)
        try channelsAndBias(run)
        try parameters(run)
        try edgesOfAPhotograph(run)
    }

    /// Brighter on the left than on the right gives a positive number.
    private static let verticalEdges: [[Float]] = [[1, 0, -1], [1, 0, -1], [1, 0, -1]]
    /// Brighter above than below gives a positive number.
    private static let horizontalEdges: [[Float]] = [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]

    /// Images are [batch, height, width, channels], filters [height, width, channels in, channels out].
    private static func filter(_ weights: [[Float]], on device: Device) -> Tensor {
        Tensor(weights, on: device).reshaped(weights.count, weights[0].count, 1, 1)
    }

    private static func edgesOfTheSample(_ run: ExampleRun) throws {
        let sample: [[Float]] = [
            [5, 3, 6, 8, 9, 1], [1, 6, 8, 3, 2, 1], [9, 9, 3, 2, 1, -1], [1, 1, 8, 4, 6, 5], [9, 3, 4, 0, 0, 1],
            [0, 1, 2, 3, 4, 3],
        ]
        let image = Tensor(sample, on: run.device).reshaped(1, 6, 6, 1)
        let vertical = convolution2D(image, filter(verticalEdges, on: run.device))
        // The notes work out the first numbers by hand. They print 10 as the fourth, and -4 below the -8; the sums are
        // (8 + 3 + 2) - (1 + 1 - 1) = 12 and (9 + 1 + 9) - (3 + 8 + 4) = 4.
        try run.figures(
            "vertical edges", vertical, equal: [-2, 5, 5, 12, -8, 7, 10, 4, 4, 7, 8, 1, -4, -2, 4, -2])
        let horizontal = convolution2D(image, filter(horizontalEdges, on: run.device))
        try run.figures(
            "horizontal edges", horizontal, equal: [-7, 3, 17, 16, 5, 4, -5, -9, 5, 7, 2, 1, 7, 7, 9, 5])

        // The same as loops: the filter is laid on every place of the image.
        var sums: [Float] = []
        for row in 0..<4 {
            for column in 0..<4 {
                var sum: Float = 0
                for i in 0..<3 {
                    for j in 0..<3 { sum += sample[row + i][column + j] * verticalEdges[i][j] }
                }
                sums.append(sum)
            }
        }
        try run.figure("vertical edges as by four loops", isTrue: vertical.scalars() == sums)

        // Without padding a corner takes part in one sum only and the image shrinks; zeros around it keep its size.
        let padded = convolution2D(image, filter(verticalEdges, on: run.device), padding: .explicit(1))
        try run.figure("height with padding 1", padded.shape[1], equals: 6)
        try run.figure(
            "padding leaves the inner sums", isTrue: padded[.all, 1..<5, 1..<5].scalars() == vertical.scalars())
    }

    /// ⌊(n + 2p − f) / s⌋ + 1 positions.
    private static func sizes(_ run: ExampleRun) throws {
        for (n, f, s, p) in [(44, 3, 4, 0), (6, 3, 1, 0), (6, 3, 1, 1), (6, 3, 2, 0), (7, 3, 2, 0), (8, 5, 3, 2)] {
            let output = convolution2D(
                Tensor.zeros([1, n, n, 1], on: run.device), Tensor.zeros([f, f, 1, 1], on: run.device),
                stride: Size2D(s), padding: .explicit(p))
            try run.figure(
                "output size for n=\(n), f=\(f), s=\(s), p=\(p)", output.shape[1], equals: (n + 2 * p - f) / s + 1)
        }
    }

    private static func channelsAndBias(_ run: ExampleRun) throws {
        // Four filters of 3×3×3 over a color image: each gives one channel of the result.
        let layer = Convolution2D(filters: 4, kernel: 3)
        var model = Model(layer)
        model.build(inputShape: [6, 6, 3], on: run.device, seed: 1)
        let image = Tensor.ones([1, 6, 6, 3], on: run.device)
        for (axis, size) in model(image).shape.dropFirst().enumerated() {
            try run.figure("6×6×3 with four filters of 3×3×3, axis \(axis)", size, equals: 4)
        }
        // Every output is a sum of 27 products, and each filter adds its own bias to all of its outputs.
        model[layer.weight] = Tensor.ones([3, 3, 3, 4], on: run.device)
        model[layer.bias] = Tensor([0, 1, -2, 0.5], on: run.device)
        try run.figures("27 products and a bias", model(image)[0, 3, 3], equal: [27, 28, 25, 27.5])
    }

    private static func parameters(_ run: ExampleRun) throws {
        for size in [6, 100, 200] {
            var model = Model(Convolution2D(filters: 10, kernel: 3))
            model.build(inputShape: [size, size, 3], on: run.device)
            try run.figure("parameters of ten filters 3×3×3, \(size)×\(size) image", model.parameterCount, equals: 280)
        }
        // A dense layer has a weight for each pixel and unit.
        var dense = Model(Dense(10))
        dense.build(inputShape: [100 * 100 * 3], on: run.device)
        try run.figure("parameters of ten dense units, 100×100 image", dense.parameterCount, equals: 300_010)
    }

    private static func edgesOfAPhotograph(_ run: ExampleRun) throws {
        // Whole numbers from 0 to 255, so that sums with weights 1 and -1 are exact.
        let bitmap = try SamplePhotograph.bitmap()
        let size = SamplePhotograph.size
        let photograph = Tensor(bitmap.samples.map { Float($0) }, shape: [1, size, size, 1], on: run.device)
        let filters = Tensor.concatenate(
            [filter(verticalEdges, on: run.device), filter(horizontalEdges, on: run.device)], axis: 3)
        let edges = convolution2D(photograph, filters)
        let (vertical, horizontal) = (edges[0, .all, .all, 0], edges[0, .all, .all, 1])

        // The same in whole numbers on the host.
        let pixels = bitmap.samples.map { Int($0) }
        func strengths(_ weights: [[Float]]) -> [Int] {
            var result: [Int] = []
            for row in 0..<size - 2 {
                for column in 0..<size - 2 {
                    var sum = 0
                    for i in 0..<3 {
                        for j in 0..<3 { sum += pixels[(row + i) * size + column + j] * Int(weights[i][j]) }
                    }
                    result.append(abs(sum))
                }
            }
            return result
        }
        for (name, found, weights) in [
            ("vertical", vertical, verticalEdges), ("horizontal", horizontal, horizontalEdges),
        ] {
            let expected = strengths(weights)
            try run.figure(
                "strongest \(name) edge of the photograph", abs(found).max().item(), equals: Double(expected.max() ?? 0)
            )
            try run.figure(
                "pixels of the photograph on \(name) edges above 200",
                try (abs(found) .> 200).to(.float32).sum().item(), equals: Double(expected.count { $0 > 200 }))
        }
        // Turning the image about its diagonal makes vertical edges horizontal.
        let turned = convolution2D(photograph.transposed(1, 2), filter(verticalEdges, on: run.device))
        try run.figure(
            "vertical edges of the turned photograph are horizontal ones",
            isTrue: turned[0, .all, .all, 0].transposed().scalars() == horizontal.scalars())

        try run.write(bitmap.pngData(), as: "photograph.png")
        // Gray is no edge; white and black are edges of the two directions.
        try run.write(try Bitmap(vertical, range: -400...400).pngData(), as: "vertical-edges.png")
        try run.write(try Bitmap(horizontal, range: -400...400).pngData(), as: "horizontal-edges.png")
        let strength = sqrt(vertical.squared() + horizontal.squared())
        try run.write(try Bitmap(strength, range: 0...600).pngData(), as: "edges.png")
        try run.note("With --output the photograph and its edges are written as PNG files.")
    }
}
