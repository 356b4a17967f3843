import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

@Suite struct EchoStateNetworkTests {
    /// A network for the Mackey–Glass series less 1, fitted to predict the next value.
    func mackeyGlass(units: Int, steps: Int, on device: Device) throws -> (network: EchoStateNetwork, series: [Float]) {
        let series = MackeyGlass.series(8000).map { Float($0 - 1) }
        var network = try EchoStateNetwork(
            units: units, spectralRadius: 0.9, density: 0.05, biasScaling: 0.2, leak: 0.5, seed: 1, on: device)
        let washout = 200
        func sequence(_ start: Int) -> Tensor {
            Tensor(Array(series[start..<start + washout + steps]), shape: [1, washout + steps, 1], on: device)
        }
        try network.fit(sequence(0), sequence(1), washout: washout, ridge: 1e-8)
        return (network, series)
    }

    /// The root of the mean squared error 84 steps after the end of what was given, over 100 beginnings, in standard deviations of the series
    /// (H. Jaeger, H. Haas: Harnessing Nonlinearity, Science 304, 2004, where it is called NRMSE84).
    @Test func mackeyGlass84StepsAhead() throws {
        let (network, series) = try mackeyGlass(units: 300, steps: 3000, on: .cpu)
        let starts = (0..<100).map { 4000 + $0 * 35 }
        let beginnings = starts.flatMap { series[$0..<$0 + 200] }
        let generated = try network.generate(after: Tensor(beginnings, shape: [100, 200, 1], on: .cpu), steps: 84)
        #expect(generated.shape == [100, 84, 1])
        let found = try generated[.all, 83, 0].doubles()
        let error = zip(found, starts).reduce(0.0) { sum, pair in
            let difference = pair.0 - Double(series[pair.1 + 200 + 83])
            return sum + difference * difference / 100
        }
        let mean = series.reduce(0.0) { $0 + Double($1) } / Double(series.count)
        let variance = series.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(series.count)
        #expect((error / variance).squareRoot() <= 0.02, "NRMSE84 \((error / variance).squareRoot())")
    }

    @Test func everyDeviceGivesTheSameOutputs() throws {
        let hashes = try DeviceTests.devices().map { device in
            let (network, series) = try mackeyGlass(units: 40, steps: 150, on: device)
            let beginning = Tensor(Array(series[500..<560]), shape: [2, 30, 1], on: device)
            var feedback = try EchoStateNetwork(
                units: 30, inputs: 0, feedbackScaling: 0.5, leak: 0.7, seed: 2, on: device)
            let target = Tensor(Array(series[0..<200]), shape: [1, 200, 1], on: device)
            try feedback.fit(Tensor.zeros([1, 200, 0], on: device), target, washout: 20, ridge: 1e-4)
            let free = try feedback.predict(
                Tensor.zeros([1, 60, 0], on: device), teacher: target.sliced(axis: 1, 0..<40))
            return try [
                network.recurrentWeight, network.generate(after: beginning, steps: 20), network.predict(beginning),
                free,
            ].map { try $0.sha256() }
        }
        #expect(hashes[0] == hashes[1] && hashes[0] == hashes[2])
    }

    @Test func statesFollowTheirFormula() throws {
        let network = try EchoStateNetwork(
            units: 5, inputs: 2, outputs: 1, spectralRadius: 0.8, density: 0.6, inputScaling: 0.7, biasScaling: 0.3,
            feedbackScaling: 0.4, leak: 0.25, seed: 4, on: .loop)
        let input = samples([1, 3, 2], seed: 8)
        let teacher = samples([1, 3, 1], seed: 9)
        let (w, wIn) = (try network.recurrentWeight.doubles(), try network.inputWeight.doubles())
        let (b, wBack) = (try network.bias.doubles(), try #require(network.feedbackWeight).doubles())
        let (u, y) = (try input.doubles(), try teacher.doubles())
        var x = [Double](repeating: 0, count: 5)
        var expected: [Double] = []
        for step in 0..<3 {
            let sums = (0..<5).map { unit -> Double in
                var sum = b[unit] + u[2 * step] * wIn[unit] + u[2 * step + 1] * wIn[5 + unit]
                if step > 0 { sum += y[step - 1] * wBack[unit] }
                for other in 0..<5 { sum += x[other] * w[other * 5 + unit] }
                return sum
            }
            let activations = try tanh(Tensor(float64: sums)).doubles()
            x = (0..<5).map { 0.75 * x[$0] + 0.25 * activations[$0] }
            expected += x
        }
        let found = try network.states(input, teacher: teacher).doubles()
        #expect(relativeDifference(found, expected) < 1e-6)
        #expect(
            wIn.allSatisfy { abs($0) <= 0.7 } && b.allSatisfy { abs($0) <= 0.3 } && wBack.allSatisfy { abs($0) <= 0.4 })
    }

