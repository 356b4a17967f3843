import UnloopBackend
import UnloopTensor

extension Tensor {
    private static let isNotFinite = ScalarFunction("isNotFinite") { (x: Scalar) in select(x - x .== 0, 0, 1) }

    /// The indices of the first element that is infinite or NaN; nil if there is none. Counted on the device; elements are copied to the
    /// host only where there is one.
    ///
    /// - Throws: the error of the operation that failed to compute the elements.
    func firstNotFinite() throws(TensorError) -> [Int]? {
        guard elementType != .int32, count > 0 else { return nil }
        guard try Tensor.sum(of: Self.isNotFinite, [self]).item() > 0 else { return nil }
        guard var rest = try doubles().firstIndex(where: { !$0.isFinite }) else { return nil }
        return shape.reversed().map { size in
            defer { rest /= size }
            return rest % size
        }.reversed()
    }
}
