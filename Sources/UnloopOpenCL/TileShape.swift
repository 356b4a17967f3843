#if OpenCL
    import UnloopBackend

    /// How a work-group of a GPU shares a tile of a product; parameters of tile.cl.
    struct TileShape: Hashable, Sendable {
        var threadRows: Int
        var threadColumns: Int
        var rowQuads: Int
        var columnQuads: Int
        var depth: Int
        /// Whether the sum of the blocks so far stays in registers; else in the result.
        var keepsTotals = false
        /// Registers that the compiler may give an item, so that several groups share a unit; nil lets it choose.
        var registers: Int?

        var threads: Int { threadRows * threadColumns }
        var rows: Int { 4 * threadRows * rowQuads }
        var columns: Int { 4 * threadColumns * columnQuads }
        /// Two steps of both operands, each line with four elements to spare.
        var localBytes: Int { 2 * depth * (rows + columns + 8) * 4 }

        /// The shape in the tuning cache and for people.
        var name: String {
            "\(rows)x\(columns)x\(depth)/\(threadRows)x\(threadColumns)" + (keepsTotals ? "+totals" : "")
                + (registers.map { "+r\($0)" } ?? "")
        }

        // MARK: Candidates

        static let large = TileShape(
            threadRows: 16, threadColumns: 16, rowQuads: 2, columnQuads: 2, depth: 16, keepsTotals: true)
        static let long = TileShape(
            threadRows: 16, threadColumns: 8, rowQuads: 2, columnQuads: 2, depth: 16, keepsTotals: true)
        static let medium = TileShape(
            threadRows: 8, threadColumns: 16, rowQuads: 2, columnQuads: 1, depth: 16, keepsTotals: true)
        static let small = TileShape(
            threadRows: 8, threadColumns: 8, rowQuads: 1, columnQuads: 1, depth: 16, keepsTotals: true)
        static let smallest = TileShape(
            threadRows: 4, threadColumns: 8, rowQuads: 1, columnQuads: 1, depth: 8, keepsTotals: true)
        /// For products of few rows.
        static let narrow = TileShape(
            threadRows: 1, threadColumns: 32, rowQuads: 1, columnQuads: 1, depth: 8, keepsTotals: true)

        /// For products of few columns.
        static let tall = TileShape(
            threadRows: 32, threadColumns: 1, rowQuads: 1, columnQuads: 1, depth: 8, keepsTotals: true)

        /// What is chosen from without tuning, with how fast each is where there is enough to do, relative to the first: measured with
        /// 4096³ on an NVIDIA H200, but for `tall`, which is estimated. Large tiles read less memory.
        static let untuned: [(shape: TileShape, speed: Double)] = [
            (large, 1), (long, 0.95), (medium, 0.9), (small, 0.68), (smallest, 0.5), (tall, 0.3),
        ]

        /// The time that an m x n product is expected to take, relative to others; each unit works it off tile by tile.
        func expectedTime(speed: Double, m: Int, n: Int, batch: Int, computeUnits: Int) -> Double {
            let ofUnit = (m.parts(of: rows) * n.parts(of: columns) * batch).parts(of: max(1, computeUnits))
            // A unit is busy with as many threads as the large tile has.
            let busy = min(1, Double(ofUnit * threads) / Double(Self.large.threads))
            return Double(ofUnit * rows * columns) / (speed * busy)
        }

        /// What `unloop tune` tries; all give the same bits.
        static let all: [TileShape] =
            untuned.map(\.shape) + [
                narrow,
                // 128 x 128, 16 x 8, 8 x 16 and 8 x 8 elements an item.
                TileShape(threadRows: 8, threadColumns: 16, rowQuads: 4, columnQuads: 2, depth: 8),
                TileShape(threadRows: 16, threadColumns: 8, rowQuads: 2, columnQuads: 4, depth: 8),
                TileShape(threadRows: 16, threadColumns: 16, rowQuads: 2, columnQuads: 2, depth: 8, keepsTotals: true),
                TileShape(threadRows: 16, threadColumns: 16, rowQuads: 2, columnQuads: 2, depth: 8, registers: 128),
                TileShape(threadRows: 16, threadColumns: 16, rowQuads: 2, columnQuads: 2, depth: 16, registers: 128),
                // 256 x 128, 16 x 8 elements an item.
                TileShape(threadRows: 16, threadColumns: 16, rowQuads: 4, columnQuads: 2, depth: 8),
                // 64 x 128 and 128 x 64.
                TileShape(threadRows: 8, threadColumns: 16, rowQuads: 2, columnQuads: 2, depth: 16),
                TileShape(threadRows: 16, threadColumns: 16, rowQuads: 1, columnQuads: 2, depth: 16, keepsTotals: true),
                TileShape(threadRows: 8, threadColumns: 16, rowQuads: 2, columnQuads: 2, depth: 16, registers: 128),
                TileShape(threadRows: 16, threadColumns: 8, rowQuads: 2, columnQuads: 2, depth: 8, keepsTotals: true),
                TileShape(threadRows: 16, threadColumns: 8, rowQuads: 2, columnQuads: 2, depth: 8, registers: 128),
                TileShape(threadRows: 16, threadColumns: 8, rowQuads: 2, columnQuads: 2, depth: 16),
                TileShape(threadRows: 16, threadColumns: 8, rowQuads: 2, columnQuads: 2, depth: 16, registers: 128),
                // 64 x 64.
                TileShape(threadRows: 8, threadColumns: 8, rowQuads: 2, columnQuads: 2, depth: 8, registers: 128),
                TileShape(threadRows: 8, threadColumns: 8, rowQuads: 2, columnQuads: 2, depth: 16),
                TileShape(threadRows: 16, threadColumns: 16, rowQuads: 1, columnQuads: 1, depth: 16, keepsTotals: true),
                // 32 x 64 and 16 x 64.
                TileShape(threadRows: 4, threadColumns: 16, rowQuads: 2, columnQuads: 1, depth: 16, keepsTotals: true),
                TileShape(threadRows: 4, threadColumns: 16, rowQuads: 1, columnQuads: 1, depth: 16, keepsTotals: true),
            ]

        /// Why the device cannot run the tile; nil when it can.
        func refusal(on device: OpenCLDevice) -> String? {
            if localBytes > device.localMemory { return "needs \(localBytes) bytes of local memory" }
            if threads > device.maximumWorkGroupSize || threads > device.maximumWorkItemSizes[0] {
                return "needs work-groups of \(threads) items"
            }
            return nil
        }

        /// Whether the group's items can share fetches of `width` adjacent elements of an operand with `lines` rows (columns)
        /// in the tile.
        private func canFetch(lines: Int, alongK: Bool, width: Int) -> Bool {
            let fetched = width * threads
            guard lines * depth >= fetched, lines * depth % fetched == 0 else { return false }
            if alongK { return depth % width == 0 && threads % (depth / width) == 0 }
            let units = lines / width
            return lines % width == 0 && (units <= threads ? threads % units == 0 : units % threads == 0)
        }

        /// Whether tile.cl can be built for the shape at all with these operands.
        func canFetch(aAlongK: Bool, bAlongK: Bool) -> Bool {
            canFetch(lines: rows, alongK: aAlongK, width: 1) && canFetch(lines: columns, alongK: bAlongK, width: 1)
        }

        /// This shape for operands that lie so.
        func variant(_ layout: TileOperands) -> TileVariant {
            func width(_ lines: Int, _ alongK: Bool, _ inQuads: Bool) -> Int {
                inQuads && canFetch(lines: lines, alongK: alongK, width: 4) ? 4 : 1
            }
            return TileVariant(
                shape: self, aAlongK: layout.aAlongK, bAlongK: layout.bAlongK,
                aWidth: width(rows, layout.aAlongK, layout.aInQuads),
                bWidth: width(columns, layout.bAlongK, layout.bInQuads), cWidth: layout.cInQuads ? 4 : 1)
        }
    }

    /// How the operands of a tiled product lie: along which axis neighbours are adjacent, and whether every line begins at a
    /// multiple of four elements and has a multiple of four.
    struct TileOperands: Hashable {
        var aAlongK: Bool
        var bAlongK: Bool
        var aInQuads: Bool
        var bInQuads: Bool
        var cInQuads: Bool

        /// The name of an operation with such operands in the tuning table.
        func name(_ operation: String) -> String {
            operation + "." + (aAlongK ? "n" : "t") + (bAlongK ? "t" : "n")
        }
    }

    /// A tile shape with all that tile.cl is built for.
    struct TileVariant: Hashable, Sendable {
        var shape: TileShape
        var aAlongK: Bool
        var bAlongK: Bool
        var aWidth: Int
        var bWidth: Int
        var cWidth: Int

        var parameters: [String: Int] {
            [
                "THREAD_ROWS": shape.threadRows, "THREAD_COLUMNS": shape.threadColumns, "ROW_QUADS": shape.rowQuads,
                "COLUMN_QUADS": shape.columnQuads, "DEPTH": shape.depth, "KEEPS_TOTALS": shape.keepsTotals ? 1 : 0,
                "A_ALONG_K": aAlongK ? 1 : 0, "B_ALONG_K": bAlongK ? 1 : 0, "A_WIDTH": aWidth, "B_WIDTH": bWidth,
                "C_WIDTH": cWidth,
            ]
        }
    }
#endif
