import Foundation
import Testing
import UnloopBackend
import UnloopConformance
import UnloopData
import UnloopNetwork
import UnloopTensor

@Suite struct LBFGSTests {
    static func rosenbrock(_ x: Tensor) -> Tensor {
        let (head, tail) = (x[0..<x.shape[0] - 1], x[1..<x.shape[0]])
        return ((tail - head.squared()).squared() * 100 + (1 - head).squared()).sum()
    }

    @Test("the valley of Rosenbrock's function, in 2 and in 10 dimensions", arguments: [2, 10])
    func rosenbrock(dimensions: Int) throws {
        let start = Tensor(float64: (0..<dimensions).map { $0 % 2 == 0 ? -1.2 : 1 }, on: .loop)
        let settings = LBFGS(gradientTolerance: 1e-8, valueTolerance: 0)
        let (point, report) = try settings.minimize(from: start, maximumIterations: 200, Self.rosenbrock)
        #expect(report.outcome == .gradientIsSmall)
        #expect(try relativeDifference(point.doubles(), Array(repeating: 1, count: dimensions)) < 1e-7)
        #expect(zip(report.values, report.values.dropFirst()).allSatisfy { $0 > $1 })
        // SciPy 1.17.1's L-BFGS-B needs 38 and 78 iterations for the same tolerance.
        #expect(report.iterations < 100)
        #expect(report.evaluations < 2 * report.iterations)
    }

    @Test func aConvexQuadratic() throws {
        let n = 30
        let a = samples([n, n], seed: 4, .float64)
        let matrix = matmul(a.transposed(), a) / Double(n) + Tensor.eye(n, .float64, on: .loop) * 0.1
        let solution = samples([n], seed: 5, .float64)
        let b = dot(matrix, solution)
        let settings = LBFGS(gradientTolerance: 1e-9, valueTolerance: 0)
        let (point, report) = try settings.minimize(from: Tensor.zeros(like: b), maximumIterations: 500) { x in
            (x * dot(matrix, x)).sum() * 0.5 - (b * x).sum()
        }
        #expect(report.outcome == .gradientIsSmall)
        #expect(try relativeDifference(point.doubles(), solution.doubles()) < 1e-7)
    }

