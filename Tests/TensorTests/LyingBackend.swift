import Synchronization
import UnloopBackend
import UnloopConformance
import UnloopLoop
import UnloopTensor

/// The loop backend, which can be told to flip a bit of one element of a result: how wrong kernels are tested. Its memory holds
/// other numbers than the loop's where nothing was written.
final class LyingBackend: InterposedBackend {
    /// What a lie changed.
    struct Lie: Equatable, Sendable {
        let operation: String
        let output: Int
        let outputShape: [Int]
        let element: [Int]
    }

    private struct State {
        /// The operation that lies; any but an upload if nil.
        var operation: String?
        /// How many calls of it until it lies; 0 once it did.
        var calls = 0
        var bit = 0
        var includesNaN = false
        var told: Lie?
    }

    let base: any Backend = LoopBackend.shared
    let name = "lying"
    private let state = Mutex(State())
    /// Whether indices outside the table go unnoticed: nothing is written then.
    private let ignoresIndices: Bool

    init(ignoresIndices: Bool = false) { self.ignoresIndices = ignoresIndices }

    /// Such a backend, and a device that checks it against the loop.
    static func checked(_ response: Device.DifferenceResponse = .fail, ignoresIndices: Bool = false) throws -> (
        lying: LyingBackend, device: Device
    ) {
        let lying = LyingBackend(ignoresIndices: ignoresIndices)
        return (lying, try Device.checking(Device(lying, label: "lying"), against: .loop, onDifference: response))
    }

    /// From now on the call number `call`, counted from 1, of an operation (of any but an upload if nil) has one wrong bit. Calls
    /// with results that are empty, or NaN throughout, do not count, unless elements that are NaN may be changed too.
    ///
    /// - Parameter bit: its number; the lowest is 0.
    func lie(in operation: String? = nil, call: Int = 1, bit: Int = 0, includingNaN: Bool = false) {
        state.withLock { $0 = State(operation: operation, calls: call, bit: bit, includesNaN: includingNaN) }
    }

    /// The lie since then.
    var told: Lie? { state.withLock { $0.told } }

    /// Changes the last element, of the last result, that may be changed.
    func after(_ call: BackendCall, _ outputs: [StridedView]) throws(BackendError) {
        let operation = call.name
        let plan = state.withLock { $0 }
        if plan.calls == 0 || operation != plan.operation ?? (operation == "upload" ? "" : operation) { return }
        for (output, view) in outputs.enumerated().reversed() {
            let contents = try base.download(view.buffer, offset: 0, count: view.buffer.count)
            for number in (0..<view.elementCount).reversed() {
                var (element, rest, place) = ([Int](repeating: 0, count: view.shape.count), number, view.offset)
                for axis in view.shape.indices.reversed() {
                    (rest, element[axis]) = rest.quotientAndRemainder(dividingBy: view.shape[axis])
                    place += element[axis] * view.strides[axis]
                }
                guard let flipped = contents.flipped(plan.bit, at: place, includingNaN: plan.includesNaN) else {
                    continue
                }
                let isTurn = state.withLock { state in
                    // Another thread may have told it meanwhile.
                    if state.calls == 0 { return false }
                    state.calls -= 1
                    if state.calls > 0 { return false }
                    state.told = Lie(
                        operation: operation, output: output, outputShape: Array(view.shape), element: element)
                    return true
                }
                if isTurn {
                    let count: Dimensions = [view.buffer.count]
                    try base.copy(
                        StridedView(try base.upload(flipped), shape: count), to: StridedView(view.buffer, shape: count))
                }
                return
            }
        }
    }

    func allocate(_ elementType: ElementType, count: Int) throws(BackendError) -> Buffer {
        switch elementType {
        case .float32: try base.upload(.float32(Array(repeating: 0x1.8p77, count: count)))
        case .float64: try base.upload(.float64(Array(repeating: 0x1.8p77, count: count)))
        case .int32: try base.upload(.int32(Array(repeating: 0x1234_5678, count: count)))
        }
    }

    func gather(_ descriptor: GatherDescriptor, table: StridedView, indices: StridedView, output: StridedView)
        throws(BackendError)
    {
        do throws(BackendError) {
            try base.gather(descriptor, table: table, indices: indices, output: output)
        } catch {
            if !ignoresIndices { throw error }
        }
        try after(.gather, [output])
    }
}

extension HostArray {
    /// A bit of one element flipped; nil where that is NaN, whose bits do not count, unless it is included.
    fileprivate func flipped(_ bit: Int, at place: Int, includingNaN: Bool) -> HostArray? {
        switch self {
        case .float32(var values):
            if values[place].isNaN && !includingNaN { return nil }
            values[place] = Float(bitPattern: values[place].bitPattern ^ (1 << UInt32(bit)))
            return .float32(values)
        case .float64(var values):
            if values[place].isNaN && !includingNaN { return nil }
            values[place] = Double(bitPattern: values[place].bitPattern ^ (1 << UInt64(bit)))
            return .float64(values)
        case .int32(var values):
            values[place] ^= 1 << Int32(bit)
            return .int32(values)
        }
    }
}
