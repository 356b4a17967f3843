#if OpenCL
    import Testing
    import UnloopBackend
    import UnloopOpenCL

    @Suite struct ElementwiseLayoutTests {
        typealias Axis = ElementwiseLayout.Axis

        @Test func neighboursAreJoinedWhereAllOperandsAllowIt() {
            let contiguous = ElementwiseLayout.joinedAxes(shape: [2, 3, 4], strides: [[12, 4, 1], [12, 4, 1]])
            #expect(contiguous == [Axis(extent: 24, strides: [1, 1])])
            let bias = ElementwiseLayout.joinedAxes(shape: [2, 3, 4], strides: [[12, 4, 1], [0, 0, 1]])
            #expect(bias == [Axis(extent: 6, strides: [4, 0]), Axis(extent: 4, strides: [1, 1])])
            let uniform = ElementwiseLayout.joinedAxes(shape: [2, 1, 4], strides: [[4, 9, 1], [0, 0, 0]])
            #expect(uniform == [Axis(extent: 8, strides: [1, 0])])
            #expect(ElementwiseLayout.joinedAxes(shape: [], strides: [[]]) == [Axis(extent: 1, strides: [1])])
        }

        @Test func vectorsRunAlongTheAxisThatFillsThem() {
            let wide = [Axis(extent: 100, strides: [64, 0]), Axis(extent: 64, strides: [1, 1])]
            #expect(ElementwiseLayout(axes: wide, width: 16, memoryOperands: 2).columns == wide[1])
            let narrow = [Axis(extent: 1000, strides: [3, 3]), Axis(extent: 3, strides: [1, 0])]
            #expect(ElementwiseLayout(axes: narrow, width: 16, memoryOperands: 2).columns == narrow[0])
        }

        @Test func whatCannotBeCountedIn32BitsIsCut() {
            let fits = [Axis(extent: 1 << 15, strides: [1 << 15, 0]), Axis(extent: 1 << 15, strides: [1, 1])]
            #expect(ElementwiseLayout.axisToCut(fits, memoryOperands: 2) == nil)
            let long = [Axis(extent: 2, strides: [1 << 30, 0]), Axis(extent: 1 << 30, strides: [1, 1])]
            #expect(ElementwiseLayout.axisToCut(long, memoryOperands: 2) == 1)
            let far = [Axis(extent: 2, strides: [1 << 31, 0]), Axis(extent: 16, strides: [1, 1])]
            #expect(ElementwiseLayout.axisToCut(far, memoryOperands: 2) == 0)
            // The strides of positions are taken modulo 2^32 and may be large.
            #expect(ElementwiseLayout.axisToCut(far, memoryOperands: 0) == nil)
        }
    }
#endif
