import Foundation
import Testing
import UnloopBackend
import UnloopConformance
import UnloopLoop

/// What single operations cannot show: work in order without waiting, memory that is reused, calls from many threads.
@Suite("Order of work on devices") struct OrderTests {
    /// A power iteration whose temporaries are dropped while the work that uses them may still be under way.
    private func chain(on backend: any Backend, steps: Int) throws -> HostArray {
        let size = 48
        let matrix = try backend.upload(
            .float32((0..<size * size).map { Float(($0 * 7919) % 257) / 257 - 0.4 }))
        var vector = try backend.upload(.float32((0..<size).map { Float($0 % 5) + 1 }))
        let scale = ScalarProgram { x, largest in x / (abs(largest) + 0.5) }
        let bend = ScalarProgram { x in x + 0.25 * sin(x) }
        for _ in 0..<steps {
            let product = try backend.allocate(.float32, count: size)
            try backend.matmul(
                MatmulDescriptor(m: size, n: 1, k: size), StridedView(matrix, shape: [size, size]),
                StridedView(vector, shape: [size, 1]), epilogue: Epilogue(bend),
                output: StridedView(product, shape: [size, 1]))
            let largest = try backend.allocate(.float32, count: 1)
            try backend.reduce(
                ReduceDescriptor(.maximum, outer: 1, length: size, inner: 1),
                inputs: [StridedView(product, shape: [1, size, 1])], scalars: [],
                output: StridedView(largest, shape: [1, 1]))
            let next = try backend.allocate(.float32, count: size)
            try backend.map(
                scale,
                inputs: [
                    StridedView(product, shape: [size]), StridedView(largest, shape: [size], strides: [0]),
                ], scalars: [], outputs: [StridedView(next, shape: [size])])
            vector = next
        }
        return try backend.download(vector, offset: 0, count: size)
    }

    @Test("a long chain over dropped temporaries gives the loop backend's bits")
    func droppedTemporaries() throws {
        let expected = try chain(on: LoopBackend(), steps: 60)
        for device in try TestDevice.all.get() {
            let actual = try chain(on: device.backend, steps: 60)
            #expect(Comparison.bitDifference(expected: [expected], actual: [actual]) == nil, "\(device.label)")
        }
    }

    @Test("updates in place follow one another")
    func updatesInPlace() throws {
        let program = ScalarProgram(inputs: [.real, .real], scalars: [.real]) { x, s in
            [(Scalar(x[0]) * 0.9 + Scalar(x[1]) * Scalar(s[0])).expression]
        }
        func run(on backend: any Backend) throws -> HostArray {
            let value = StridedView(try backend.upload(.float32((0..<5000).map { Float($0) })), shape: [5000])
            let step = StridedView(try backend.upload(.float32((0..<5000).map { Float($0 % 13) })), shape: [5000])
            for number in 0..<100 {
                try backend.map(program, inputs: [value, step], scalars: [Double(number) * 0.01], outputs: [value])
            }
            return try backend.download(value.buffer, offset: 0, count: 5000)
        }
        let expected = try run(on: LoopBackend())
        for device in try TestDevice.all.get() {
            #expect(
                Comparison.bitDifference(expected: [expected], actual: [try run(on: device.backend)]) == nil,
                "\(device.label)")
        }
    }

    @Test("one device serves many threads")
    func threads() async throws {
        let cases = ConformanceSuite.cases.filter { $0.sizeClass == .tiny }
        // Every 23rd, so that all families are among them.
        let chosen = stride(from: 0, to: cases.count, by: 23).map { cases[$0] }
        #expect(Set(chosen.map(\.family)).count == OperationCase.Family.allCases.count)
        let loop = LoopBackend()
        let expected = try chosen.map { try $0.run(on: loop) }
        for device in try TestDevice.all.get() {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        for position in chosen.indices {
                            // Each worker begins somewhere else.
                            let index = (position + worker * chosen.count / 4) % chosen.count
                            let actual = try chosen[index].run(on: device.backend)
                            let difference = Comparison.bitDifference(expected: expected[index], actual: actual)
                            #expect(difference == nil, "\(device.label), \(chosen[index].name)")
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
