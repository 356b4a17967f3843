import UnloopBackend

/// Copies between layouts of all kinds, of reals and of integers.
enum CopyCases {
    static var all: [OperationCase] {
        CaseLayouts.operandAndResult.flatMap { pair in
            [(CaseData.bits, ElementType.float32), (.integers, .int32)].map { data, elementType in
                OperationCase(
                    .copy,
                    "\(elementType) \(pair.operand.name) \(sizeText(Array(pair.operand.shape))) to \(pair.result.name)"
                        + " \(pair.result.strides)",
                    shape: Array(pair.operand.shape), inputs: [CaseOperand(pair.operand, data)],
                    outputs: [CaseResult(pair.result, elementType)], accuracy: .exact
                ) { backend, inputs, outputs in
                    try backend.copy(inputs[0], to: outputs[0])
                }
            }
        }
    }
}