    @Test(arguments: [0.05, 0.3, 1]) func theSpectralRadiusIsAsAskedFor(density: Double) throws {
        let network = try EchoStateNetwork(
            units: 60, spectralRadius: 1.3, density: density, seed: 7, on: .loop)
        let radius = spectralRadius(of: try network.recurrentWeight.doubles(), size: 60)
        #expect(abs(radius - 1.3) < 2e-3)
        let share = Double(try network.recurrentWeight.scalars().count { $0 != 0 }) / 3600
        #expect(abs(share - density) < 0.03)
    }

    /// An output that depends on the input of three steps before: the states remember it.
    @Test func statesRemember() throws {
        let input = samples([4, 120, 1], seed: 3, on: .cpu) * 0.2
        let target = Tensor.concatenate(
            [Tensor.zeros([4, 3, 1], on: .cpu), input.sliced(axis: 1, 0..<117)], axis: 1)
        var network = try EchoStateNetwork(units: 60, spectralRadius: 0.9, inputScaling: 0.3, seed: 5, on: .cpu)
        try network.fit(input, target, washout: 10, ridge: 1e-8)
        let error = (try network.predict(input) - target)[.all, 10...].squared().mean()
        #expect(try error.item() < 1e-4)
    }

    /// Without any input, output feedback alone keeps an oscillation going.
    @Test func feedbackGenerates() throws {
        let wave = sin(Tensor.sequence(by: 0.25, count: 600, on: .cpu)).reshaped(1, 600, 1) * 0.5
        var network = try EchoStateNetwork(
            units: 60, inputs: 0, spectralRadius: 0.8, density: 0.2, biasScaling: 0.5, feedbackScaling: 1, leak: 0.5,
            seed: 3, on: .cpu)
        func nothing(_ steps: Int) -> Tensor { Tensor.zeros([1, steps, 0], on: .cpu) }
        try network.fit(nothing(400), wave.sliced(axis: 1, 0..<400), washout: 100, ridge: 1e-6)
        let free = try network.predict(nothing(200), teacher: wave.sliced(axis: 1, 0..<100))
        let error = (free - wave.sliced(axis: 1, 0..<200))[.all, 100...]
        #expect(try abs(error).max().item() < 0.02)
        // Forced for longer, it has other values to go on from.
        let forced = try network.predict(nothing(200), teacher: wave.sliced(axis: 1, 0..<200) * 0.9)
        #expect(try !forced.isBitEqual(to: free))
    }

    /// All at once, or each sequence by itself: the same bits; and what follows a beginning is what is predicted at its end.
    @Test func sequencesDoNotInfluenceEachOther() throws {
        let (network, series) = try mackeyGlass(units: 40, steps: 150, on: .cpu)
        let both = Tensor(Array(series[500..<560]), shape: [2, 30, 1], on: .cpu)
        let predicted = try network.predict(both)
        #expect(predicted.shape == [2, 30, 1])
        for number in 0..<2 {
            let alone = try network.predict(both.sliced(axis: 0, number..<number + 1))
            #expect(try alone.isBitEqual(to: predicted.sliced(axis: 0, number..<number + 1)))
        }
        #expect(try network.generate(after: both, steps: 3)[.all, 0].isBitEqual(to: predicted[.all, 29]))
    }

    @Test func badInput() throws {
        for radius in [0, -1, Double.nan] {
            #expect(throws: ReservoirError.self) {
                try EchoStateNetwork(units: 5, spectralRadius: radius, on: .cpu)
            }
        }
        #expect(throws: ReservoirError.spectralRadiusNotPositive(-0.5)) {
            try EchoStateNetwork(units: 5, spectralRadius: -0.5, on: .cpu)
        }
        #expect(throws: ReservoirError.noCycles(units: 3, density: 1e-9)) {
            try EchoStateNetwork(units: 3, density: 1e-9, on: .cpu)
        }
        var network = try EchoStateNetwork(units: 8, density: 0.5, seed: 1, on: .cpu)
        let series = samples([1, 20, 1], on: .cpu)
        #expect(throws: ReservoirError.noReadout) { try network.predict(series) }
        #expect(throws: ReservoirError.noReadout) { try network.generate(after: series, steps: 2) }
        #expect(throws: ReservoirError.emptySequence) {
            try network.fit(Tensor.zeros([1, 0, 1], on: .cpu), Tensor.zeros([1, 0, 1], on: .cpu), ridge: 1)
        }
        #expect(throws: ReservoirError.emptySequence) {
            try network.fit(Tensor.zeros([0, 5, 1], on: .cpu), Tensor.zeros([0, 5, 1], on: .cpu), ridge: 1)
        }
        #expect(throws: ReservoirError.emptySequence) { try network.states(Tensor.zeros([2, 0, 1], on: .cpu)) }
        #expect(throws: ReservoirError.nothingAfterWashout(washout: 20, steps: 20)) {
            try network.fit(series, series, washout: 20, ridge: 1)
        }
        let damaged = Tensor([0, 1, .nan, 2], shape: [1, 4, 1], on: .cpu)
        #expect(throws: ReservoirError.notFinite(what: "input", indices: [0, 2, 0])) {
            try network.fit(damaged, Tensor.zeros([1, 4, 1], on: .cpu), ridge: 1)
        }
        #expect(throws: ReservoirError.notFinite(what: "target", indices: [0, 2, 0])) {
            try network.fit(Tensor.zeros([1, 4, 1], on: .cpu), damaged, ridge: 1)
        }
        // Four steps cannot determine nine weights.
        #expect(throws: ReservoirError.singularReadout(ridge: 0)) {
            try network.fit(series.sliced(axis: 1, 0..<4), series.sliced(axis: 1, 0..<4), ridge: 0)
        }
        for error in [
            ReservoirError.spectralRadiusNotPositive(0), .noCycles(units: 3, density: 0.1), .emptySequence,
            .nothingAfterWashout(washout: 3, steps: 2), .notFinite(what: "input", indices: [1]),
            .singularReadout(ridge: 0), .noReadout,
        ] {
            #expect(error.description.count > 20)
        }
    }
}

