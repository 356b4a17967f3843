import CUnloopCPU
import UnloopBackend

extension CPUBackend {
    public func reduce(
        _ descriptor: ReduceDescriptor, inputs: [StridedView], scalars: [Double], output: StridedView
    ) throws(BackendError) {
        let modes = FloatingPointModes.ofContract()
        defer { modes.restore() }
        if descriptor.outer == 0 || descriptor.inner == 0 { return }
        try requireCountable(descriptor)
        memory.countLaunch()
        let program = descriptor.prologue ?? Self.identity(inputs[0].elementType)
        let isInteger = program.outputTypes[0] == .integer
        let lowered = try program.loweredToRun("reduce")
        let shape: Dimensions = [descriptor.outer, descriptor.length, descriptor.inner]
        let inputs = try withoutTransposed(inputs, count: shape.product)
        let result = output.memory.assumingMemoryBound(to: UInt32.self)
        if descriptor.length == 0 {
            let start = kernels.pointee.reduce.start(descriptor.reduction.code(isInteger: isInteger))
            result.update(repeating: start, count: descriptor.outer * descriptor.inner)
            return
        }
        try withPlan(
            lowered, shape: shape, inputs: inputs, scalars: scalars, outputs: [output.reshapedForPlan(shape)]
        ) { plan throws(BackendError) in
            let direct = descriptor.prologue == nil ? DirectInput(inputs[0], descriptor) : nil
            let work = Reducer(
                backend: self, descriptor: descriptor, reduction: descriptor.reduction.code(isInteger: isInteger),
                plan: plan, direct: direct,
                nanosecondsPerElement: lowered._withUnsafeGuaranteedRef { $0.nanosecondsPerElement } + 0.1,
                result: result)
            if descriptor.inner == 1 { try work.reduceLines() } else { try work.reduceRows() }
        }
    }
}

extension StridedView {
    /// The output's buffer under the shape of what is reduced, for a plan that never looks at it.
    fileprivate func reshapedForPlan(_ shape: Dimensions) -> StridedView {
        StridedView(buffer, offset: offset, shape: shape)
    }
}

extension Reduction {
    func code(isInteger: Bool) -> unloop_reduction {
        switch self {
        case .sum: isInteger ? unloop_reduction_integer_sum : unloop_reduction_sum
        case .product: isInteger ? unloop_reduction_integer_product : unloop_reduction_product
        case .maximum, .indexOfMaximum: isInteger ? unloop_reduction_integer_maximum : unloop_reduction_maximum
        case .minimum, .indexOfMinimum: isInteger ? unloop_reduction_integer_minimum : unloop_reduction_minimum
        }
    }
}

/// An input whose lines, or rows, are read where they lie.
private struct DirectInput {
    let pointer: UnsafePointer<UInt32>
    let outerStride: Int
    let rowStride: Int

    init?(_ view: StridedView, _ descriptor: ReduceDescriptor) {
        guard
            descriptor.inner == 1
                ? view.strides[1] == 1 || descriptor.length == 1 : view.strides[2] == 1
        else { return nil }
        pointer = UnsafePointer(view.memory.assumingMemoryBound(to: UInt32.self))
        (outerStride, rowStride) = (view.strides[0], view.strides[1])
    }
}

/// One reduction of `[outer, length, inner]`: what is reduced is read in place where it lies in rows, and evaluated piece by
/// piece into scratch memory otherwise.
private struct Reducer: @unchecked Sendable {
    let backend: CPUBackend
    let descriptor: ReduceDescriptor
    let reduction: unloop_reduction
    let plan: UnsafePointer<unloop_map_plan>
    /// The only input, when there is no prologue and it is consecutive along the last axis that is longer than 1.
    let direct: DirectInput?
    let nanosecondsPerElement: Double
    let result: UnsafeMutablePointer<UInt32>

    private var kernels: unloop_cpu_reduce_kernels { backend.kernels.pointee.reduce }
    private var length: Int { descriptor.length }
    private var inner: Int { descriptor.inner }
    private static let chunk = Int(unloop_reduce_chunk)
    private static let rowBlock = Int(unloop_reduce_row_block)

    /// Where row-major elements of `[outer, length, inner]` are to be found while `body` runs: `pointer + row · stride`.
    private typealias Elements = (pointer: UnsafePointer<UInt32>, stride: Int)

