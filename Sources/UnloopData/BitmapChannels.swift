import UnloopBackend

/// Images of another number of channels, since collections of photographs have gray ones among them.
extension Bitmap {
    /// The image in three channels: a gray one has the same samples in each, as by `convert("RGB")` of PIL.
    public func inColor() -> Bitmap {
        if channels == 3 { return self }
        require(elementCount([height, width, 3]) != nil, "Bitmap.inColor: \(width)×\(height) pixels")
        var result: [UInt8] = []
        result.reserveCapacity(3 * samples.count)
        for sample in samples {
            result.append(sample)
            result.append(sample)
            result.append(sample)
        }
        return Bitmap(width: width, height: height, channels: 3, samples: result)
    }

    /// The image in one channel: the luma 0.299 · red + 0.587 · green + 0.114 · blue (ITU-R BT.601), with weights in 16 fractional bits,
    /// rounded to the nearest, as by `convert("L")` of PIL.
    public func inGray() -> Bitmap {
        if channels == 1 { return self }
        var result: [UInt8] = []
        result.reserveCapacity(samples.count / 3)
        for pixel in stride(from: 0, to: samples.count, by: 3) {
            let red = 19595 * UInt32(samples[pixel])
            let green = 38470 * UInt32(samples[pixel + 1])
            let blue = 7471 * UInt32(samples[pixel + 2])
            result.append(UInt8((red + green + blue + 0x8000) >> 16))
        }
        return Bitmap(width: width, height: height, samples: result)
    }
}
