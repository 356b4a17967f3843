import UnloopBackend

/// `output[o, i, :] = table[o, indices[i], :]`, or `indices[o, i]`.
func gatherRows<Bits>(
    _ d: GatherDescriptor, _ table: StridedView, _ indices: StridedView, _ output: StridedView, as type: Bits.Type
) throws(BackendError) {
    let rows = try checkedIndices(d, indices, "gather")
    let source = table.rowMajorElements(as: Bits.self)
    let result = output.rowMajorElements(as: Bits.self)
    for outer in 0..<d.outer {
        for position in 0..<d.count {
            let row = rows[outer * d.indexStride + position]
            for inner in 0..<d.inner {
                result[(outer * d.count + position) * d.inner + inner] =
                    source[
                        (outer * d.rows + row) * d.inner + inner]
            }
        }
    }
}

/// `output[o, r, :] = Σ source[o, i, :]` over the i with `indices[i] = r` (or `indices[o, i] = r`), in increasing i from +0 on.
func scatterRows<Element: LoopElement>(
    _ d: GatherDescriptor, _ source: StridedView, _ indices: StridedView, _ output: StridedView,
    as type: Element.Type
) throws(BackendError) {
    let rows = try checkedIndices(d, indices, "scatterAdd")
    let terms = source.rowMajorElements(as: Element.self)
    let result = output.rowMajorElements(as: Element.self)
    result.update(repeating: .zero)
    for outer in 0..<d.outer {
        for position in 0..<d.count {
            let row = rows[outer * d.indexStride + position]
            for inner in 0..<d.inner {
                let element = (outer * d.rows + row) * d.inner + inner
                result[element] = Element.sum(
                    result[element], terms[(outer * d.count + position) * d.inner + inner])
            }
        }
    }
}

private func checkedIndices(_ d: GatherDescriptor, _ indices: StridedView, _ operation: String)
    throws(BackendError) -> [Int]
{
    let rows = indices.rowMajorElements(as: Int32.self).map(Int.init)
    guard rows.allSatisfy({ $0 >= 0 && $0 < d.rows }) else {
        throw .indexOutOfRange(operation: operation, bound: d.rows)
    }
    return rows
}
