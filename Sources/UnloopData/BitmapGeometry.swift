import UnloopBackend

/// Images of other sizes.
extension Bitmap {
    /// The image at another size, bilinear and antialiased: each sample is a weighted mean of those around its place, by a triangle that
    /// reaches as far as a pixel of the coarser of both images is wide.
    ///
    /// The samples are those of `resize((width, height), BILINEAR)` of PIL 11, bit for bit, and so those of torchvision's Resize on a PIL
    /// image: rows are resized first, then columns, each sum with weights of 22 fractional bits rounded to the nearest of 8 bits, halves
    /// up. An axis that keeps its size is left as it is. Later versions of PIL take columns first where an image is very tall or its
    /// height shrinks by far more than its width; that may change a sample by one. Where an axis shrinks by more than eight thousand
    /// times, the rounding of weights changes samples by more than one, as in PIL.
    ///
    /// - Precondition: neither side is 0, no more pixels than memory holds, and no side of 2³² pixels or more.
    public func resized(width: Int, height: Int) -> Bitmap {
        require(
            width > 0 && height > 0 && elementCount([Swift.max(height, self.height), width, channels]) != nil
                && [width, height, self.width, self.height].allSatisfy { $0 <= Int(UInt32.max) },
            "Bitmap.resized: \(self.width)×\(self.height) pixels to \(width)×\(height)")
        var samples = samples
        if width != self.width {
            samples = ResizeSpans(from: self.width, to: width).rows(
                of: samples, width: self.width, height: self.height, channels: channels)
        }
        if height != self.height {
            samples = ResizeSpans(from: self.height, to: height).columns(of: samples, length: width * channels)
        }
        return Bitmap(width: width, height: height, channels: channels, samples: samples)
    }

    /// The image at a size whose shorter side is given; the longer keeps the proportion, length · longer / shorter, rounded down, as
    /// torchvision's Resize does it.
    ///
    /// - Precondition: as for `resized(width:height:)`.
    public func resized(shorterSide length: Int) -> Bitmap {
        let (shorter, longer) = (Swift.min(width, height), Swift.max(width, height))
        let (product, overflow) = length.multipliedReportingOverflow(by: longer)
        require(length > 0 && !overflow, "Bitmap.resized: \(width)×\(height) pixels to a shorter side of \(length)")
        let other = product / shorter
        return width <= height ? resized(width: length, height: other) : resized(width: other, height: length)
    }

    /// A part of the image.
    ///
    /// - Parameters:
    ///   - left: the part's first column.
    ///   - top: its first row.
    ///   - width: of the part.
    ///   - height: of the part.
    /// - Precondition: neither side is 0, and the part lies in the image.
    public func cropped(left: Int, top: Int, width: Int, height: Int) -> Bitmap {
        require(
            (0..<self.width).contains(left) && (0..<self.height).contains(top)
                && (1...self.width - left).contains(width) && (1...self.height - top).contains(height),
            "Bitmap.cropped: \(width)×\(height) pixels from (\(left), \(top)) on, of \(self.width)×\(self.height)")
        var samples: [UInt8] = []
        samples.reserveCapacity(width * height * channels)
        for row in top..<top + height {
            let start = (row * self.width + left) * channels
            samples.append(contentsOf: self.samples[start..<start + width * channels])
        }
        return Bitmap(width: width, height: height, channels: channels, samples: samples)
    }

    /// The middle of the image. Where it cannot be cut evenly, the half of the rest is rounded to the nearest integer, halves to even, as
    /// torchvision's CenterCrop does it: of 5 columns, 2 are those from column 2 on, of 7 columns, 2 are those from column 2 on.
    ///
    /// - Precondition: neither side is 0 or larger than the image's.
    public func cropped(toCenterOfWidth width: Int, height: Int) -> Bitmap {
        require(
            (1...self.width).contains(width) && (1...self.height).contains(height),
            "Bitmap.cropped: \(width)×\(height) pixels of \(self.width)×\(self.height)")
        func half(_ rest: Int) -> Int { Int((Double(rest) / 2).rounded(.toNearestOrEven)) }
        return cropped(left: half(self.width - width), top: half(self.height - height), width: width, height: height)
    }

    /// The mirror image: left and right are swapped.
    public func flippedHorizontally() -> Bitmap {
        var result = samples
        for row in 0..<height {
            let start = row * width * channels
            for column in 0..<width {
                for channel in 0..<channels {
                    result[start + (width - 1 - column) * channels + channel] =
                        samples[start + column * channels + channel]
                }
            }
        }
        return Bitmap(width: width, height: height, channels: channels, samples: result)
    }
}
