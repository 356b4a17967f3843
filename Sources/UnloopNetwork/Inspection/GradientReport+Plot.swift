import UnloopPlot

extension GradientReport {
    /// The norm of each layer's gradient, from input to output: at the only step, or at the first and last one and the median.
    public func plotOfLayers(title: String = "Gradient norms of the layers") -> Plot {
        var plot = Plot(title: title, x: .init("layer"), y: .init("norm of the gradient", scale: .logarithmic))
        let numbers = layers.indices.map { Double($0 + 1) }
        func line(_ name: String, _ norm: (LayerNorms) -> Double) { plot.line(name, numbers, layers.map(norm)) }
        if steps.count > 1 {
            line("step \(steps[0])") { $0.gradients.first ?? .nan }
            line("median") { $0.median }
            line("step \(steps[steps.count - 1])") { $0.gradients.last ?? .nan }
        } else {
            line("gradient") { $0.median }
        }
        return plot
    }

    /// The norm of the gradient at each step, one line for a layer.
    ///
    /// - Parameter count: of layers shown, spread evenly from the first to the last; lines beyond a handful cannot be told apart.
    public func plotOfSteps(title: String = "Gradient norms of the steps", layers count: Int = 5) -> Plot {
        var plot = Plot(title: title, x: .init("step"), y: .init("norm of the gradient", scale: .logarithmic))
        let shown = Swift.max(1, Swift.min(count, layers.count))
        for number in 0..<shown where !layers.isEmpty {
            let layer = layers[shown == 1 ? layers.count - 1 : number * (layers.count - 1) / (shown - 1)]
            plot.line("layer \(layer.name)", steps.map(Double.init), layer.gradients)
        }
        return plot
    }
}
