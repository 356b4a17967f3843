import Unloop

extension Example {
    /// The same program on two devices: batched products, activations, convolutions and a training give the same bits.
    static let devices = Example(
        "devices", row: 24,
        "Batched products, activations, convolutions and training on a device and on the scalar loop: the same bits."
    ) { run in
        let key = RandomKey(seed: 24)
        /// A tensor of random numbers on the device, and the same numbers on the loop.
        func pair(_ stream: UInt64, _ shape: Int...) -> [Tensor] {
            [run.device, .loop].map { Tensor.randomNormal(shape, key.child(stream), on: $0) }
        }
        func compare(_ name: String, _ inputs: [[Tensor]], _ operation: ([Tensor]) -> Tensor) throws {
            let results = (0..<2).map { device in operation(inputs.map { $0[device] }) }
            try run.figure(name + ": the loop's bits", isTrue: results[0].isBitEqual(to: results[1]))
        }

        try compare("batched matmul 8×(33×65×17)", [pair(0, 8, 33, 65), pair(1, 8, 65, 17)]) { matmul($0[0], $0[1]) }
        try compare("batched matmul with one shared factor", [pair(0, 8, 33, 65), pair(2, 65, 17)]) {
            matmul($0[0], $0[1])
        }
        for activation in Activation.all {
            try compare("\(activation.name)", [pair(3, 1001)]) { activation(3 * $0[0]) }
        }
        let image = pair(4, 2, 13, 11, 6)
        try compare("convolution 3×3", [image, pair(5, 3, 3, 6, 8)]) { convolution2D($0[0], $0[1], padding: .same) }
        try compare("convolution 5×5, stride 2", [image, pair(6, 5, 5, 6, 7)]) {
            convolution2D($0[0], $0[1], stride: 2)
        }
        try compare("depthwise convolution", [image, pair(7, 3, 3, 1, 6)]) { convolution2D($0[0], $0[1], groups: 6) }
        try compare("gradient of a convolution", [image, pair(8, 3, 3, 6, 8)]) { operands in
            gradient(at: operands[1]) { tanh(convolution2D(operands[0], $0)).sum() }
        }

        // A network goes where its data are told to go; nothing in it names a device.
        let task = DigitsTask(.mlp, epochs: 1, seed: 7)
        let trained = try task.run(on: run.device, progress: .silent).result
        let reference = try task.run(on: .loop, progress: .silent).result
        try run.figure(
            "trained weights: the loop's SHA-256", isTrue: trained.weightsSHA256 == reference.weightsSHA256)
        try run.figure("test accuracy after one epoch", trained.testAccuracy, atLeast: 0.85)
        try run.note("weights sha256 \(trained.weightsSHA256)")

        // `.best` is a GPU or accelerator where there is one, else the CPU, and it never fails.
        try run.figure(
            "the best device multiplies", dot(Tensor([1, 2, 3], on: .best), Tensor([1, 2, 3], on: .best)).item(),
            equals: 14)
        for (name, device) in [("this device", run.device), ("best", .best)] {
            try run.note("\(name): \(device) (\(device.name))")
        }
    }
}
