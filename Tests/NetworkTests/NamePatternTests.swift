import Testing
import UnloopNetwork

/// Which parameters a pattern of names means.
@Suite struct NamePatternTests {
    /// The names that a pattern freezes of a network with such parameters.
    private func frozen(_ patterns: String..., of names: [String]) -> [String] {
        var model = Model(LooseParameters(parameters: names.map { Parameter($0) }))
        for pattern in patterns { model.freeze(pattern) }
        return model.frozenParameters
    }

    @Test func aStarStandsForAnyCharacters() {
        let names = [
            "encoder.0.weight", "encoder.0.bias", "encoder.10.weight", "decoder.weight", "decoder.0.weight",
        ]
        for (pattern, expected) in [
            ("encoder.*", [0, 1, 2]), ("*.bias", [1]), ("encoder.*.weight", [0, 2]), ("*.0.*", [0, 1, 4]),
            ("decoder.weight", [3]), ("*", [0, 1, 2, 3, 4]), ("**", [0, 1, 2, 3, 4]), ("**e*r*w*t", [0, 2, 3, 4]),
            // Also for none, at either end or between.
            ("decoder.*weight", [3, 4]), ("decoder.weight*", [3]), ("*decoder.weight", [3]), ("*n*der*.bias", [1]),
        ] as [(String, [Int])] {
            #expect(frozen(pattern, of: names) == expected.map { names[$0] }, "\(pattern)")
        }
        #expect(frozen("*.bias", "decoder.*", of: names) == [names[1], names[3], names[4]])
    }

    /// What follows a star may begin to fit too early.
    @Test func aStarTakesAsManyCharactersAsAreNeeded() {
        let names = ["ab", "aab", "aaab", "abab", "aba", "abb"]
        #expect(frozen("*ab", of: names) == ["ab", "aab", "aaab", "abab"])
        #expect(frozen("a*ab", of: names) == ["aab", "aaab", "abab"])
        #expect(frozen("*a*b*", of: names) == names)
        #expect(frozen("*aba*", of: names) == ["abab", "aba"])
        #expect(frozen("*bb", of: names) == ["abb"])
        let long = String(repeating: "a", count: 2000)
        #expect(frozen("*a*a*a*a*a*a*b", of: [long + "b", long]) == [long + "b"])
    }

    @Test func everythingElseStandsForItself() {
        #expect(frozen("a.b", of: ["a.b", "axb"]) == ["a.b"])
        #expect(frozen("a?b", of: ["a?b", "axb"]) == ["a?b"])
        #expect(frozen("[ab]", of: ["[ab]", "a", "b"]) == ["[ab]"])
        #expect(frozen("Weight", of: ["Weight", "weight"]) == ["Weight"])
        let names = ["größe.gewicht", "größe.verschiebung", "尺寸.权重", "🧠.gewicht"]
        #expect(frozen("gr*e.gewicht", of: names) == [names[0]])
        #expect(frozen("größe.*", of: names) == [names[0], names[1]])
        #expect(frozen("*.权重", of: names) == [names[2]])
        #expect(frozen("🧠*", of: names) == [names[3]])
        #expect(frozen("*ß*", of: names) == [names[0], names[1]])
    }

    @Test func aPatternWithoutAMatchTrapsWithTheNames() async {
        expectTrap(
            "freeze: no trainable parameter matches `encoder.*`; they are 0.weight, 0.bias",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var model = Model { Dense(1) }
                model.freeze("*.bias", "encoder.*")
            })
        expectTrap(
            "unfreeze: no trainable parameter matches `weight`; they are 0.weight, 0.bias",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var model = Model { Dense(1) }
                model.unfreeze("weight")
            })
        // Running statistics are never trained.
        expectTrap(
            "freeze: no trainable parameter matches `*.runningMean`; they are 0.scale, 0.shift",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var model = Model { BatchNorm() }
                model.freeze("*.runningMean")
            })
    }
}