    @Test("logistic regression ends where SciPy's does", arguments: [ElementType.float64, .float32])
    func logisticRegression(type: ElementType) throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Golden/minima.json"
        let records = try GoldenRecord.read(path)
        #expect(records.count == 3)
        for record in records {
            let data = Dataset(features: record.inputs[0].tensor(type), labels: record.inputs[1].tensor(type))
            var model = Model { Dense(1) }.built(data.exampleShape, type)
            let settings = LBFGS(
                gradientTolerance: type == .float64 ? 1e-10 : 1e-6, valueTolerance: 0, l2: try record.number("l2"))
            let report = try model.fit(
                data, loss: .sigmoidCrossEntropy, optimizer: settings, on: .loop, progress: .silent)
            let found = try model.values.flatMap { try $0.value.doubles() }
            // The error is the gradient's over the smallest curvature, which is near l2.
            let bound = type == .float64 ? 1e-7 : 1e-3
            #expect(
                relativeDifference(found, record.outputs[0].values + record.outputs[1].values) < bound, "\(record.name)"
            )
            #expect(abs(report.value - record.outputs[2].values[0]) < (type == .float64 ? 1e-12 : 1e-6))
        }
    }

    @Test("float32: the same bits on every device, and as near as rounding allows")
    func devices() throws {
        var hashes: Set<String> = []
        for device in try DeviceTests.devices() {
            // OpenCL would compile a dozen kernels for nothing but Rosenbrock's function.
            if device.kind != .opencl {
                let start = Tensor([-1.2, 1, -1.2, 1], on: device)
                let settings = LBFGS(memory: 3, gradientTolerance: 1e-4, valueTolerance: 0)
                let (point, report) = try settings.minimize(from: start, maximumIterations: 150, Self.rosenbrock)
                hashes.insert(try point.sha256())
                #expect(try relativeDifference(point.doubles(), [1, 1, 1, 1]) < 1e-3, "\(report)")
            }

            var model = HessianFreeTests.autoencoder()
            let data = HessianFreeTests.data(on: device)
            let trained = try model.fit(
                data, loss: .sigmoidCrossEntropy, optimizer: LBFGS(l2: 1e-5, chunkSize: 16), epochs: 8, seed: 3,
                on: device,
                progress: .silent)
            #expect(trained.value < trained.values[0])
            hashes.insert(try model.weightsSHA256())
        }
        #expect(hashes.count == 2)
    }

    @Test func severalTensors() throws {
        let start = [Tensor.zeros([2, 2], .float64, on: .loop), Tensor(float64: [5], on: .loop)]
        let (point, _) = try LBFGS(gradientTolerance: 1e-10, valueTolerance: 0).minimize(from: start) { x in
            (x[0] - 3).squared().sum() + (x[1] + 2).squared().sum() * 10
        }
        #expect(point.map(\.shape) == [[2, 2], [1]])
        #expect(try relativeDifference(point.flatMap { try $0.doubles() }, [3, 3, 3, 3, -2]) < 1e-9)
    }

    @Test func startAtTheOptimum() throws {
        let start = Tensor(float64: [2, 3], on: .loop)
        let (point, report) = try LBFGS().minimize(from: start) { ($0 - start).squared().sum() }
        #expect(report.outcome == .gradientIsSmall && report.iterations == 0 && report.evaluations == 1)
        #expect(try point.doubles() == [2, 3])
        let (same, none) = try LBFGS().minimize(from: start, maximumIterations: 0) { $0.sum() }
        #expect(none.outcome == .iterationLimit && none.iterations == 0)
        #expect(try same.doubles() == [2, 3])
        let (empty, nothing) = try LBFGS().minimize(from: Tensor.zeros([0], .float64, on: .loop)) { $0.sum() }
        #expect(empty.shape == [0] && nothing.outcome == .gradientIsSmall)
    }

    @Test func notANumberAtTheStart() throws {
        let error = #expect(throws: OptimizationError.self) {
            try LBFGS().minimize(from: Tensor(float64: [-1], on: .loop)) { log($0).sum() }
        }
        guard case .notFinite(iteration: 0, let value, let lastGood)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(value.isNaN)
        #expect(try lastGood[0].doubles() == [-1])
        var model = Model { Dense(1) }.built([2])
        let before = try model.weightsSHA256()
        #expect(throws: TrainingError.dataNotFinite(part: "features", example: 0, epoch: 1, step: 1)) {
            try model.fit(
                Dataset(features: Tensor([[1, .nan]], on: .loop), labels: Tensor([1], on: .loop)), loss: .squaredError,
                optimizer: LBFGS(), on: .loop, progress: .silent)
        }
        #expect(try model.weightsSHA256() == before)
    }

    @Test func stepsOverTheEdgeAreShortened() throws {
        // -log(1 - x²) + (x - 0.5)²: NaN outside of (-1, 1); steps of quasi-Newton from 0.99 try to leave it.
        let (point, report) = try LBFGS(gradientTolerance: 1e-10, valueTolerance: 0).minimize(
            from: Tensor(float64: [0.999], on: .loop)
        ) { x in (-log(1 - x.squared()) + (x - 0.5).squared()).sum() }
        #expect(report.outcome == .gradientIsSmall)
        // 2x / (1 - x²) + 2 (x - 0.5) = 0
        let x = try point.doubles()[0]
        #expect(abs(2 * x / (1 - x * x) + 2 * (x - 0.5)) < 1e-9)
    }

    @Test func notANumberHoweverShortTheStep() throws {
        // The function is finite at the start alone.
        let error = #expect(throws: OptimizationError.self) {
            try LBFGS().minimize(from: Tensor(float64: [2], on: .loop)) { x in
                let inside = (x .>= 2).to(.float64)
                return (x / inside).sum()
            }
        }
        guard case .notFinite(iteration: 1, _, let lastGood)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try lastGood[0].doubles() == [2])
    }

    @Test func aFunctionWithoutMinimumEnds() throws {
        let (_, report) = try LBFGS().minimize(from: Tensor(float64: [1], on: .loop), maximumIterations: 5) { $0.sum() }
        #expect(report.value < -1000)
        #expect(report.iterations <= 5)
    }
}
