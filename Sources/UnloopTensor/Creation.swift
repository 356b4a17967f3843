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
            !dimensions.contains { $0 < 0 } && dimensions.product == values.count,
            "Tensor: \(values.count) values do not fill \(dimensions)")
        let content: Storage.Content
        do throws(BackendError) {
            content = .buffer(try device.backend().upload(values))
        } catch {
            content = .failure(TensorError(operation: "upload", cause: error))
        }
        self.init(Storage(device, values.elementType, content), dimensions)
    }

    // MARK: Filled

    /// All elements the same.
    ///
    /// Sizes whose product is larger than an `Int` trap; sizes that the device has no memory for give a tensor with that error.
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
        let integer = output.elementType == .int32
        if integer { require(Int32(exactly: value) != nil, "full: \(value) is no int32") }
        if output.elementCount == 0 { return }
        try backend.map(integer ? fillInteger : fillReal, inputs: [], scalars: [value], outputs: [output])
    }
}
