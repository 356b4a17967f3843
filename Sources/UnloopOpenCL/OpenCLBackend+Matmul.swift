#if OpenCL
    import UnloopBackend

    /// The ways to compute a matrix product, best first; the first that does not refuse is taken. All give the same bits.
    enum MatmulVariant: CaseIterable {
        /// CPUs: panels in registers; b packed beforehand by a launch of its own.
        case packedPanels
        /// CPUs: panels in registers; each work-item packs what it needs.
        case directPanels
        /// GPUs: tiles in local memory.
        case tiles
        /// GPUs: one element a work-item.
        case simple

        /// Why the variant is not for this product on this device; nil when it is.
        func refusal(for product: MatrixProduct, on device: OpenCLDevice, _ deviceClass: OpenCLDevice.Class) -> String?
        {
            switch self {
            case .packedPanels:
                if deviceClass != .cpuLike { return "made for CPUs" }
                let shape = PanelShape(product: product, device: device)
                if product.m <= 4 * shape.rows { return "too few rows to pay for packing" }
                if product.k == 0 || product.m * product.n * product.k < 1 << 22 { return "too small for two launches" }
            case .directPanels:
                if deviceClass != .cpuLike { return "made for CPUs" }
            case .tiles:
                if deviceClass != .gpuLike { return "made for GPUs" }
                if min(product.m, product.n) < 8 { return "too few rows or columns to fill tiles" }
                if product.k == 0 { return "there is nothing to multiply" }
                if max(product.m, product.n, product.k) > 1 << 30 { return "counts rows, columns and k in 32 bits" }
                if TileShape.smallest.refusal(on: device) != nil { return "the device has too little local memory" }
            case .simple:
                if deviceClass != .gpuLike { return "made for GPUs" }
            }
            return nil
        }
    }

    /// The registers' share of a product on a CPU.
    struct PanelShape: Hashable {
        let width: Int
        let rows: Int
        var columns: Int { 2 * width }

        /// For products with `rows` rows.
        init(rowCount: Int, device: OpenCLDevice) {
            width = device.wideVector
            // Sums, two vectors of b and one element of a fill the 32 (or 16) vector registers.
            let most = width == 16 ? 12 : 6
            rows = rowCount == 1 ? 1 : rowCount <= 4 ? 4 : most
        }

        init(product: MatrixProduct, device: OpenCLDevice) { self.init(rowCount: product.m, device: device) }

        /// Rows times columns that panels compute for an m x n result.
        static func work(_ product: MatrixProduct, _ device: OpenCLDevice) -> Int {
            let shape = PanelShape(product: product, device: device)
            return product.m.parts(of: shape.rows) * shape.rows * product.n.parts(of: shape.columns) * shape.columns
        }
    }

    /// Where the columns that `pack_columns` packs lie; axes as in panel.cl.
    struct ColumnLayout {
        var batchShape: [Int]
        var batchStrides: [Int]
        var offset: Int
        var tapRowStride: Int
        var tapColumnStride: Int
        var kStride: Int
        var columnStride: Int
        var tapRows: Int
        var tapColumns: Int
        /// k of one tap, and of all (the last tap may be shorter).
        var tapLength: Int
        var length: Int
        var columns: Int
    }

    extension OpenCLBackend {
        public func matmul(
            _ descriptor: MatmulDescriptor, _ a: StridedView, _ b: StridedView, epilogue: Epilogue?, output: StridedView
        ) throws(BackendError) {
            let modes = FloatingPointModes.ofContract()
            defer { modes.restore() }
            guard descriptor.batch.product * descriptor.m * descriptor.n > 0 else { return }
            var history = try OperationHistory(queue, "matmul")
            try history.read(a)
            try history.read(b)
            try history.willWrite(output)
            defer { history.wrote(output) }
            let whole = MatrixProduct(descriptor, a: a, b: b, c: output, buffer: openCL)
            // Grids of more groups along the last axis are beyond some GPUs.
            for product in whole.parts(limit: device.maximumGroups) {
                let product = isBetterTransposed(product) ? product.transposed : product
                try multiply(product)
            }
            try apply(epilogue, to: output)
        }

        /// By the first variant that neither refuses nor is refused.
        private func multiply(_ product: MatrixProduct) throws(BackendError) {
            for variant in MatmulVariant.allCases
            where variant.refusal(for: product, on: device, deviceClass) == nil {
                let isDone = try unlessRefused("matmul") { () throws(BackendError) -> Bool in
                    switch variant {
                    case .packedPanels: try packedPanels(product)
                    case .directPanels: try directPanels(product)
                    case .tiles: try tiledProduct(product)
                    case .simple: try simpleProduct(product)
                    }
                    return true
                }
                if isDone != nil { return }
            }
            // What runs everywhere, though it is made for GPUs.
            try simpleProduct(product)
        }

        private func isBetterTransposed(_ product: MatrixProduct) -> Bool {
            if deviceClass == .gpuLike { return false }
            let (work, other) = (PanelShape.work(product, device), PanelShape.work(product.transposed, device))
            return other * 4 < work * 3
        }

        func packedPanels(_ product: MatrixProduct) throws(BackendError) {
            let shape = PanelShape(product: product, device: device)
            let program = KernelProgram.panel(width: shape.width, rows: shape.rows)
            let panels = product.n.parts(of: shape.columns)
            let matrices = product.b.distinct(product.batch)
            let packedCount = matrices.count * panels * product.k * shape.columns
            if packedCount > workspaceElements, let halves = product.halves(columns: panels / 2 * shape.columns) {
                for half in halves { try packedPanels(half) }
                return
            }
            let packed = try queue.allocate(.float32, count: packedCount)
            let block = NumericsContract.productBlockLength
            let blocks = product.k.parts(of: block)
            try packColumns(
                ColumnLayout(
                    batchShape: matrices.shape, batchStrides: matrices.strides, offset: product.b.offset,
                    tapRowStride: 0, tapColumnStride: block * product.b.rowStride, kStride: product.b.rowStride,
                    columnStride: product.b.columnStride, tapRows: 1, tapColumns: blocks, tapLength: block,
                    length: product.k, columns: product.n),
                from: product.b.buffer, to: packed, program: program, shape: shape, operation: "matmul")

            // Tiles large enough to use each packed panel of a for several of b, small enough to keep all units busy.
            let rowPanels = product.m.parts(of: shape.rows)
            let tiling = proofs.isMine ? PanelTiling.untuned : PanelTiling(product, tuning)
            var (rowTile, columnTile) = (min(rowPanels, tiling.rowPanels), min(panels, tiling.columnPanels))
            func tiles() -> Int { rowPanels.parts(of: rowTile) * panels.parts(of: columnTile) * product.batchCount }
            while tiles() < wantedTasks && rowTile > 1 { rowTile = (rowTile + 1) / 2 }
            while tiles() < wantedTasks && columnTile > 2 { columnTile = (columnTile + 1) / 2 }
            try queue.launch(
                try kernel("matmul_packed", of: program), operation: "matmul",
                LaunchRange(
                    groups: [panels.parts(of: columnTile), rowPanels.parts(of: rowTile), product.batchCount],
                    localSize: [1, 1, 1]),
                [
                    .buffer(product.a.buffer), .buffer(packed), .buffer(product.c.buffer),
                    layout(product, bBatch: matrices.indexStrides, rowPanels: rowTile, columnPanels: columnTile),
                ])
        }

        func directPanels(_ product: MatrixProduct) throws(BackendError) {
            let shape = PanelShape(product: product, device: device)
            let program = KernelProgram.panel(width: shape.width, rows: shape.rows)
            let panels = product.n.parts(of: shape.columns)
            let rowPanels = product.m.parts(of: shape.rows)
            // Every tile of rows packs b anew, so rows are split only to keep all units busy.
            let parts = min(rowPanels, wantedTasks.parts(of: panels * product.batchCount))
            let rowTile = rowPanels.parts(of: parts)
            try queue.launch(
                try kernel("matmul_direct", of: program), operation: "matmul",
                LaunchRange(
                    groups: [panels, rowPanels.parts(of: rowTile), product.batchCount], localSize: [1, 1, 1]),
                [
                    .buffer(product.a.buffer), .buffer(product.b.buffer), .buffer(product.c.buffer),
                    layout(product, bBatch: product.b.batchStrides, rowPanels: rowTile, columnPanels: 1),
                ])
        }

        private func layout(
            _ product: MatrixProduct, bBatch: [Int], rowPanels: Int, columnPanels: Int
        ) -> KernelArgument {
            var words = four(product.batch, filler: 1)
            words += four(product.a.batchStrides) + four(bBatch) + four(product.c.batchStrides)
            words += [product.m, product.n, product.k]
            for operand in [product.a, product.b, product.c] {
                words += [operand.offset, operand.rowStride, operand.columnStride]
            }
            words += [rowPanels, columnPanels]
            return .words(words)
        }

        /// Packs columns into panels, each `shape.columns` wide and `layout.length` long.
        func packColumns(
            _ layout: ColumnLayout, from source: OpenCLBuffer, to target: OpenCLBuffer, program: KernelProgram,
            shape: PanelShape, operation: String
        ) throws(BackendError) {
            let words =
                four(layout.batchShape, filler: 1) + four(layout.batchStrides)
                + [
                    layout.offset, layout.tapRowStride, layout.tapColumnStride, layout.kStride, layout.columnStride,
                    layout.tapColumns, layout.tapLength, layout.length, layout.columns,
                ]
            try queue.launch(
                try kernel("pack_columns", of: program), operation: operation,
                LaunchRange(
                    groups: [
                        layout.columns.parts(of: shape.columns), layout.tapRows * layout.tapColumns,
                        layout.batchShape.reduce(1, *),
                    ], localSize: [1, 1, 1]),
                [.buffer(source), .buffer(target), .words(words)])
        }

        /// The sizes or strides of four batch axes, the leading ones absent.
        func four(_ elements: [Int], filler: Int = 0) -> [Int] {
            [Int](repeating: filler, count: MatrixProduct.batchAxes - elements.count) + elements
        }
    }
#endif
