import Testing
import UnloopBackend
import UnloopConformance
import UnloopTensor

/// Random programs of tensor operations: the short form of scripts/random-check.
@Suite struct RandomProgramTests {
    private static func report(_ report: RandomReport) -> Comment {
        Comment(
            rawValue: report.failures.map { "program \($0.index), \($0.configuration): \($0.difference)\n\($0.source)" }
                .joined(separator: "\n"))
    }

    @Test("random programs have the loop's bits on the processor, with every instruction set and number of threads")
    func processor() throws {
        let check = RandomCheck(seed: 1, configurations: try RandomConfiguration.cpu())
        let report = check.run(first: 0, count: 150)
        #expect(report.isClean, Self.report(report))
        #expect(report.programs == 150 && report.rows.allSatisfy { $0.row.programs == 150 })
        #expect(report.rows.allSatisfy { $0.row.beside > 0 }, "some run beside others")
        #expect(report.compared > 20 && report.differentiated > 20, "float64 says something about many")
    }

    #if OpenCL
        @Test("random programs have the loop's bits on OpenCL devices, with both kinds of kernels")
        func openCL() throws {
            let configurations = try RandomConfiguration.openCL(compiledEvery: 25)
            let report = RandomCheck(seed: 2, size: .tiny, configurations: configurations).run(first: 0, count: 150)
            #expect(report.isClean, Self.report(report))
            #expect(report.rows.allSatisfy { $0.row.programs > 0 })
        }
    #endif

    /// The derivative of `x - x` and a tiny product of `x`: what the cancelling cotangents are does not hold the product's.
    @Test("cotangents that cancel leave their rounding in a derivative") func cancellingCotangents() throws {
        let check = RandomCheck(seed: 2027, configurations: [])
        for path in [[], [1, 6, 12, 18]] {
            let program = try #require(check.program(9097).following(path))
            if case .beyond(let difference) = program.derivativeDifference() { Issue.record("\(difference)") }
        }
        #expect(check.run(first: 9097, count: 1).isClean)
    }

    @Test("a program depends on its seed and number only")
    func reproducible() {
        func sources(_ seed: UInt64) -> [String] {
            (0..<20).map { RandomProgram.random(seed: seed, index: $0).source(device: ".cpu", remark: "") }
        }
        #expect(sources(3) == sources(3))
        #expect(sources(3) != sources(4))
        #expect(Set(sources(3)).count == 20)
    }

    @Test("every operation of the registry occurs")
    func registry() {
        var names: Set<String> = []
        for index in 0..<4000 {
            names.formUnion(RandomProgram.random(seed: 5, index: index, size: .tiny).operationNames)
        }
        for name in [
            "matmul", "matmul with epilogue", "convolution1D", "convolution2D", "convolution3D",
            "transposedConvolution2D",
            "maxPool2D", "averagePool3D", "softmaxCrossEntropy", "layerNormalized", "recurrence", "gathering",
            "scatteringAdd", "randomBits", "formula", "sum of a formula", "rejoin", "permuted",
        ] {
            #expect(names.contains(name), "\(name)")
        }
        #expect(names.count > 100)
    }

    @Test("a result that is not written is found, made minimal and printed")
    func forgetfulDevice() throws {
        let device = Device(UnreliableBackend(forgetsCumulativeSums: true), label: "forgetful")
        let configuration = RandomConfiguration(label: "forgetful", device: device, source: ".cpu")
        let check = RandomCheck(seed: 6, size: .tiny, configurations: [configuration], reported: 1)
        let report = check.run(first: 0, count: 200)
        let failure = try #require(report.failures.first)
        #expect(failure.kind == .bits)
        #expect(failure.source.contains("cumulativeSum"), "\(failure.source)")
        #expect(!report.isClean)
        // The path leads to the program that is printed.
        let minimal = try #require(check.program(failure.index).following(failure.path))
        #expect(minimal.operationNames == ["cumulativeSum"])
        #expect(failure.source == minimal.source(device: ".cpu", remark: check.remark(failure.index, failure.path)))
    }

    @Test("what fails is made minimal")
    func minimal() throws {
        let index = try #require(
            (0..<500).first {
                let names = RandomProgram.random(seed: 8, index: $0).operationNames
                return names.contains("matmul") && names.count > 3
            })
        let program = RandomProgram.random(seed: 8, index: index)
        let (found, path) = program.minimal(attempts: 2000) { $0.operationNames.contains("matmul") }
        #expect(found.operationNames == ["matmul"])
        #expect(program.following(path)?.operationNames == ["matmul"])
    }
}
