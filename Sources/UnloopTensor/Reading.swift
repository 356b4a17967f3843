import UnloopBackend

extension Tensor {
    /// All elements in row-major order, in the tensor's own element type. Waits until they are computed.
    ///
    /// - Throws: the error of the operation that failed to compute them.
    public func hostArray() throws(TensorError) -> HostArray {
        let ordered = stopGradient().contiguous()
        let buffer = try ordered.storage.buffer()
        do {
            return try device.backend().download(buffer, offset: ordered.offset, count: count)
        } catch {
            throw TensorError(foundIn: "download", error)
        }
    }

    /// All elements in row-major order as Float, exact for float32; others are rounded to the nearest, int32 from 2^24 on: see
    /// `integers` and `doubles`. Waits until they are computed.
    ///
    /// - Throws: the error of the operation that failed to compute them.
    public func scalars() throws(TensorError) -> [Float] {
        switch try hostArray() {
        case .float32(let values): values
        case .int32(let values): values.map(Float.init)
        case .float64(let values): values.map { Float($0) }
        }
    }

    /// All elements in row-major order as Double (exact for every element type).
    ///
    /// - Throws: the error of the operation that failed to compute them.
    public func doubles() throws(TensorError) -> [Double] {
        switch try hostArray() {
        case .float32(let values): values.map(Double.init)
        case .int32(let values): values.map(Double.init)
        case .float64(let values): values
        }
    }

    /// All elements in row-major order of an int32 tensor.
    ///
    /// - Throws: the error of the operation that failed to compute them.
    public func integers() throws(TensorError) -> [Int32] {
        guard case .int32(let values) = try hostArray() else {
            misuse("integers: elements are \(elementType); convert them with to(.int32)")
        }
        return values
    }

    /// The number that a tensor of one element holds, exact for every element type. Waits until it is computed.
    ///
    /// - Throws: the error of the operation that failed to compute it.
    public func item() throws(TensorError) -> Double {
        require(count == 1, "item: \(dimensions) has \(count) elements, not one")
        return try doubles()[0]
    }

    /// The number that a tensor of one element holds, where a Float is asked for: exact for float32, others are rounded to the nearest.
    ///
    /// - Throws: the error of the operation that failed to compute it.
    @_disfavoredOverload
    public func item() throws(TensorError) -> Float { Float(try item() as Double) }

    /// Waits until the elements are computed.
    ///
    /// - Throws: the error of the operation that failed to compute them. Errors of other work are not thrown here.
    public func synchronize() throws(TensorError) {
        let buffer = try storage.buffer()
        do {
            try device.withBackend { try $0.wait(for: buffer) }
        } catch {
            throw TensorError(wrapping: error, operation: "synchronize")
        }
    }

    /// Whether both have the same shape, element type and bits; every NaN counts as the same one. Devices may differ.
    ///
    /// - Throws: the error of the operation that failed to compute either.
    public func isBitEqual(to other: Tensor) throws(TensorError) -> Bool {
        guard dimensions == other.dimensions, elementType == other.elementType else { return false }
        return try canonicalBytes() == other.canonicalBytes()
    }

    /// The SHA-256 of the elements in row-major order, little-endian, every NaN as the standard quiet one: 64 hexadecimal
    /// digits. The shape is not part of it.
    ///
    /// - Throws: the error of the operation that failed to compute them.
    public func sha256() throws(TensorError) -> String {
        SHA256.hexadecimal(SHA256.digest(of: try canonicalBytes()))
    }

    /// The elements' bytes in row-major order, little-endian, every NaN as the standard quiet one.
    ///
    /// - Throws: the error of the operation that failed to compute them.
    public func canonicalBytes() throws(TensorError) -> [UInt8] {
        func bytes<Word: FixedWidthInteger>(_ words: some Collection<Word>) -> [UInt8] {
            var result: [UInt8] = []
            result.reserveCapacity(words.count * Word.bitWidth / 8)
            for word in words {
                for shift in stride(from: 0, to: Word.bitWidth, by: 8) {
                    result.append(UInt8(truncatingIfNeeded: word >> Word(shift)))
                }
            }
            return result
        }
        return switch try hostArray() {
        case .float32(let values): bytes(values.map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern })
        case .int32(let values): bytes(values.map(UInt32.init(bitPattern:)))
        case .float64(let values): bytes(values.map { $0.isNaN ? 0x7ff8_0000_0000_0000 : $0.bitPattern })
        }
    }
}
