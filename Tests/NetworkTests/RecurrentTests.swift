import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// What recurrent layers promise beyond PyTorch's numbers: states, lengths, devices, derivatives of derivatives.
@Suite("Recurrent layers") struct RecurrentTests {
    static func devices() throws -> [Device] { try DeviceTests.devices() }

    static func layers(_ units: Int, layers: Int = 1, bidirectional: Bool = false) -> [RecurrentLayer] {
        [
            RNN(units, layers: layers, bidirectional: bidirectional).recurrence,
            GRU(units, layers: layers, bidirectional: bidirectional).recurrence,
            LSTM(units, layers: layers, bidirectional: bidirectional).recurrence,
        ]
    }

    private func lengths(_ lengths: [Int32], on device: Device = .loop) -> Tensor { Tensor(int32: lengths, on: device) }

    private func state(_ layer: RecurrentLayer, batch: Int, _ type: ElementType = .float32) -> RecurrentState {
        RecurrentState(
            (0..<layer.cell.states).map {
                samples([layer.weights.count, batch, layer.units], seed: 90 + UInt64($0), type) / 2
            })
    }

    @Test("shapes, names and numbers of parameters")
    func shapes() throws {
        let lstm = LSTM(3, layers: 2, bidirectional: true).built([5, 4])
        #expect(lstm.root.outputShape(for: [5, 4]) == [5, 6])
        #expect(lstm(samples([2, 5, 4])).shape == [2, 5, 6])
        #expect(lstm(samples([2, 9, 4])).shape == [2, 9, 6])
        #expect(lstm.root.parameters.map(\.name).prefix(3) == ["0.inputWeight", "0.recurrentWeight", "0.bias"])
        #expect(lstm.root.parameters.map(\.name)[3] == "0.reversed.inputWeight")
        // PyTorch's count without its second bias: 4·3·(4 + 3 + 1) and 4·3·(6 + 3 + 1), each twice.
        #expect(lstm.parameterCount == 2 * 96 + 2 * 120)
        #expect(GRU(5).built([2, 3]).parameterCount == 3 * 5 * (3 + 5 + 2))
        #expect(RNN(5).built([2, 3]).parameterCount == 5 * (3 + 5 + 1))
        let last = GRU(5, bidirectional: true, returnsSequences: false).built([2, 3])
        #expect(last.root.outputShape(for: [2, 3]) == [10])
        #expect(last(samples([4, 2, 3])).shape == [4, 10])
        let small = LSTM(2)
        #expect(try small.built([1, 1])[small.weights[0].bias].scalars() == [0, 0, 1, 1, 0, 0, 0, 0])
    }

    @Test("the last output is the forward direction's at the end and the reversed direction's at the start")
    func lastOutput() throws {
        for layer in Self.layers(3, bidirectional: true) {
            let x = samples([2, 4, 2])
            let ends = lengths([4, 2])
            let (sequence, state) = layer.built([4, 2], seed: 3)(x, state: nil, lengths: ends)
            let hidden = state.hidden
            #expect(try hidden[0, 0].isBitEqual(to: sequence[0, 3, 0..<3]), "\(layer.kind)")
            #expect(try hidden[0, 1].isBitEqual(to: sequence[1, 1, 0..<3]), "\(layer.kind)")
            #expect(try hidden[1].isBitEqual(to: sequence[.all, 0, 3..<6]), "\(layer.kind)")
        }
    }

    @Test("a sequence in pieces with its state gives what the whole gives, bit for bit")
    func pieces() throws {
        for layer in Self.layers(4, layers: 2) {
            let model = layer.built([7, 3], seed: 4)
            let x = samples([2, 7, 3])
            let whole = model(x, state: nil)
            let first = model(x[.all, 0..<3], state: nil)
            let second = model(x[.all, 3..<7], state: first.state)
            #expect(
                try Tensor.concatenate([first.output, second.output], axis: 1).isBitEqual(to: whole.output),
                "\(layer.kind)")
            for (a, b) in zip(second.state.tensors, whole.state.tensors) { #expect(try a.isBitEqual(to: b)) }

            // The same through a pass that carries states, as in a stream.
            var carried: CarriedStates? = CarriedStates()
            var outputs: [Tensor] = []
            for step in 0..<7 {
                let pass = Pass(model.values, carrying: carried)
                outputs.append(model(x[.all, step..<step + 1], pass))
                carried = pass.carried
            }
            #expect(try Tensor.concatenate(outputs, axis: 1).isBitEqual(to: whole.output), "\(layer.kind)")
        }
    }