    /// Calls `body` with parts of `0 ..< count` as `runChunks` does, and with memory for the plan and for `elements`
    /// evaluated elements.
    private func runTasks(
        _ count: Int, elements: Int, cost: Double,
        _ body: (
            _ items: Range<Int>, _ scratch: UnsafeMutableRawPointer, _ values: UnsafeMutablePointer<UInt32>
        ) -> Void
    ) throws(BackendError) {
        let planSize = (unloop_map_scratch_size(plan) + 63) / 64 * 64
        try backend.withScratch(planSize + 4 * elements) { scratch in
            backend.runChunks(of: count, unit: 1, nanosecondsPerElement: cost) { begin, end in
                scratch.lend { body(begin..<end, $0, ($0 + planSize).assumingMemoryBound(to: UInt32.self)) }
            }
        }
    }

    /// Memory for `count` values, for the duration of `body`.
    private func withValues(
        _ count: Int, _ body: (UnsafeMutablePointer<UInt32>) throws(BackendError) -> Void
    ) throws(BackendError) {
        try backend.withWorkspace(floats: count) { workspace throws(BackendError) in
            try body(UnsafeMutableRawPointer(workspace).assumingMemoryBound(to: UInt32.self))
        }
    }

    /// Rows `rows` of one outer index, columns `columns`.
    private func elements(
        outer: Int, rows: Range<Int>, columns: Range<Int>, _ scratch: UnsafeMutableRawPointer,
        _ values: UnsafeMutablePointer<UInt32>
    ) -> Elements {
        if let direct {
            let offset = outer * direct.outerStride + rows.lowerBound * direct.rowStride + columns.lowerBound
            return (direct.pointer + offset, direct.rowStride)
        }
        let first = (outer * length + rows.lowerBound) * inner
        if columns.count == inner {
            unloop_map_evaluate(plan, Int64(first), Int64(first + rows.count * inner), scratch, values)
        } else {
            for row in 0..<rows.count {
                let begin = first + row * inner + columns.lowerBound
                unloop_map_evaluate(
                    plan, Int64(begin), Int64(begin + columns.count), scratch, values + row * columns.count)
            }
        }
        return (UnsafePointer(values), columns.count)
    }

    // MARK: A contiguous axis

    func reduceLines() throws(BackendError) {
        if length <= Self.chunk { return try reduceShortLines() }
        if descriptor.reduction.givesIndex { return try searchLines() }
        // The values of the chunks are reduced in the same way until one remains.
        var count = (length - 1) / Self.chunk + 1
        try withValues(descriptor.outer * count) { values throws(BackendError) in
            try reduceChunks(into: values, chunks: count)
            while count > 1 {
                let next = (count + Self.chunk - 1) / Self.chunk
                for outer in 0..<descriptor.outer {
                    for chunk in 0..<next {
                        let size = min(Self.chunk, count - chunk * Self.chunk)
                        // Written before or at what is still to be read.
                        kernels.lines(
                            reduction, values + outer * next + chunk, values + outer * count + chunk * Self.chunk, 0, 1,
                            Int64(size))
                    }
                }
                count = next
            }
            result.update(from: values, count: descriptor.outer)
        }
    }

    private func reduceShortLines() throws(BackendError) {
        // In groups of lines, each about as long as a chunk.
        let group = max(1, Self.chunk / length)
        let groups = (descriptor.outer + group - 1) / group
        let cost = nanosecondsPerElement * Double(length * group) + 20 * Double(group)
        try runTasks(groups, elements: group * length, cost: cost) { items, scratch, values in
            for item in items {
                let first = item * group
                let lines = min(group, descriptor.outer - first)
                var source = UnsafePointer(values)
                var stride = length
                if let direct {
                    source = direct.pointer + first * direct.outerStride
                    stride = direct.outerStride
                } else {
                    let start = Int64(first * length)
                    unloop_map_evaluate(plan, start, start + Int64(lines * length), scratch, values)
                }
                if descriptor.reduction.givesIndex {
                    (result + first).withMemoryRebound(to: Int32.self, capacity: lines) {
                        kernels.search_lines(
                            reduction, $0, source, Int64(stride), Int64(lines), Int64(length))
                    }
                } else {
                    kernels.lines(reduction, result + first, source, Int64(stride), Int64(lines), Int64(length))
                }
            }
        }
    }

    private func reduceChunks(into values: UnsafeMutablePointer<UInt32>, chunks: Int) throws(BackendError) {
        let cost = nanosecondsPerElement * Double(Self.chunk)
        try runTasks(descriptor.outer * chunks, elements: Self.chunk, cost: cost) { items, scratch, memory in
            for item in items {
                let (outer, chunk) = item.quotientAndRemainder(dividingBy: chunks)
                let rows = chunk * Self.chunk..<min(length, (chunk + 1) * Self.chunk)
                let found = elements(outer: outer, rows: rows, columns: 0..<1, scratch, memory)
                kernels.lines(reduction, values + item, found.pointer, 0, 1, Int64(rows.count))
            }
        }
    }