@Suite struct SpectralRadiusTests {
    @Test func radiiAreThoseOfNumpy() throws {
        for matrix in try ValidationGolden.values.get().matrices {
            let found = spectralRadius(of: matrix.elements, size: matrix.size)
            // Random matrices may end with the mean growth, which is right to one in a thousand.
            #expect(abs(found - matrix.radius) <= 1e-3 * matrix.radius, "\(matrix.kind): \(found), \(matrix.radius)")
        }
    }

    @Test func smallMatrices() {
        #expect(spectralRadius(of: [], size: 0) == 0)
        #expect(spectralRadius(of: [0], size: 1) == 0)
        #expect(abs(spectralRadius(of: [-3], size: 1) - 3) < 1e-12)
        #expect(abs(spectralRadius(of: [0, 1, -1, 0], size: 2) - 1) < 1e-12)
        #expect(abs(spectralRadius(of: [0, 4, 1, 0], size: 2) - 2) < 1e-12)
        // Not diagonalizable.
        #expect(abs(spectralRadius(of: [0.5, 1, 0, 0.5], size: 2) - 0.5) < 1e-3)
    }
}

@Suite struct RidgeRegressionTests {
    @Test func exactRelationsAreFound() throws {
        let x = samples([30, 3], seed: 6)
        let w = Tensor([[1, -2], [0.5, 0], [3, 4]], on: .loop)
        let y = matmul(x, w) + Tensor([7, -1], on: .loop)
        let model = try RidgeRegression(x, y, ridge: 0)
        #expect(relativeDifference(try model.weight.doubles(), try w.doubles()) < 1e-6)
        #expect(relativeDifference(try model.bias.doubles(), [7, -1]) < 1e-6)
        #expect(relativeDifference(try model(x).doubles(), try y.doubles()) < 1e-5)
    }

    @Test func wholeNumbersAreFeaturesToo() throws {
        let x = Tensor(int32: [1, 2, 3], on: .loop).reshaped(3, 1)
        let model = try RidgeRegression(x, x + x, ridge: 0)
        #expect(try model(x).scalars() == [2, 4, 6])
    }

    @Test func doublesStayDoubles() throws {
        let x = samples([20, 2], seed: 6, .float64)
        let model = try RidgeRegression(x, x * 3, ridge: 0)
        #expect(model.weight.elementType == .float64)
        #expect(relativeDifference(try model(x).doubles(), try (x * 3).doubles()) < 1e-13)
    }

    /// One feature: w = Σxy / (Σx² + ridge) of the centred values.
    @Test func theRidgeShrinks() throws {
        let x = Tensor([[1], [2], [3]], on: .loop)
        let model = try RidgeRegression(x, Tensor([[2], [4], [9]], on: .loop), ridge: 2)
        #expect(try model.weight.item() == 1.75)
        #expect(try model.bias.item() == 1.5)
    }

    @Test func singularSystems() {
        let x = Tensor([[1, 2], [2, 4], [3, 6]], on: .loop)
        let y = Tensor([[1], [2], [3]], on: .loop)
        #expect(throws: LinearAlgebraError.singular(row: 1)) { try RidgeRegression(x, y, ridge: 0) }
        #expect(throws: LinearAlgebraError.notFinite) {
            try RidgeRegression(Tensor([[1], [.nan], [2]], on: .loop), y, ridge: 1)
        }
        #expect(throws: LinearAlgebraError.singular(row: 0)) {
            try RidgeRegression(Tensor.zeros([0, 2], on: .loop), Tensor.zeros([0, 1], on: .loop), ridge: 1)
        }
    }
}
