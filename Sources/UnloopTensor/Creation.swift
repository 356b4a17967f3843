import UnloopBackend

extension Tensor {
    // MARK: From values

    /// A float32 tensor of numbers in row-major order.
    ///
    /// - Parameter shape: nil for one axis; else its product is the number of values.
    public init(_ values: [Float], shape: [Int]? = nil, on device: Device = .best) {
        self.init(uploading: .float32(values), shape, device)
    }

    /// An int32 tensor of numbers in row-major order.
    public init(int32 values: [Int32], shape: [Int]? = nil, on device: Device = .best) {
        self.init(uploading: .int32(values), shape, device)
    }

    /// A float64 tensor of numbers in row-major order; `.loop` is the only device that has float64.
    public init(float64 values: [Double], shape: [Int]? = nil, on device: Device = .loop) {
        self.init(uploading: .float64(values), shape, device)
    }

    /// A float32 tensor of two axes; the rows have the same length.
    public init(_ rows: [[Float]], on device: Device = .best) {
        for row in rows { Self.requireEven(row.count, rows[0].count) }
        self.init(rows.flatMap { $0 }, shape: [rows.count, rows.first?.count ?? 0], on: device)
    }

    /// A float32 tensor of three axes.
    public init(_ values: [[[Float]]], on device: Device = .best) {
        let second = values.first?.count ?? 0
        for slice in values { Self.requireEven(slice.count, second) }
        let flat = Tensor(values.flatMap { $0 }, on: device)
        self = flat.reshaped([values.count, second, flat.shape[1]])
    }

    /// A float32 tensor of four axes, such as images `[batch, height, width, channels]`.
    public init(_ values: [[[[Float]]]], on device: Device = .best) {
        let second = values.first?.count ?? 0
        for slice in values { Self.requireEven(slice.count, second) }
        let flat = Tensor(values.flatMap { $0 }, on: device)
        self = flat.reshaped([values.count, second, flat.shape[1], flat.shape[2]])
    }

    private static func requireEven(_ count: Int, _ expected: Int) {
        require(count == expected, "Tensor: nested arrays have lengths \(expected) and \(count)")
    }

    /// A single number: a tensor without axes.
    public init(_ value: Double, _ elementType: ElementType = .float32, on device: Device = .best) {
        self = Tensor.full([], value, elementType, on: device)
    }

    private init(uploading values: HostArray, _ shape: [Int]?, _ device: Device) {
        let dimensions = shape.map { Dimensions($0) } ?? [values.count]
        require(
            dimensions.product == values.count && !dimensions.contains { $0 < 0 },
            "Tensor: \(values.count) values do not fill \(dimensions)")
        let content: Storage.Content
        do throws(BackendError) {
            content = .buffer(try device.entry.backend().upload(values))
        } catch {
            content = .failure(TensorError(operation: "upload", cause: error))
        }
        self.init(Storage(device, values.elementType, content), dimensions)
    }

    // MARK: Filled

    /// All elements the same.
    public static func full(
        _ shape: [Int], _ value: Double, _ elementType: ElementType = .float32, on device: Device = .best
    ) -> Tensor {
        full(Dimensions(shape), value, elementType, device)
    }

    static func full(_ shape: Dimensions, _ value: Double, _ elementType: ElementType, _ device: Device) -> Tensor {
        require(!shape.contains { $0 < 0 }, "full: \(shape) has a negative size")
        return make("full", on: device, elementType, shape) { backend, output in try fill(output, value, backend) }
    }

    public static func zeros(_ shape: [Int], _ elementType: ElementType = .float32, on device: Device = .best) -> Tensor
    {
        full(shape, 0, elementType, on: device)
    }

    public static func ones(_ shape: [Int], _ elementType: ElementType = .float32, on device: Device = .best) -> Tensor
    {
        full(shape, 1, elementType, on: device)
    }

    /// Zeros of the shape, element type and device of another tensor.
    public static func zeros(like other: Tensor) -> Tensor {
        full(other.dimensions, 0, other.elementType, other.device)
    }

    /// Ones of the shape, element type and device of another tensor.
    public static func ones(like other: Tensor) -> Tensor {
        full(other.dimensions, 1, other.elementType, other.device)
    }

    /// All elements the same, of the shape, element type and device of another tensor.
    public static func full(like other: Tensor, _ value: Double) -> Tensor {
        full(other.dimensions, value, other.elementType, other.device)
    }

    private static let fillReal = ScalarProgram(inputs: [], scalars: [.real]) { _, s in [s[0]] }
    private static let fillInteger = ScalarProgram(inputs: [], scalars: [.integer]) { _, s in [s[0]] }

    static func fill(_ output: StridedView, _ value: Double, _ backend: any Backend) throws(BackendError) {
        if output.elementCount == 0 { return }
        let integer = output.elementType == .int32
        if integer { require(Int32(exactly: value) != nil, "full: \(value) is no int32") }
        try backend.map(integer ? fillInteger : fillReal, inputs: [], scalars: [value], outputs: [output])
    }

    // MARK: Sequences

    private static let sequence = ScalarProgram(inputs: [], scalars: [.real, .real]) { _, s in
        [(Scalar(s[0]) + Scalar(converting: .index) * Scalar(s[1])).expression]
    }
    private static let integerSequence = ScalarProgram(inputs: [], scalars: [.integer, .integer]) { _, s in
        [(IntegerScalar(s[0]) + .index * IntegerScalar(s[1])).expression]
    }
    /// The real numbers start, start + step, … (each computed as `start + i·step`), or for int32 such integers.
    public static func sequence(
        from start: Double = 0, by step: Double = 1, count: Int, _ elementType: ElementType = .float32,
        on device: Device = .best
    ) -> Tensor {
        if elementType == .int32 {
            require(
                Int32(exactly: start) != nil && Int32(exactly: step) != nil,
                "sequence: \(start) and \(step) are not both int32")
        }
        return map(
            "sequence", elementType == .int32 ? integerSequence : sequence, [], scalars: [start, step], on: device,
            [count], real: elementType)
    }

    /// start, start + step, … below `end` (above it for a negative step).
    public static func arange(
        _ start: Double, _ end: Double, step: Double = 1, _ elementType: ElementType = .float32,
        on device: Device = .best
    ) -> Tensor {
        require(step != 0, "arange: a step of 0")
        let count = Swift.max(0, ((end - start) / step).rounded(.up))
        return sequence(from: start, by: step, count: Int(count), elementType, on: device)
    }

    /// The int32 numbers 0, 1, … below `end`.
    public static func indices(_ end: Int, on device: Device = .best) -> Tensor {
        sequence(count: end, .int32, on: device)
    }

    /// `count` real numbers evenly spaced from start to end, both included, computed as `start + i·step`.
    public static func linspace(
        _ start: Double, _ end: Double, count: Int, _ elementType: ElementType = .float32, on device: Device = .best
    ) -> Tensor {
        sequence(
            from: start, by: count > 1 ? (end - start) / Double(count - 1) : 0, count: count, elementType, on: device)
    }

    /// The n × n identity matrix.
    public static func eye(_ n: Int, _ elementType: ElementType = .float32, on device: Device = .best) -> Tensor {
        let positions = indices(n, on: device)
        return (positions.reshaped(n, 1) .== positions).to(elementType)
    }
}
