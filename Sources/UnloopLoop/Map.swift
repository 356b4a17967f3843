import UnloopBackend

/// `destination[i…] = source[i…]`.
func copyElements<Bits>(_ source: StridedView, to destination: StridedView, as type: Bits.Type) {
    let from = source.buffer.elements(as: Bits.self)
    let to = destination.buffer.elements(as: Bits.self)
    forEachElement(of: source.shape, in: [source, destination]) { _, offsets in
        to[offsets[1]] = from[offsets[0]]
    }
}

/// `outputs[i…] = program(inputs[i…], scalars)`.
func mapElements<Real: LoopReal>(
    _ program: ScalarProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView], as type: Real.Type
) {
    guard let shape = outputs.first?.shape else { return }
    let interpreter = Interpreter<Real>(program, scalars: scalars)
    let views = inputs + outputs
    let memory = views.map { UnsafeMutableRawBufferPointer($0.buffer.elements(as: UInt8.self)) }
    forEachElement(of: shape, in: views) { position, offsets in
        for input in inputs.indices { interpreter.load(input: input, from: memory[input], at: offsets[input]) }
        interpreter.run(position: position)
        for output in outputs.indices {
            let view = inputs.count + output
            interpreter.store(output: output, to: memory[view], at: offsets[view])
        }
    }
}
