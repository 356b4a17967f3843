import Synchronization
import UnloopBackend
import UnloopConformance
import UnloopLoop

/// The loop backend, which notes the programs that it is given.
final class RecordingBackend: InterposedBackend {
    let base: any Backend = LoopBackend.shared
    let name = "recording"
    let elementTypes: Set<ElementType> = [.float32, .int32]
    private let noted = Mutex<[ScalarProgram]>([])

    /// In the order in which they came.
    var programs: [ScalarProgram] { noted.withLock { $0 } }

    func before(_ call: BackendCall) throws(BackendError) {
        let given: [ScalarProgram?] =
            switch call {
            case .map(let program): [program]
            case .reduce(let descriptor): [descriptor.prologue]
            case .mapLines(let program):
                program.stages.map { if case .map(let stage) = $0.work { stage } else { nil } }
            case .matmul(let epilogue), .convolve(_, let epilogue): [epilogue?.program]
            default: []
            }
        noted.withLock { $0 += given.compactMap(\.self) }
    }

    /// Devices run the stages of a program, or its steps, into which several stages may have gone.
    func mapLines(_ program: LineProgram, inputs: [StridedView], scalars: [Double], outputs: [StridedView])
        throws(BackendError)
    {
        try before(.mapLines(program))
        try mapLinesInSteps(program, inputs: inputs, scalars: scalars, outputs: outputs)
    }
}
