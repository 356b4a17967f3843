import UnloopBackend

/// A part of the records of a binary file: numbers of one type.
public struct RecordField: Sendable, Equatable {
    enum Role: Sendable, Equatable { case features, label, weight, skipped }

    let role: Role
    let element: NPYFile.Element
    let shape: [Int]
    let isBigEndian: Bool
    let elementType: ElementType?
    let divisor: Float?
    let axes: [Int]?

    /// The numbers that a network sees, row-major.
    ///
    /// - Parameters:
    ///   - element: how they lie in the file.
    ///   - shape: of one example's.
    ///   - isBigEndian: the order of the bytes.
    ///   - elementType: what they become; float32 unless given.
    ///   - divisor: what they are divided by, 255 for the bytes of an image; only as float32.
    ///   - axes: which axis of the file's shape each axis of the example is, `[1, 2, 0]` for images that lie channel by channel; they stay as
    ///     they are unless given.
    public static func features(
        _ element: NPYFile.Element, _ shape: [Int], isBigEndian: Bool = false, as elementType: ElementType = .float32,
        dividedBy divisor: Float? = nil, axes: [Int]? = nil
    ) -> RecordField {
        RecordField(
            role: .features, element: element, shape: shape, isBigEndian: isBigEndian, elementType: elementType,
            divisor: divisor, axes: axes)
    }

    /// The label: one number, or as many as a shape says; integers become class numbers (int32), reals float32, unless another type is given.
    public static func label(
        _ element: NPYFile.Element, _ shape: [Int] = [], isBigEndian: Bool = false, as elementType: ElementType? = nil
    ) -> RecordField {
        RecordField(
            role: .label, element: element, shape: shape, isBigEndian: isBigEndian, elementType: elementType)
    }

    /// How much the example counts in a loss.
    public static func weight(_ element: NPYFile.Element, isBigEndian: Bool = false) -> RecordField {
        RecordField(role: .weight, element: element, shape: [], isBigEndian: isBigEndian, elementType: .float32)
    }

    /// Bytes that are not read.
    public static func skipped(bytes: Int) -> RecordField {
        RecordField(role: .skipped, element: .uint8, shape: [bytes], isBigEndian: false, elementType: .int32)
    }

    private init(
        role: Role, element: NPYFile.Element, shape: [Int], isBigEndian: Bool, elementType: ElementType?,
        divisor: Float? = nil, axes: [Int]? = nil
    ) {
        require(
            elementCount(shape) != nil && shape.count <= Dimensions.maximumRank - 1,
            "RecordField: shape \(shape) has a negative size, more than \(Dimensions.maximumRank - 1) axes, or no memory holds it"
        )
        require(
            divisor.map { $0.isFinite && $0 != 0 && (elementType ?? .float32) == .float32 } ?? true,
            "RecordField: numbers of \(elementType ?? .float32) divided by \(divisor ?? 1)")
        require(
            axes.map { $0.sorted() == Array(shape.indices) } ?? true,
            "RecordField: axes \(axes ?? []) of the shape \(shape)")
        self.role = role
        self.element = element
        self.shape = shape
        self.isBigEndian = isBigEndian
        self.elementType = elementType
        self.divisor = divisor
        self.axes = axes
    }

    var byteCount: Int { shape.reduce(1, *) * element.byteCount }

    /// What the numbers of `count` records become.
    ///
    /// - Parameter bytes: one record's after the other.
    func values(_ bytes: [UInt8], count: Int, file: String) throws(DataError) -> Example.Values {
        let full = [count] + shape
        // Errors say where in the record, if there is one.
        let header = NPYHeader(
            file: file, format: "binary", element: element, isBigEndian: isBigEndian, shape: count == 1 ? shape : full)
        // Records without numbers may have any other sizes.
        guard let total = elementCount(full) else {
            throw header.malformed("\(count) records of the shape \(shape) are larger than any memory")
        }
        var elements = try NPYElements(
            file: BinaryFile(bytes: bytes, name: file), header: header, count: total
        ).read(as: elementType)
        if let divisor, case .float32(var values) = elements {
            elements = .float32([])
            for position in values.indices { values[position] /= divisor }
            elements = .float32(values)
        }
        return Example.Values(shape: full, elements: elements).permuted(
            [0] + (axes ?? Array(shape.indices)).map { $0 + 1 })
    }
}

extension Example.Values {
    /// With the axes in another order.
    func permuted(_ axes: [Int]) -> Example.Values {
        if axes == Array(shape.indices) { return self }
        let sizes = axes.map { shape[$0] }
        let strides = axes.map { shape[($0 + 1)...].reduce(1, *) }
        // The offset of every element of the result, axis by axis.
        var offsets = [0]
        for (size, stride) in zip(sizes, strides) {
            offsets = offsets.flatMap { offset in (0..<size).map { offset + $0 * stride } }
        }
        let permuted: HostArray =
            switch elements {
            case .float32(let values): .float32(offsets.map { values[$0] })
            case .int32(let values): .int32(offsets.map { values[$0] })
            case .float64(let values): .float64(offsets.map { values[$0] })
            }
        return Example.Values(shape: sizes, elements: permuted)
    }
}
