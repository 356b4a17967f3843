import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

@Suite struct LiquidStateMachineTests {
    @Test func temporalXORIsLearned() throws {
        var machine = LiquidStateMachine(try Liquid(channels: 4, seed: 1, on: .cpu))
        try machine.fit(temporalXOR(400, seed: 1, on: .cpu))
        let accuracy = try machine.accuracy(temporalXOR(200, seed: 2, on: .cpu))
        #expect(accuracy >= 0.95, "\(accuracy)")
    }

    @Test func jitteredPatternsAreTold() throws {
        let templates = SpikeTrains.poisson(
            rates: Tensor.full([3, 100, 4], 40, on: .cpu), RandomKey(seed: 8))
        func data(_ copies: Int, seed: UInt64) throws -> Dataset {
            let spikes = try (0..<3).map {
                try SpikeTrains.jittered(
                    templates[$0], copies: copies, deviation: 3, RandomKey(seed: seed, stream: UInt64($0)))
            }
            return Dataset(
                features: Tensor.concatenate(spikes),
                labels: Tensor(int32: (0..<3 * copies).map { Int32($0 / copies) }, on: .cpu))
        }
        var machine = LiquidStateMachine(try Liquid(channels: 4, seed: 2, on: .cpu))
        try machine.fit(data(60, seed: 1))
        let accuracy = try machine.accuracy(data(40, seed: 2))
        #expect(accuracy >= 0.95, "\(accuracy)")
    }

    @Test func everyDeviceGivesTheSameSpikes() throws {
        let hashes = try DeviceTests.devices().map { device in
            let liquid = try Liquid(channels: 4, seed: 3, on: device)
            let response = try liquid.response(
                to: temporalXOR(5, seed: 1, on: device).features, recordingSpikes: true)
            let spikes = try #require(response.spikes)
            #expect(try spikes.sum().item() > 100)
            return try [liquid.weight, liquid.inputWeight, response.state, spikes].map { try $0.sha256() }
        }
        #expect(hashes[0] == hashes[1] && hashes[0] == hashes[2])
    }

    /// The same network neuron by neuron, in double precision.
    @Test func neuronsFollowTheirEquations() throws {
        var settings = Liquid.Settings()
        settings.grid = [2, 2, 3]
        let liquid = try Liquid(settings, channels: 2, seed: 5, on: .loop)
        let n = 12
        let spikes = SpikeTrains.poisson(rates: Tensor.full([1, 60, 2], 200, on: .loop), RandomKey(seed: 3))
        let (input, w) = (try spikes.doubles(), try liquid.weight.doubles())
        let wIn = try liquid.inputWeight.doubles()
        var v = [Double](repeating: 13.5, count: n)
        var (rest, current) = ([Int](repeating: 0, count: n), [Double](repeating: 0, count: n))
        var (trace, filter) = (current, current)
        var expected: [Float] = []
        for step in 0..<60 {
            var fired = [Bool](repeating: false, count: n)
            for j in 0..<n {
                current[j] = current[j] * (1 - 1 / 3.0) + input[2 * step] * wIn[j] + input[2 * step + 1] * wIn[n + j]
                let synaptic = (0..<n).reduce(0) { $0 + trace[$1] * w[$1 * n + j] }
                let isResting = rest[j] > 0
                rest[j] = Swift.max(0, rest[j] - 1)
                v[j] = isResting ? 13.5 : v[j] + (13.5 - v[j] + synaptic + current[j]) / 30
                if v[j] >= 15 {
                    fired[j] = true
                    v[j] = 13.5
                    rest[j] = liquid.isInhibitory[j] ? 2 : 3
                }
            }
            for j in 0..<n {
                trace[j] = trace[j] * (1 - 1 / (liquid.isInhibitory[j] ? 6.0 : 3.0)) + (fired[j] ? 1 : 0)
                filter[j] = filter[j] * (1 - 1 / 30.0) + (fired[j] ? 1 : 0)
                expected.append(fired[j] ? 1 : 0)
            }
        }
        let response = try liquid.response(to: spikes, recordingSpikes: true)
        #expect(try #require(response.spikes).scalars() == expected)
        #expect(expected.contains(1))
        #expect(relativeDifference(try response.state.doubles(), filter) < 1e-5)
        let raster = try response.raster(example: 0)
        #expect(raster.steps.count == expected.count { $0 > 0 })
        #expect(zip(raster.steps, raster.neurons).allSatisfy { expected[Int($0) * n + Int($1)] == 1 })
    }

