import UnloopBackend
import UnloopPlot

/// The norms of every layer's gradient at the steps that were recorded, and what is wrong with them.
///
/// A norm is the Euclidean one over all parameters of a layer. Gradients are those of the loss, before clipping and regularization.
/// Make one for a batch with `init(of:loss:on:)`, or for a training with `GradientRecorder`; `print` shows it as a table.
public struct GradientReport: Sendable {
    /// The norms of one layer.
    public struct LayerNorms: Sendable {
        /// The position in the network, such as `2` or `3.0`.
        public let name: String
        /// The layer's `Module.kind`.
        public let kind: String
        /// One for each of `steps`; infinite or NaN where the gradient holds such a number.
        public let gradients: [Double]
        /// Before each step; empty where only gradients were recorded.
        public let weights: [Double]
        /// Of what each step added to the weights; empty where only gradients were recorded.
        public let updates: [Double]

        /// Norms that were found in another way; `gradients`, and the others unless empty, have one for each step.
        public init(name: String, kind: String, gradients: [Double], weights: [Double] = [], updates: [Double] = []) {
            self.name = name
            self.kind = kind
            self.gradients = gradients
            self.weights = weights
            self.updates = updates
        }

        /// The median over the steps of the finite norms of the gradient; NaN if none is finite.
        public var median: Double { GradientReport.median(gradients.filter(\.isFinite)) }

        /// How much a step changes the weights, as a share of them: the median over the steps. About 1e-3 is usual in trainings that go
        /// well. NaN where only gradients were recorded.
        public var relativeUpdate: Double {
            GradientReport.median(zip(updates, weights).map { $0 / $1 }.filter(\.isFinite))
        }
    }

    /// When a gradient counts as vanishing or exploding.
    ///
    /// A layer's median norm over the steps is compared with that of the last layer, which is nearest to the loss: below `vanishing`
    /// times that it vanishes, above `exploding` times that it explodes. A layer whose norm at some step is more than `exploding` times its
    /// own median explodes too.
    public struct Rule: Sendable {
        /// The share of the last layer's norm below which a gradient vanishes.
        public var vanishing: Double
        /// How many times the last layer's norm, or the layer's own median, is too much.
        public var exploding: Double

        /// - Precondition: `vanishing` is not negative, and `exploding` is larger.
        public init(vanishing: Double = 1e-3, exploding: Double = 1e3) {
            require(
                vanishing >= 0 && exploding > vanishing, "GradientReport.Rule: \(vanishing) and \(exploding)")
            self.vanishing = vanishing
            self.exploding = exploding
        }
    }

    /// What is wrong with a layer's gradient; layers are named as in `LayerNorms.name`.
    public enum Finding: Sendable, Equatable {
        /// The gradient is exactly 0 at every step: the layer does not learn at all.
        case zero(layer: String)
        /// `ratio` is the median norm over that of the last layer.
        case vanishing(layer: String, ratio: Double)
        /// `ratio` is the median norm over that of the last layer.
        case exploding(layer: String, ratio: Double)
        /// At `step`, the norm is `ratio` times the median of the layer.
        case burst(layer: String, step: Int, ratio: Double)
        /// The first step at which the gradient holds NaN or an infinity.
        case notFinite(layer: String, step: Int)
    }

    /// The numbers of the recorded steps, from 1.
    public let steps: [Int]
    /// Those that have trainable parameters, from input to output.
    public let layers: [LayerNorms]

    /// A report of norms that were found in another way; each layer has one for each step.
    public init(steps: [Int], layers: [LayerNorms]) {
        self.steps = steps
        self.layers = layers
    }

    /// What the rule finds, layer by layer; several for a layer if need be, none if all is well.
    public func findings(_ rule: Rule = Rule()) -> [Finding] {
        let reference = layers.last?.median ?? .nan
        return layers.flatMap { layer -> [Finding] in
            var result: [Finding] = []
            if let position = layer.gradients.firstIndex(where: { !$0.isFinite }) {
                result.append(.notFinite(layer: layer.name, step: steps[position]))
            }
            let finite = layer.gradients.filter(\.isFinite)
            guard let largest = finite.max() else { return result }
            if largest == 0 { return result + [.zero(layer: layer.name)] }
            let (median, ratio) = (layer.median, layer.median / reference)
            if ratio < rule.vanishing { result.append(.vanishing(layer: layer.name, ratio: ratio)) }
            if ratio > rule.exploding, reference > 0 { result.append(.exploding(layer: layer.name, ratio: ratio)) }
            if median > 0, largest > rule.exploding * median,
                let position = layer.gradients.firstIndex(of: largest)
            {
                result.append(.burst(layer: layer.name, step: steps[position], ratio: largest / median))
            }
            return result
        }
    }

