import Foundation
import Testing
import Unloop

// The code of the recipe about tables; see `DocumentationTests` for how it is held to the text.

@Suite struct TableSnippets {
    /// 150 houses whose price follows from what is known of them, but for a little.
    private static func houses(_ folder: String) throws {
        var random = CounterRandom(seed: 4)
        var lines = ["area,rooms,city,built,note,price"]
        for number in 0..<150 {
            let (area, rooms) = (400 + random.next(below: 800), 2 + random.next(below: 4))
            let (city, year) = (random.next(below: 3), 1950 + random.next(below: 70))
            let price = 0.4 * Double(area) + Double(30 * rooms + 60 * city + year - 1950 + random.next(below: 20))
            let fields = [
                random.next(below: 12) == 0 ? "" : "\(Double(area) / 10)",
                random.next(below: 12) == 0 ? "NA" : "\(rooms)",
                ["Bern", "Oslo", "Rome"][city], random.next(below: 12) == 0 ? "" : "\(year)-06-15",
                "house number \(number)", "\(price)",
            ]
            lines.append(fields.joined(separator: ","))
        }
        try (lines.joined(separator: "\n") + "\n").write(
            toFile: folder + "/houses.csv", atomically: true, encoding: .utf8)
        try "city,note,built,rooms,area\nRome,x,1999-05-01,3,84.5\nParis,,,,\n".write(
            toFile: folder + "/new.csv", atomically: true, encoding: .utf8)
    }

    @Test("a table is learnt, and another program predicts") func learning() throws {
        let folder = try Documentation.temporaryFolder()
        defer { Documentation.remove(folder) }
        try Self.houses(folder)
        // snippet: table
        let table = try CSVTable(path: folder + "/houses.csv", hasHeader: true)
        let (result, model) = try TableTask(label: "price").run(table, on: .cpu)
        print(result.testRSquared ?? .nan)  // about 0.91
        for column in model.encoder.columns { print(column.name, column.missing, column.featureNames) }
        for column in model.encoder.leftOut { print(column.name, column.reason) }
        try model.save(to: folder + "/houses.safetensors")
        // end
        #expect(try #require(result.testRSquared) > 0.8)
        #expect(model.encoder.columns.map(\.name) == ["area", "rooms", "city", "built"])
        #expect(model.encoder.leftOut.map(\.name) == ["note"])
        let trained = model
        do {
            // snippet: table-predictions
            let model = try TableModel(path: folder + "/houses.safetensors", on: .cpu)
            let new = try CSVTable(path: folder + "/new.csv", hasHeader: true)
            let predictions = try model.predict(new)
            print(predictions.texts)
            try predictions.write(with: new, to: folder + "/predicted.csv")
            // end
            #expect(try predictions.texts == trained.predict(new).texts && predictions.count == 2)
            let text = try String(contentsOfFile: folder + "/predicted.csv", encoding: .utf8)
            #expect(text.hasPrefix("city,note,built,rooms,area,prediction\nRome,x,1999-05-01,3,84.5,"))
        }
        // snippet: table-rules
        let rules: [String: TableEncoder.Rule] = [
            "rooms": .category(.ordinal(.standard), order: ["2", "3", "4", "5"], missing: .constant("3")),
            "area": .number(missing: .ownCategory), "built": .leftOut,
        ]
        let declared = try TableTask(label: "price", model: .mlp, epochs: 50, rules: rules).run(table, on: .cpu)
        print(declared.model.encoder.featureNames)
        // ["area", "area is missing", "rooms", "city = Bern", "city = Oslo", "city = Rome"]
        // end
        #expect(
            declared.model.encoder.featureNames == [
                "area", "area is missing", "rooms", "city = Bern", "city = Oslo", "city = Rome",
            ])
        #expect(try #require(declared.result.testRSquared) > 0.5)
        // snippet: table-encoder
        let encoder = try TableEncoder(fitting: table, leavingOut: ["price"], rules: rules)
        let data = Dataset(
            features: try encoder(table, on: .cpu),
            labels: Tensor(try table.reals(columns: [table.column(named: "price")]), on: .cpu))
        // end
        #expect(data.features.shape == [150, 6] && data.labels.shape == [150])
    }
}
