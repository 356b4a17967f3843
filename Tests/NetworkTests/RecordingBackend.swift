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

    private let notedStages = Mutex<[(program: ScalarProgram, stage: LibraryProgram.LineStage)]>([])

    /// The maps of elements of line programs that take values of lines, or whose elements are only summed.
    var lineStages: [(program: ScalarProgram, stage: LibraryProgram.LineStage)] { notedStages.withLock { $0 } }

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
        let summed = program.onlySummedStages
        for (position, stage) in program.stages.enumerated() where stage.extent == .elements {
            guard case .map(let map) = stage.work else { continue }
            let found = LibraryProgram.LineStage(
                ofLines: program.operandsOfLines(position), isSummed: summed.contains(position))
            if found.ofLines != 0 || found.isSummed { notedStages.withLock { $0.append((map, found)) } }
        }
        try mapLinesInSteps(program, inputs: inputs, scalars: scalars, outputs: outputs)
    }
}
