import UnloopBackend
import UnloopData
import UnloopTensor

extension Model {
    /// Writes all parameters, running statistics too, in the safetensors format, which other systems read.
    ///
    /// The file appears whole or not at all; a symbolic link is followed, and an existing file keeps its mode.
    ///
    /// - Throws: `DataError` when the file cannot be written (what was there before stays), `TensorError` when the device fails.
    /// - Precondition: the network is built.
    public func saveWeights(to path: String, metadata: [String: String] = [:]) throws {
        var file = SafeTensors(metadata: metadata)
        for (entry, value) in zip(table.entries, values.tensors) {
            file.arrays[entry.name] = try SafeTensors.Array(value)
        }
        try file.write(to: path)
    }

    /// Reads the parameters that `saveWeights` wrote for a network of the same structure. It need not be built: the shapes are then
    /// held to what the layers of the library say of themselves, and to what one layer gives and the next one takes.
    ///
    /// - Parameter device: nil leaves a built network where it is.
    /// - Throws: `DataError` for a file that cannot be read, `TrainingError.weightsDoNotFit` when names, shapes or element types
    ///   differ from those of this network. The network is then as before.
    public mutating func loadWeights(from path: String, on device: Device? = nil) throws {
        let file = try SafeTensors(path: path)
        let surplus = Set(file.arrays.keys).subtracting(table.entries.map(\.name))
        if let name = surplus.min() {
            throw TrainingError.weightsDoNotFit(file: path, reason: "this network has no parameter `\(name)`")
        }
        let target = device ?? self.device ?? .best
        let loaded = try table.entries.map { entry in
            guard let array = file.arrays[entry.name] else {
                throw TrainingError.weightsDoNotFit(file: path, reason: "it has no `\(entry.name)`")
            }
            return array
        }
        try check(loaded, file.arrays, path)
        let values = ParameterValues(table, loaded.map { Tensor($0, on: target) })
        if let failure = values.failure { throw failure }
        restore(values)
    }

    /// Holds arrays to the parameters of this network.
    private func check(
        _ loaded: [SafeTensors.Array], _ arrays: [String: SafeTensors.Array], _ path: String
    ) throws(TrainingError) {
        guard isBuilt else {
            if let misfit = table.misfit(of: arrays, in: root) {
                throw .weightsDoNotFit(file: path, reason: misfit)
            }
            return
        }
        for (entry, (array, value)) in zip(table.entries, zip(loaded, values.tensors)) {
            let type = array.elements.elementType
            guard array.shape == value.shape, type == value.elementType else {
                throw .weightsDoNotFit(
                    file: path,
                    reason: "`\(entry.name)` is \(type) \(array.shape), not \(value.elementType) \(value.shape)")
            }
        }
    }

    /// The SHA-256 of all values; see `ParameterValues.sha256`.
    ///
    /// - Throws: when the weights cannot be read from the device.
    /// - Precondition: the network is built.
    public func weightsSHA256() throws(TensorError) -> String { try values.sha256() }
}

extension ParameterValues {
    /// The SHA-256 of all values in the order of their names (as text): the elements in row-major order, little-endian, every
    /// NaN as the standard quiet one, one parameter after the other. Equal weights give the same 64 digits on every device and machine.
    ///
    /// - Throws: when the values cannot be read from the device.
    public func sha256() throws(TensorError) -> String {
        var hash = SHA256()
        for (_, value) in sorted(by: { $0.name < $1.name }) { hash.update(try value.canonicalBytes()) }
        return SHA256.hexadecimal(hash.finalize())
    }
}