    @Test("each sequence of a batch with lengths gives what it gives alone, whatever follows its end")
    func sequencesWithLengths() throws {
        for layer in Self.layers(3, layers: 2, bidirectional: true) {
            let model = layer.built([5, 2], seed: 5)
            let ends = [3, 0, 5, 1]
            let initial = state(layer, batch: 4)
            var values = try samples([4, 5, 2]).scalars()
            for (row, end) in ends.enumerated() {
                for position in (row * 5 + end) * 2..<(row + 1) * 10 { values[position] = .nan }
            }
            let x = Tensor(values, shape: [4, 5, 2], on: .loop)
            let numbers = lengths(ends.map { Int32($0) })
            let cotangent = samples([4, 5, 6], seed: 8)
            let found = valueWithGradient(of: model, isTraining: false) { pass in
                (layer.forward(x, state: initial, lengths: numbers, pass).output * cotangent).sum()
            }
            let result = model(x, state: initial, lengths: numbers)
            var sums = model.values.map { Tensor.zeros(like: $0.value) }
            for (row, end) in ends.enumerated() {
                let own = RecurrentState(initial.tensors.map { $0[.all, row..<row + 1] })
                let input = x[row..<row + 1, 0..<end]
                let alone = model(input, state: own)
                #expect(try result.output[row..<row + 1, 0..<end].isBitEqual(to: alone.output), "\(layer.kind) \(end)")
                let rest = try result.output[row, end..<5].scalars()
                #expect(rest.allSatisfy { $0 == 0 })
                for (a, b) in zip(result.state.tensors, alone.state.tensors) {
                    #expect(try a[.all, row..<row + 1].isBitEqual(to: b), "\(layer.kind) \(end)")
                }
                let part = valueWithGradient(of: model, isTraining: false) { pass in
                    (layer.forward(input, state: own, pass).output * cotangent[row..<row + 1, 0..<end]).sum()
                }
                sums = zip(sums, part.gradients).map { $0 + $1 }
            }
            for (gradient, sum) in zip(found.gradients, sums) {
                #expect(relativeDifference(try gradient.doubles(), try sum.doubles()) < 1e-5, "\(layer.kind)")
            }
        }
    }

    @Test("lengths out of range are those of the ends; padding finds the lengths")
    func lengthsFromPadding() throws {
        let layer = GRU(2, padding: -1).built([3, 2])
        let x = Tensor(
            [[[1, 2], [-1, 3], [4, -1]], [[5, -1], [-1, -1], [-1, -1]], [[-1, -1], [-1, -1], [-1, -1]]], on: .loop)
        let found = layer(x)
        #expect(try found.isBitEqual(to: layer(x, state: nil, lengths: lengths([3, 1, 0])).output))
        #expect(try found.isBitEqual(to: layer(x, state: nil, lengths: lengths([99, 1, -7])).output))
        #expect(try !found.isBitEqual(to: layer(x, state: nil, lengths: lengths([3, 2, 0])).output))
        // NaN may be the padding too, and reaches no output then.
        let gaps = Tensor(
            [[[1, 2], [3, .nan]], [[5, 6], [.nan, .nan]], [[.nan, .nan], [.nan, .nan]]], on: .loop)
        let filled = Tensor([[[1, 2], [3, 0]], [[5, 6], [0, 0]], [[0, 0], [0, 0]]], on: .loop)
        let another = GRU(2, padding: .nan).built([2, 2])
        let expected = another(filled, state: nil, lengths: lengths([2, 1, 0])).output
        #expect(try another(gaps)[1..<3].isBitEqual(to: expected[1..<3]))
        #expect(try another(gaps)[0, 1].scalars().allSatisfy(\.isNaN))
    }

