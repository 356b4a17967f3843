import CUnloopCPU
import Synchronization
import UnloopBackend

/// Running matrix products, which convolutions are too, on all threads. How a product is cut never changes its bits.
extension CPUBackend {
    /// Floats of a packed chunk of the right operand: 4 MiB, a part of the caches that all threads share.
    static let chunkFloats = 1 << 20
    /// Floats of what one thread works on: 256 KiB, a part of its own second-level cache.
    static let ownCacheFloats = 1 << 16
    static let blockLength = Int(UNLOOP_PRODUCT_BLOCK)
    private static let stripRows = Int(UNLOOP_PRODUCT_STRIP_ROWS)
    private static let stripFloats = Int(UNLOOP_PRODUCT_STRIP_FLOATS)
    /// Products of fewer multiplications than this take less time than waking the other threads.
    private static let parallelThreshold = 1 << 19

    /// Computes products that do not depend on one another and are all of one size.
    ///
    /// - Parameter finish: called for the elements of each product once they are stored; the products' results follow one
    ///   another in row-major order then.
    func runProducts(count: Int, finish: Finish? = nil, _ product: @Sendable (Int) -> unloop_product)
        throws(BackendError)
    {
        if count == 0 { return }
        var size = product(0)
        if size.m == 0 || size.n == 0 { return }
        let (m, n, k) = (Int(size.m), Int(size.n), Int(size.k))
        let isVector = k == 0 || kernels.pointee.product.is_vector(&size) != 0
        // More than any threshold is enough: k of a repeated operand has no limit.
        let work = Int(min(Double(m) * Double(n) * Double(max(k, 1)), 0x1p30))
        // Threads that have products of their own do not wait for one another, and pack no operand twice; but at the end some of
        // them have nothing to do, unless the products can be dealt out evenly. Those of few columns have a way of their own.
        let isEven = count % threadCount == 0 || count >= 8 * threadCount
        let isOrdinary =
            kernels.pointee.product.is_narrow(&size, 1) == 0 && !isVector
        let largest = isEven && isOrdinary ? 1 << 28 : 1 << 22
        let all = min(count, 1 << 30) * work
        if threadCount == 1 || all < Self.parallelThreshold || (count >= 2 * threadCount && work < largest) {
            let floats = isVector ? 0 : Self.stripFloats + runFloats(columns: n, k: k)
            try runSmallProducts(count: count, work: work, size: m * n, workspace: floats, finish, product)
        } else {
            for index in 0..<count {
                try runProduct(product(index), finish?.from(index * m * n))
            }
        }
    }

    /// Each product on one thread, different products on different threads.
    ///
    /// - Parameters:
    ///   - work: multiplications of a product.
    ///   - size: elements of its result.
    ///   - floats: what a thread needs to work with; 0 for products that need nothing.
    private func runSmallProducts(
        count: Int, work: Int, size: Int, workspace floats: Int, _ finish: Finish?,
        _ product: @Sendable (Int) -> unloop_product
    ) throws(BackendError) {
        let parallel = count > 1 && min(count, 1 << 30) * work >= Self.parallelThreshold
        let workers = parallel ? min(threadCount, count) : 1
        try withWorkspace(floats: floats * workers) { workspace in
            nonisolated(unsafe) let workspace = workspace
            // Several products an item, so that claiming them costs little.
            let batch = max(1, min(count / (4 * workers), Self.parallelThreshold / 8 / max(work, 1)))
            let next = Atomic<Int>(0)
            threads.run(count: workers) { worker in
                let own = workspace + worker * floats
                while true {
                    let first = next.wrappingAdd(batch, ordering: .relaxed).oldValue
                    if first >= count { return }
                    let end = min(first + batch, count)
                    for index in first..<end {
                        var item = product(index)
                        kernels.pointee.product.run(&item, 0, item.m, own, Int64(floats))
                    }
                    finish?(first * size, end * size)
                }
            }
        }
    }

