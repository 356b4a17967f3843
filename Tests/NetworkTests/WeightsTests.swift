import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

@Suite struct WeightsTests {
    func model(_ units: Int = 3) -> Sequential {
        Sequential {
            Dense(units, activation: .relu)
            BatchNorm()
            Dense(2)
        }
    }

    @Test func savedWeightsComeBack() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("weights.safetensors")
        let original = model().built([4])
        _ = original.forward(samples([6, 4]), Pass(isTraining: true))
        try original.saveWeights(to: path, metadata: ["epochs": "3"])

        let unbuilt = model()
        try unbuilt.loadWeights(from: path, on: .loop)
        let rebuilt = model().built([4], seed: 99)
        #expect(try rebuilt.weightsSHA256() != original.weightsSHA256())
        try rebuilt.loadWeights(from: path)
        let x = samples([5, 4], seed: 8)
        for copy in [unbuilt, rebuilt] {
            #expect(try copy.weightsSHA256() == original.weightsSHA256())
            #expect(try copy(x).isBitEqual(to: original(x)))
        }
        let file = try SafeTensors(path: path)
        #expect(file.metadata == ["epochs": "3"])
        #expect(file.arrays["0.weight"]?.shape == [4, 3])
        #expect(file.arrays.keys.sorted() == original.namedParameters.map(\.name).sorted())
    }

    @Test func weightsOfAnotherNetworkAreRefusedAndNothingChanges() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("weights")
        try model(3).built([4]).saveWeights(to: path)
        let others: [Sequential] = [
            model(5).built([4]), model(3).built([7]), Sequential { Dense(3) }.built([4]),
            Sequential {
                Dense(3); BatchNorm(); Dense(2); Dense(1)
            }.built([4]),
        ]
        for other in others {
            let before = try other.weightsSHA256()
            #expect { try other.loadWeights(from: path) } throws: { error in
                if case .weightsDoNotFit(path, _)? = error as? TrainingError { true } else { false }
            }
            #expect(try other.weightsSHA256() == before)
        }
        #expect(throws: DataError.self) { try model().loadWeights(from: directory.path("absent")) }
    }

    /// The hash is that of the numbers' bytes; this one was computed by sha256sum over 0000803f 000000c0 0000c07f.
    @Test func theHashIsThatOfTheBytes() throws {
        let layer = Dense(1, bias: false).built([3])
        layer.weight.value = Tensor([[1], [-2], [.nan]], on: .loop)
        #expect(try layer.weightsSHA256() == "11628163d5249a4c11328b625888a027d4120a3ab1134cf2b92f7cc8d844a7e3")
        layer.weight.value = Tensor([[1], [-2], [-Float.nan]], on: .loop)
        #expect(try layer.weightsSHA256() == "11628163d5249a4c11328b625888a027d4120a3ab1134cf2b92f7cc8d844a7e3")
    }
}
