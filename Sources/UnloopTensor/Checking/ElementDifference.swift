import UnloopBackend

/// Where the elements of a view lie: in a range of its buffer, and each at a place in it. The range may also hold elements that are
/// not the view's.
struct ViewPlaces {
    /// Of the first element in memory, counted from the buffer's start.
    let offset: Int
    /// From the first element in memory to the last; 0 for a view without elements.
    let extent: Int
    let elementCount: Int
    private let isContiguous: Bool
    /// Of the view's element 0, counted from `offset`.
    private let start: Int
    private let shape: Dimensions
    private let strides: Dimensions

    init(_ view: StridedView) {
        (shape, strides) = (view.shape, view.strides)
        elementCount = view.elementCount
        isContiguous = view.isContiguous
        var (lowest, highest) = (0, 0)
        if elementCount > 0 {
            for axis in shape.indices {
                let reach = (shape[axis] - 1) * strides[axis]
                (lowest, highest) = (lowest + min(reach, 0), highest + max(reach, 0))
            }
        }
        start = -lowest
        offset = view.offset + lowest
        extent = elementCount == 0 ? 0 : highest - lowest + 1
    }

    /// The place of an element, by its number in row-major order, counted from `offset`.
    @inline(__always)
    func place(of element: Int) -> Int { isContiguous ? element : stridedPlace(of: element) }

    private func stridedPlace(of element: Int) -> Int {
        var (rest, place) = (element, start)
        for axis in shape.indices.reversed() {
            let (quotient, position) = rest.quotientAndRemainder(dividingBy: shape[axis])
            place += position * strides[axis]
            rest = quotient
        }
        return place
    }

    /// The position of an element, by its number in row-major order, along each axis.
    func position(of element: Int) -> [Int] {
        var position = [Int](repeating: 0, count: shape.count)
        var rest = element
        for axis in shape.indices.reversed() {
            (rest, position[axis]) = rest.quotientAndRemainder(dividingBy: shape[axis])
        }
        return position
    }
}

/// In what two devices' elements of one view differ by bits; every NaN counts as the same one, as in `Tensor.isBitEqual`.
struct ElementDifference {
    /// Of the first element that differs.
    let position: [Int]
    /// How many differ.
    let count: Int
    let expected: String
    let found: String

    /// nil if nothing differs. What lies between the view's elements is not looked at: it may never have been written.
    init?(_ places: ViewPlaces, expected: HostArray, found: HostArray) {
        switch (expected, found) {
        case (.float32(let expected), .float32(let found)):
            self.init(places, expected, found, { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern }, { $0.bitPattern })
        case (.float64(let expected), .float64(let found)):
            self.init(places, expected, found, { $0.isNaN ? 0x7ff8_0000_0000_0000 : $0.bitPattern }, { $0.bitPattern })
        case (.int32(let expected), .int32(let found)):
            self.init(places, expected, found, UInt32.init(bitPattern:), UInt32.init(bitPattern:))
        default:
            misuse(
                "elements of one view are \(expected.elementType) on one device and \(found.elementType) on the other")
        }
    }

    /// - Parameters:
    ///   - canonical: the bits that are compared.
    ///   - bits: those that are shown.
    private init?<Element, Bits: FixedWidthInteger>(
        _ places: ViewPlaces, _ expected: [Element], _ found: [Element], _ canonical: (Element) -> Bits,
        _ bits: (Element) -> Bits
    ) {
        require(
            expected.count == places.extent && found.count == places.extent,
            "a device gave \(found.count) elements and the other \(expected.count), not \(places.extent)")
        var first: Int?
        var count = 0
        for element in 0..<places.elementCount {
            let place = places.place(of: element)
            if canonical(expected[place]) != canonical(found[place]) {
                first = first ?? element
                count += 1
            }
        }
        guard let first else { return nil }
        func text(_ value: Element) -> String {
            let digits = String(bits(value), radix: 16)
            return "\(value) (0x" + String(repeating: "0", count: Bits.bitWidth / 4 - digits.count) + digits + ")"
        }
        let place = places.place(of: first)
        self.position = places.position(of: first)
        self.count = count
        self.expected = text(expected[place])
        self.found = text(found[place])
    }
}
