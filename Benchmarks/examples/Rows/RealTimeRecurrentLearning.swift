import Foundation
import Unloop

extension Example {
    /// The gradients of a recurrent network without going back in time, and what they cost.
    static let realTimeRecurrentLearning = Example(
        "real-time-recurrent-learning", row: 19,
        "Gradients carried forward equal backpropagation through time; learning online; time and memory as both grow."
    ) { run in
        // The same gradients, in float64 (which the loop device has) and in float32.
        try run.figure(
            "largest difference from backpropagation, float64", difference(.float64, on: .loop), atMost: 1e-10)
        // Sums of some 200 terms for each element: (2 + 4 √200) / 2²⁴ of the sum of their sizes.
        try run.figure("the same in float32", difference(.float32, on: run.device), atMost: 4e-6)

        // Online: a stream of bits; the target is whether the present bit and the one two steps ago differ. The weights change at each step.
        var network = Model(RNN(8))
        network.build(inputShape: [1, 1], on: run.device, seed: 1)
        var readout = Model(Dense(1))
        readout.build(inputShape: [8], on: run.device, seed: 2)
        let bits = Tensor.randomBernoulli([1, 902, 1], RandomKey(seed: 8), probability: 0.5, on: run.device)
        let (now, before) = (bits[.all, 2..<902], bits[.all, 0..<900])
        var trainer = RealTimeTrainer(network, readout: readout, loss: .sigmoidCrossEntropy, optimizer: .adam(0.02))
        let losses = try trainer.learn(now, targets: now + before - now * before * 2)
        try run.figure("online loss, first 100 steps", losses.prefix(100).reduce(0, +) / 100, atLeast: 0.5)
        try run.figure("online loss, last 100 steps", losses.suffix(100).reduce(0, +) / 100, atMost: 0.1)

        // What is carried: N units have N (N + 2) weights here (one input, the bias), each with N derivatives.
        let units = [8, 16, 32, 64, 128, 256]
        let carried = units.map { RealTimeRecurrentLearning(recurrent($0, on: run.device)).carriedCount }
        try run.figure("numbers carried for 256 units", carried[5], equals: 256 * 258 * 256 + 256)
        try run.figure(
            "growth from 128 to 256 units, O(N³)", Double(carried[5]) / Double(carried[4]), equals: 8, within: 0.1)

        // The notes' table: backpropagation O(N T) space and O(N² T) time; real-time O(N³) space and O(N⁴) time a step.
        let steps = [16, 32, 64, 128, 256, 512]
        let byUnits = try units.map { try backpropagation(units: $0, steps: 64, on: run.device) }
        // With many sequences side by side, computing outweighs starting operations.
        let many = try units.map { try backpropagation(units: $0, steps: 64, sequences: 32, on: run.device).seconds }
        let bySteps = try steps.map { try backpropagation(units: 64, steps: $0, on: run.device) }
        let forward = try units.map { try realTime(units: $0, on: run.device) }
        let (unitNumbers, stepNumbers) = (units.map(Double.init), steps.map(Double.init))

        let time = (
            byUnits: byUnits.map(\.seconds), bySteps: bySteps.map(\.seconds), forward: forward.map(\.seconds)
        )
        let space = (byUnits: byUnits.map(\.bytes), bySteps: bySteps.map(\.bytes), forward: forward.map(\.bytes))
        // Small networks mostly measure how long it takes to start an operation: exponents are those of the three largest.
        for (name, xs, ys) in [
            ("backpropagation: space by N (notes: 1)", unitNumbers, space.byUnits),
            ("backpropagation: space by T (notes: 1)", stepNumbers, space.bySteps),
            ("backpropagation: time by N (notes: 2)", unitNumbers, time.byUnits),
            ("the same, 32 sequences", unitNumbers, many),
            ("backpropagation: time by T (notes: 1)", stepNumbers, time.bySteps),
            ("real-time: space by N (notes: 3)", unitNumbers, space.forward),
            ("real-time: time of a step by N (notes: 4)", unitNumbers, time.forward),
        ] {
            try run.measurement(name, exponent(xs.suffix(3), ys.suffix(3)), unit: "exponent")
        }
        try run.measurement("real-time: a step of 256 units", time.forward[5] * 1000, unit: "ms")
        try run.measurement("real-time: memory of 256 units", space.forward[5] / 1_048_576, unit: "MiB")
        try run.measurement("backpropagation: memory of 64 units, 512 steps", space.bySteps[5] / 1_048_576, unit: "MiB")

        func draw(_ name: String, _ y: String, _ x: String, _ lines: [(String, [Double], [Double])]) throws {
            var plot = Plot(title: name, x: .init(x, scale: .logarithmic), y: .init(y, scale: .logarithmic))
            for (label, xs, ys) in lines { plot.line(label, xs, ys) }
            try run.draw(plot, as: name.lowercased().replacingOccurrences(of: " ", with: "-"))
        }
        try draw(
            "Time by units", "seconds", "units N",
            [
                ("backpropagation, 64 steps", unitNumbers, time.byUnits),
                ("the same, 32 sequences", unitNumbers, many),
                ("real-time, one step", unitNumbers, time.forward),
            ])
        try draw(
            "Memory by units", "bytes", "units N",
            [("backpropagation, 64 steps", unitNumbers, space.byUnits), ("real-time", unitNumbers, space.forward)])
        // Real-time learning carries the same whatever the length, and every step takes as long.
        try draw(
            "Time by steps", "seconds", "steps T",
            [
                ("backpropagation", stepNumbers, time.bySteps),
                ("real-time", stepNumbers, stepNumbers.map { $0 * time.forward[3] }),
            ])
        try draw(
            "Memory by steps", "bytes", "steps T",
            [
                ("backpropagation", stepNumbers, space.bySteps),
                ("real-time", stepNumbers, stepNumbers.map { _ in space.forward[3] }),
            ])
    }

