import Testing
import UnloopBackend
import UnloopConformance
import UnloopLoop

@Suite("Conformance suite") struct ConformanceSuiteTests {
    @Test("has at least 2,000 cases with names of their own, of every family and size class")
    func registry() {
        let cases = ConformanceSuite.cases
        #expect(cases.count >= 2000)
        let repeated = Dictionary(grouping: cases, by: \.name).filter { $0.value.count > 1 }.keys.sorted()
        #expect(repeated.isEmpty)
        for family in OperationCase.Family.allCases {
            #expect(cases.contains { $0.family == family && $0.sizeClass == .tiny })
        }
        #expect(cases.contains { $0.sizeClass == .large })
    }

    @Test("makes the same operands at every call")
    func deterministicOperands() {
        for entry in ConformanceSuite.cases where entry.sizeClass == .tiny {
            #expect(Comparison.bitDifference(expected: entry.makeInputs(), actual: entry.makeInputs()) == nil)
        }
    }

    @Test("finds a single wrong bit")
    func sensitivity() {
        let right: [HostArray] = [.float32([1, 2, .nan]), .int32([1])]
        let wrong: [HostArray] = [.float32([1, Float(2).nextUp, -.nan]), .int32([1])]
        let difference = Comparison.bitDifference(expected: right, actual: wrong)
        #expect(difference?.index == 1)
        #expect(difference?.count == 1)
        #expect(Comparison.bitDifference(expected: [.float32([0])], actual: [.float32([-0.0])]) != nil)
        #expect(Comparison.bitDifference(expected: right, actual: right) == nil)
    }
}

/// float32 results of the loop backend against the same operations in float64, within bounds that have a reason.
@Suite("Loop backend against float64") struct TruthTests {
    let loop = LoopBackend()

    @Test("every case with a stated accuracy keeps it", arguments: OperationCase.Family.allCases)
    func accuracy(_ family: OperationCase.Family) throws {
        for entry in ConformanceSuite.cases(of: family, upTo: .small) {
            let result = try entry.run(on: loop)
            let truth = try entry.run(on: loop, inFloat64: true)
            switch entry.accuracy {
            case .notStated: continue
            case .exact: check(entry, result, truth) { _, value, truth in value.isEqual(to: truth) }
            case .ulp(let units):
                check(entry, result, truth) { _, value, truth in Comparison.ulpError(value, truth: truth) <= units }
            case .sums(let length):
                let magnitudes = try entry.run(
                    on: loop, inputs: entry.makeInputs().map(\.widened.magnitudes), inFloat64: true)
                try checkSums(entry, result, truth, magnitudes, length)
            }
        }
    }

    private func checkSums(
        _ entry: OperationCase, _ result: [HostArray], _ truth: [HostArray], _ magnitudes: [HostArray], _ length: Int
    ) throws {
        let magnitudes = magnitudes.map(\.doubles)
        check(entry, result, truth) { position, value, truth in
            abs(Double(value) - truth)
                <= Comparison.sumBound(
                    length: length, magnitude: magnitudes[position.output][position.index], result: truth)
        }
    }

    private func check(
        _ entry: OperationCase, _ result: [HostArray], _ truth: [HostArray],
        _ agree: (_ position: (output: Int, index: Int), _ value: Float, _ truth: Double) -> Bool
    ) {
        for (output, (left, right)) in zip(result, truth).enumerated() {
            if case .int32 = left {
                #expect(left == right, "\(entry.name), output \(output)")
                continue
            }
            let (values, truths) = (left.doubles, right.doubles)
            if let index = values.indices.first(where: { !agree((output, $0), Float(values[$0]), truths[$0]) }) {
                Issue.record(
                    "\(entry.name), output \(output), element \(index): \(values[index]), in float64 \(truths[index])")
            }
        }
    }
}

extension HostArray {
    var doubles: [Double] {
        switch self {
        case .float32(let values): values.map(Double.init)
        case .float64(let values): values
        case .int32(let values): values.map(Double.init)
        }
    }
}

extension Float {
    /// Equal as numbers; NaN equals NaN.
    fileprivate func isEqual(to truth: Double) -> Bool { Double(self) == truth || (isNaN && truth.isNaN) }
}
