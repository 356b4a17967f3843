import UnloopBackend

extension Tensor {
    /// Runs a program of several stages along an axis. Not differentiated.
    ///
    /// - Parameters:
    ///   - inputs: the first has the shape that those of elements are broadcast to; those of lines are broadcast to that shape
    ///     with size 1 along the axis.
    ///   - axis: counted from the front.
    /// - Returns: the outputs; those of lines with size 1 along the axis.
    static func mapLines(
        _ name: String, _ program: LineProgram, _ inputs: [Tensor], axis: Int, scalars: [Double] = []
    ) -> [Tensor] {
        let device = device(name, inputs)
        let shape = inputs[0].dimensions
        var kept = shape
        kept[axis] = 1
        let outer = shape.prefix(axis).product
        let inner = shape.dropFirst(axis + 1).product
        let real = inputs.first { $0.elementType != .int32 }?.elementType ?? .float32
        func elementType(_ output: Int) -> ElementType { program.type(ofValue: output) == .integer ? .int32 : real }
        func isOfLines(_ output: Int) -> Bool { program.extent(ofValue: output) == .lines }
        do {
            return try device.withBackend { backend in
                var views: [StridedView] = []
                views.reserveCapacity(inputs.count)
                for (position, input) in inputs.enumerated() {
                    views.append(
                        program.inputs[position].extent == .lines
                            ? try input.broadcastView(kept, foldedTo: [outer, inner])
                            : try input.broadcastView(shape, foldedTo: [outer, shape[axis], inner]))
                }
                var outputs: [StridedView] = []
                outputs.reserveCapacity(program.outputs.count)
                for output in program.outputs {
                    let folded: Dimensions = isOfLines(output) ? [outer, inner] : [outer, shape[axis], inner]
                    outputs.append(
                        StridedView(try backend.allocate(elementType(output), count: folded.product), shape: folded))
                }
                try backend.mapLines(program, inputs: views, scalars: scalars, outputs: outputs)
                return zip(program.outputs, outputs).map {
                    Tensor(Storage(device, $1.elementType, .buffer($1.buffer)), isOfLines($0) ? kept : shape)
                }
            }
        } catch {
            let failure = TensorError(wrapping: error, operation: name)
            return program.outputs.map {
                Tensor(Storage(device, elementType($0), .failure(failure)), isOfLines($0) ? kept : shape)
            }
        }
    }
}