    private func searchLines() throws(BackendError) {
        let cost = nanosecondsPerElement * Double(length) + 20
        try runTasks(descriptor.outer, elements: min(length, Self.chunk), cost: cost) { items, scratch, memory in
            for outer in items {
                var best: UInt32 = 0
                var index: Int32 = -1
                for first in stride(from: 0, to: length, by: Self.chunk) {
                    let rows = first..<min(length, first + Self.chunk)
                    let found = elements(outer: outer, rows: rows, columns: 0..<1, scratch, memory)
                    kernels.search(reduction, &best, &index, found.pointer, Int64(first), Int64(rows.count))
                }
                result[outer] = UInt32(bitPattern: index)
            }
        }
    }

    // MARK: An outer axis

    /// Columns that are reduced at a time, and rows that are evaluated at a time, so that both stay in the first-level
    /// cache.
    private var tileWidth: Int { min(inner, 2048) }
    private var rowsAtOnce: Int { max(1, min(Self.rowBlock, 4096 / tileWidth)) }

    func reduceRows() throws(BackendError) {
        let tiles = (inner + tileWidth - 1) / tileWidth
        if descriptor.reduction.givesIndex { return try searchRows(tiles: tiles) }
        let blocks = (length - 1) / Self.rowBlock + 1
        if blocks == 1 { return try reduceBlocks(into: result, blocks: 1, tiles: tiles) }
        let size = descriptor.outer * blocks * inner
        try withValues(size) { values throws(BackendError) in
            try reduceBlocks(into: values, blocks: blocks, tiles: tiles)
            for outer in 0..<descriptor.outer {
                // The first block's value, with which those of the others are combined.
                let first = values + outer * blocks * inner
                let target = result + outer * inner
                target.update(from: first, count: inner)
                kernels.rows(reduction, target, first + inner, Int64(inner), Int64(blocks - 1), Int64(inner))
            }
        }
    }

    /// `values[outer, block, column]`
    private func reduceBlocks(into values: UnsafeMutablePointer<UInt32>, blocks: Int, tiles: Int) throws(BackendError) {
        let start = kernels.start(reduction)
        let rowsOfBlock = min(length, Self.rowBlock)
        let cost = nanosecondsPerElement * Double(rowsOfBlock * tileWidth) + 20
        let isDirect = direct != nil
        try runTasks(descriptor.outer * blocks * tiles, elements: isDirect ? 0 : rowsAtOnce * tileWidth, cost: cost) {
            items, scratch, memory in
            for item in items {
                let (outerAndBlock, tile) = item.quotientAndRemainder(dividingBy: tiles)
                let (outer, block) = outerAndBlock.quotientAndRemainder(dividingBy: blocks)
                let columns = tile * tileWidth..<min(inner, (tile + 1) * tileWidth)
                let rows = block * Self.rowBlock..<min(length, (block + 1) * Self.rowBlock)
                let accumulators = values + outerAndBlock * inner + columns.lowerBound
                accumulators.update(repeating: start, count: columns.count)
                for first in stride(
                    from: rows.lowerBound, to: rows.upperBound, by: isDirect ? rows.count : rowsAtOnce)
                {
                    let part = first..<min(rows.upperBound, isDirect ? rows.upperBound : first + rowsAtOnce)
                    let found = elements(outer: outer, rows: part, columns: columns, scratch, memory)
                    kernels.rows(
                        reduction, accumulators, found.pointer, Int64(found.stride), Int64(part.count),
                        Int64(columns.count))
                }
            }
        }
    }

    private func searchRows(tiles: Int) throws(BackendError) {
        let cost = nanosecondsPerElement * Double(length * tileWidth) + 20
        try runTasks(descriptor.outer * tiles, elements: rowsAtOnce * tileWidth + tileWidth, cost: cost) {
            items, scratch, memory in
            let best = memory + rowsAtOnce * tileWidth
            for item in items {
                let (outer, tile) = item.quotientAndRemainder(dividingBy: tiles)
                let columns = tile * tileWidth..<min(inner, (tile + 1) * tileWidth)
                best.update(repeating: 0, count: columns.count)
                let target = result + outer * inner + columns.lowerBound
                for first in stride(from: 0, to: length, by: rowsAtOnce) {
                    let part = first..<min(length, first + rowsAtOnce)
                    let found = elements(outer: outer, rows: part, columns: columns, scratch, memory)
                    target.withMemoryRebound(to: Int32.self, capacity: columns.count) { index in
                        kernels.search_rows(
                            reduction, best, index, found.pointer, Int64(found.stride), Int64(first),
                            Int64(part.count), Int64(columns.count))
                    }
                }
            }
        }
    }
}
