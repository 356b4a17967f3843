import UnloopBackend

/// Visits the elements of views of one shape in row-major order. `body` receives the element's row-major position and its
/// offset in the buffer of each view.
func forEachElement(
    of shape: Dimensions, in views: [StridedView],
    _ body: (_ position: Int, _ offsets: UnsafeMutableBufferPointer<Int>) -> Void
) {
    var offsets = views.map(\.offset)
    let strides = shape.indices.map { axis in views.map { $0.strides[axis] } }
    let sizes = Array(shape)
    var index = [Int](repeating: 0, count: sizes.count)
    offsets.withUnsafeMutableBufferPointer { offsets in
        for position in 0..<shape.product {
            body(position, offsets)
            // Count up like an odometer: the last axis fastest.
            var axis = sizes.count - 1
            while axis >= 0 {
                index[axis] += 1
                for view in offsets.indices { offsets[view] += strides[axis][view] }
                if index[axis] < sizes[axis] { break }
                index[axis] = 0
                for view in offsets.indices { offsets[view] -= strides[axis][view] * sizes[axis] }
                axis -= 1
            }
        }
    }
}
