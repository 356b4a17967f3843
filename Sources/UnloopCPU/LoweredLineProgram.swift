import CUnloopCPU
import UnloopBackend

/// A line program as stages of the CPU kernels.
final class LoweredLineProgram: ProgramForm, @unchecked Sendable {
    /// A value, whatever it is run over.
    struct Value {
        let extent: LineProgram.Extent
        /// Whether a map of elements takes it, and whether it is reduced.
        var meetsElements = false
        var isReduced = false
        /// Which output it is.
        var output: Int?

        var isRead: Bool { meetsElements || isReduced }
    }

    let stages: UnsafeMutablePointer<unloop_line_stage>
    let stageCount: Int
    /// Those of the inputs, then those of the stages.
    let values: [Value]
    /// Of each stage the program, nil where it reduces, and its scalars' numbers.
    private let maps: [(program: LoweredProgram?, scalars: [Int])]
    let constantCount: Int
    /// About how many nanoseconds one element takes on one thread.
    let nanosecondsPerElement: Double
    /// Stages whose results for a block of lines are kept beside one another at most.
    private static let stageLimit = 256
    /// Whether the kernels take so many operands and stages.
    let isRunnable: Bool

    init(_ program: LineProgram) {
        var values = program.inputs.map { Value(extent: $0.extent) } + program.stages.map { Value(extent: $0.extent) }
        for (position, output) in program.outputs.enumerated() { values[output].output = position }
        stageCount = program.stages.count
        stages = .allocate(capacity: max(1, stageCount))
        var isRunnable =
            stageCount <= Self.stageLimit
            && program.stages.allSatisfy { $0.operands.count <= Int(unloop_line_operands) }
        var maps: [(program: LoweredProgram?, scalars: [Int])] = []
        var constantCount = 0
        var cost = 0.0
        var elementMaps: [Int] = []
        let summed = program.onlySummedStages
        for (position, stage) in program.stages.enumerated() {
            var lowered = unloop_line_stage()
            lowered.maps_lines = stage.extent == .lines
            lowered.operand_count = Int32(stage.operands.count)
            withUnsafeMutableBytes(of: &lowered.operands) { bytes in
                for (place, operand) in zip(bytes.bindMemory(to: Int32.self).indices, stage.operands) {
                    bytes.storeBytes(of: Int32(operand), toByteOffset: 4 * place, as: Int32.self)
                }
            }
            switch stage.work {
            case .reduce(let reduction):
                lowered.reduction = reduction.code(isInteger: stage.type == .integer)
                values[stage.operands[0]].isReduced = true
                cost += 0.05
                maps.append((nil, []))
            case .map(let scalarProgram):
                let map = scalarProgram.lowered
                isRunnable = isRunnable && map.isRunnable
                lowered.code = UnsafePointer(map.code)
                lowered.compiled = Int32(map.compiledNumber ?? -1)
                lowered.constants = Int32(map.constantCount)
                lowered.scalars = Int32(map.scalarTypes.count)
                lowered.first_constant = Int32(constantCount)
                lowered.temporaries = Int32(map.temporaryCount)
                constantCount += map.constantCount
                lowered.line_stage = -1
                if stage.extent == .elements {
                    lowered.is_only_summed = summed.contains(position)
                    lowered.line_stage = unloop_map_line_stage(
                        lowered.compiled, program.operandsOfLines(position), lowered.is_only_summed)
                    for operand in stage.operands { values[operand].meetsElements = true }
                    cost += map.nanosecondsPerElement
                    elementMaps.append(position)
                }
                maps.append((map, stage.scalars))
            }
            (stages + position).initialize(to: lowered)
        }
        for (part, position) in elementMaps.enumerated() {
            (stages[position].part, stages[position].parts) = (Int32(part), Int32(elementMaps.count))
        }
        self.isRunnable = isRunnable
        self.values = values
        self.maps = maps
        self.constantCount = constantCount
        nanosecondsPerElement = cost
    }

    deinit { stages.deallocate() }

    /// The bits of the constants of all maps, one after the other.
    func fill(_ bits: UnsafeMutableBufferPointer<UInt32>, scalars: [Double]) {
        var first = 0
        for case (let program?, let numbers) in maps {
            let part = UnsafeMutableBufferPointer(rebasing: bits[first..<first + program.constantCount])
            program.fill(part, scalars: numbers.isEmpty ? [] : numbers.map { scalars[$0] })
            first += program.constantCount
        }
    }
}