    @Test("no steps, and no sequences")
    func empty() throws {
        for layer in Self.layers(3, bidirectional: true) {
            let model = layer.built([4, 2], seed: 6)
            let initial = state(layer, batch: 2)
            let none = model(Tensor.zeros([2, 0, 2], on: .loop), state: initial)
            #expect(none.output.shape == [2, 0, 6])
            for (a, b) in zip(none.state.tensors, initial.tensors) { #expect(try a.isBitEqual(to: b)) }
            #expect(model(Tensor.zeros([0, 4, 2], on: .loop)).shape == [0, 4, 6])
            let cotangents = gradient(at: initial.tensors) { tensors in
                model(Tensor.zeros([2, 0, 2], on: .loop), state: RecurrentState(tensors))
                    .state.tensors.map { $0.sum() }.reduce(Tensor(0, on: .loop), +)
            }
            for cotangent in cotangents {
                #expect(try cotangent.scalars() == [Float](repeating: 1, count: cotangent.count))
            }
        }
    }

    @Test("training on sequences without steps is an error")
    func nothingToLearnFrom() {
        let data = Dataset(features: Tensor.zeros([4, 0, 2], on: .loop), labels: Tensor.zeros([4, 0, 1], on: .loop))
        for window in [nil, 3] {
            var model = Model(Sequential([GRU(2), Dense(1)]))
            #expect(throws: TrainingError.emptyExamples(features: [0, 2], labels: [0, 1])) {
                try model.fit(data, loss: .squaredError, window: window, on: .loop, progress: .silent)
            }
        }
    }

    @Test("NaN stays in its sequence and is not hidden")
    func notANumber() throws {
        let layer = LSTM(2).built([3, 1])
        let x = Tensor([[[1], [.nan], [1]], [[1], [2], [3]]], on: .loop)
        let output = try layer(x).scalars()
        #expect(output[0..<2].allSatisfy { $0.isFinite })
        #expect(output[2..<6].allSatisfy { $0.isNaN })
        #expect(output[6...].allSatisfy { $0.isFinite })
    }

    @Test("dropout between layers follows the seed, and only trains")
    func dropout() throws {
        let model = GRU(8, layers: 2, dropout: 0.5).built([3, 2])
        let x = samples([2, 3, 2])
        func trained(seed: UInt64) -> Tensor { model(x, Pass(model.values, isTraining: true, seed: seed)) }
        let a = trained(seed: 1)
        #expect(try a.isBitEqual(to: trained(seed: 1)))
        #expect(try !a.isBitEqual(to: trained(seed: 2)))
        let plain = GRU(8, layers: 2).built([3, 2])
        #expect(try model(x).isBitEqual(to: plain(x)))
        let single = GRU(8, dropout: 0.5).built([3, 2])
        #expect(try single(x, Pass(single.values, isTraining: true)).isBitEqual(to: single(x)))
    }

