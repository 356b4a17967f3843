import CUnloopCPU
import UnloopBackend

/// Convolutions of each input channel by itself. Where an input channel has several output channels, these are taken apart by
/// their numbers, [number][input channel], for the kernels.
extension CPUBackend {
    private var channelKernels: unloop_cpu_product_kernels { kernels.pointee.product }

    /// - Parameters: the pointers of the descriptor's input, filter and output.
    func convolveChannels(
        _ d: ConvolutionDescriptor, _ image: UnsafePointer<Float>, _ filter: UnsafePointer<Float>,
        _ output: UnsafeMutablePointer<Float>
    ) throws(BackendError) {
        var product = unloop_product()
        product.m = Int64(d.batch * d.outputHeight * d.outputWidth)
        product.n = Int64(d.inputChannels)
        (product.a, product.c, product.c_row) = (image, output, Int64(d.outputChannels))
        product.patches = d.inputPatches
        product.b_outer_stride = Int64(d.kernelWidth * d.outputChannels)
        product.b_middle_stride = Int64(d.outputChannels)
        try withSplit(d, filter, pixels: d.kernelHeight * d.kernelWidth) { filter throws(BackendError) in
            product.b = filter
            try runChannels(product, multiplier: d.outputChannelsPerGroup)
        }
    }

    /// - Parameter phases: those of the stride, as products of the first channel.
    func convolveChannelsInputGradient(
        _ d: ConvolutionDescriptor, _ gradient: UnsafePointer<Float>, _ filter: UnsafePointer<Float>,
        _ phases: [unloop_product]
    ) throws(BackendError) {
        let pixels = d.outputHeight * d.outputWidth
        // As many images at a time as find room in the caches once they are taken apart.
        let imageFloats = max(1, pixels * d.outputChannels)
        let images = d.outputChannelsPerGroup == 1 ? d.batch : max(1, min(d.batch, Self.chunkFloats / imageFloats))
        try withSplit(d, filter, pixels: d.kernelHeight * d.kernelWidth) { split throws(BackendError) in
            for first in stride(from: 0, to: d.batch, by: max(1, images)) {
                let count = min(images, d.batch - first)
                let part = gradient + first * imageFloats
                try withSplit(d, part, pixels: count * pixels) { part throws(BackendError) in
                    for var phase in phases {
                        phase.n = Int64(d.inputChannels)
                        phase.m = phase.m / Int64(d.batch) * Int64(count)
                        phase.a = part
                        // Elements follow one another in the filter as it is, and taken apart.
                        phase.b = phase.b.map { split + (filter.distance(to: $0)) }
                        phase.b_k = Int64(d.inputChannels)
                        phase.c = phase.c?.advanced(by: first * Int(phase.c_image))
                        try runChannels(phase, multiplier: 1)
                    }
                }
            }
        }
    }

