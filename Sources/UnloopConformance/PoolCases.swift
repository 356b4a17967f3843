import UnloopBackend

/// Pooling: kinds, directions, windows that overlap, leave gaps, or lie in padding; NaN and ties.
enum PoolCases {
    static var all: [OperationCase] {
        geometries.flatMap { name, geometry, data in
            PoolDescriptor.Direction.allCases.map { pool(name, geometry, $0, data) }
        }
    }

    private static func pool(
        _ name: String, _ d: PoolDescriptor, _ direction: PoolDescriptor.Direction, _ data: CaseData
    ) -> OperationCase {
        let second: Dimensions? =
            switch direction {
            case .forward: nil
            case .gradient: d.outputShape
            case .tangent: d.inputShape
            }
        let result = direction == .gradient ? d.inputShape : d.outputShape
        let window = d.windowHeight * d.windowWidth
        let accuracy: OperationCase.Accuracy =
            switch (d.kind, direction, data) {
            case (.maximum, .forward, _), (.maximum, .tangent, _): .exact
            case (.average, _, .reals): .sums(length: window + 1)
            default: .notStated
            }
        let padding = [d.paddingTop, d.paddingBottom, d.paddingLeft, d.paddingRight].map(String.init)
        return OperationCase(
            .pool,
            "\(d.kind) \(direction) \(name) \(data) \(sizeText(Array(d.inputShape))) window "
                + "\(d.windowHeight)×\(d.windowWidth) stride \(d.strideHeight),\(d.strideWidth) padding "
                + padding.joined(separator: ","),
            shape: Array(d.inputShape) + [d.windowHeight, d.windowWidth],
            inputs: [CaseOperand(CaseLayout(Array(d.inputShape)), data)]
                + (second.map { [CaseOperand(CaseLayout(Array($0)), .reals)] } ?? []),
            outputs: [CaseResult(CaseLayout(Array(result)))], accuracy: accuracy,
            floatingPointOperations: Double(d.outputShape.product * window),
            work: d.outputShape.product * window
        ) { backend, inputs, outputs in
            try backend.pool(d, direction, inputs[0], inputs.count > 1 ? inputs[1] : nil, output: outputs[0])
        }
    }

    private static var geometries: [(String, PoolDescriptor, CaseData)] {
        let channels = [1, 3, 16, 17, 64]
        let data = [CaseData.reals, .ties, .special]
        var geometries: [(String, PoolDescriptor, CaseData)] = []
        for kind in PoolDescriptor.Kind.allCases {
            for (height, width) in [(1, 1), (2, 2), (3, 3), (2, 3), (5, 1)] {
                for stride in [1, 2, 3] {
                    for padding in [0, 1] {
                        geometries.append(
                            (
                                "grid",
                                PoolDescriptor(
                                    kind, batch: 2, inputHeight: 8, inputWidth: 9,
                                    channels: channels[geometries.count % 5], windowHeight: height, windowWidth: width,
                                    strideHeight: stride, strideWidth: stride, paddingTop: padding,
                                    paddingBottom: padding, paddingLeft: padding, paddingRight: 0),
                                data[geometries.count % 3]
                            ))
                    }
                }
            }
            for data in [CaseData.reals, .ties, .special, .bits] {
                geometries.append(
                    (
                        "global",
                        PoolDescriptor(
                            kind, batch: 3, inputHeight: 5, inputWidth: 6, channels: 10, windowHeight: 5,
                            windowWidth: 6, strideHeight: 5, strideWidth: 6), data
                    ))
                geometries.append(
                    (
                        "windows in padding",
                        PoolDescriptor(
                            kind, batch: 2, inputHeight: 4, inputWidth: 3, channels: 7, windowHeight: 2, windowWidth: 2,
                            strideHeight: 2, strideWidth: 1, paddingTop: 2, paddingBottom: 3, paddingLeft: 3,
                            paddingRight: 2), data
                    ))
            }
            geometries.append(
                (
                    "no images",
                    PoolDescriptor(
                        kind, batch: 0, inputHeight: 4, inputWidth: 4, channels: 3, windowHeight: 2, windowWidth: 2,
                        strideHeight: 2, strideWidth: 2), .reals
                ))
            geometries.append(
                (
                    "window larger than the image",
                    PoolDescriptor(
                        kind, batch: 2, inputHeight: 2, inputWidth: 3, channels: 3, windowHeight: 4, windowWidth: 4,
                        strideHeight: 1, strideWidth: 1), .reals
                ))
            geometries.append(
                (
                    "large",
                    PoolDescriptor(
                        kind, batch: 4, inputHeight: 40, inputWidth: 41, channels: 33, windowHeight: 3, windowWidth: 3,
                        strideHeight: 2, strideWidth: 2, paddingTop: 1, paddingBottom: 1, paddingLeft: 1,
                        paddingRight: 1), .ties
                ))
        }
        return geometries
    }
}