    @Test("outputs and gradients are the same bits on every device", arguments: [false, true])
    func devices(masked: Bool) throws {
        for index in 0..<3 {
            var reference: [Tensor] = []
            for device in try Self.devices() {
                let layer = Self.layers(20, layers: masked ? 2 : 1, bidirectional: masked)[index]
                var model = Model(layer)
                model.build(inputShape: [6, 5], on: device, seed: 7)
                let x = samples([3, 6, 5], seed: 3, on: device)
                let ends = masked ? lengths([6, 2, 4], on: device) : nil
                let found = valueWithGradient(of: model, isTraining: false) { pass in
                    let result = layer.forward(x, state: nil, lengths: ends, pass)
                    return result.state.tensors.reduce((result.output * result.output).sum()) { $0 + $1.sum() }
                }
                let all = [found.value] + found.gradients
                if reference.isEmpty { reference = all }
                for (a, b) in zip(all, reference) { #expect(try a.isBitEqual(to: b), "\(layer.kind) on \(device)") }
            }
        }
    }

    @Test("Hessian times a vector is the difference of gradients, in float64", arguments: [false, true])
    func secondDerivatives(masked: Bool) throws {
        for layer in Self.layers(2, bidirectional: masked) {
            let model = layer.built([3, 2], seed: 8, .float64)
            let x = samples([2, 3, 2], seed: 2, .float64)
            let ends = masked ? lengths([3, 1]) : nil
            let initial = state(layer, batch: 2, .float64)
            let points = model.values.map(\.value) + initial.tensors
            let directions = points.enumerated().map { samples($1.shape, seed: 30 + UInt64($0), .float64) }
            func loss(_ values: [Tensor]) -> Tensor {
                var changed = model
                for (parameter, value) in zip(layer.parameters, values) { changed[parameter] = value }
                let state = RecurrentState(Array(values.suffix(layer.cell.states)))
                let result = changed(x, state: state, lengths: ends)
                return (result.output * result.output * x.sum()).sum()
                    + (result.state.hidden * result.output[0, 0, 0]).sum()
            }
            // Forward over reverse and reverse over reverse.
            let along = jvp(at: points, tangents: directions) { values in
                Tensor.concatenate(gradient(at: values, loss).map { $0.flattened() })
            }
            let product = vjp(
                at: points, { values in Tensor.concatenate(gradient(at: values, loss).map { $0.flattened() }) },
                cotangent: { _ in Tensor.concatenate(directions.map { $0.flattened() }) })
            let step = 1e-5
            func gradients(_ sign: Double) throws -> [Double] {
                let moved = zip(points, directions).map { $0 + $1 * (sign * step) }
                return try Tensor.concatenate(gradient(at: moved, loss).map { $0.flattened() }).doubles()
            }
            let differences = zip(try gradients(1), try gradients(-1)).map { ($0 - $1) / (2 * step) }
            let reverse = try Tensor.concatenate(product.cotangents.map { $0.flattened() }).doubles()
            #expect(relativeDifference(try along.tangent.doubles(), differences) < 1e-7, "\(layer.kind)")
            #expect(relativeDifference(reverse, differences) < 1e-7, "\(layer.kind)")
        }
    }

    @Test("a cell of one's own")
    func ownCell() throws {
        let leaky = RecurrentCell("leaky", gates: 1, states: 1) { sums, states in
            [0.75 * states[0] + 0.25 * tanh(sums[0])]
        }
        let layer = RecurrentLayer("Leaky", leaky, units: 2, biases: [0.5])
        let model = layer.built([3, 1], .float64)
        let x = samples([1, 3, 1], .float64)
        let input = model[layer.weights[0].inputWeight]
        let recurrent = model[layer.weights[0].recurrentWeight]
        var h = Tensor.zeros([1, 2], .float64, on: .loop)
        for t in 0..<3 { h = 0.75 * h + 0.25 * tanh(matmul(x[.all, t], input) + 0.5 + matmul(h, recurrent)) }
        #expect(relativeDifference(try model(x)[.all, 2].doubles(), try h.doubles()) < 1e-15)
    }

    @Test("backpropagation through time, whole and truncated, is the sum over steps of the notes, in float64")
    func backpropagationThroughTime() throws {
        let (time, units) = (6, 3)
        let recurrent = RNN(units)
        let output = Dense(2, bias: false)
        let model = Model {
            recurrent
            output
        }.built([time, 2], seed: 2, .float64)
        let x = samples([1, time, 2], seed: 1, .float64)
        let y = samples([1, time, 2], seed: 2, .float64)
        let (wx, wh) = (model[recurrent.weights[0].inputWeight], model[recurrent.weights[0].recurrentWeight])
        let wo = model[output.weight]
        var h = [Tensor.zeros([1, units], .float64, on: .loop)]
        for t in 0..<time { h.append(tanh(matmul(x[.all, t], wx) + matmul(h[t], wh))) }
        var wholeSum: [Tensor] = []
        for window in [1, 2, 4, 6, 100] {
            var (dx, dh, db, dwo) = (wx * 0, wh * 0, h[0] * 0, wo * 0)
            for t in 0..<time {
                let error = matmul(h[t + 1], wo) - y[.all, t]
                dwo = dwo + matmul(h[t + 1].transposed(), error)
                var carried = matmul(error, wo.transposed())
                for earlier in stride(from: t, through: t / window * window, by: -1) {
                    let delta = carried * (1 - h[earlier + 1] * h[earlier + 1])
                    dh = dh + matmul(h[earlier].transposed(), delta)
                    dx = dx + matmul(x[.all, earlier].transposed(), delta)
                    db = db + delta
                    carried = matmul(delta, wh.transposed())
                }
            }
            let found = model.truncatedBackpropagation(
                Dataset(features: x, labels: y), loss: .halfSquaredError, steps: window)
            for (gradient, expected) in zip(found.gradients, [dx, dh, db[0], dwo]) {
                #expect(relativeDifference(try gradient.doubles(), try expected.doubles()) < 1e-13, "window \(window)")
            }
            if window >= time {
                let whole = valueWithGradient(of: model) { pass in Loss.halfSquaredError(model(x, pass), y) }
                for (a, b) in zip(found.gradients, whole.gradients) { #expect(try a.isBitEqual(to: b)) }
                wholeSum = whole.gradients
            }
        }
        #expect(!wholeSum.isEmpty)
    }

    @Test("training in windows makes a step for each window, with states carried, alike on every device")
    func trainingInWindows() throws {
        var hashes = Set<String>()
        for device in try Self.devices() {
            var model = Model {
                GRU(5)
                Dense(1)
            }
            model.build(inputShape: [7, 2], on: device, seed: 1)
            let data = Dataset(
                features: samples([4, 7, 2], seed: 1, on: device), labels: samples([4, 7, 1], seed: 2, on: device))
            var trainer = Trainer(model, loss: .meanSquaredError, optimizer: .sgd(0.1), window: 3)
            let loss = trainer.step(data)
            #expect(trainer.step == 3)
            hashes.insert(try trainer.model.weightsSHA256())

            var byHand = model
            var carried: CarriedStates? = CarriedStates()
            var state = OptimizerState(.sgd(0.1))
            var mean = 0.0
            for range in [0..<3, 3..<6, 6..<7] {
                let found = valueWithGradient(of: byHand, carrying: carried) { pass in
                    Loss.meanSquaredError(byHand(data.features[.all, range], pass), data.labels[.all, range])
                }
                try state.update(&byHand, found)
                carried = found.carried
                mean += Double(try found.value.item()) * Double(range.count) / 7
            }
            #expect(try byHand.weightsSHA256() == trainer.model.weightsSHA256())
            #expect(abs(Double(try loss.item()) - mean) < 1e-6)
        }
        #expect(hashes.count == 1)
    }

    @Test("gates that start open bridge a lag that a plain network forgets")
    func lag() throws {
        // How much of a change of the first input is left after 60 steps.
        func influence(_ layer: some Recurrent) throws -> Double {
            var model = Model(layer)
            model.build(inputShape: [60, 3], on: .cpu, seed: 2)
            let x = samples([8, 60, 3], seed: 4, on: .cpu)
            let found = gradient(at: x) { model($0).squared().sum() }
            return Double(try sqrt(found[.all, 0].squared().sum()).item())
        }
        let plain = try influence(RNN(16, returnsSequences: false))
        #expect(try influence(LSTM(16, returnsSequences: false, forgetBias: 4)) > 1000 * plain)
        #expect(try influence(GRU(16, returnsSequences: false, updateBias: 4)) > 1000 * plain)
    }

    @Test("mistakes end the program with a text that names the layer and the shapes")
    func mistakes() async {
        func expectTrap(_ text: String, _ result: ExitTest.Result?) {
            let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
            #expect(message.contains(text), "\(message)")
        }
        expectTrap(
            "GRU(2): input [1, 4, 5] is not [batch, time, 3], which the weights take",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = GRU(2).built([4, 3])(Tensor.zeros([1, 4, 5], on: .loop))
            })
        expectTrap(
            "LSTM(2): the state is [[1, 1, 2]], not 2 tensors [1, 1, 2]",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let state = RecurrentState([Tensor.zeros([1, 1, 2], on: .loop)])
                _ = LSTM(2).built([4, 3])(Tensor.zeros([1, 4, 3], on: .loop), state: state)
            })
        expectTrap(
            "RNN(2, bidirectional): a bidirectional layer needs whole sequences",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let model = RNN(2, bidirectional: true).built([4, 3])
                _ = model(Tensor.zeros([1, 4, 3], on: .loop), Pass(model.values, carrying: CarriedStates()))
            })
    }

    @Test("training that diverges names the step and leaves finite weights")
    func divergence() throws {
        var model = Model {
            RNN(3, activation: .relu)
            Dense(1)
        }.built([5, 2])
        let data = Dataset(features: samples([4, 5, 2], seed: 1) * 1e6, labels: samples([4, 5, 1], seed: 2))
        #expect(throws: TrainingError.self) {
            try model.fit(
                data, loss: .meanSquaredError, optimizer: .sgd(1e9), epochs: 20, batchSize: 4, window: 2, on: .loop,
                progress: .silent)
        }
        for (_, value) in model.values {
            let numbers = try value.scalars()
            #expect(numbers.allSatisfy { $0.isFinite })
        }
    }
}