    private static func recurrent(_ units: Int, on device: Device, _ type: ElementType = .float32) -> Model<RNN> {
        var network = Model(RNN(units))
        network.build(inputShape: [1, 1], on: device, seed: 3, elementType: type)
        return network
    }

    /// The largest difference between both gradients of a loss at 20 steps, in units of the largest element of the gradient.
    private static func difference(_ type: ElementType, on device: Device) throws -> Double {
        let network = recurrent(6, on: device, type)
        var readout = Model(Dense(1))
        readout.build(inputShape: [6], on: device, seed: 4, elementType: type)
        let inputs = Tensor.randomNormal([2, 20, 1], RandomKey(seed: 5), type, on: device)
        let targets = Tensor.randomNormal([2, 20, 1], RandomKey(seed: 6), type, on: device)

        let loss = Loss.halfSquaredError
        let throughTime =
            valueWithGradient(of: network) { pass in loss(readout(network(inputs, pass)), targets) }.gradients
            + valueWithGradient(of: readout) { pass in loss(readout(network(inputs), pass), targets) }.gradients
        var trainer = RealTimeTrainer(network, readout: readout, loss: loss, examples: 2)
        var inRealTime = throughTime.map { Tensor.zeros(like: $0) }
        for step in 0..<20 {
            let gradients = trainer.advance(inputs[.all, step], target: targets[.all, step]).gradients
            inRealTime = zip(inRealTime, gradients).map { $0 + $1 }
        }
        return try zip(inRealTime, throughTime).map { found, expected in
            try abs(found - expected).max().doubles()[0] / abs(expected).max().doubles()[0]
        }.max() ?? .nan
    }

    /// One gradient by backpropagation through time: the best of three times, and what is held for the way back.
    private static func backpropagation(units: Int, steps: Int, sequences: Int = 1, on device: Device) throws -> (
        seconds: Double, bytes: Double
    ) {
        let network = recurrent(units, on: device)
        let inputs = Tensor.randomNormal([sequences, steps, 1], RandomKey(seed: 5), on: device)
        var (seconds, bytes) = (Double.infinity, 0.0)
        for _ in 0..<3 {
            try device.synchronize()
            let before = try device.statistics.bytesInUse
            let start = ContinuousClock.now
            let gradients = try valueWithGradient(of: network) { pass in
                let loss = network(inputs, pass).squared().sum()
                try device.synchronize()
                bytes = Double(try device.statistics.bytesInUse - before)
                return loss
            }.gradients
            for gradient in gradients { try gradient.synchronize() }
            seconds = min(seconds, (ContinuousClock.now - start) / .seconds(1))
        }
        return (seconds, bytes)
    }

    /// One step of real-time recurrent learning: the best of three times, and what is carried on.
    private static func realTime(units: Int, on device: Device) throws -> (seconds: Double, bytes: Double) {
        let network = recurrent(units, on: device)
        let input = Tensor.randomNormal([1, 1], RandomKey(seed: 5), on: device)
        try device.synchronize()
        let before = try device.statistics.bytesInUse
        var learning = RealTimeRecurrentLearning(network)
        var seconds = Double.infinity
        for _ in 0..<3 {
            let start = ContinuousClock.now
            let hidden = learning.advance(input)
            for gradient in learning.gradients(hidden) { try gradient.synchronize() }
            seconds = min(seconds, (ContinuousClock.now - start) / .seconds(1))
        }
        try device.synchronize()
        return (seconds, Double(try device.statistics.bytesInUse - before))
    }

    /// The slope of the line through the logarithms.
    private static func exponent(_ xs: ArraySlice<Double>, _ ys: ArraySlice<Double>) -> Double {
        let (logX, logY) = (xs.map { Foundation.log($0) }, ys.map { Foundation.log($0) })
        let (meanX, meanY) = (logX.reduce(0, +) / Double(logX.count), logY.reduce(0, +) / Double(logY.count))
        let products = zip(logX, logY).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
        return products / logX.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
    }
}
