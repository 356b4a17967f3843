import Testing
import UnloopBackend
import UnloopTensor

/// Parts of a variable that are given other elements, against arrays of Swift.
@Suite struct AssignmentTests {
    /// 0, 1, 2, … in row-major order.
    private func counting(_ shape: [Int], on device: Device, _ type: ElementType = .float32) -> Tensor {
        Tensor.indices(shape.reduce(1, *), on: device).to(type).reshaped(shape)
    }

    @Test("parts are replaced, by tensors of their shape and by what broadcasts to it", arguments: testedDevices)
    func parts(_ device: Device) throws {
        for type in [ElementType.float32, .int32] {
            var x = counting([3, 4], on: device, type)
            x.assign(counting([4], on: device, type) + 100, to: 1)
            #expect(try x.doubles() == [0, 1, 2, 3, 100, 101, 102, 103, 8, 9, 10, 11])
            x.assign(Tensor.full([], -1, type, on: device), to: .all, -1)
            #expect(try x.doubles() == [0, 1, 2, -1, 100, 101, 102, -1, 8, 9, 10, -1])
            x.assign(Tensor.full([1], 7, type, on: device), to: (-2)..., .every(2))
            #expect(try x.doubles() == [0, 1, 2, -1, 7, 101, 7, -1, 7, 9, 7, -1])
            x.assign(counting([2, 4], on: device, type), to: .range(0..<3, every: -2))
            #expect(try x.doubles() == [4, 5, 6, 7, 7, 101, 7, -1, 0, 1, 2, 3])
            x.assign(Tensor.full([], 5, type, on: device), to: 1, 1)
            #expect(try x.doubles()[5] == 5)
            x.assign(counting([3, 1, 4], on: device, type), to: .all, .newAxis)
            #expect(try x.doubles() == (0..<12).map(Double.init))
            // Nothing, and everything.
            x.assign(Tensor.zeros([0, 4], type, on: device), to: 1..<1)
            #expect(try x.doubles() == (0..<12).map(Double.init))
            x.assign(Tensor.full([], 3, type, on: device), to: .all)
            #expect(try x.doubles() == [Double](repeating: 3, count: 12))
            #expect(x.shape == [3, 4] && x.elementType == type)
        }
        var number = Tensor.full([], 1, on: device)
        number.assign(Tensor.full([], 2, on: device))
        #expect(try number.scalars() == [2])
        var nothing = Tensor.zeros([0, 2], on: device)
        nothing.assign(Tensor.full([], 2, on: device), to: .all, 1)
        #expect(nothing.shape == [0, 2])
    }

    @Test("copies and views keep their elements", arguments: testedDevices) func values(_ device: Device) throws {
        var x = counting([2, 3], on: device)
        let (copy, row, transpose) = (x, x[1], x.transposed())
        x.assign(Tensor.full([], 9, on: device), to: .all, 0)
        #expect(try x.scalars() == [9, 1, 2, 9, 4, 5])
        #expect(try copy.scalars() == [0, 1, 2, 3, 4, 5])
        #expect(try row.scalars() == [3, 4, 5])
        #expect(try transpose.scalars() == [0, 3, 1, 4, 2, 5])
        // A part of itself, as it was before.
        x = counting([4], on: device)
        x.assign(x[.reversed], to: .all)
        #expect(try x.scalars() == [3, 2, 1, 0])
        x.assign(x[..<3], to: 1...)
        #expect(try x.scalars() == [3, 3, 2, 1])
        // Variables whose own elements lie apart.
        var view = counting([3, 4], on: device)[.all, .every(2)]
        view.assign(Tensor.full([], -1, on: device), to: 0)
        #expect(try view.scalars() == [-1, -1, 4, 6, 8, 10])
        var repeated = Tensor.full([1], 1, on: device).expanded(to: [3])
        repeated.assign(Tensor.full([], 2, on: device), to: 1)
        #expect(try repeated.scalars() == [1, 2, 1])
        var slice = counting([4, 2], on: device)[1..<3]
        slice.assign(Tensor.full([], 0, on: device), to: 0, 1)
        #expect(try slice.scalars() == [2, 0, 4, 5])
    }

