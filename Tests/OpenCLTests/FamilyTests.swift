#if OpenCL
    import Foundation
    import Testing
    import UnloopBackend
    import UnloopConformance
    import UnloopLoop
    import UnloopOpenCL

    @Suite struct FamilyTests {
        @Test(
            "gives the loop backend's bits with both classes of kernels", arguments: OpenCLDevice.Class.allCases,
            OperationCase.Family.allCases)
        func conformance(_ deviceClass: OpenCLDevice.Class, _ family: OperationCase.Family) throws {
            let loop = LoopBackend()
            let backend = try OpenCLBackend(device: anyDevice(), forcedClass: deviceClass)
            for entry in ConformanceSuite.cases(of: family, upTo: .small) {
                let expected = try entry.run(on: loop)
                let actual = try entry.run(on: backend)
                if let difference = Comparison.bitDifference(expected: expected, actual: actual) {
                    Issue.record("\(entry.name): \(difference)")
                }
            }
        }
    }
#endif
