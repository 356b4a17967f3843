#if OpenCL
    import UnloopBackend

    /// How a kernel walks through operands of one shape: as `rows` of `columns`, each operand with one stride along a row
    /// and one for each of the axes that a row's number is made of.
    package struct ElementwiseLayout {
        /// One axis of the common shape.
        package struct Axis: Equatable {
            package var extent: Int
            /// One for each operand, in elements.
            package var strides: [Int]

            package init(extent: Int, strides: [Int]) {
                self.extent = extent
                self.strides = strides
            }
        }

        /// Largest extent and stride of an axis; the kernels count in 32 bits.
        static let maximumExtent = 1 << 30
        static let maximumStride = Int(Int32.max)
        static let maximumRowAxes = 7

        package var columns: Axis
        /// The fastest first.
        package var rowAxes: [Axis]

        var rows: Int { rowAxes.reduce(1) { $0 * $1.extent } }

        /// The axes without those of size 1, neighbours joined where every operand allows it; slowest first. At least one.
        package static func joinedAxes(shape: Dimensions, strides: [Dimensions]) -> [Axis] {
            var axes: [Axis] = []
            for axis in shape.indices where shape[axis] != 1 {
                let next = Axis(extent: shape[axis], strides: strides.map { $0[axis] })
                if let last = axes.last, zip(last.strides, next.strides).allSatisfy({ $0 == $1 * next.extent }) {
                    axes[axes.count - 1] = Axis(extent: last.extent * next.extent, strides: next.strides)
                } else {
                    axes.append(next)
                }
            }
            return axes.isEmpty ? [Axis(extent: 1, strides: strides.map { _ in 1 })] : axes
        }

        /// Chooses the axis to run vectors along: the one that keeps most lanes busy and loads neighbours together.
        ///
        /// - Parameter memoryOperands: how many of the operands are arrays; a virtual one may follow.
        package init(axes: [Axis], width: Int, memoryOperands: Int) {
            var best = axes.count - 1
            var bestScore = -1.0
            for (position, axis) in axes.enumerated() {
                let whole = (axis.extent + width - 1) / width * width
                let neighbours = axis.strides.prefix(memoryOperands).allSatisfy { $0 == 1 || $0 == 0 }
                // Gathering a vector lane by lane takes about eight times as long as loading it; a partly filled vector
                // is always gathered.
                let speed = neighbours && axis.extent >= width ? 1.0 : 0.125
                let score = Double(axis.extent) / Double(whole) * speed
                if score >= bestScore { (best, bestScore) = (position, score) }
            }
            columns = axes[best]
            var rest = axes
            rest.remove(at: best)
            rowAxes = rest.reversed()
        }

        /// Whether some array's elements along a row are neither neighbours nor all the same.
        ///
        /// - Parameter memoryOperands: as in `init`.
        func gathers(memoryOperands: Int) -> Bool {
            columns.strides.prefix(memoryOperands).contains { $0 != 0 && $0 != 1 }
        }

        /// Where to cut a shape whose extents or strides the kernels cannot count; nil when they can.
        ///
        /// - Parameter memoryOperands: only the strides of these matter.
        package static func axisToCut(_ axes: [Axis], memoryOperands: Int) -> Int? {
            for (position, axis) in axes.enumerated() where axis.extent > 1 {
                if axis.strides.prefix(memoryOperands).contains(where: { abs($0) > maximumStride }) { return position }
            }
            let total = axes.reduce(1.0) { $0 * Double($1.extent) }
            guard total > Double(maximumExtent) else { return nil }
            return axes.indices.max { axes[$0].extent < axes[$1].extent }
        }
    }
#endif