    /// The middle one, or the mean of the two in the middle; NaN of nothing.
    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return .nan }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : 0.5 * (sorted[middle - 1] + sorted[middle])
    }
}

extension GradientReport.Finding {
    /// The position of the layer in the network.
    public var layer: String {
        switch self {
        case .zero(let layer), .vanishing(let layer, _), .exploding(let layer, _), .burst(let layer, _, _),
            .notFinite(let layer, _):
            layer
        }
    }

    fileprivate var kind: String {
        switch self {
        case .zero: "the gradient is 0"
        case .vanishing: "the gradient vanishes"
        case .exploding: "the gradient explodes"
        case .burst: "the gradient explodes at a step"
        case .notFinite: "the gradient is not finite"
        }
    }
}

extension GradientReport.Finding: CustomStringConvertible {
    public var description: String {
        func number(_ value: Double) -> String { DecimalText.scientific(value, digits: 1) }
        return switch self {
        case .zero(let layer): "layer \(layer): the gradient is 0 at every step"
        case .vanishing(let layer, let ratio):
            "layer \(layer): the gradient vanishes, \(number(ratio)) of that of the last layer"
        case .exploding(let layer, let ratio):
            "layer \(layer): the gradient explodes, \(number(ratio)) times that of the last layer"
        case .burst(let layer, let step, let ratio):
            "layer \(layer): the gradient explodes at step \(step), \(number(ratio)) times its median"
        case .notFinite(let layer, let step): "layer \(layer): the gradient is not finite at step \(step)"
        }
    }
}

extension GradientReport {
    /// One line for all layers of which the same was found.
    private static func summary(of findings: [Finding]) -> [String] {
        var groups: [(kind: String, findings: [Finding])] = []
        for finding in findings {
            if let position = groups.firstIndex(where: { $0.kind == finding.kind }) {
                groups[position].findings.append(finding)
            } else {
                groups.append((finding.kind, [finding]))
            }
        }
        return groups.map { kind, findings in
            guard findings.count > 1 else { return findings[0].description }
            var names = findings.map(\.layer)
            if names.count > 8 { names.replaceSubrange(4..<names.count - 1, with: ["…"]) }
            return "layers \(names.joined(separator: ", ")): \(kind); \(findings[0])"
        }
    }
}

extension GradientReport: CustomStringConvertible {
    /// A table of the layers, with what the rule finds below.
    public var description: String {
        func number(_ value: Double) -> String { value.isNaN ? "-" : DecimalText.scientific(value, digits: 2) }
        let reference = layers.last?.median ?? .nan
        let hasUpdates = layers.contains { !$0.updates.isEmpty }
        let isSingle = steps.count == 1
        var table = [
            ["", "layer"] + (isSingle ? ["norm"] : ["first", "median", "last"]) + ["of last layer"]
                + (hasUpdates ? ["update"] : [])
        ]
        for layer in layers {
            let norms: [Double?] =
                isSingle
                ? [layer.gradients.first]
                : [layer.gradients.first, layer.median, layer.gradients.last]
            table.append(
                [layer.name, layer.kind] + norms.map { number($0 ?? .nan) } + [number(layer.median / reference)]
                    + (hasUpdates ? [number(layer.relativeUpdate)] : []))
        }
        let widths = table[0].indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        let lines = table.map { row in
            zip(row, widths).enumerated().map { column, field in
                let space = String(repeating: " ", count: field.1 - field.0.count)
                return column < 2 ? field.0 + space : space + field.0
            }.joined(separator: "  ")
        }
        let found = Self.summary(of: findings())
        let title = "Norms of gradients at \(steps.count) step\(steps.count == 1 ? "" : "s")"
        return ([title] + lines + (found.isEmpty ? ["no gradient vanishes or explodes"] : found))
            .joined(separator: "\n")
    }
}
