import UnloopBackend
import UnloopData
import UnloopTensor

extension Layer {
    /// Writes all parameters, running statistics too, in the safetensors format, which other systems read.
    ///
    /// The file appears whole or not at all; a symbolic link is followed, and an existing file keeps its mode.
    ///
    /// - Throws: `DataError` when the file cannot be written (what was there before stays), `TensorError` when the device fails,
    ///   `TrainingError.parameterNamedTwice`.
    public func saveWeights(to path: String, metadata: [String: String] = [:]) throws {
        var file = SafeTensors(metadata: metadata)
        for (name, parameter) in try distinctlyNamedParameters() {
            file.arrays[name] = try SafeTensors.Array(parameter.value)
        }
        try file.write(to: path)
    }

    /// Reads the parameters that `saveWeights` wrote for a network of the same structure. It need not be built: the shapes are then
    /// held to what the layers of the library say of themselves, and to what one layer gives and the next one takes.
    ///
    /// - Parameter device: nil leaves a built network where it is.
    /// - Throws: `DataError` for a file that cannot be read, `TrainingError.weightsDoNotFit` when names, shapes or element types
    ///   differ from those of this network. The network is then as before.
    public func loadWeights(from path: String, on device: Device? = nil) throws {
        let file = try SafeTensors(path: path)
        let parameters = try distinctlyNamedParameters()
        let surplus = Set(file.arrays.keys).subtracting(parameters.map(\.name))
        if let name = surplus.min() {
            throw TrainingError.weightsDoNotFit(file: path, reason: "this network has no parameter `\(name)`")
        }
        try check(file.arrays, path)
        var values: [Tensor] = []
        for (name, parameter) in parameters {
            guard let array = file.arrays[name] else { continue }
            let target = device ?? (parameter.isBuilt ? parameter.value.device : .best)
            let value = Tensor(array, on: target)
            if let failure = value.failure { throw failure }
            values.append(value)
        }
        for ((_, parameter), value) in zip(parameters, values) { parameter.value = value }
    }

    /// Holds arrays to the parameters of this network.
    private func check(_ arrays: [String: SafeTensors.Array], _ path: String) throws(TrainingError) {
        for (name, parameter) in namedParameters {
            guard let array = arrays[name] else {
                throw .weightsDoNotFit(file: path, reason: "it has no `\(name)`")
            }
            guard parameter.isBuilt else { continue }
            let (type, old) = (array.elements.elementType, parameter.value)
            guard array.shape == old.shape, type == old.elementType else {
                throw .weightsDoNotFit(
                    file: path, reason: "`\(name)` is \(type) \(array.shape), not \(old.elementType) \(old.shape)")
            }
        }
        if !isBuilt, let misfit = misfit(of: arrays) {
            throw .weightsDoNotFit(file: path, reason: misfit)
        }
    }

    /// A file keeps one array for a name.
    private func distinctlyNamedParameters() throws(TrainingError) -> [(name: String, parameter: Parameter)] {
        let parameters = namedParameters
        var seen: [String: Parameter] = [:]
        for (name, parameter) in parameters {
            if let other = seen.updateValue(parameter, forKey: name), other !== parameter {
                throw .parameterNamedTwice(name: name)
            }
        }
        return parameters
    }

    /// The SHA-256 of all parameters in the order of their names (as text): the elements in row-major order, little-endian, every
    /// NaN as the standard quiet one, one parameter after the other. Equal weights give the same 64 digits on every device and machine.
    ///
    /// - Throws: when the weights cannot be read from the device.
    public func weightsSHA256() throws(TensorError) -> String {
        var hash = SHA256()
        for (_, parameter) in namedParameters.sorted(by: { $0.name < $1.name }) {
            hash.update(try parameter.value.canonicalBytes())
        }
        return SHA256.hexadecimal(hash.finalize())
    }
}
