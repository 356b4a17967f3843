#if OpenCL
    import UnloopBackend

    extension OpenCLBackend {
        /// The tiles that tuning chooses from.
        package static var tileNames: [String] { TileShape.all.map(\.name) }
        /// Those that devices without tuning choose from.
        package static var untunedTileNames: [String] { TileShape.untuned.map(\.shape.name) }

        /// The tile for an m x n x k product with its kernel: the tuned one; else the one that is
        /// expected to be the fastest. nil when the device runs none.
        ///
        /// - Throws: `unsupported` when a tile is asked for by name that does not run here.
        func tile(
            _ operation: String, m: Int, n: Int, k: Int, batch: Int, operands: TileOperands,
            program: (TileVariant) -> KernelProgram
        ) throws(BackendError) -> (shape: TileShape, kernel: Kernel)? {
            if let tile = proofs.subject?.tile { return tile }
            let operation = operands.name(operation)
            /// nil where the device runs no such groups.
            func built(_ shape: TileShape) throws(BackendError) -> Kernel? {
                guard
                    shape.refusal(on: device) == nil,
                    shape.canFetch(aAlongK: operands.aAlongK, bAlongK: operands.bAlongK)
                else { return nil }
                let kernel = try kernel("tile_product", of: program(shape.variant(operands)))
                // Registers may allow this kernel smaller groups than the device allows in general.
                return kernel.maximumWorkGroupSize >= shape.threads ? kernel : nil
            }
            /// nil also where it does not compile or has other bits.
            func trusted(_ shape: TileShape) throws(BackendError) -> Kernel? {
                if tuning.isExcluded(shape.name, for: operation) { return nil }
                let found = try unlessRefused("tile \(shape.name)") { () throws(BackendError) -> Kernel? in
                    try built(shape)
                }
                return found ?? nil
            }
            if let name = tuning.choice(operation, sizes: [m, n, k, batch], among: { Self.tileNames }) {
                let shape = TileShape.all.first { $0.name == name }
                if tuning.isForced {
                    if let shape, let kernel = try built(shape) { return (shape, kernel) }
                    throw .unsupported(
                        device: device.name, operation: operation, reason: "the tile \(name) does not run")
                }
                if let shape, let kernel = try trusted(shape) { return (shape, kernel) }
            }
            // Hardly ever more than the first is tried, so nothing is sorted at each launch.
            var left = TileShape.untuned.map { candidate in
                let (shape, speed) = candidate
                return (
                    shape: shape,
                    time: shape.expectedTime(speed: speed, m: m, n: n, batch: batch, computeUnits: device.computeUnits)
                )
            }
            while let next = left.indices.min(by: { left[$0].time < left[$1].time }) {
                let shape = left.remove(at: next).shape
                if let kernel = try trusted(shape) { return (shape, kernel) }
            }
            return nil
        }

        func tiledProduct(_ product: MatrixProduct) throws(BackendError) {
            guard
                let tile = try tile(
                    "matmul", m: product.m, n: product.n, k: product.k, batch: product.batchCount,
                    operands: TileOperands(product), program: KernelProgram.matmulTile)
            else { return try simpleProduct(product) }
            let most = device.maximumGroups * tile.shape.columns
            if product.n > most, let halves = product.halves(columns: most) {
                for half in halves { try tiledProduct(half) }
                return
            }
            try launch(tile, product)
        }

        func launch(_ tile: (shape: TileShape, kernel: Kernel), _ product: MatrixProduct) throws(BackendError) {
            let tiles = [product.m.parts(of: tile.shape.rows), product.n.parts(of: tile.shape.columns)]
            try splitProduct(product, tasks: tiles[0] * tiles[1] * product.batchCount) {
                (part, runs, layout, target) throws(BackendError) in
                try queue.launch(
                    tile.kernel, operation: "matmul",
                    LaunchRange(
                        groups: tiles + [part.batchCount * runs],
                        localSize: [tile.shape.threads, 1, 1]),
                    [.buffer(part.a.buffer), .buffer(part.b.buffer), .buffer(target), layout])
            }
        }

        func simpleProduct(_ product: MatrixProduct) throws(BackendError) {
            let kernel = try kernel("simple_product", of: .matmulSimple)
            let outputs = product.m * product.n * product.batchCount
            try splitProduct(product, tasks: outputs.parts(of: Self.plainGroupSize)) {
                (part, runs, layout, target) throws(BackendError) in
                try launch(
                    kernel, operation: "matmul", items: outputs * runs,
                    [
                        .buffer(part.a.buffer), .buffer(part.b.buffer), .buffer(target), layout,
                        .long(outputs * runs),
                    ])
            }
        }

        /// Runs a product, with its k shared out over runs of blocks where there are too few tasks for the device.
        private func splitProduct(
            _ product: MatrixProduct, tasks: Int,
            run: (_ part: MatrixProduct, _ runs: Int, _ layout: KernelArgument, _ target: OpenCLBuffer)
                throws(BackendError) -> Void
        ) throws(BackendError) {
            let block = NumericsContract.productBlockLength
            let (blocks, elements) = (product.k.parts(of: block), product.m * product.n)
            let isPlain = product.batchCount == 1 && product.c.columnStride == 1 && product.c.rowStride == product.n
            let plan = SplitPlan(
                blocks: blocks, elements: elements, tasks: tasks, wantedTasks: device.computeUnits,
                limit: workspaceElements)
            guard plan.runs == blocks && blocks > 1 && isPlain && blocks <= device.maximumGroups else {
                let layout = layout(product, runs: 1, runLength: product.k, resultStep: 0)
                return try run(product, 1, layout, product.c.buffer)
            }
            let partial = try queue.allocate(.float32, count: blocks * elements)
            var part = product
            part.c.offset = 0
            let layout = layout(part, runs: blocks, runLength: block, resultStep: elements)
            try run(part, blocks, layout, partial)
            try addRuns(
                partial, to: product.c.buffer, offset: product.c.offset, elements: elements, runs: blocks,
                isFirst: true, operation: "matmul")
        }

        private func layout(
            _ product: MatrixProduct, runs: Int, runLength: Int, resultStep: Int
        ) -> KernelArgument {
            var words = four(product.batch, filler: 1)
            for operand in [product.a, product.b, product.c] { words += four(operand.batchStrides) }
            for operand in [product.a, product.b, product.c] {
                words += [operand.offset, operand.rowStride, operand.columnStride]
            }
            words.append(resultStep)
            words += pairs([product.m, product.n, product.k, 0, runs, runLength])
            return .words(words)
        }

        /// Pairs of 32-bit integers as eight-byte words.
        func pairs(_ integers: [Int]) -> [Int] {
            stride(from: 0, to: integers.count, by: 2).map {
                integers[$0] & 0xffff_ffff | integers[$0 + 1] << 32
            }
        }
    }

    extension TileOperands {
        init(_ product: MatrixProduct) {
            func inQuads(_ operand: MatrixOperand, length: Int, lineStride: Int) -> Bool {
                ([length, operand.offset, lineStride] + operand.batchStrides).allSatisfy { $0 % 4 == 0 }
            }
            let (a, b, c) = (product.a, product.b, product.c)
            aAlongK = a.columnStride == 1
            bAlongK = b.rowStride == 1 && b.columnStride != 1
            aInQuads =
                aAlongK
                ? inQuads(a, length: product.k, lineStride: a.rowStride)
                : a.rowStride == 1 && inQuads(a, length: product.m, lineStride: a.columnStride)
            bInQuads =
                bAlongK
                ? inQuads(b, length: product.k, lineStride: b.columnStride)
                : b.columnStride == 1 && inQuads(b, length: product.n, lineStride: b.rowStride)
            cInQuads = c.columnStride == 1 && inQuads(c, length: product.n, lineStride: c.rowStride)
        }
    }
#endif
