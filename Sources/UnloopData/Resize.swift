import CUnloopData
import UnloopBackend

/// What each sample along one axis of a resized image is made of: a triangle filter, as wide as a pixel of the coarser of both images,
/// around the place of the sample.
struct ResizeSpans {
    private var spans: [unloop_span] = []
    private var weights: [Int32] = []

    /// As Pillow computes it (Image.resize with BILINEAR, src/libImaging/Resample.c), in float64 in this order of operations.
    init(from input: Int, to output: Int) {
        let scale = Double(input) / Double(output)
        let width = Swift.max(1, scale)
        var heights: [Double] = []
        spans.reserveCapacity(output)
        for place in 0..<output {
            let center = (Double(place) + 0.5) * scale
            // Both are rounded to the nearest; neither is negative where it is cut off.
            let first = Int(Swift.max(0, center - width + 0.5))
            let end = Swift.min(input, Int(center + width + 0.5))
            heights.removeAll(keepingCapacity: true)
            for step in first..<end {
                heights.append(Swift.max(0, 1 - ((Double(step) - center + 0.5) * (1 / width)).magnitude))
            }
            let sum = heights.reduce(0, +)
            spans.append(
                unloop_span(first: UInt32(first), count: UInt32(heights.count), weight: weights.count))
            for height in heights { weights.append(Int32(0.5 + height / sum * 0x1p22)) }
        }
    }

    /// Each row of an image on its own.
    func rows(of samples: [UInt8], width: Int, height: Int, channels: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: spans.count * height * channels) { buffer, count in
            unloop_resize_rows(samples, width, buffer.baseAddress, spans.count, height, channels, spans, weights)
            count = spans.count * height * channels
        }
    }

    /// Rows of `length` samples as sums of rows.
    func columns(of samples: [UInt8], length: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: spans.count * length) { buffer, count in
            unloop_resize_columns(samples, length, buffer.baseAddress, spans.count, spans, weights)
            count = spans.count * length
        }
    }
}
