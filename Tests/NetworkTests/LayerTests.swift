import Testing
import UnloopBackend
import UnloopNetwork
import UnloopTensor

@Suite struct LayerTests {
    @Test func aDenseNetworkOf5631Has61Parameters() {
        let model = Model {
            Dense(6, activation: .relu)
            Dense(3, activation: .relu)
            Dense(1, activation: .sigmoid)
        }.built([5])
        #expect(model.parameterCount == 61)
        #expect(
            model.namedParameters.map(\.name) == ["0.weight", "0.bias", "1.weight", "1.bias", "2.weight", "2.bias"])
        #expect(model.values.map(\.value.shape) == [[5, 6], [6], [6, 3], [3], [3, 1], [1]])
    }

    @Test(arguments: [6, 44, 100])
    func tenFiltersOf333Have280ParametersAtAnySize(size: Int) {
        #expect(Convolution2D(filters: 10, kernel: 3).built([size, size, 3]).parameterCount == 280)
    }

    @Test func outputSizesOfConvolutions() {
        #expect(Convolution2D(filters: 1, kernel: 3, stride: 4).outputShape(for: [44, 44, 1]) == [11, 11, 1])
        #expect(Convolution2D(filters: 4, kernel: 3).outputShape(for: [6, 6, 3]) == [4, 4, 4])
        #expect(Convolution2D(filters: 2, kernel: 3, padding: .same).outputShape(for: [7, 9, 1]) == [7, 9, 2])
        #expect(
            Convolution2D(filters: 2, kernel: 3, stride: 2, padding: .same).outputShape(for: [7, 8, 1]) == [4, 4, 2])
        #expect(Convolution2D(filters: 2, kernel: 3, dilation: 2).outputShape(for: [7, 7, 1]) == [3, 3, 2])
        #expect(
            Convolution2D(filters: 2, kernel: Size2D(5, 3), padding: .explicit(top: 1, bottom: 2, left: 0, right: 3))
                .outputShape(for: [7, 7, 1]) == [6, 8, 2])
    }

    /// The shape that a layer announces is the shape that it gives.
    @Test func announcedShapesAreTrue() {
        let cases: [(any Layer, [Int])] = [
            (Dense(3), [4]), (Dense(3, bias: false), [5, 4]), (Flatten(), [2, 3, 4]), (Reshape([6, 2]), [3, 4]),
            (Convolution2D(filters: 4, kernel: 3, padding: .same, activation: .relu), [5, 6, 2]),
            (Convolution2D(filters: 4, kernel: 2, stride: 2, groups: 2, bias: false), [6, 7, 2]),
            (Convolution2D(filters: 3, kernel: Size2D(3, 2), stride: Size2D(2, 1), padding: .same), [5, 6, 2]),
            (MaxPooling2D(2), [5, 6, 3]), (MaxPooling2D(3, stride: 1, padding: .same), [5, 6, 3]),
            (AveragePooling2D(Size2D(2, 3), stride: 2, padding: .explicit(1)), [5, 6, 3]),
            (ActivationLayer(.softmax), [3, 4]), (Dropout(0.5), [7]), (LayerNorm(), [3, 4]), (BatchNorm(), [3, 4]),
            (Residual { Dense(4, activation: .tanh) }, [4]), (Residual(shortcut: { Dense(3) }) { Dense(3) }, [4]),
            (
                Sequential {
                    Dense(4); Sequential { Dense(2) }
                }, [3]
            ),
        ]
        func check(_ layer: some Layer, _ shape: [Int]) {
            let model = layer.built(shape, seed: 3)
            #expect(model(samples([2] + shape)).shape == [2] + layer.outputShape(for: shape), "\(layer.kind)")
        }
        for (layer, shape) in cases { check(layer, shape) }
    }

    @Test func poolingReproducesTheNotes() throws {
        let image = Tensor([8, 4, 2, 1, 9, 3, 2, 8, 1, 5, 7, 1, 2, 0, 3, 7], shape: [1, 4, 4, 1], on: .loop)
        let model = Model(MaxPooling2D(2))
        #expect(try model(image).scalars() == [9, 8, 5, 7])
        #expect(try Model(AveragePooling2D(2))(image).scalars() == [6, 3.25, 2, 4.5])
        #expect(model.parameterCount == 0)
    }

    @Test func denseComputesItsFormula() throws {
        let layer = Dense(2, activation: .relu)
        var model = layer.built([3])
        model[layer.weight] = Tensor([[1, -1], [2, 0.5], [0, 3]], on: .loop)
        model[layer.bias] = Tensor([0.5, -4], on: .loop)
        let x = Tensor([[1, 2, 3], [-1, 0, 1]], on: .loop)
        #expect(try model(x).scalars() == [5.5, 5, 0, 0])
        #expect(try Dense(2, activation: .softmax).built([3])(x).sum(-1).scalars().allSatisfy { abs($0 - 1) < 1e-6 })
    }

    @Test func residualAddsItsInput() throws {
        let layers = Sequential {
            Dense(3, activation: .tanh)
            Dense(3)
        }
        let model = Residual { layers.layers }.built([3])
        let x = samples([4, 3])
        let inner = Model(layers, model.values)
        #expect(try model(x).isBitEqual(to: x + inner(x)))
        #expect(model.namedParameters.map(\.name) == ["0.weight", "0.bias", "1.weight", "1.bias"])
    }

    @Test func residualAddsItsShortcut() async throws {
        let (past, layer) = (Dense(2), Dense(2, activation: .tanh))
        let model = Residual(shortcut: { past }) { layer }.built([3])
        #expect(
            model.namedParameters.map(\.name) == ["0.weight", "0.bias", "shortcut.0.weight", "shortcut.0.bias"])
        #expect(model.root.outputShape(for: [3]) == [2])
        let x = samples([4, 3])
        let (shortcut, inner) = (Model(past, model.values), Model(layer, model.values))
        #expect(try model(x).isBitEqual(to: shortcut(x) + inner(x)))
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Residual(shortcut: { Dense(4) }) { Dense(2) }.built([3])
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        let text = "Residual: the layers turn [3] into [2] and the shortcut into [4], which cannot be added"
        #expect(message.contains(text), "\(message)")
    }

    @Test func embeddingLooksUpRows() throws {
        let model = Embedding(rows: 5, size: 2).built([3])
        let rows = model(Tensor(int32: [4, 0, 4, 1, 2, 3], shape: [2, 3], on: .loop))
        let table = model[model.root.weight]
        #expect(rows.shape == [2, 3, 2])
        #expect(try rows[0, 0].isBitEqual(to: table[4]))
        #expect(try rows[1, 2].isBitEqual(to: table[3]))
    }

    @Test func dropoutDropsTheRightShareAndRepeats() throws {
        let model = Model(Dropout(0.25))
        let x = Tensor.ones([100, 1000], on: .loop)
        func dropped(_ seed: UInt64, _ step: Int) -> Tensor {
            model(x, Pass(model.values, isTraining: true, seed: seed, step: step))
        }
        let values = try dropped(1, 5).scalars()
        #expect(Set(values) == [0, Float(1 / 0.75)])
        // 100,000 draws: five standard deviations are 5·√(0.25·0.75/100000) = 0.0069.
        let share = Double(values.count { $0 == 0 }) / Double(values.count)
        #expect(abs(share - 0.25) < 0.0069)
        #expect(try dropped(1, 5).isBitEqual(to: dropped(1, 5)))
        #expect(try !dropped(1, 5).isBitEqual(to: dropped(1, 6)))
        #expect(try !dropped(1, 5).isBitEqual(to: dropped(2, 5)))
        #expect(try model(x).isBitEqual(to: x))
        let pass = Pass(model.values, isTraining: true, seed: 1, step: 5)
        #expect(try !model(x, pass).isBitEqual(to: model(x, pass)))
    }

    @Test func layerNormNormalizesRows() throws {
        let x = samples([5, 64]) * 3 + 7
        let y = LayerNorm().built([64])(x)
        #expect(try y.mean(-1).scalars().allSatisfy { abs($0) < 1e-5 })
        #expect(try y.squared().mean(-1).scalars().allSatisfy { abs($0 - 1) < 1e-4 })
    }

    @Test func batchNormKeepsRunningStatistics() throws {
        let layer = BatchNorm(momentum: 0.5, epsilon: 0)
        var model = layer.built([2])
        let x = Tensor([[1, 10], [3, 30]], on: .loop)
        let y = model(x, Pass(model.values, isTraining: true))
        #expect(try y.scalars() == [-1, -1, 1, 1])
        // A pass changes nothing; who trains takes over what it remembers.
        #expect(try model[layer.runningMean].scalars() == [0, 0])
        #expect(try model[layer.runningVariance].scalars() == [1, 1])
        let found = valueWithGradient(of: model) { pass in model(x, pass).sum() }
        var state = OptimizerState(.sgd(0))
        try state.update(&model, found)
        // Means 2 and 20; unbiased variances 2 and 200; half of the start (0 and 1) stays.
        #expect(try model[layer.runningMean].scalars() == [1, 10])
        #expect(try model[layer.runningVariance].scalars() == [1.5, 100.5])
        #expect(model.parameterCount == 4)
        let before = try model[layer.runningMean].scalars()
        #expect(try abs(model(x).scalars()[0]) < 1e-6)
        #expect(try model[layer.runningMean].scalars() == before)
    }

    @Test func theBuilderTakesControlFlow() {
        func model(deep: Bool, normalized: Bool) -> Sequential {
            Sequential {
                if deep {
                    for units in [8, 4] { Dense(units) }
                } else {
                    Flatten()
                }
                if normalized { LayerNorm() }
                Activation.relu
                Dense(1)
            }
        }
        #expect(model(deep: true, normalized: true).layers.count == 5)
        #expect(model(deep: false, normalized: false).layers.count == 3)
    }

    @Test func summariesShowShapesAndCounts() {
        let model = Model {
            Convolution2D(filters: 2, kernel: 3, activation: .relu)
            Sequential {
                Flatten()
                BatchNorm()
            }
            Dense(3)
        }
        #expect(model.summary.hasSuffix("not built yet"))
        #expect(
            model.built([5, 5, 1]).summary == """
                     layer                          output  parameters
                ------------------------------------------------------
                0    Convolution2D(2 of 3×3, relu)  3×3×2           20
                1    Sequential                     18              72
                  0  Flatten                        18               0
                  1  BatchNorm                      18              72
                2    Dense(3)                       3               57
                ------------------------------------------------------
                input 5×5×1, 113 trainable parameters, 36 not trainable
                """)
    }

    @Test func aNetworkIsBuiltBeforeItsFirstInput() async {
        var model = Model { Dense(3) }
        #expect(!model.isBuilt)
        #expect(model.inputShape == nil)
        model.build(inputShape: [4], on: .loop, seed: 1)
        #expect(model(samples([2, 4])).shape == [2, 3])
        #expect(model.isBuilt)
        #expect(model.inputShape == [4])
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let model = Model { Dense(3) }
            _ = model(samples([2, 4]))
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        let text = "Sequential: the network is not built; call build(inputShape:on:seed:), fit or load first"
        #expect(message.contains(text), "\(message)")
    }
}
