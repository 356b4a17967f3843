/// How far every device counts. What goes further is refused by all of them, in the same words: nothing wraps.
package enum CountLimits {
    /// Positions that an int32 tells apart: those of `index` in a program, and those that the index of a maximum or minimum names.
    package static let positions = 1 << 31
    /// Elements that have random bits of their own: their number is a counter of 32 bits.
    package static let randomBits = 1 << 32
    /// What a window of a convolution covers along an axis, its steps, and the padding on a side are less than this.
    package static let reach = 1 << 31
}

// One place checks what an operation counts. A device may have narrower limits of its own.
extension Backend {
    /// Refuses a program over `count` elements, some of whose positions it cannot tell apart.
    @inline(__always)
    package func requireCountable(_ program: ScalarProgram, count: Int, _ operation: String) throws(BackendError) {
        if count > CountLimits.positions { try requirePositions(program, count: count, operation) }
    }

    @inline(never)
    private func requirePositions(_ program: ScalarProgram, count: Int, _ operation: String) throws(BackendError) {
        for (asked, limit, what) in [
            (ScalarOperation.index, CountLimits.positions, "the positions"),
            (.randomBits, CountLimits.randomBits, "random bits of each"),
        ] where count > limit && program.instructions.contains(where: { $0.operation == asked }) {
            throw .unsupported(
                device: name, operation: operation,
                reason:
                    "a formula asks for \(what) of \(count) elements, and \(limit) can be told apart; take parts of the array"
            )
        }
    }

    /// Refuses a reduction whose result has no room for a position, or whose prologue is not countable.
    package func requireCountable(_ descriptor: ReduceDescriptor) throws(BackendError) {
        if descriptor.reduction.givesIndex, descriptor.length > CountLimits.positions {
            throw .unsupported(
                device: name, operation: "reduce",
                reason: "the position among \(descriptor.length) elements is no int32; search parts of the axis")
        }
        guard let prologue = descriptor.prologue else { return }
        let shape: Dimensions = [descriptor.outer, descriptor.length, descriptor.inner]
        try requireCountable(prologue, count: shape.product, "reduce")
    }

    /// Refuses a line program over elements `[outer, length, inner]`, some of whose stages are not countable.
    package func requireCountable(_ program: LineProgram, shape: Dimensions) throws(BackendError) {
        let (elements, lines) = (shape.product, Dimensions([shape[0], shape[2]]).product)
        if max(elements, lines) <= CountLimits.positions { return }
        for stage in program.stages {
            guard case .map(let map) = stage.work else { continue }
            try requireCountable(map, count: stage.extent == .elements ? elements : lines, "lines")
        }
    }

    /// Refuses a convolution whose windows see places so far away that their distances are not counted.
    package func requireCountable(_ d: ConvolutionDescriptor) throws(BackendError) {
        let reach = d.reach
        if reach < CountLimits.reach { return }
        throw .unsupported(
            device: name, operation: "convolve",
            reason:
                "a stride, padding or dilated filter of \(reach) places; each must be less than \(CountLimits.reach)")
    }
}

extension ConvolutionDescriptor {
    /// The largest number of places that a window covers along an axis, moves by, or sees beside the image. A dilation without
    /// neighbours to keep apart does not count.
    package var reach: Int {
        max(
            windowExtent(kernelHeight, dilation: dilationHeight), windowExtent(kernelWidth, dilation: dilationWidth),
            max(strideHeight, strideWidth), max(paddingTop, paddingBottom), max(paddingLeft, paddingRight))
    }
}

/// Far above every size, and so that sums of a few do not overflow.
package let largestExtent = 1 << 60

/// What a window with gaps between its elements covers along an axis: `dilation·(window - 1) + 1`, but no more than `largestExtent`.
package func windowExtent(_ window: Int, dilation: Int) -> Int {
    let (gaps, isTooLarge) = dilation.multipliedReportingOverflow(by: window - 1)
    return isTooLarge ? largestExtent : min(gaps, largestExtent - 1) + 1
}
