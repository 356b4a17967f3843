import UnloopBackend
import UnloopData

/// A layer that knows the shapes of its parameters from its own settings, but for the number of features, the last axis of its
/// input: what weights from a file are held to before the layer has seen an input.
protocol ShapedLayer: Layer {
    /// The shapes that the parameters must have, in their order, going by those that are given; and the features that such
    /// parameters take, nil for any.
    func shapes(goingBy given: [[Int]]) -> (shapes: [[Int]], features: Int?)
    /// The features of the outputs, nil where they depend on more.
    func outputFeatures(_ features: Int?) -> Int?
}

extension ShapedLayer {
    func shapes(goingBy given: [[Int]]) -> (shapes: [[Int]], features: Int?) { ([], nil) }
    func outputFeatures(_ features: Int?) -> Int? { features }
}

extension ParameterTable {
    /// What is wrong with these arrays for the parameters of a network, also between one layer and the next; nil if nothing is.
    ///
    /// - Parameter shape: of an example, where it is known.
    func misfit(
        of arrays: [String: SafeTensors.Array], examples shape: [Int]? = nil, in root: any Module
    ) -> String? {
        // All numbers of a network are of one type.
        let type = arrays.values.lazy.map(\.elements.elementType).min { $0 != .int32 && $1 == .int32 } ?? .float32
        for entry in entries where entry.parameter.isTrainable {
            if let array = arrays[entry.name], array.elements.elementType != type || type == .int32 {
                return "`\(entry.name)` is \(array.elements.elementType), not \(type == .int32 ? .float32 : type)"
            }
        }
        // An example without axes has no features.
        var features = shape.map { $0.last ?? 0 }
        return misfit(of: arrays, type, in: root, prefix: "", features: &features)
    }

    /// - Parameter features: of the inputs, then of the outputs; nil when they are not known.
    private func misfit(
        of arrays: [String: SafeTensors.Array], _ type: ElementType, in module: any Module, prefix: String,
        features: inout Int?
    ) -> String? {
        guard let layer = module as? any ShapedLayer else {
            return misfitInside(of: arrays, type, in: module, prefix: prefix, features: &features)
        }
        let names = names(of: layer)
        if let name = names.first(where: { arrays[$0]?.elements.elementType != type }) {
            return "`\(name)` is \(arrays[name]?.elements.elementType ?? .int32), not \(type)"
        }
        let given = names.map { arrays[$0]?.shape ?? [] }
        let (expected, taken) = layer.shapes(goingBy: given)
        for (name, (given, expected)) in zip(names, zip(given, expected)) where given != expected {
            return "`\(name)` is \(given), where \(layer.kind) takes \(expected)"
        }
        if let features, let taken, features != taken {
            return "`\(names.first ?? prefix)` takes \(taken) features, but the layer before gives \(features)"
        }
        features = layer.outputFeatures(taken ?? features)
        return nil
    }

    /// By parameter: one that is used several times is in the file once.
    private func names(of layer: any Layer) -> [String] { layer.parameters.map { entries[place(of: $0)].name } }

    /// The features that the parameters of a chain of layers take; nil where they do not say.
    private func featuresTaken(by layers: [any Layer], _ arrays: [String: SafeTensors.Array]) -> Int? {
        for layer in layers {
            guard let layer = layer as? any ShapedLayer else { return nil }
            if !layer.parameters.isEmpty {
                return layer.shapes(goingBy: names(of: layer).map { arrays[$0]?.shape ?? [] }).features
            }
            if layer.outputFeatures(1) != 1 { return nil }
        }
        return nil
    }

    /// Sequential layers and residual ones hold others one after the other; of other modules nobody knows how those inside are connected.
    private func misfitInside(
        of arrays: [String: SafeTensors.Array], _ type: ElementType, in module: any Module, prefix: String,
        features: inout Int?
    ) -> String? {
        if let residual = module as? Residual {
            return misfit(of: arrays, type, in: residual, prefix: prefix, features: &features)
        }
        let isChain = module is Sequential
        for (name, child) in module.children {
            if !isChain { features = nil }
            let inside = prefix + name + "."
            if let misfit = misfit(of: arrays, type, in: child, prefix: inside, features: &features) { return misfit }
        }
        if !isChain { features = nil }
        return nil
    }

    /// What goes in, or what a shortcut makes of it, is added to what comes out.
    private func misfit(
        of arrays: [String: SafeTensors.Array], _ type: ElementType, in residual: Residual, prefix: String,
        features: inout Int?
    ) -> String? {
        // Both ways take the same.
        features =
            features ?? featuresTaken(by: residual.inner.layers, arrays)
            ?? residual.shortcut.flatMap { featuresTaken(by: $0.layers, arrays) }
        let before = features
        if let misfit = misfitInside(of: arrays, type, in: residual.inner, prefix: prefix, features: &features) {
            return misfit
        }
        guard let shortcut = residual.shortcut else {
            if features == before { return nil }
            if let before, let features {
                return
                    "the layers inside `\(prefix.dropLast())` turn \(before) features into \(features), which cannot be added"
            }
            if before != nil {
                features = before
                return nil
            }
            // As many go in as come out.
            return misfitInside(of: arrays, type, in: residual.inner, prefix: prefix, features: &features)
        }
        var past = before
        if let misfit = misfitInside(
            of: arrays, type, in: shortcut, prefix: prefix + "shortcut.", features: &past)
        {
            return misfit
        }
        if let past, let inner = features, past != inner {
            return
                "the layers inside `\(prefix.dropLast())` give \(inner) features and the shortcut \(past), which cannot be added"
        }
        features = features ?? past
        return nil
    }
}