    @Test func connectionsFollowTheDistance() throws {
        var settings = Liquid.Settings()
        settings.grid = [5, 5, 12]
        let liquid = try Liquid(settings, channels: 3, seed: 9, on: .loop)
        #expect(liquid.isInhibitory.count { $0 } == 60)
        let weight = try liquid.weight.scalars()
        // Neighbours along the last axis: exp(-1/4) of C; neurons four apart: exp(-4).
        func share(_ distance: Int, inhibitory: Bool) -> Double {
            let pairs = (0..<300).filter {
                $0 % 12 + distance < 12 && liquid.isInhibitory[$0] == inhibitory
                    && !liquid.isInhibitory[$0 + distance]
            }
            return Double(pairs.count { weight[$0 * 300 + $0 + distance] != 0 }) / Double(pairs.count)
        }
        #expect(abs(share(1, inhibitory: false) - 0.3 * 0.7788) < 0.1)
        #expect(abs(share(1, inhibitory: true) - 0.4 * 0.7788) < 0.2)
        #expect(share(4, inhibitory: false) < 0.05)
        for (position, value) in weight.enumerated() where value != 0 {
            #expect((value < 0) == liquid.isInhibitory[position / 300])
            #expect(position / 300 != position % 300)
        }
    }

    @Test func spikeTrains() throws {
        let spikes = SpikeTrains.poisson(rates: Tensor.full([200, 100], 50, on: .loop), RandomKey(seed: 1))
        #expect(abs(try spikes.mean().item() - 0.05) < 0.006)
        let template = Tensor([[1, 0], [0, 0], [0, 1], [0, 0]], on: .loop)
        let copies = try SpikeTrains.jittered(template, copies: 3, deviation: 0, RandomKey(seed: 1))
        #expect(try copies.scalars() == (0..<3).flatMap { _ in try template.scalars() })
        let moved = try SpikeTrains.jittered(
            Tensor.concatenate([Tensor.ones([1, 1], on: .loop), Tensor.zeros([40, 1], on: .loop)]).flipped(0)
                .padded([(0, 40), (0, 0)]), copies: 400, deviation: 4, RandomKey(seed: 2))
        let steps = Tensor.sequence(count: 81, on: .loop).reshaped(81, 1)
        let times = try (moved * steps).sum(1, 2).doubles()
        let mean = times.reduce(0, +) / 400
        let variance = times.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 400
        // A deviation without bound moves all out of sight.
        #expect(try SpikeTrains.jittered(template, copies: 3, deviation: 1e30, RandomKey(seed: 1)).sum().item() == 0)
        // Rounding adds 1/12.
        #expect(abs(mean - 40) < 1 && abs(variance - 16 - 1.0 / 12) < 3)
    }

    @Test func badInput() throws {
        let liquid = try Liquid(channels: 2, on: .cpu)
        #expect(throws: ReservoirError.emptySequence) { try liquid.response(to: Tensor.zeros([3, 0, 2], on: .cpu)) }
        #expect(throws: ReservoirError.notFinite(what: "spike", indices: [0, 1, 0])) {
            try liquid.response(to: Tensor([0, 1, .nan, 0], shape: [1, 2, 2], on: .cpu))
        }
        // Spikes may be whole numbers.
        let spikes = Tensor(int32: [1, 0, 0, 1, 1, 1], on: .cpu).reshaped(1, 3, 2)
        #expect(
            try liquid.response(to: spikes).state.isBitEqual(to: liquid.response(to: spikes.to(.float32)).state))
        let machine = LiquidStateMachine(liquid)
        #expect(throws: ReservoirError.noReadout) { try machine.predict(Tensor.zeros([1, 2, 2], on: .cpu)) }
    }
}
