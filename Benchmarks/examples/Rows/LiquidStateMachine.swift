import Unloop

extension Example {
    /// A reservoir of spiking neurons. Its readout is linear, so what is not linear and what lies back in time has to be in the liquid's state.
    static let liquidStateMachine = Example(
        "liquid-state-machine", row: 21,
        "Spiking neurons remember a bit for 40 ms and compare it with the next; and tell jittered spike patterns apart."
    ) { run in
        // Two bits, 30 ms each with 10 ms between: half of the four channels fire for 0, the others for 1. Do the bits differ?
        let training = temporalXOR(400, seed: 1, on: run.device)
        let test = temporalXOR(200, seed: 2, on: run.device)
        let liquid = try Liquid(channels: 4, seed: 1, on: run.device)
        try run.figure("neurons, 3 × 3 × 15", liquid.neurons, equals: 135)
        try run.figure("inhibitory neurons", liquid.isInhibitory.count { $0 }, equals: 27)
        var machine = LiquidStateMachine(liquid)
        let clock = ContinuousClock()
        let time = try clock.measure { try machine.fit(training) }
        try run.measurement("time to fit 400 examples of 75 ms", time / .seconds(1), unit: "s")
        try run.figure("temporal exclusive or: test accuracy", machine.accuracy(test), atLeast: 0.95)

        // The same readout on how often each channel fired in each bit: exclusive or is not linear.
        func counts(_ data: Dataset) -> Dataset {
            let bits = [0..<30, 40..<70].map { data.features.sliced(axis: 1, $0).sum(1) }
            return Dataset(features: Tensor.concatenate(bits, axis: 1), labels: data.labels)
        }
        let direct = try LogisticRegression(counts(training)).accuracy(counts(test))
        try run.figure("the same without the liquid", direct, atMost: 0.65)

        // Three random patterns of 100 ms, of which copies arrive with every spike moved by 3 ms or so.
        let templates = SpikeTrains.poisson(
            rates: Tensor.full([3, 100, 4], 40, on: run.device), RandomKey(seed: 8))
        func patterns(_ copies: Int, seed: UInt64) throws -> Dataset {
            let spikes = try (0..<3).map {
                try SpikeTrains.jittered(
                    templates[$0], copies: copies, deviation: 3, RandomKey(seed: seed, stream: UInt64($0)))
            }
            return Dataset(
                features: Tensor.concatenate(spikes),
                labels: Tensor(int32: (0..<3 * copies).map { Int32($0 / copies) }, on: run.device))
        }
        var second = LiquidStateMachine(try Liquid(channels: 4, seed: 2, on: run.device))
        try second.fit(patterns(60, seed: 1))
        try run.figure("three jittered patterns: test accuracy", second.accuracy(patterns(40, seed: 2)), atLeast: 0.95)

        // What the neurons do with the first test example.
        let response = try liquid.response(to: test.features.sliced(axis: 0, 0..<1), recordingSpikes: true)
        let raster = try response.raster(example: 0)
        try run.figure("spikes in the picture", Double(raster.steps.count), atLeast: 100)
        var plot = Plot(title: "Spikes of the liquid for two bits", x: .init("time (ms)"), y: .init("neuron"))
        let isInhibitory = raster.neurons.map { liquid.isInhibitory[Int($0)] }
        for (name, kind) in [("excitatory", false), ("inhibitory", true)] {
            let chosen = raster.steps.indices.filter { isInhibitory[$0] == kind }
            plot.points(name, chosen.map { raster.steps[$0] }, chosen.map { raster.neurons[$0] })
        }
        try run.draw(plot, as: "raster")
    }

    private static func temporalXOR(_ examples: Int, seed: UInt64, on device: Device) -> Dataset {
        var random = CounterRandom(seed: seed)
        let bits = (0..<examples).map { _ in [random.next(below: 2), random.next(below: 2)] }
        let rates = bits.flatMap { pair in
            (0..<75).flatMap { step -> [Float] in
                let number = step < 30 ? 0 : step >= 40 && step < 70 ? 1 : nil
                return (0..<4).map { channel in number.map { pair[$0] == channel / 2 } ?? false ? 300 : 0 }
            }
        }
        return Dataset(
            features: SpikeTrains.poisson(
                rates: Tensor(rates, shape: [examples, 75, 4], on: device), RandomKey(seed: seed)),
            labels: Tensor(int32: bits.map { Int32($0[0] ^ $0[1]) }, on: device))
    }
}
