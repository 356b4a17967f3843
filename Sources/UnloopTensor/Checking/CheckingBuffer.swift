import Synchronization
import UnloopBackend

/// Which of the two devices of a checking device.
enum CheckSide {
    case checked, reference

    /// A view of a checking device's buffer as this device has it.
    func view(_ view: StridedView) -> StridedView {
        StridedView(
            CheckingBuffer.own(view.buffer).buffer(self), offset: view.offset, shape: view.shape, strides: view.strides)
    }

    func views(_ views: [StridedView]) -> [StridedView] { views.map(view) }

    func epilogue(_ epilogue: Epilogue?) -> Epilogue? {
        epilogue.map { Epilogue($0.program, inputs: views($0.inputs), scalars: $0.scalars) }
    }
}

/// The same elements twice: in a buffer of each of the two devices.
final class CheckingBuffer: Buffer, @unchecked Sendable {
    private let reference: Buffer
    /// Another one takes its place when its elements turn out to differ.
    private let checked: Mutex<Buffer>

    init(_ elementType: ElementType, count: Int, checked: Buffer, reference: Buffer) {
        self.reference = reference
        self.checked = Mutex(checked)
        super.init(elementType: elementType, count: count)
    }

    func buffer(_ side: CheckSide) -> Buffer {
        switch side {
        case .checked: checked.withLock { $0 }
        case .reference: reference
        }
    }

    func replaceChecked(by buffer: Buffer) { checked.withLock { $0 = buffer } }

    static func own(_ buffer: Buffer) -> CheckingBuffer {
        guard let own = buffer as? CheckingBuffer else {
            misuse("a checking device was given a buffer of another device")
        }
        return own
    }
}