    @Test("one after the other in a loop", arguments: testedDevices) func loops(_ device: Device) throws {
        var x = Tensor.zeros([20], on: device)
        for position in 0..<20 { x.assign(x[Swift.max(0, position - 1)] + 1, to: position) }
        #expect(try x.scalars() == (1...20).map(Float.init))
    }

    @Test func specialValues() throws {
        for device in testedDevices {
            var x = Tensor([.nan, 1, -0.0] as [Float], on: device)
            x.assign(Tensor([-0.0, .infinity] as [Float], on: device), to: 1...)
            #expect(try x.scalars().map(\.bitPattern) == [Float.nan, -0.0, .infinity].map(\.bitPattern))
        }
    }

    @Test("derivatives go to new elements, and to old ones that stayed", arguments: testedDevices)
    func derivatives(_ device: Device) throws {
        let (x, y) = (counting([2, 3], on: device), counting([2], on: device))
        let factors = counting([2, 3], on: device) + 1
        let slopes = gradient(at: [x, y]) { v in
            var z = v[0] * 2
            z.assign(v[1] * 10, to: .all, 1)
            return (z * factors).sum()
        }
        #expect(try slopes[0].scalars() == [2, 0, 6, 8, 0, 12])
        #expect(try slopes[1].scalars() == [20, 50])
        // One number for several places is in all of them; and what is replaced again counts no more.
        let slope = gradient(at: y) { y in
            var z = Tensor.zeros([4], on: device)
            z.assign(y[0], to: .all)
            z.assign(y[1], to: 1..<3)
            return z.sum()
        }
        #expect(try slope.scalars() == [2, 2])
        // A cotangent that is no number does not reach what was replaced.
        let kept = gradient(at: x) { x in
            var z = x
            z.assign(Tensor.zeros([3], on: device), to: 0)
            return (z * .nan).sum()
        }
        #expect(try kept.scalars().map(\.isNaN) == [false, false, false, true, true, true])
    }

    @Test("errors stay with what failed", arguments: testedDevices) func failures(_ device: Device) throws {
        let bad = Tensor([1, 2] as [Float], on: device).gathering(Tensor(int32: [7], on: device))
        var x = Tensor.zeros([3], on: device)
        let before = x
        x.assign(bad, to: 0..<1)
        #expect(throws: TensorError.self) { try x.scalars() }
        #expect(try before.scalars() == [0, 0, 0])
        x.assign(Tensor.full([], 1, on: device), to: 2)
        #expect(throws: TensorError.self) { try x.scalars() }
        // Of elements that are all replaced, nothing failed.
        x.assign(Tensor.full([], 1, on: device), to: .all)
        #expect(try x.scalars() == [1, 1, 1])
    }

    @Test("what cannot be is named") func misuse() async {
        func expect(_ text: String, _ result: ExitTest.Result?) {
            let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
            #expect(output.contains(text), "\(output)")
        }
        expect(
            "assignment: elements are int32, not float32; convert them with to(.float32)",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var x = Tensor.zeros([2], on: .loop)
                x.assign(Tensor(int32: [1], on: .loop), to: 0..<1)
            })
        expect(
            "assignment: one tensor is on loop, the other on cpu",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var x = Tensor.zeros([2], on: .loop)
                x.assign(Tensor.zeros([2], on: .cpu), to: .all)
            })
        expect(
            "[3]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var x = Tensor.zeros([2, 2], on: .loop)
                x.assign(Tensor.zeros([3], on: .loop), to: 0)
            })
        expect(
            "subscript: index 2 is outside axis 0 of [2, 2]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var x = Tensor.zeros([2, 2], on: .loop)
                x.assign(Tensor.zeros([2], on: .loop), to: 2)
            })
    }
}