extension Dense: ShapedLayer {
    func shapes(goingBy given: [[Int]]) -> (shapes: [[Int]], features: Int?) {
        let inputs = given[0].first ?? 0
        return ([[inputs, units], [units]], inputs)
    }
    func outputFeatures(_ features: Int?) -> Int? { units }
}

extension Embedding: ShapedLayer {
    func shapes(goingBy given: [[Int]]) -> (shapes: [[Int]], features: Int?) { ([[rows, size]], nil) }
    func outputFeatures(_ features: Int?) -> Int? { size }
}

extension LayerNorm: ShapedLayer {
    func shapes(goingBy given: [[Int]]) -> (shapes: [[Int]], features: Int?) { oneForEachFeature(given) }
}

extension BatchNorm: ShapedLayer {
    func shapes(goingBy given: [[Int]]) -> (shapes: [[Int]], features: Int?) { oneForEachFeature(given) }
}

private func oneForEachFeature(_ given: [[Int]]) -> (shapes: [[Int]], features: Int?) {
    let features = given[0].first ?? 0
    return (given.map { _ in [features] }, features)
}

extension RNN: ShapedLayer {}
extension GRU: ShapedLayer {}
extension LSTM: ShapedLayer {}

extension ShapedLayer where Self: Recurrent {
    func shapes(goingBy given: [[Int]]) -> (shapes: [[Int]], features: Int?) { recurrence.shapes(goingBy: given) }
    func outputFeatures(_ features: Int?) -> Int? { recurrence.outputFeatures(features) }
}

extension RecurrentLayer: ShapedLayer {
    func shapes(goingBy given: [[Int]]) -> (shapes: [[Int]], features: Int?) {
        let features = given[0].first ?? 0
        let shapes = weights.flatMap {
            $0.shapes(features: $0.layer == 0 ? features : outputs, units, gates: cell.gates)
        }
        return (shapes, features)
    }
    func outputFeatures(_ features: Int?) -> Int? { outputs }
    private var outputs: Int { (isBidirectional ? 2 : 1) * units }
}

extension RecurrentWeights {
    /// Of the parameters, in their order.
    fileprivate func shapes(features: Int, _ units: Int, gates: Int) -> [[Int]] {
        let width = gates * units
        return [[features, width], [units, width], [width]] + (recurrentBias == nil ? [] : [[width]])
    }
}

extension ShapedLayer where Self: ConvolutionLayer {
    fileprivate func shapes(
        _ kernel: [Int], goingBy given: [[Int]], isTransposed: Bool = false
    ) -> (shapes: [[Int]], features: Int?) {
        if isTransposed {
            let channels = given[0].last ?? 0
            return ([kernel + [filters / groups, channels], [filters]], channels)
        }
        // The last axis but one; a number that is too large for any layer gives a shape that none has.
        let part = given[0].dropLast().last ?? 0
        let (channels, overflow) = part.multipliedReportingOverflow(by: groups)
        return ([kernel + [overflow ? 0 : part, filters], [filters]], channels)
    }
    func outputFeatures(_ features: Int?) -> Int? { filters }
}

extension Convolution1D: ShapedLayer {
    func shapes(goingBy given: [[Int]]) -> (shapes: [[Int]], features: Int?) { shapes([kernel], goingBy: given) }
}

extension Convolution2D: ShapedLayer {
    func shapes(goingBy given: [[Int]]) -> (shapes: [[Int]], features: Int?) {
        shapes([kernel.height, kernel.width], goingBy: given)
    }
}

extension Convolution3D: ShapedLayer {
    func shapes(goingBy given: [[Int]]) -> (shapes: [[Int]], features: Int?) {
        shapes([kernel.depth, kernel.height, kernel.width], goingBy: given)
    }
}

extension TransposedConvolution1D: ShapedLayer {
    func shapes(goingBy given: [[Int]]) -> (shapes: [[Int]], features: Int?) {
        shapes([kernel], goingBy: given, isTransposed: true)
    }
}

extension TransposedConvolution2D: ShapedLayer {
    func shapes(goingBy given: [[Int]]) -> (shapes: [[Int]], features: Int?) {
        shapes([kernel.height, kernel.width], goingBy: given, isTransposed: true)
    }
}

extension TransposedConvolution3D: ShapedLayer {
    func shapes(goingBy given: [[Int]]) -> (shapes: [[Int]], features: Int?) {
        shapes([kernel.depth, kernel.height, kernel.width], goingBy: given, isTransposed: true)
    }
}

// Without parameters, and with as many features behind as before.
extension ActivationLayer: ShapedLayer {}
extension Dropout: ShapedLayer {}
extension MaxPooling1D: ShapedLayer {}
extension MaxPooling2D: ShapedLayer {}
extension MaxPooling3D: ShapedLayer {}
extension AveragePooling1D: ShapedLayer {}
extension AveragePooling2D: ShapedLayer {}
extension AveragePooling3D: ShapedLayer {}
extension Pooling2D: ShapedLayer {}
extension AdaptiveMaxPooling1D: ShapedLayer {}
extension AdaptiveMaxPooling2D: ShapedLayer {}
extension AdaptiveMaxPooling3D: ShapedLayer {}
extension AdaptiveAveragePooling1D: ShapedLayer {}
extension AdaptiveAveragePooling2D: ShapedLayer {}
extension AdaptiveAveragePooling3D: ShapedLayer {}
extension GlobalMaxPooling: ShapedLayer {}
extension GlobalAveragePooling: ShapedLayer {}
extension Reshape: ShapedLayer {
    func outputFeatures(_ features: Int?) -> Int? { shape.last }
}
