import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

@Suite struct GradientReportTests {
    static func model() -> Model<Sequential> {
        Model {
            Dense(4, activation: .tanh)
            Residual { Dense(4, activation: .sigmoid) }
            BatchNorm()
            Dense(2)
        }
    }

    func data(_ count: Int = 24, on device: Device = .loop, _ type: ElementType = .float32) -> Dataset {
        Dataset(
            features: samples([count, 3], on: device, type), labels: samples([count, 2], seed: 2, on: device, type))
    }

    @Test func normsAreThoseOfTheLayers() throws {
        let model = Self.model().built([3], .float64)
        let data = data(.float64)
        let report = try GradientReport(of: model, loss: .meanSquaredError, on: data)
        #expect(report.steps == [1])
        #expect(report.layers.map(\.name) == ["0", "1.0", "2", "3"])
        #expect(report.layers.map(\.kind) == ["Dense(4, tanh)", "Dense(4, sigmoid)", "BatchNorm", "Dense(2)"])
        let found = valueWithGradient(of: model) { pass in
            Loss.meanSquaredError(model(data.features, pass), data.labels)
        }
        let squares = try found.gradients.map { try $0.doubles().reduce(0) { $0 + $1 * $1 } }
        let expected = [(0, 1), (2, 3), (4, 5), (6, 7)].map { (squares[$0] + squares[$1]).squareRoot() }
        #expect(relativeDifference(report.layers.map(\.median), expected) < 1e-14)
        #expect(report.layers.allSatisfy { $0.weights.isEmpty && $0.updates.isEmpty && $0.relativeUpdate.isNaN })
    }

