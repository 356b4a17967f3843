import CUnloopCPU
import UnloopBackend

/// Matrices times vectors, which are read from memory once: what counts is that each thread reads long runs of it.
extension CPUBackend {
    /// A product that the kernel `vector` takes, k > 0, on all threads.
    func runVectorProduct(_ product: unloop_product, _ finish: Finish?) throws(BackendError) {
        var item = product
        let outputs = Int(product.m * product.n)
        let blocks = (Int(product.k) + Self.blockLength - 1) / Self.blockLength
        if kernels.pointee.product.vector_is_wide(&item) != 0 && blocks >= threadCount {
            try runVectorProductByBlocks(product, blocks: blocks)
            if let finish { finishAll(outputs, finish) }
            return
        }
        // Whole cache lines of results for each thread, enough of them to use long vectors.
        let chunk = max(64, (outputs / (4 * threadCount) + 63) / 64 * 64)
        nonisolated(unsafe) let product = product
        threads.run(count: (outputs + chunk - 1) / chunk) { index in
            var item = product
            let (first, end) = (index * chunk, min(outputs, (index + 1) * chunk))
            kernels.pointee.product.vector(&item, Int64(first), Int64(end))
            finish?(first, end)
        }
    }

    /// Threads share blocks of k of long runs of outputs; the blocks' sums are added in order.
    private func runVectorProductByBlocks(_ product: unloop_product, blocks: Int) throws(BackendError) {
        nonisolated(unsafe) let product = product
        let outputs = Int(product.m * product.n)
        // The sums of a run stay in the first-level cache beside the rows that are read.
        let run = 4096
        let runs = (outputs + run - 1) / run
        let most = max(1, min(blocks, Self.chunkFloats / outputs))
        try withWorkspace(floats: most * outputs) { workspace in
            nonisolated(unsafe) let sums = workspace
            for first in stride(from: 0, to: blocks, by: most) {
                let count = min(most, blocks - first)
                threads.run(count: count * runs) { item in
                    var product = product
                    let (block, index) = item.quotientAndRemainder(dividingBy: runs)
                    kernels.pointee.product.vector_block(
                        &product, Int64((first + block) * Self.blockLength), Int64(index * run),
                        Int64(min(outputs, (index + 1) * run)), sums + block * outputs + index * run)
                }
                var row = product
                (row.m, row.n, row.c_row) = (1, Int64(outputs), Int64(outputs))
                addBlocks(row, sums, count: count, overwrite: first == 0)
            }
        }
    }
}
