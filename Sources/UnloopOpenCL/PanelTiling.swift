#if OpenCL
    /// How many panels of packed products a task of a CPU computes; the parameters that are tuned there.
    struct PanelTiling: Hashable, Sendable {
        var rowPanels: Int
        var columnPanels: Int

        /// The tiling in the tuning table and for people.
        var name: String { "\(rowPanels)x\(columnPanels) panels" }

        /// Large tiles use each packed panel of a for several of b, small ones leave more in the caches.
        static let untuned = PanelTiling(rowPanels: 8, columnPanels: 8)
        static let all = [4, 8, 16].flatMap { rows in
            [4, 8, 16, 32].map { PanelTiling(rowPanels: rows, columnPanels: $0) }
        }

        init(rowPanels: Int, columnPanels: Int) {
            self.rowPanels = rowPanels
            self.columnPanels = columnPanels
        }

        /// What was measured to be fastest for such products, or the usual.
        init(_ product: MatrixProduct, _ tuning: Tuning) {
            let operation = TileOperands(product).name("matmul.panels")
            let name = tuning.choice(
                operation, sizes: [product.m, product.n, product.k, product.batchCount],
                among: { Self.all.map(\.name) })
            self =
                Self.all.first { $0.name == name }
                ?? ([Self.untuned] + Self.all).first { !tuning.isExcluded($0.name, for: operation) } ?? Self.untuned
        }
    }
#endif
