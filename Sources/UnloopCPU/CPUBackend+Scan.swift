import CUnloopCPU
import UnloopBackend

extension CPUBackend {
    public func scan(_ descriptor: ScanDescriptor, input: StridedView, output: StridedView) throws(BackendError) {
        let modes = FloatingPointModes.ofContract()
        defer { modes.restore() }
        let size = descriptor.length * descriptor.inner
        if size == 0 || descriptor.outer == 0 { return }
        memory.countLaunch()
        let scan = kernels.pointee.reduce.scan
        nonisolated(unsafe) let source = input.memory.assumingMemoryBound(to: UInt32.self)
        nonisolated(unsafe) let result = output.memory.assumingMemoryBound(to: UInt32.self)
        let isInteger = input.elementType == .int32
        runChunks(of: descriptor.outer, unit: 1, nanosecondsPerElement: Double(size)) { begin, end in
            for outer in begin..<end {
                scan(
                    isInteger, descriptor.reversed, result + outer * size, source + outer * size,
                    Int64(descriptor.length), Int64(descriptor.inner))
            }
        }
    }
}
