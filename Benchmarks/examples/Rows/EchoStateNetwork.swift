import Unloop

extension Example {
    /// A reservoir that predicts: a recurrent network with random weights, of which only the linear readout is fitted.
    static let echoStateNetwork = Example(
        "echo-state-network", row: 21,
        "The Mackey–Glass series 84 steps ahead, and the yearly sunspot number against linear autoregression."
    ) { run in
        try mackeyGlass(run)
        try sunspots(run)
    }

    /// 3,000 steps to learn from, then 100 beginnings that the network continues by itself. The error of the 84th value, in standard
    /// deviations of the series, is the measure of H. Jaeger, H. Haas: Harnessing Nonlinearity, Science 304, 2004.
    private static func mackeyGlass(_ run: ExampleRun) throws {
        let series = MackeyGlass.series(8000).map { Float($0 - 1) }
        let (washout, steps, ahead) = (200, 3000, 84)
        func sequence(from start: Int) -> Tensor {
            Tensor(Array(series[start..<start + washout + steps]), shape: [1, washout + steps, 1], on: run.device)
        }
        var network = try EchoStateNetwork(
            units: 300, spectralRadius: 0.9, density: 0.05, biasScaling: 0.2, leak: 0.5, seed: 1, on: run.device)
        // The target of each step is the next value.
        let clock = ContinuousClock()
        let time = try clock.measure {
            try network.fit(sequence(from: 0), sequence(from: 1), washout: washout, ridge: 1e-8)
        }
        try run.measurement("Mackey–Glass: time to fit", time / .seconds(1), unit: "s")

        let starts = (0..<100).map { 4000 + 35 * $0 }
        let beginnings = starts.flatMap { series[$0..<$0 + washout] }
        let generated = try network.generate(
            after: Tensor(beginnings, shape: [100, washout, 1], on: run.device), steps: ahead
        ).doubles()
        var error = 0.0
        for (number, start) in starts.enumerated() {
            let difference = generated[number * ahead + ahead - 1] - Double(series[start + washout + ahead - 1])
            error += difference * difference / 100
        }
        let normalized = (error / variance(series.map(Double.init))).squareRoot()
        try run.figure("Mackey–Glass, delay 17: NRMSE 84 steps ahead", normalized, atMost: 0.02)

        var plot = Plot(title: "Mackey–Glass series, continued freely", x: .init("step"), y: .init("x - 1"))
        let axis = (0..<ahead).map(Double.init)
        plot.line("series", axis, (0..<ahead).map { Double(series[starts[0] + washout + $0]) })
        plot.points("echo state network", axis, Array(generated[0..<ahead]))
        try run.draw(plot, as: "mackey-glass")
    }

    /// One year ahead, learnt from the years to 1920 and tested on 1921 to 1955, as A. Weigend, B. Huberman, D. Rumelhart: Predicting the
    /// Future, a Connectionist Approach (1990) divide them. Errors are mean squares, in variances of the years 1700 to 1979.
    private static func sunspots(_ run: ExampleRun) throws {
        let numbers = try Sunspots.load(on: run.device) / 100
        let values = try numbers.doubles()
        let scale = variance(Array(values[0..<280]))
        let lastTraining = 1920 - 1700
        let (test, later) = (lastTraining + 1...1955 - 1700, 1956 - 1700...1979 - 1700)
        func error(_ years: ClosedRange<Int>, _ predicted: (Int) -> Double) -> Double {
            years.reduce(0.0) { $0 + (predicted($1) - values[$1]) * (predicted($1) - values[$1]) }
                / Double(years.count) / scale
        }

        // The linear baseline: each year from the nine before, by least squares.
        let order = 9
        let past = Tensor.stack(
            (0..<order).map { numbers.sliced(axis: 0, $0..<numbers.count - order + $0) }, axis: 1)
        let linear = try RidgeRegression(
            past.sliced(axis: 0, 0..<lastTraining - order + 1),
            numbers.sliced(axis: 0, order..<lastTraining + 1).reshaped(-1, 1), ridge: 0)
        let linearValues = try linear(past).doubles()
        let baseline = error(test) { linearValues[$0 - order] }
        try run.figure("sunspots: error of nine-year linear autoregression", baseline, atMost: 0.13)

        // The mean of ten reservoirs, so that it does not depend on a lucky one. Their settings are among the best for the years 1841 to 1920,
        // each half predicted after learning from the years before it.
        let input = numbers.sliced(axis: 0, 0..<numbers.count - 1).reshaped(1, -1, 1)
        let target = numbers.sliced(axis: 0, 1..<numbers.count).reshaped(1, -1, 1)
        var sum = Tensor.zeros(like: target)
        for seed in 1...10 {
            var network = try EchoStateNetwork(
                units: 100, spectralRadius: 1.1, density: 0.1, inputScaling: 2, biasScaling: 0.2, leak: 0.6,
                seed: UInt64(seed), on: run.device)
            try network.fit(
                input.sliced(axis: 1, 0..<lastTraining), target.sliced(axis: 1, 0..<lastTraining), washout: 20,
                ridge: 0.1)
            sum += try network.predict(input)
        }
        let predicted = try (sum / 10).doubles()
        try run.figure(
            "sunspots: error of the echo state networks", error(test) { predicted[$0 - 1] }, atMost: baseline)
        let (reservoirLater, linearLater) = (
            error(later) { predicted[$0 - 1] }, error(later) { linearValues[$0 - order] }
        )
        try run.note(
            "From 1956 to 1979, with maxima above all that was learnt from, reservoirs are worse than the linear model: "
                + "errors \(reservoirLater) and \(linearLater).")

        var plot = Plot(title: "Sunspots a year ahead", x: .init("year"), y: .init("sunspot number"))
        let years = (lastTraining + 1..<values.count).map { $0 }
        plot.line("observed", years.map { Double($0 + 1700) }, years.map { values[$0] * 100 })
        plot.points("predicted", years.map { Double($0 + 1700) }, years.map { predicted[$0 - 1] * 100 })
        try run.draw(plot, as: "sunspots")
    }

    private static func variance(_ values: [Double]) -> Double {
        let mean = values.reduce(0, +) / Double(values.count)
        return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    }
}
