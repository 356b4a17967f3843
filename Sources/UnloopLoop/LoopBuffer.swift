import Glibc
import UnloopBackend

/// Ordinary memory of the host.
final class LoopBuffer: Buffer, @unchecked Sendable {
    let memory: UnsafeMutableRawBufferPointer
    private let released: @Sendable (Int) -> Void

    /// Fails when the system has no such amount of memory.
    init?(_ elementType: ElementType, count: Int, released: @escaping @Sendable (Int) -> Void) {
        let (byteCount, overflow) = count.multipliedReportingOverflow(by: elementType.byteCount)
        guard !overflow, byteCount <= HostMemory.machineBytes else { return nil }
        if byteCount == 0 {
            memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        } else {
            guard let start = malloc(byteCount) else { return nil }
            memory = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
        }
        self.released = released
        super.init(elementType: elementType, count: count)
    }

    deinit {
        free(memory.baseAddress)
        released(memory.count)
    }
}

extension Buffer {
    /// The elements of a buffer of the loop backend.
    func elements<Element>(as type: Element.Type) -> UnsafeMutableBufferPointer<Element> {
        guard let buffer = self as? LoopBuffer else {
            preconditionFailure("the loop backend was given a buffer of another backend")
        }
        return buffer.memory.bindMemory(to: type)
    }
}

extension StridedView {
    /// The elements of a row-major view, from its offset on.
    func rowMajorElements<Element>(as type: Element.Type) -> UnsafeMutableBufferPointer<Element> {
        UnsafeMutableBufferPointer(rebasing: buffer.elements(as: type)[offset..<offset + elementCount])
    }
}