    /// One product on all threads.
    private func runProduct(_ product: unloop_product, _ finish: Finish?) throws(BackendError) {
        nonisolated(unsafe) var item = product
        if kernels.pointee.product.is_narrow(&item, 1) != 0 { return try runNarrowProducts([item], finish) }
        let (m, n, k) = (Int(product.m), Int(product.n), Int(product.k))
        if k > 0 && kernels.pointee.product.is_vector(&item) != 0 { return try runVectorProduct(item, finish) }
        if k == 0 {
            try withWorkspace(floats: 0) { kernels.pointee.product.run(&item, 0, item.m, $0, 0) }
            if let finish { finishAll(m * n, finish) }
            return
        }
        let panel = Int(kernels.pointee.product.panel_columns)
        let blocks = (k + Self.blockLength - 1) / Self.blockLength
        let panels = (n + panel - 1) / panel
        if blocks >= 2 * threadCount && (m + Self.stripRows - 1) / Self.stripRows * panels < 2 * threadCount {
            try runProductByBlocks(product, blocks: blocks)
            if let finish { finishAll(m * n, finish) }
        } else if (m <= Self.stripRows || k <= Self.chunkFloats / 4 / m) && panels >= 2 * threadCount {
            try runProductBySections(product, panels: panels)
            if let finish { finishAll(m * n, finish) }
        } else {
            try runProductByStrips(product, blocks: blocks, panels: panels, finish)
        }
    }

    /// Threads share the panels of columns, for results of few rows: each packs its own part of the right operand, and
    /// nobody waits. The left operand is read once for each section, so it should be small.
    private func runProductBySections(_ product: unloop_product, panels: Int) throws(BackendError) {
        nonisolated(unsafe) let product = product
        let (n, k, panel) = (Int(product.n), Int(product.k), Int(kernels.pointee.product.panel_columns))
        // Sections of less than four panels would pack the left operand too often.
        let sections = max(min(threadCount, panels), min(4 * threadCount, panels / 4))
        let widest = (panels + sections - 1) / sections * panel
        let floats = Self.stripFloats + runFloats(columns: widest, k: k)
        try withWorkspace(floats: min(threadCount, sections) * floats) { workspace in
            nonisolated(unsafe) let workspace = workspace
            forEachItem(sections) { worker, index in
                let j0 = index * panels / sections * panel
                var item = product
                item.n = Int64(min(n, (index + 1) * panels / sections * panel) - j0)
                item.b = product.b?.advanced(by: j0 * Int(product.b_n))
                item.c = product.c?.advanced(by: j0)
                kernels.pointee.product.run(&item, 0, item.m, workspace + worker * floats, Int64(floats))
            }
        }
    }

    /// Floats for packed parts of a right operand of a product that one thread computes: as many as are of use, or as
    /// its own cache holds.
    private func runFloats(columns: Int, k: Int) -> Int {
        let panel = Int(kernels.pointee.product.panel_columns)
        let whole = min(max(k, 1), 1 << 20) * ((columns + panel - 1) / panel * panel)
        return max(min(whole, 2 * Self.ownCacheFloats), min(Self.blockLength, max(k, 1)) * panel)
    }

    /// Threads share the rows of the result, and the panels of columns when there are few rows.
    private func runProductByStrips(_ product: unloop_product, blocks: Int, panels: Int, _ finish: Finish?)
        throws(BackendError)
    {
        nonisolated(unsafe) let product = product
        let (m, n, k) = (Int(product.m), Int(product.n), Int(product.k))
        let panel = Int(kernels.pointee.product.panel_columns)
        let depth = min(k, Self.blockLength)
        let chunkPanels = min(panels, Self.chunkFloats / (depth * panel))
        let chunkBlocks = max(1, min(blocks, Self.chunkFloats / (chunkPanels * panel * Self.blockLength)))
        let chunkDepth = min(k, chunkBlocks * Self.blockLength)

        // Enough strips for threads that are not equally fast, but long ones where there are many rows.
        let least = (m + Self.stripRows - 1) / Self.stripRows
        let wanted = max(least, min((m + 15) / 16, 4 * threadCount))
        let strips = min(m, (wanted + threadCount - 1) / threadCount * threadCount)
        let sections = min(chunkPanels, max(1, (3 * threadCount + strips - 1) / strips))

        // Whole rows can be finished at once.
        let finishesStrips = sections == 1 && chunkPanels == panels

        let packedFloats = chunkDepth * chunkPanels * panel
        try withWorkspace(floats: packedFloats + threadCount * Self.stripFloats) { workspace in
            nonisolated(unsafe) let packed = workspace
            nonisolated(unsafe) let strip = workspace + packedFloats
            for firstPanel in stride(from: 0, to: panels, by: chunkPanels) {
                let (j0, j1) = (firstPanel * panel, min(n, (firstPanel + chunkPanels) * panel))
                let panelsHere = (j1 - j0 + panel - 1) / panel
                for k0 in stride(from: 0, to: k, by: chunkDepth) {
                    let k1 = min(k, k0 + chunkDepth)
                    let packs = min(panelsHere, 4 * threadCount)
                    threads.run(count: packs) { index in
                        var item = product
                        kernels.pointee.product.pack(
                            &item, Int64(k0), Int64(k1), Int64(j0), Int64(j1), Int64(index * panelsHere / packs),
                            Int64((index + 1) * panelsHere / packs), packed)
                    }
                    let sectionsHere = min(sections, panelsHere)
                    forEachItem(strips * sectionsHere) { worker, index in
                        var item = product
                        let (row, section) = (index / sectionsHere, index % sectionsHere)
                        kernels.pointee.product.strip(
                            &item, packed, Int64(k0), Int64(k1), Int64(j0), Int64(j1),
                            Int64(section * panelsHere / sectionsHere),
                            Int64((section + 1) * panelsHere / sectionsHere),
                            Int64(row * m / strips), Int64((row + 1) * m / strips), strip + worker * Self.stripFloats)
                        if finishesStrips && k1 == k { finish?(row * m / strips * n, (row + 1) * m / strips * n) }
                    }
                }
            }
        }
        if let finish, !finishesStrips { finishAll(m * n, finish) }
    }

