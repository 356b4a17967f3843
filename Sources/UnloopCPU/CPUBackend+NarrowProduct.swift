import CUnloopCPU
import UnloopBackend

/// Convolutions with few columns, such as gradients with respect to images of three channels.
extension CPUBackend {
    /// Whether the kernels for few columns are better at products that see the same images.
    func areNarrow(_ products: [unloop_product]) -> Bool {
        !products.isEmpty && kernels.pointee.product.is_narrow(products, Int64(products.count)) != 0
    }

    /// Narrow products that see the same images; threads share bands of lines of the images.
    ///
    /// - Parameters:
    ///   - products: at least one; they differ in the right operand, the result, k, the taps and the size of the grid.
    ///   - finish: called for bands of rows once they are stored; with one product only.
    func runNarrowProducts(_ products: [unloop_product], _ finish: Finish? = nil) throws(BackendError) {
        let images = Int(products[0].m / (products[0].patches.grid_height * products[0].patches.grid_width))
        let height = products.reduce(0) { max($0, Int($1.patches.grid_height)) }
        let (columns, width) = (Int(products[0].n), Int(products[0].patches.grid_width))
        let weights = products.reduce(0) { $0 + Int($1.k) * columns }
        func floats(_ lines: Int) -> Int {
            Int(kernels.pointee.product.narrow_floats(products, Int64(products.count), Int64(lines)))
        }
        // As many lines as a thread's own cache holds, but enough bands for all threads.
        let lineFloats = max(1, floats(2) - floats(1))
        var lines = max(1, min(height, 1 + (Self.ownCacheFloats - floats(1)) / lineFloats))
        while lines > 1 && images * ((height + lines - 1) / lines) < 4 * threadCount { lines = (lines + 1) / 2 }
        let bands = (height + lines - 1) / lines
        let workerFloats = floats((height + bands - 1) / bands)
        try withWorkspace(floats: weights + threadCount * workerFloats) { workspace in
            nonisolated(unsafe) let packed = workspace
            nonisolated(unsafe) let own = workspace + weights
            var next = packed
            for product in products {
                var product = product
                kernels.pointee.product.narrow_pack(&product, next)
                next += Int(product.k) * columns
            }
            nonisolated(unsafe) let products = products
            forEachItem(images * bands) { worker, index in
                let (image, band) = index.quotientAndRemainder(dividingBy: bands)
                let (y0, y1) = (band * height / bands, (band + 1) * height / bands)
                kernels.pointee.product.narrow(
                    products, Int64(products.count), Int64(image), Int64(y0), Int64(y1), packed,
                    own + worker * workerFloats)
                finish?((image * height + y0) * width * columns, (image * height + y1) * width * columns)
            }
        }
    }
}