    /// Threads share the blocks of positions, and channels where there are few blocks; the blocks' sums are added in order.
    func convolveChannelsFilterGradient(
        _ d: ConvolutionDescriptor, _ image: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>,
        _ filterGradient: UnsafeMutablePointer<Float>
    ) throws(BackendError) {
        var product = unloop_product()
        let (taps, channels) = (d.kernelHeight * d.kernelWidth, d.inputChannels)
        let (multiplier, positions) = (d.outputChannelsPerGroup, d.batch * d.outputHeight * d.outputWidth)
        let result = taps * d.outputChannels
        if result == 0 { return }
        if positions == 0 { return filterGradient.update(repeating: 0, count: result) }
        (product.m, product.n, product.k) = (Int64(taps), Int64(channels), Int64(positions))
        product.a = image
        product.patches = d.inputPatches
        product.b_k = Int64(d.outputChannels)
        product.c_row = Int64(channels)
        let blocks = (positions + Self.blockLength - 1) / Self.blockLength
        let wanted = max(1, 4 * threadCount / (blocks * multiplier))
        let section = max(64, (channels / wanted + 63) / 64 * 64)
        let sections = (channels + section - 1) / section
        var chunk = max(1, min(blocks, Self.chunkFloats / 4 / result))
        if multiplier > 1 { chunk = max(1, min(chunk, Self.chunkFloats / (Self.blockLength * d.outputChannels))) }
        let sumFloats = chunk * result
        try withWorkspace(floats: channels + sumFloats + result) { workspace throws(BackendError) in
            workspace.initialize(repeating: 0, count: channels)
            nonisolated(unsafe) let zeros = UnsafePointer(workspace)
            nonisolated(unsafe) let sums = workspace + channels
            // [number][tap][input channel], as the sums of each block are.
            let total = multiplier == 1 ? filterGradient : workspace + channels + sumFloats
            nonisolated(unsafe) let prototype = product
            for first in stride(from: 0, to: blocks, by: chunk) {
                let count = min(chunk, blocks - first)
                let k0 = first * Self.blockLength
                let here = min(positions, k0 + count * Self.blockLength) - k0
                try withSplit(d, gradient + k0 * d.outputChannels, pixels: here) { part throws(BackendError) in
                    nonisolated(unsafe) let part = part
                    threads.run(count: count * multiplier * sections) { item in
                        var product = prototype
                        let (blockAndNumber, index) = item.quotientAndRemainder(dividingBy: sections)
                        let (block, number) = blockAndNumber.quotientAndRemainder(dividingBy: multiplier)
                        product.b = part + number * channels - k0 * d.outputChannels
                        let begin = k0 + block * Self.blockLength
                        channelKernels.depthwise_filter_gradient(
                            &product, Int64(begin), Int64(min(positions, begin + Self.blockLength)),
                            Int64(index * section), Int64(min(channels, (index + 1) * section)), zeros,
                            sums + block * result + number * taps * channels)
                    }
                    var all = prototype
                    (all.m, all.c) = (Int64(taps * multiplier), total)
                    addBlocks(all, sums, count: count, overwrite: first == 0)
                }
            }
            if multiplier == 1 { return }
            // The numbers of each tap side by side, then merged.
            for tap in 0..<taps {
                for number in 0..<multiplier {
                    (sums + number * channels).update(from: total + (number * taps + tap) * channels, count: channels)
                }
                channelKernels.depthwise_merge(
                    sums, filterGradient + tap * d.outputChannels, 1, Int64(channels), Int64(multiplier))
            }
        }
    }

    /// The sums over taps of all positions; the structure describes the first channel.
    private func runChannels(_ product: unloop_product, multiplier: Int) throws(BackendError) {
        nonisolated(unsafe) let product = product
        let (positions, channels) = (Int(product.m), Int(product.n))
        let section = max(1, (1 << 14) / max(1, channels * multiplier))
        let sectionFloats = multiplier == 1 ? 0 : section * channels * multiplier
        try withWorkspace(floats: channels + threadCount * sectionFloats) { workspace in
            workspace.initialize(repeating: 0, count: channels)
            nonisolated(unsafe) let zeros = UnsafePointer(workspace)
            nonisolated(unsafe) let own = workspace + channels
            forEachItem((positions + section - 1) / section) { worker, index in
                var product = product
                channelKernels.depthwise(
                    &product, Int64(multiplier), Int64(index * section), Int64(min(positions, (index + 1) * section)),
                    zeros, own + worker * sectionFloats)
            }
        }
    }

    /// Pixels of output channels, taken apart if an input channel has several.
    private func withSplit(
        _ d: ConvolutionDescriptor, _ pixels: UnsafePointer<Float>, pixels count: Int,
        _ body: (UnsafePointer<Float>) throws(BackendError) -> Void
    ) throws(BackendError) {
        let (channels, multiplier) = (d.inputChannels, d.outputChannelsPerGroup)
        if multiplier == 1 { return try body(pixels) }
        nonisolated(unsafe) let pixels = pixels
        try withWorkspace(floats: count * d.outputChannels) { workspace throws(BackendError) in
            nonisolated(unsafe) let split = workspace
            let section = max(1, (1 << 14) / d.outputChannels)
            threads.run(count: (count + section - 1) / section) { index in
                let first = index * section
                channelKernels.depthwise_split(
                    pixels + first * d.outputChannels, split + first * d.outputChannels,
                    Int64(min(section, count - first)), Int64(channels), Int64(multiplier))
            }
            try body(UnsafePointer(workspace))
        }
    }
}
