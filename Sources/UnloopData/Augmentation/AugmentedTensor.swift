import UnloopBackend
import UnloopTensor

extension Tensor {
    /// Images that are changed, each by its key, by one augmentation after the other; augmentation number i draws from the key's child i.
    ///
    ///     let seen = images.augmented(by: [.shifted(upTo: 0.1), .noise(deviation: 0.02)], keys: keys)
    ///
    /// - Parameter keys: one for each example.
    /// - Returns: images of the same shape, unless one of the augmentations crops.
    /// - Precondition: the tensor is `[examples, height, width, channels]` of reals, no side longer than 2^24 pixels.
    public func augmented(by augmentations: [Augmentation], keys: [RandomKey]) -> Tensor {
        require(
            rank == 4 && elementType != .int32 && Swift.max(imageSize.height, imageSize.width) <= ImageSize.longestSide,
            "augmented: \(elementType) \(dimensions) are no images [examples, height, width, channels] of reals")
        require(dimensions[0] == keys.count, "augmented: \(keys.count) keys for \(dimensions[0]) examples")
        var images = self
        for (number, augmentation) in augmentations.enumerated() {
            images = augmentation.applied(to: images, keys.map { $0.child(UInt64(number)) })
        }
        return images
    }
}

extension Augmentation {
    /// Images that are changed by this augmentation alone; see `Tensor.augmented(by:keys:)`.
    public func callAsFunction(_ images: Tensor, keys: [RandomKey]) -> Tensor {
        images.augmented(by: [self], keys: keys)
    }

    fileprivate func applied(to images: Tensor, _ keys: [RandomKey]) -> Tensor {
        let size = images.imageSize
        func drawn<Drawn>(_ draw: (inout CounterRandom) -> Drawn) -> [Drawn] {
            keys.map { key in
                var random = CounterRandom(key)
                return draw(&random)
            }
        }
        switch kind {
        case .flippedVertically(let probability):
            let sources = drawn { PixelSource.flipped(size, vertically: probability, horizontally: 0, &$0) }
            return images.takingPixels(sources, size: size, fill: 0)
        case .flippedHorizontally(let probability):
            let sources = drawn { PixelSource.flipped(size, vertically: 0, horizontally: probability, &$0) }
            return images.takingPixels(sources, size: size, fill: 0)
        case .shifted(let vertically, let horizontally, let fill):
            let sources = drawn {
                PixelSource.shifted(size, vertically: vertically, horizontally: horizontally, &$0)
            }
            return images.takingPixels(sources, size: size, fill: fill)
        case .cropped(let height, let width, let padding, let fill):
            let target = ImageSize(height: height, width: width)
            let sources = drawn { PixelSource.cropped(size, to: target, padding: padding, &$0) }
            return images.takingPixels(sources, size: target, fill: fill)
        case .croppedToCenter(let height, let width, let fill):
            let target = ImageSize(height: height, width: width)
            return images.takingPixels(keys.map { _ in .center(size, of: target) }, size: target, fill: fill)
        case .rotated(let limit, let fill):
            let turns = drawn { Turn(angle: Float(Double($0.uniform(in: -limit...limit)) * (.pi / 180))) }
            return images.resampled(turns, fill: fill)
        case .scaled(let factors, let fill):
            return images.resampled(drawn { Turn(factor: $0.uniform(in: factors)) }, fill: fill)
        case .brightness(let factors): return images.multipliedBrightness(drawn { $0.uniform(in: factors) })
        case .addedBrightness(let numbers): return images.addedBrightness(drawn { $0.uniform(in: numbers) })
        case .contrast(let factors): return images.changedContrast(drawn { $0.uniform(in: factors) })
        case .noise(let deviation):
            return images.addingNoise(
                deviation: deviation,
                drawn { random in
                    let first = random.next()
                    return (first, random.next())
                })
        case .erased(let probability, let area, let aspect, let fill):
            let rectangles = drawn {
                ErasedRectangle.random(size, probability: probability, area: area, aspect: aspect, &$0)
            }
            return images.erased(rectangles, fill: fill)
        case .clamped(let bounds): return images.clamped(bounds.lowerBound, bounds.upperBound)
        }
    }
}
