#if OpenCL
    import CUnloopOpenCL
    import Foundation
    import Synchronization
    import UnloopBackend

    /// Small maps and reductions on CPU-like devices, and on others where that is asked for: run by one kernel that takes scalar
    /// programs as data, because such devices compile a kernel in the time of hundreds of runs.
    extension OpenCLBackend {
        struct InterpreterKey: Hashable, Sendable {
            let program: ScalarProgram
            let fold: InterpreterCode.Fold?
        }

        /// A program's code on the device.
        final class InterpreterProgram: Sendable {
            let code: OpenCLBuffer
            let layout: unloop_interpreter_layout
            /// Elements that it was run for.
            let elements = Atomic<Int>(0)

            init(code: OpenCLBuffer, layout: unloop_interpreter_layout) {
                self.code = code
                self.layout = layout
            }
        }

        /// Work on at most this many elements is interpreted on CPU-like devices, none on others;
        /// `UNLOOP_OPENCL_INTERPRETED_ELEMENTS` says otherwise. More of them take long enough for a kernel of their own to pay.
        package static let usualInterpretedElements = 1 << 19
        /// More programs than the networks of any one process have.
        package static let interpreterProgramLimit = 4096

        /// A program is compiled after so many times as many elements.
        private static let patience = 64

        private var mayInterpret: Bool { deviceClass == .cpuLike || interpretedElements > 0 }

        /// nil when the program has to be compiled, or is run often enough for that to pay.
        private func interpreterProgram(
            _ program: ScalarProgram, fold: InterpreterCode.Fold?, elements: Int
        ) throws(BackendError) -> InterpreterProgram? {
            let mustBe = program.instructions.count > Self.compiledInstructions
            if proofs.isMine {
                // Only the interpreter's own proof runs it.
                guard case .interpreter? = proofs.subject?.program else { return nil }
                return try interpreterProgram(program, fold: fold)
            }
            guard mayInterpret, mustBe || elements <= interpretedElements, try interpreterIsTrusted(),
                let code = try interpreterProgram(program, fold: fold)
            else { return nil }
            if mustBe { return code }
            let before = code.elements.add(elements, ordering: .relaxed).oldValue
            return before / Self.patience < interpretedElements ? code : nil
        }

        /// Whether the interpreter compiles here and gives the right bits; else everything is compiled.
        private func interpreterIsTrusted() throws(BackendError) -> Bool {
            switch proofs.interpreter.load(ordering: .relaxed) {
            case .proved: return true
            case .refused: return false
            case .unknown: break
            }
            let proved = try unlessRefused("the interpreter") { () throws(BackendError) -> Kernel in
                try kernel("unloop_interpret", of: .interpreter)
            }
            proofs.interpreter.store(proved == nil ? .refused : .proved, ordering: .relaxed)
            return proved != nil
        }

        /// Whether the steps of a line program are to be interpreted, as they are until it has run for as many elements as other
        /// programs are interpreted for.
        func isForInterpreter(_ program: LineProgram, elements: Int) throws(BackendError) -> Bool {
            guard mayInterpret, elements <= interpretedElements, try interpreterIsTrusted() else {
                return false
            }
            return interpretedLines.withLock { counts in
                let before = counts[program] ?? 0
                counts[program] = before + elements
                return before / Self.patience < interpretedElements
            }
        }

        private func interpreterProgram(
            _ program: ScalarProgram, fold: InterpreterCode.Fold?
        ) throws(BackendError) -> InterpreterProgram? {
            let key = InterpreterKey(program: program, fold: fold)
            if let known = interpreterPrograms.withLock({ $0[key] }) { return known }
            var result: InterpreterProgram?
            if let code = InterpreterCode(program, fold: fold) {
                // A buffer has at least one element.
                let buffer = try queue.bufferOfPlaces(code.words.isEmpty ? [0] : code.words)
                result = InterpreterProgram(code: buffer, layout: code.layout)
            }
            interpreterPrograms.withLock { $0[key] = .some(result) }
            return result
        }

        // MARK: Maps

        /// Whether the map is small enough, and was run.
        func interpretMap(
            _ program: ScalarProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView],
            operation: String
        ) throws(BackendError) -> Bool {
            guard let shape = outputs.first?.shape else { return false }
            let count = shape.product
            guard let code = try interpreterProgram(program, fold: nil, elements: count) else { return false }
            var layout = code.layout
            let perTask = min(max(count / (4 * max(device.computeUnits, 1)), 1024), 8192) / 16 * 16
            if Self.areLines(inputs) && Self.areLines(outputs) {
                layout.withWriter { writer in
                    for (position, view) in inputs.enumerated() { writer.setLine(view, at: position) }
                    for (position, view) in outputs.enumerated() { writer.setLine(view, at: inputs.count + position) }
                    writer.set(offset: 0, columnStride: 1, at: inputs.count + outputs.count)
                }
                layout.setColumns(count, perTask: perTask)
                layout.setRows(1, perTask: 1)
            } else {
                let arrays = inputs + outputs
                let strides = arrays.map(\.strides) + [shape.rowMajorStrides]
                let axes = ElementwiseLayout.joinedAxes(shape: shape, strides: strides)
                guard ElementwiseLayout.axisToCut(axes, memoryOperands: arrays.count) == nil else { return false }
                let grid = ElementwiseLayout(axes: axes, width: 16, memoryOperands: arrays.count)
                layout.withWriter { writer in
                    for position in strides.indices {
                        let offset = position < arrays.count ? arrays[position].offset : 0
                        writer.set(offset: offset, columnStride: grid.columns.strides[position], at: position)
                    }
                    writer.setRowAxes(grid.rowAxes)
                }
                let columnsPerTask = min(grid.columns.extent, perTask)
                layout.setColumns(grid.columns.extent, perTask: columnsPerTask)
                layout.setRows(grid.rows, perTask: max(1, perTask / columnsPerTask))
                layout.axes = Int32(grid.rowAxes.count)
            }
            layout.tasks = layout.column_tasks * layout.row_tasks
            layout.tasks_per_item = 1
            try interpret(code, layout, program, scalars, inputs, outputs, operation: operation)
            return true
        }

        /// Whether each array is either row-major or one element for all.
        private static func areLines(_ views: [StridedView]) -> Bool {
            views.allSatisfy { $0.isContiguous || $0.isOneElement }
        }

        // MARK: Reductions

        /// Whether a stage of a sum along rows is small enough, and was run: `operands` of shape [outer, length, 1], one
        /// result for each chunk.
        func interpretChunks(
            _ reduction: Reduction, _ operands: ReduceOperands, _ output: OpenCLBuffer, _ outputOffset: Int, outer: Int,
            length: Int
        ) throws(BackendError) -> Bool {
            try interpretAlong(
                reduction, operands, output, outputOffset, outer: outer, length: length,
                chunkLength: NumericsContract.chunkLength)
        }

        private func interpretAlong(
            _ reduction: Reduction, _ operands: ReduceOperands, _ output: OpenCLBuffer, _ outputOffset: Int, outer: Int,
            length: Int, chunkLength: Int
        ) throws(BackendError) -> Bool {
            guard
                let code = try interpreterProgram(
                    operands, InterpreterCode.Fold(reduction: reduction, direction: .along),
                    elements: outer * max(length, Self.interpretedLine))
            else { return false }
            var layout = code.layout
            let count = operands.views.count
            layout.withWriter { writer in
                for (position, view) in operands.views.enumerated() {
                    writer.set(offset: view.offset, columnStride: view.strides[1], at: position)
                    writer.setRowStride(view.strides[0], operand: position, axis: 0)
                }
                writer.set(offset: outputOffset, columnStride: 1, at: count)
                writer.set(offset: 0, columnStride: 1, at: count + 1)
                writer.setRowStride(length, operand: count + 1, axis: 0)
                writer.setExtent(outer, axis: 0)
            }
            layout.axes = 1
            layout.setColumns(length, perTask: chunkLength)
            layout.setRows(outer, perTask: 1)
            layout.tasks = layout.column_tasks * layout.row_tasks
            layout.tasks_per_item = UInt32(
                tasksPerItem(Int(layout.tasks), elements: min(length, chunkLength)))
            try interpret(
                code, layout, operands.program, operands.scalars, operands.views, [StridedView(output, shape: [])],
                operation: "reduce")
            return true
        }

        /// Whether a stage of a sum across rows is small enough, and was run: `operands` of shape [outer, length, inner], one
        /// row of results for each block of rows.
        func interpretRows(
            _ reduction: Reduction, _ operands: ReduceOperands, _ output: OpenCLBuffer, _ outputOffset: Int, outer: Int,
            length: Int, inner: Int, blockLength: Int, takesFirst: Bool
        ) throws(BackendError) -> Bool {
            guard
                let code = try interpreterProgram(
                    operands, InterpreterCode.Fold(reduction: reduction, direction: .across),
                    elements: outer * length * inner)
            else { return false }
            var layout = code.layout
            let count = operands.views.count
            layout.withWriter { writer in
                for (position, view) in operands.views.enumerated() {
                    writer.set(offset: view.offset, columnStride: view.strides[2], at: position)
                    writer.setRowStride(view.strides[1], operand: position, axis: 0)
                    writer.setRowStride(view.strides[0], operand: position, axis: 1)
                }
                writer.set(offset: outputOffset, columnStride: 1, at: count)
                writer.set(offset: 0, columnStride: 1, at: count + 1)
                writer.setRowStride(inner, operand: count + 1, axis: 0)
                writer.setRowStride(length * inner, operand: count + 1, axis: 1)
                writer.setExtent(length, axis: 0)
                writer.setExtent(outer, axis: 1)
            }
            layout.axes = 2
            layout.takes_first = takesFirst ? 1 : 0
            let blocks = length.parts(of: blockLength)
            // Narrower tasks where there would be too few for all units.
            let columns = inner * outer * blocks / (4 * max(device.computeUnits, 1))
            layout.setColumns(inner, perTask: min(max(columns / 16 * 16, 16), InterpreterCode.blockLength))
            layout.setRows(length, perTask: blockLength)
            let tasks = Int(layout.column_tasks * layout.row_tasks) * outer
            layout.tasks = UInt32(tasks)
            layout.tasks_per_item = UInt32(
                tasksPerItem(tasks, elements: min(blockLength, length) * Int(layout.columns_per_task)))
            try interpret(
                code, layout, operands.program, operands.scalars, operands.views, [StridedView(output, shape: [])],
                operation: "reduce")
            return true
        }

        /// Whether the positions of the largest or smallest are few enough to look for, and were found: `operands` of shape
        /// [outer, length, inner], one position for each [outer, inner].
        func interpretIndex(
            _ descriptor: ReduceDescriptor, _ operands: ReduceOperands, _ output: OpenCLBuffer, _ outputOffset: Int
        ) throws(BackendError) -> Bool {
            if descriptor.inner == 1 {
                return try interpretAlong(
                    descriptor.reduction, operands, output, outputOffset, outer: descriptor.outer,
                    length: descriptor.length, chunkLength: descriptor.length)
            }
            return try interpretRows(
                descriptor.reduction, operands, output, outputOffset, outer: descriptor.outer,
                length: descriptor.length, inner: descriptor.inner, blockLength: descriptor.length, takesFirst: false)
        }

        private func interpreterProgram(
            _ operands: ReduceOperands, _ fold: InterpreterCode.Fold, elements: Int
        ) throws(BackendError) -> InterpreterProgram? {
            guard operands.views.allSatisfy({ $0.strides.allSatisfy { abs($0) <= ElementwiseLayout.maximumStride } })
            else { return nil }
            return try interpreterProgram(operands.program, fold: fold, elements: elements)
        }

        // MARK: Launch

        private func interpret(
            _ code: InterpreterProgram, _ layout: unloop_interpreter_layout, _ program: ScalarProgram,
            _ scalars: [Double], _ inputs: [StridedView], _ outputs: [StridedView], operation: String
        ) throws(BackendError) {
            var layout = layout
            if !scalars.isEmpty {
                withUnsafeMutableBytes(of: &layout.scalars) { bytes in
                    for (position, value) in scalars.enumerated() {
                        let float =
                            program.scalarTypes[position] == .real
                            ? Float(value)
                            : Float(bitPattern: UInt32(bitPattern: Int32(truncatingIfNeeded: Int64(value))))
                        bytes.storeBytes(of: float, toByteOffset: 4 * position, as: Float.self)
                    }
                }
            }
            let kernel = try kernel("unloop_interpret", of: .interpreter)
            let items = Int((layout.tasks + layout.tasks_per_item - 1) / layout.tasks_per_item)
            try queue.launch(
                kernel, operation: operation, LaunchRange(groups: items),
                isRepeatable: !outputs.contains { output in inputs.contains { $0.buffer === output.buffer } }
            ) { arguments in
                arguments.add(code.code)
                for view in inputs { arguments.add(openCL(view.buffer)) }
                for view in outputs { arguments.add(openCL(view.buffer)) }
                for _ in inputs.count + outputs.count..<unloop_interpreter_operands { arguments.addNull() }
                arguments.add(structure: &layout)
            }
        }
    }

    extension StridedView {
        /// Whether all elements are the same one.
        fileprivate var isOneElement: Bool {
            for axis in shape.indices where shape[axis] != 1 && strides[axis] != 0 { return false }
            return true
        }
    }

    extension unloop_interpreter_layout {
        fileprivate mutating func setColumns(_ count: Int, perTask: Int) {
            columns = UInt32(count)
            columns_per_task = UInt32(perTask)
            column_tasks = UInt32(count.parts(of: perTask))
        }

        fileprivate mutating func setRows(_ count: Int, perTask: Int) {
            length = UInt32(count)
            rows_per_task = UInt32(min(perTask, count))
            row_tasks = UInt32(count.parts(of: min(perTask, count)))
        }

        fileprivate mutating func withWriter(_ body: (Writer) -> Void) {
            withUnsafeMutablePointer(to: &self) { body(Writer(layout: UnsafeMutableRawPointer($0))) }
        }

        /// Writes elements of the structure's arrays, which Swift sees as tuples.
        fileprivate struct Writer {
            typealias Layout = unloop_interpreter_layout
            let layout: UnsafeMutableRawPointer

            private static let columnStrides = MemoryLayout<Layout>.offset(of: \.column_stride) ?? 0
            private static let rowStrides = MemoryLayout<Layout>.offset(of: \.row_stride) ?? 0
            private static let extents = MemoryLayout<Layout>.offset(of: \.extent) ?? 0

            func set(offset: Int, columnStride: Int, at operand: Int) {
                layout.storeBytes(of: Int64(offset), toByteOffset: operand * 8, as: Int64.self)
                layout.storeBytes(
                    of: Int32(columnStride), toByteOffset: Self.columnStrides + operand * 4, as: Int32.self)
            }

            /// An array that is row-major or one element.
            func setLine(_ view: StridedView, at operand: Int) {
                set(offset: view.offset, columnStride: view.isContiguous ? 1 : 0, at: operand)
            }

            func setRowStride(_ stride: Int, operand: Int, axis: Int) {
                let position = operand * ElementwiseLayout.maximumRowAxes + axis
                layout.storeBytes(of: Int32(stride), toByteOffset: Self.rowStrides + position * 4, as: Int32.self)
            }

            func setExtent(_ extent: Int, axis: Int) {
                layout.storeBytes(of: Int32(extent), toByteOffset: Self.extents + axis * 4, as: Int32.self)
            }

            func setRowAxes(_ axes: [ElementwiseLayout.Axis]) {
                for (axis, row) in axes.enumerated() {
                    for (operand, stride) in row.strides.enumerated() {
                        setRowStride(stride, operand: operand, axis: axis)
                    }
                    setExtent(row.extent, axis: axis)
                }
            }
        }
    }
#endif
