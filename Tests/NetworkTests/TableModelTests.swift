import Foundation
import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// From a table to a model, and from a model to predictions.
@Suite struct TableModelTests {
    private func path(_ name: String) -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("unloop-\(UUID().uuidString)-\(name)").path
    }

    private func run(_ task: TableTask, _ table: CSVTable, on device: Device = .cpu) throws -> (
        result: TableTask.Result, model: TableModel
    ) {
        try task.run(table, on: device, progress: .silent)
    }

    // MARK: Beside scikit-learn

    /// The linear models are the same ones: same rows, same features, same minimum.
    private func checkLinear(
        _ table: CSVTable, _ label: String, _ golden: TableGolden.Task, classes: Int?
    ) throws {
        let (result, model) = try run(TableTask(label: label), table)
        #expect(result.testRows == golden.test && result.trainingRows.count == table.rowCount - golden.test.count)
        #expect(Set(result.trainingRows).isDisjoint(with: result.testRows))
        #expect(model.encoder.featureCount == golden.featureCount && model.label.classCount == classes)
        let features = try model.encoder(table, on: .cpu).gathering(
            Tensor(int32: golden.test.prefix(20).map { Int32($0) }, on: .cpu))
        for (found, expected) in zip(try features.scalars(), golden.features) {
            #expect(abs(found - expected) <= 2e-6 * max(1, abs(expected)), "\(found) instead of \(expected)")
        }
        let weights = try #require(model.network.values["0.weight"]).doubles()
        let biases = try #require(model.network.values["0.bias"]).doubles()
        #expect(weights.count == golden.weights.count && biases.count == golden.biases.count)
        // Those for a number are for one of mean 0 and deviation 1.
        let (scale, mean) =
            if case .number(let mean, let deviation) = model.label.kind { (deviation, mean) } else { (1, 0) }
        for (found, expected) in zip(weights, golden.weights) {
            #expect(abs(found * scale - expected) < 2e-4 * scale, "\(found * scale) instead of \(expected)")
        }
        for (found, expected) in zip(biases, golden.biases) {
            #expect(
                abs(found * scale + mean - expected) < 2e-4 * scale, "\(found * scale + mean) instead of \(expected)")
        }
        let score = try #require(result.testAccuracy ?? result.testRSquared)
        #expect(abs(score - golden.score) < (classes == nil ? 1e-5 : 1e-12), "\(score) instead of \(golden.score)")
    }

    @Test("linear models are those of scikit-learn") func linearModels() throws {
        let golden = try TableGolden.values.get()
        try checkLinear(TableGolden.iris(), "class", golden.iris, classes: 3)
        try checkLinear(TableGolden.breastCancer(), "class", golden.breastCancer, classes: 2)
        try checkLinear(TableGolden.mixed(), "ordered", golden.ordered, classes: 2)
        try checkLinear(TableGolden.mixed(), "spent", golden.spent, classes: nil)
    }

    @Test("networks are as good as those of scikit-learn") func networks() throws {
        let golden = try TableGolden.values.get()
        for (table, label, golden) in [
            (try TableGolden.iris(), "class", golden.iris),
            (try TableGolden.breastCancer(), "class", golden.breastCancer),
            (try TableGolden.mixed(), "ordered", golden.ordered), (try TableGolden.mixed(), "spent", golden.spent),
        ] {
            let (result, model) = try run(TableTask(label: label, model: .mlp), table)
            #expect(result.testRows == golden.test)
            let score = try #require(result.testAccuracy ?? result.testRSquared)
            #expect(score >= golden.networkScore - 0.01, "\(label): \(score) instead of \(golden.networkScore)")
            #expect(score > golden.floor + 0.1)
            let history = try #require(result.history)
            #expect(history.epochs.count <= 200 && history.weightsFromEpoch > 0)
            #expect(model.hiddenUnits == [64, 32])
        }
    }

    // MARK: The same everywhere

    @Test("models and predictions have the same bits on every device, read from the file too") func devices() throws {
        let table = try TableGolden.mixed()
        for (label, model) in [("ordered", TableTask.Model.linear), ("ordered", .mlp), ("plan", .mlp), ("spent", .mlp)]
        {
            var (hashes, files, texts) = (Set<String>(), Set<Data>(), Set<[UInt8]>())
            for device in try DeviceTests.devices() {
                let task = TableTask(label: label, model: model, epochs: 5, seed: 3)
                let (result, trained) = try run(task, table, on: device)
                hashes.insert(result.weightsSHA256)
                let path = path("model.safetensors")
                defer { try? FileManager.default.removeItem(atPath: path) }
                try trained.save(to: path)
                files.insert(try Data(contentsOf: URL(fileURLWithPath: path)))
                for other in try DeviceTests.devices() {
                    let read = try TableModel(path: path, on: other)
                    #expect(read.encoder == trained.encoder && read.label == trained.label)
                    #expect(read.hiddenUnits == trained.hiddenUnits && read.network.device == other)
                    texts.insert(try read.predict(table).lines(of: table).flatMap { $0 })
                }
                texts.insert(try trained.predict(table).lines(of: table).flatMap { $0 })
            }
            #expect(hashes.count == 1 && files.count == 1 && texts.count == 1, "\(label) \(model)")
        }
    }

    @Test("seeds choose the split and the weights") func seeds() throws {
        let table = try TableGolden.iris()
        let results = try [1, 1, 2].map {
            try run(TableTask(label: "class", model: .mlp, epochs: 2, seed: $0), table).result
        }
        #expect(results[0].testRows == results[1].testRows && results[0].weightsSHA256 == results[1].weightsSHA256)
        #expect(results[0].testRows != results[2].testRows && results[0].weightsSHA256 != results[2].weightsSHA256)
        // As many of each class.
        for result in results {
            #expect(result.testRows.count == 30)
            for species in 0..<3 { #expect(result.testRows.count { $0 / 50 == species } == 10) }
        }
    }

    // MARK: Predictions

    @Test("predictions say what the network says") func predictions() throws {
        let table = try TableGolden.iris()
        let (result, model) = try run(TableTask(label: "class"), table)
        let predictions = try model.predict(table)
        #expect(predictions.count == 150 && predictions.numbers.isEmpty)
        let probabilities = try model.network(model.encoder(table, on: .cpu)).softmax()
        #expect(predictions.probabilities == (try probabilities.scalars()))
        #expect(predictions.classes == (try probabilities.argmax(-1).integers()))
        #expect(predictions.texts == predictions.classes.map { "\($0)" })
        let labels = try table.integers(column: 4)
        let right = result.testRows.count { predictions.classes[$0] == labels[$0] }
        #expect(result.testAccuracy == Double(right) / 30)
        #expect(predictions.columnNames == ["prediction", "probability_0", "probability_1", "probability_2"])
        let lines = String(decoding: try predictions.lines(of: table).flatMap { $0 }, as: UTF8.self).split(
            separator: "\n")
        #expect(lines[0] == "x0,x1,x2,x3,class,prediction,probability_0,probability_1,probability_2")
        let fields = lines[7].split(separator: ",")
        #expect(fields.prefix(6).joined(separator: ",") == "4.6,3.4,1.4,0.3,0,0")
        #expect(fields.suffix(3).map { Float($0) } == predictions.probabilities[18..<21].map { Optional($0) })
    }

    @Test("of two classes, the second is predicted above one half") func twoClasses() throws {
        let table = try CSVTable(text: "x,y\n-2,no\n-1,no\n-0.5,no\n0.5,yes\n1,yes\n2,yes\n", hasHeader: true)
        let (result, model) = try run(TableTask(label: "y", testShare: 0), table)
        #expect(result.testAccuracy == nil && result.testRows.isEmpty && result.history == nil)
        let new = try CSVTable(text: "x\n-3\n3\n0\n?\n", hasHeader: true)
        let predictions = try model.predict(new)
        #expect(predictions.texts.prefix(2) == ["no", "yes"])
        for row in 0..<4 {
            let (no, yes) = (predictions.probabilities[2 * row], predictions.probabilities[2 * row + 1])
            #expect(abs(no + yes - 1) < 1e-6 && (yes > 0.5) == (predictions.classes[row] == 1))
        }
        // What is missing is the mean, which is 0.
        #expect(predictions.probabilities[4..<6] == predictions.probabilities[6..<8])
    }

    @Test("numbers come back in their units") func numbers() throws {
        let rows = (0..<40).map { "\($0),\(1000.5 + 3.25 * Double($0))\n" }.joined()
        let table = try CSVTable(text: "x,y\n" + rows, hasHeader: true)
        let (result, model) = try run(TableTask(label: "y"), table)
        #expect(try #require(result.testRSquared) > 0.998 && result.testAccuracy == nil)
        let predictions = try model.predict(table)
        #expect(predictions.classes.isEmpty && predictions.probabilities.isEmpty)
        #expect(predictions.columnNames == ["prediction"])
        for (row, number) in predictions.numbers.enumerated() {
            #expect(abs(number - (1000.5 + 3.25 * Double(row))) < 3)
            #expect(Double(predictions.texts[row]) == number)
        }
        let empty = try model.predict(CSVTable(text: "x\n", hasHeader: true))
        #expect(empty.count == 0 && empty.texts.isEmpty)
    }

    @Test("numbers far from zero are as exact as those around it") func numbersFarFromZero() throws {
        func score(_ offset: Int) throws -> Double {
            let rows = (0..<40).map { "\($0),\(offset + 3 * $0).5\n" }.joined()
            let table = try CSVTable(text: "x,y\n" + rows, hasHeader: true)
            return try #require(try run(TableTask(label: "y"), table).result.testRSquared)
        }
        // Float32 has steps of 128 there.
        #expect(try abs(score(1_700_000_000) - score(0)) < 1e-4)
    }

    @Test("the rows to test with may be given") func givenRows() throws {
        let table = try TableGolden.iris()
        let rows = stride(from: 0, to: 150, by: 3).map { $0 }
        let (result, _) = try TableTask(label: "class", testShare: 0.9).run(
            table, testing: rows, on: .cpu, progress: .silent)
        #expect(result.testRows == rows && result.trainingRows.count == 100)
        #expect(try #require(result.testAccuracy) > 0.9)
    }

    @Test("many weights are found by L-BFGS, at the same minimum") func manyFeatures() throws {
        // 600 words, each in two rows, of two classes.
        let rows = (0..<1200).map {
            "w\($0 % 600),\($0 % 600 < 300 ? "a" : "b"),\(Double($0 % 600) + ($0 < 600 ? 0 : 0.5))"
        }
        let table = try CSVTable(text: "word,class,number\n" + rows.joined(separator: "\n"), hasHeader: true)
        let classes = try run(
            TableTask(label: "class", testShare: 0, rules: ["word": .category(), "number": .leftOut]), table)
        #expect(classes.model.network.parameterCount == 601)
        let predictions = try classes.model.predict(table)
        #expect(predictions.texts == (0..<1200).map { $0 % 600 < 300 ? "a" : "b" })
        // By symmetry there is no bias, and a logit x makes 2 log(1 + exp(-x)) + x² / 2 smallest: x = 2 / (1 + exp(x)) = 0.6748.
        for word in [0, 299, 300, 599] {
            #expect(abs(predictions.probabilities[2 * word + (word < 300 ? 0 : 1)] - 0.6626) < 1e-3)
        }
        let numbers = try run(
            TableTask(label: "number", testShare: 0, rules: ["word": .category(), "class": .leftOut]), table)
        // Two rows for each word, shrunk towards the mean by a penalty that counts as one more.
        let (mean, found) = (299.75, try numbers.model.predict(table).numbers)
        for word in [0, 100, 599] {
            let expected = mean + (Double(word) + 0.25 - mean) * 2 / 3
            #expect(abs(found[word] - expected) < 0.5, "\(found[word]) instead of \(expected)")
        }
    }

    // MARK: Errors

    @Test(
        "what is wrong with the table",
        arguments: [
            ("x,z\n1,a\n2,b\n", "has no column `y`; it has x, z"), ("x,y\n1,a\n2,a\n", "the same value in all rows"),
            ("x,y\n1,a\n2,\n", "line 3: column `y` has no value"), ("x,y\n", "a header and no rows"),
            ("x;y\n1;2\n", "rows look separated by semicolons"),
            ("x,y\n1,a\n2,b\n3,b\n4,b\n", "a class `a` of the label `y` with 1 of the rows, none of which is left"),
            ("x,y\n,a\n,b\nNaN,a\n,b\n", "no column to learn from"), ("y\na\nb\na\nb\n", "no column to learn from"),
            ("x,y\n1e39,1.5\n2,2\n3,3\n", "line 2: column `x` `1e39` is beyond the numbers of float32"),
        ])
    func tables(_ text: String, _ message: String) throws {
        #expect {
            try run(
                TableTask(label: "y", testShare: text.contains("4,b") ? 0.75 : 0.25),
                CSVTable(text: text, hasHeader: true))
        } throws: {
            "\($0)".contains(message)
        }
    }

    @Test("what is wrong with a table to predict") func tablesToPredict() throws {
        let model = try run(TableTask(label: "ordered"), TableGolden.mixed()).model
        for (text, message) in [
            ("id,age\n1,2\n", "has no columns `income`, `city`, `plan`, `since`, `spent`; it has id, age"),
            ("id;age\n1;2\n", "rows look separated by semicolons"),
            (
                "id,age,income,city,plan,since,spent\n1,x,1,Rome,pro,2020-01-01,1\n",
                "line 2: column `age` `x` is not a number"
            ),
            (
                "id,age,income,city,plan,since,spent\n1,1,1,Rome,pro,1.1.2020,1\n",
                "line 2: column `since` `1.1.2020` is not a date"
            ),
        ] {
            #expect {
                _ = try model.predict(CSVTable(text: text, hasHeader: true))
            } throws: {
                "\($0)".contains(message)
            }
        }
        // A city that was never seen is none of them.
        let new = try CSVTable(
            text: "id,age,income,city,plan,since,spent,prediction\n1,1,1,Paris,pro,2020-01-01,1,\n", hasHeader: true)
        let predictions = try model.predict(new)
        #expect(predictions.count == 1)
        #expect {
            _ = try predictions.lines(of: new)
        } throws: {
            "\($0)".contains("a column `prediction` already")
        }
    }

    @Test("files of another kind are told apart") func files() throws {
        let (_, model) = try run(TableTask(label: "class"), TableGolden.iris())
        let path = path("model.safetensors")
        defer { try? FileManager.default.removeItem(atPath: path) }
        func error(_ message: String, _ note: String = "") {
            #expect("\(note)") {
                _ = try TableModel(path: path, on: .cpu)
            } throws: {
                "\($0)".contains(message)
            }
        }
        error("cannot read")
        try model.network.save(to: path)
        error("it has weights alone, without the columns of a table")
        var checkpoint = Checkpoint()
        try checkpoint.add(model.network)
        try checkpoint.write(to: path)
        error("it is a checkpoint of a training")
        try Data("x,y\n1,2\n".utf8).write(to: URL(fileURLWithPath: path))
        error("is not a valid safetensors file")
        // Others read the weights.
        try model.save(to: path)
        var weights = Model { Dense(3) }
        try weights.load(from: path, on: .cpu)
        #expect(try weights.weightsSHA256() == model.network.weightsSHA256())

        // What was changed is refused by its hash; what was written so, by what it says.
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for place in stride(from: 0, to: whole.count, by: 7) {
            var changed = whole
            changed[place] ^= 0x10
            try changed.write(to: URL(fileURLWithPath: path))
            #expect(throws: (any Error).self, "byte \(place)") { try TableModel(path: path, on: .cpu) }
            try whole.prefix(place).write(to: URL(fileURLWithPath: path))
            #expect(throws: DataError.self, "\(place) bytes") { try TableModel(path: path, on: .cpu) }
        }
        try whole.write(to: URL(fileURLWithPath: path))
        let file = try SafeTensors(path: path)
        let text = try #require(file.metadata["table_model"])
        for (old, new, message) in [
            ("\"hiddenUnits\":[]", "\"hiddenUnits\":[0]", "layers without units"),
            ("\"hiddenUnits\":[]", "\"hiddenUnits\":[-1]", "layers without units"),
            ("\"hiddenUnits\":[]", "\"hiddenUnits\":[5]", "they are 2 arrays, not two for each of 2 layers"),
            ("\"hiddenUnits\":[]", "\"hiddenUnits\":[5", "description is not one that this library reads"),
            ("\"hiddenUnits\":[]", "\"hidden\":[]", "description is not one that this library reads"),
            ("[\"0\",\"1\",\"2\"]", "[\"0\",\"1\"]", "of another network"),
            ("[\"0\",\"1\",\"2\"]", "[\"0\",\"1\",\"1\"]", "a label that no table has"),
            ("\"version\":1", "\"version\":2", "a table encoder of version 2"),
            ("{\"encoder\"", "{\"encoder", "description is not one that this library reads"),
        ] {
            var changed = file
            changed.metadata["table_model"] = text.replacing(old, with: new)
            #expect(changed != file, "\(old) in \(text)")
            try changed.sealed().write(to: path)
            error(message, new)
            try changed.write(to: path)
            error("does not have the hash", new)
        }
        // Weights of another type than the features.
        var doubles = file
        for (name, array) in file.arrays {
            doubles.arrays[name] = .init(
                shape: array.shape, elements: .float64([Double](repeating: 0, count: array.elements.count)))
        }
        try doubles.sealed().write(to: path)
        #expect {
            _ = try TableModel(path: path, on: .loop)
        } throws: {
            "\($0)".contains("is float64, not float32")
        }
        // Columns that give no features.
        var empty = file
        empty.metadata["table_model"] = text.replacing(/"columns":\[.*?\],"leftOut"/) { _ in
            #""columns":[{"content":{"category":{"_0":{"categories":[],"hasMissing":false,"rejectsMissing":false,"unseen":"ignored"}}},"missing":0,"name":"x"}],"leftOut""#
        }
        for name in ["0.weight", "0.bias"] {
            let shape = name == "0.bias" ? [3] : [0, 3]
            empty.arrays[name] = .init(shape: shape, elements: .float32(name == "0.bias" ? [0, 0, 0] : []))
        }
        #expect(empty.metadata != file.metadata)
        try empty.sealed().write(to: path)
        error("no columns that give features")
        // A column less than the weights take.
        let columns = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        var encoder = try #require(columns["encoder"] as? [String: Any])
        encoder["columns"] = (encoder["columns"] as? [Any]).map { Array($0.dropLast()) }
        let fewer = try JSONSerialization.data(withJSONObject: columns.merging(["encoder": encoder]) { $1 })
        var changed = file
        changed.metadata["table_model"] = String(decoding: fewer, as: UTF8.self)
        try changed.sealed().write(to: path)
        error("they take 4 features, but the columns give 3")
        changed = file
        changed.metadata["sha256"] = nil
        try changed.write(to: path)
        error("the hash of its content is missing")
        changed.metadata["format"] = "Unloop table model 2"
        try changed.sealed().write(to: path)
        error("another version")
    }

    @Test("numbers too large for the network are an error that names the row") func notFinite() throws {
        let table = try CSVTable(text: "x,y\n1,1e30\n2,2e30\n3,3.5e30\n", hasHeader: true)
        let model = try run(TableTask(label: "y", testShare: 0), table).model
        #expect(try model.predict(table).numbers.allSatisfy(\.isFinite))
        let far = try CSVTable(text: "x\n3\n1e20\n", hasHeader: true)
        #expect(throws: PredictionError.outputNotFinite(example: 1)) { try model.predict(far) }
        // Of the rows to test with it is the second.
        let tested = try CSVTable(text: "x,y\n1,1e30\n2,2e30\n3,3.5e30\n1e20,1\n5,2\n", hasHeader: true)
        #expect(throws: PredictionError.outputNotFinite(example: 3)) {
            try TableTask(label: "y").run(tested, testing: [1, 3], on: .cpu, progress: .silent)
        }
    }

    @Test("misuse says what is wrong") func misuse() async throws {
        func message(_ result: ExitTest.Result?) -> String {
            String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        }
        let share = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = TableTask(label: "y", testShare: 1)
        }
        #expect(message(share).contains("TableTask: a test share of 1.0"))
        let header = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = try TableTask(label: "y").run(CSVTable(text: "1,2\n"), on: .cpu)
        }
        #expect(message(header).contains("the table has no header"))
    }
}
