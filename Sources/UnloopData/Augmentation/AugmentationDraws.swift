import UnloopBackend
import UnloopTensor

extension CounterRandom {
    /// A number of 24 bits in [0, 1), as devices draw them.
    mutating func uniform() -> Double { Double(next() >> 8) * 0x1p-24 }

    mutating func uniform(in bounds: ClosedRange<Double>) -> Float {
        Float(bounds.lowerBound + (bounds.upperBound - bounds.lowerBound) * uniform())
    }

    /// A whole number from -`limit` to `limit`.
    fileprivate mutating func integer(upTo limit: Int) -> Int { next(below: 2 * limit + 1) - limit }

    /// A whole number between 0 and `end`, which may be negative.
    fileprivate mutating func integer(betweenZeroAnd end: Int) -> Int {
        next(below: abs(end) + 1) * end.signum()
    }
}

/// What is drawn for one example: a function of the size of its image and of random numbers. Products and sums of Double are exact functions;
/// what takes a sine or a logarithm is computed by tensor operations.
extension PixelSource {
    static func flipped(_ size: ImageSize, vertically: Double, horizontally: Double, _ random: inout CounterRandom)
        -> PixelSource
    {
        let number = random.uniform()
        var source = PixelSource()
        if number < vertically { (source.firstRow, source.rowStep) = (size.height - 1, -1) }
        if number < horizontally { (source.firstColumn, source.columnStep) = (size.width - 1, -1) }
        return source
    }

    static func shifted(_ size: ImageSize, vertically: Double, horizontally: Double, _ random: inout CounterRandom)
        -> PixelSource
    {
        func limit(_ fraction: Double, _ side: Int) -> Int { Int((fraction * Double(side)).rounded()) }
        let down = random.integer(upTo: limit(vertically, size.height))
        let right = random.integer(upTo: limit(horizontally, size.width))
        return PixelSource(firstRow: -down, firstColumn: -right)
    }

    static func cropped(_ size: ImageSize, to target: ImageSize, padding: Int, _ random: inout CounterRandom)
        -> PixelSource
    {
        let row = random.integer(betweenZeroAnd: size.height + 2 * padding - target.height)
        let column = random.integer(betweenZeroAnd: size.width + 2 * padding - target.width)
        return PixelSource(firstRow: row - padding, firstColumn: column - padding)
    }

    static func center(_ size: ImageSize, of target: ImageSize) -> PixelSource {
        PixelSource(firstRow: (size.height - target.height) / 2, firstColumn: (size.width - target.width) / 2)
    }
}

extension ErasedRectangle {
    static func random(
        _ size: ImageSize, probability: Double, area: ClosedRange<Double>, aspect: ClosedRange<Double>,
        _ random: inout CounterRandom
    ) -> ErasedRectangle {
        guard random.uniform() < probability, size.height > 0, size.width > 0 else { return ErasedRectangle() }
        let pixels = Double(random.uniform(in: area)) * Double(size.height) * Double(size.width)
        let aspect = Double(random.uniform(in: aspect))
        func side(_ length: Double, _ limit: Int) -> Int { Int(min(max(length.rounded(), 1), Double(limit))) }
        let height = side((pixels * aspect).squareRoot(), size.height)
        let width = side((pixels / aspect).squareRoot(), size.width)
        let top = random.next(below: size.height - height + 1)
        let left = random.next(below: size.width - width + 1)
        return ErasedRectangle(rows: top..<top + height, columns: left..<left + width)
    }
}