    @Test func labelsOutsideTheClassesAreAnError() {
        let batch = Dataset(features: samples([2, 3]), labels: Tensor(int32: [1, 9], on: .loop))
        #expect(throws: TrainingError.labelOutOfRange(label: 9, classes: 2)) {
            try GradientReport(of: Self.model().built([3]), loss: .softmaxCrossEntropy, on: batch)
        }
    }

    @Test func aNetworkThatIsNotBuiltIsRefused() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let batch = Dataset(features: samples([2, 3]), labels: samples([2, 2], seed: 2))
            _ = try GradientReport(of: GradientReportTests.model(), loss: .meanSquaredError, on: batch)
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("Sequential: the network is not built"), "\(message)")
    }

    private func data(_ type: ElementType) -> Dataset { data(24, on: .loop, type) }

    /// Squares of these overflow or vanish in float32.
    @Test func normsOfNumbersOfAnySize() throws {
        let model = Model { for _ in 0..<6 { Dense(2, bias: false) } }.built([2])
        func gradient(_ a: Float, _ b: Float) -> Tensor { Tensor([[a, 0], [0, b]], on: .loop) }
        let recorder = GradientRecorder()
        try recorder.record(
            [
                gradient(3e-30, 4e-30), gradient(-3e30, 4e30), gradient(0, 0), gradient(.nan, 1),
                gradient(1, -.infinity), gradient(-3, 4),
            ], of: model.values, step: 7)
        let report = try recorder.report()
        #expect(report.steps == [7])
        let norms = report.layers.map(\.gradients[0])
        #expect(abs(norms[0] / 5e-30 - 1) < 1e-6 && abs(norms[1] / 5e30 - 1) < 1e-6)
        #expect(norms[2] == 0 && norms[3].isNaN && norms[4] == .infinity && norms[5] == 5)
        let findings = report.findings()
        #expect(findings.contains(.zero(layer: "2")))
        #expect(
            findings.contains(.notFinite(layer: "3", step: 7)) && findings.contains(.notFinite(layer: "4", step: 7)))
        #expect(findings.contains { if case .vanishing("0", _) = $0 { true } else { false } })
        #expect(findings.contains { if case .exploding("1", _) = $0 { true } else { false } })
        #expect(!findings.contains { "\($0)".contains("layer 5") })
        #expect(
            report.description.hasSuffix(
                "layers 3, 4: the gradient is not finite; layer 3: the gradient is not finite at step 7"))
    }

    @Test func theRuleIsAsStated() {
        func layer(_ name: String, _ norms: [Double]) -> GradientReport.LayerNorms {
            GradientReport.LayerNorms(name: name, kind: "Dense", gradients: norms, weights: [], updates: [])
        }
        let report = GradientReport(
            steps: [1, 3, 5],
            layers: [
                layer("a", [0.9e-3, 1e-9, 1]), layer("b", [1.1e-3, 1e-9, 1]), layer("c", [999, 2000, 1]),
                layer("d", [1001, 1001, 1]), layer("e", [1, 1, 1500]), layer("f", [.nan, 2, .infinity]),
                layer("g", [1, 1, 1]),
            ])
        #expect(
            report.findings() == [
                .vanishing(layer: "a", ratio: 0.9e-3), .burst(layer: "a", step: 5, ratio: 1 / 0.9e-3),
                .exploding(layer: "d", ratio: 1001), .burst(layer: "e", step: 5, ratio: 1500),
                .notFinite(layer: "f", step: 1),
            ])
        #expect(report.findings(.init(vanishing: 0, exploding: 1e9)) == [.notFinite(layer: "f", step: 1)])
        #expect(GradientReport(steps: [], layers: []).findings().isEmpty)
        #expect(GradientReport(steps: [], layers: [layer("a", [])]).findings().isEmpty)
    }

    @Test func aTrainingIsRecorded() throws {
        var model = Model {
            Dense(5, activation: .tanh)
            Dense(2)
        }
        let recorder = GradientRecorder(every: 3)
        try model.fit(
            data(40), loss: .meanSquaredError, optimizer: .sgd(0.5).clipped(.value(1e9)), epochs: 2, batchSize: 8,
            seed: 1, on: .loop, callbacks: [recorder.callback], progress: .silent)
        let report = try recorder.report()
        #expect(report.steps == [1, 4, 7, 10])
        for layer in report.layers {
            #expect(layer.gradients.count == 4 && layer.weights.count == 4 && layer.updates.count == 4)
            // A step of gradient descent is the gradient times the rate; adding it to the weights rounds.
            #expect(zip(layer.updates, layer.gradients).allSatisfy { abs($0 - 0.5 * $1) < 1e-6 })
        }
        let start = Model { for units in [5, 2] { Dense(units) } }.built([3])
        let first = try start.values[0].value.doubles().reduce(0) { $0 + $1 * $1 }.squareRoot()
        #expect(abs(report.layers[0].weights[0] - first) < 1e-6)
        #expect(report.description.contains("4 steps") && report.description.contains("no gradient vanishes"))
    }

    @Test func plotsHaveALineForEachLayerOrStep() throws {
        let layers = (0..<9).map { number in
            GradientReport.LayerNorms(name: "\(number)", kind: "Dense", gradients: [1, .nan, Double(number)])
        }
        let report = GradientReport(steps: [1, 2, 3], layers: layers)
        let byLayer = report.plotOfLayers(title: "norms").svg()
        #expect(["norms", "step 1", "median", "step 3"].allSatisfy(byLayer.contains))
        let byStep = report.plotOfSteps(layers: 3).svg()
        #expect(["layer 0", "layer 4", "layer 8"].allSatisfy(byStep.contains) && !byStep.contains("layer 1"))
        #expect(report.plotOfSteps(layers: 2).terminal().contains("layer 8"))
        #expect(GradientReport(steps: [1], layers: layers).plotOfLayers().svg().contains("gradient"))
        let empty = GradientReport(steps: [], layers: [])
        #expect(!empty.plotOfSteps().terminal().isEmpty && !empty.plotOfLayers().svg().isEmpty)
    }

    @Test func manyStepsAreReadInParts() throws {
        let model = Model { Dense(1, bias: false) }.built([1])
        let recorder = GradientRecorder(updates: false)
        for step in 1...600 {
            try recorder.record([Tensor([[Float(step)]], on: .loop)], of: model.values, step: step)
            if step == 300 { #expect(try recorder.report().steps.count == 300) }
        }
        let report = try recorder.report()
        #expect(report.steps == Array(1...600) && report.layers[0].gradients == (1...600).map(Double.init))
        #expect(report.layers[0].median == 300.5)
    }

    @Test func everyDeviceFindsTheSameNorms() throws {
        let reports = try DeviceTests.devices().map { device in
            let recorder = GradientRecorder()
            var model = Self.model()
            try model.fit(
                data(on: device), loss: .meanSquaredError, batchSize: 10, seed: 3, on: device,
                callbacks: [recorder.callback], progress: .silent)
            return try recorder.report()
        }
        for report in reports.dropFirst() {
            #expect(report.layers.map(\.gradients) == reports[0].layers.map(\.gradients))
            #expect(report.layers.map(\.updates) == reports[0].layers.map(\.updates))
        }
        #expect(reports[0].layers.allSatisfy { $0.gradients.count == 3 && $0.gradients.allSatisfy { $0 > 0 } })
    }
}
