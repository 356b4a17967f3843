import UnloopBackend

/// Tensors some of whose elements are replaced.
extension Tensor {
    /// Gives a part of this variable other elements: those of a tensor of the part's shape, or of one that broadcasts to it. The part is
    /// said as in a subscript:
    ///
    ///     x.assign(y, to: 0)                  // x[0] is y
    ///     x.assign(Tensor(0), to: .all, -1)   // the last column is 0
    ///
    /// The variable is a new value then: copies and views of it keep theirs. Elements that nobody else has are changed where they are, else
    /// all are copied. Derivatives go to the new elements, and to those of the old ones that stayed.
    // A method, as Swift 6.3 crashes where a subscript of any number of generic arguments has a setter.
    public mutating func assign<each Selection: AxisSelecting>(
        _ value: Tensor, to selection: repeat each Selection
    ) {
        let (region, shape) = part(selections(repeat each selection))
        replace(region, by: value.expanded(to: shape).reshaped(region.sizes))
    }

    private mutating func replace(_ region: SliceRegion, by value: Tensor) {
        Tensor.requireSameDevice("assignment", self, value)
        require(
            value.elementType == elementType,
            "assignment: elements are \(value.elementType), not \(elementType); convert them with to(.\(elementType))")
        // A view of these very elements is a reference to them.
        if failure == nil, value.failure == nil, !value.isTracked, isContiguous, ownsElements() {
            do {
                try device.withBackend { backend in
                    if value.count > 0 { try backend.copy(try value.view(), to: region.view(of: try view())) }
                }
            } catch {
                self = Tensor(failed: "assignment", error, on: device, elementType, dimensions)
            }
        } else {
            self = replacing(region, by: value)
        }
    }

    /// This tensor with other elements in a region.
    private func replacing(_ region: SliceRegion, by value: Tensor) -> Tensor {
        let result = Tensor.make("assignment", on: device, elementType, dimensions) { backend, output in
            let new = try value.view()
            // Nothing depends on elements that are all replaced.
            if value.count < count { try backend.copy(try view(), to: output) }
            if value.count > 0 { try backend.copy(new, to: region.view(of: output)) }
        }
        guard isTracked || value.isTracked else { return result }
        return result.recorded([node, value.node]) { cotangent, pass in
            [
                pass.wants(0) ? cotangent.replacing(region, by: Tensor.zeros(like: value)) : nil,
                pass.wants(1) ? cotangent.sliced(region) : nil,
            ]
        }
    }
}
