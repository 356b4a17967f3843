import UnloopBackend

private let realFromInteger = ScalarFunction(
    "convert",
    program: ScalarProgram(inputs: [.integer]) { x, _ in [Scalar(converting: IntegerScalar(x[0])).expression] })
private let integerFromReal = ScalarFunction(
    "convert",
    program: ScalarProgram(inputs: [.real]) { x, _ in [IntegerScalar(truncating: Scalar(x[0])).expression] })

extension Tensor {
    /// The same numbers as another element type, or the tensor itself. To int32: towards zero, saturating, NaN to 0.
    ///
    /// float64 exists on `.loop` only.
    public func to(_ type: ElementType) -> Tensor {
        let from = elementType
        if type == from { return self }
        switch (from, type) {
        case (.int32, _):
            return Tensor.map(
                "convert", realFromInteger.program, [self], scalars: [], on: device, dimensions, real: type)
        case (_, .int32): return integerFromReal(self)
        default:
            // Between float32 and float64: through host memory, as programs have one real type.
            let content = stopGradient().converted { values in
                let modes = FloatingPointModes.ofContract()
                defer { modes.restore() }
                return switch values {
                case .float32(let values): .float64(values.map(Double.init))
                case .float64(let values): .float32(values.map { Float($0) })
                case .int32: values
                }
            }
            return Tensor(Storage(device, type, content), dimensions).recorded(self) { cotangent, _ in
                cotangent.to(from)
            }
        }
    }

    /// The same elements on another device, or the tensor itself.
    public func to(_ device: Device) -> Tensor {
        let from = self.device
        if device == from { return self }
        let content = stopGradient().converted(on: device) { $0 }
        return Tensor(Storage(device, elementType, content), dimensions).recorded(self) { cotangent, _ in
            cotangent.to(from)
        }
    }

    private func converted(on device: Device? = nil, _ convert: (HostArray) -> HostArray) -> Storage.Content {
        do {
            let values = convert(try hostArray())
            return .buffer(try (device ?? self.device).backend().upload(values))
        } catch {
            return .failure(TensorError(wrapping: error, operation: "to"))
        }
    }
}