    /// Threads share the blocks of k, for small results of long sums: each block's sum is kept by itself until all are
    /// added in order.
    private func runProductByBlocks(_ product: unloop_product, blocks: Int) throws(BackendError) {
        nonisolated(unsafe) let product = product
        let (m, n, k) = (Int(product.m), Int(product.n), Int(product.k))
        let panel = Int(kernels.pointee.product.panel_columns)
        let result = m * n
        let chunk = max(1, min(blocks, Self.chunkFloats / 4 / result))
        let packedFloats = Self.blockLength * ((n + panel - 1) / panel * panel)
        let workerFloats = packedFloats + Self.stripFloats
        let strips = (m + Self.stripRows - 1) / Self.stripRows
        try withWorkspace(floats: chunk * result + threadCount * workerFloats) { workspace in
            nonisolated(unsafe) let sums = workspace
            nonisolated(unsafe) let own = workspace + chunk * result
            for first in stride(from: 0, to: blocks, by: chunk) {
                let count = min(chunk, blocks - first)
                forEachItem(count) { worker, index in
                    let (packed, strip) = (own + worker * workerFloats, own + worker * workerFloats + packedFloats)
                    let k0 = (first + index) * Self.blockLength
                    let k1 = min(k, k0 + Self.blockLength)
                    var item = product
                    item.c_block = Int64(result)
                    item.c = sums - first * result
                    item.c_grid_width = 0
                    item.c_row = Int64(n)
                    let panels = Int64((n + panel - 1) / panel)
                    kernels.pointee.product.pack(&item, Int64(k0), Int64(k1), 0, Int64(n), 0, panels, packed)
                    for row in 0..<strips {
                        kernels.pointee.product.strip(
                            &item, packed, Int64(k0), Int64(k1), 0, Int64(n), 0, panels, Int64(row * m / strips),
                            Int64((row + 1) * m / strips), strip)
                    }
                }
                addBlocks(product, sums, count: count, overwrite: first == 0)
            }
        }
    }

    /// Adds the sums of `count` blocks of k, which follow one another, to the result in order.
    func addBlocks(
        _ product: unloop_product, _ sums: UnsafeMutablePointer<Float>, count: Int, overwrite: Bool
    ) {
        nonisolated(unsafe) let (product, sums) = (product, UnsafePointer(sums))
        let m = Int(product.m)
        let sections = min(m, count * m * Int(product.n) < Self.parallelThreshold / 8 ? 1 : 4 * threadCount)
        threads.run(count: sections) { index in
            var item = product
            kernels.pointee.product.add_blocks(
                &item, sums, Int64(count), overwrite ? 1 : 0, Int64(index * m / sections),
                Int64((index + 1) * m / sections))
        }
    }

    /// Calls `body` with each of `0..<count` and the number of the worker, below the number of threads, that runs it. No
    /// two calls with the same worker run at a time.
    func forEachItem(_ count: Int, _ body: @Sendable (_ worker: Int, _ item: Int) -> Void) {
        let next = Atomic<Int>(0)
        threads.run(count: min(threadCount, count)) { worker in
            while true {
                let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
                if item >= count { return }
                body(worker, item)
            }
        }
    }
}
