import UnloopExamples

/// `unloop examples`
enum ExamplesCommand {
    static let command = Command(
        name: "examples", summary: "Lists the examples, one or more for each system of the source notes.",
        options: [.choice("--format", ["table", "json"], "default: table")],
        notes: "unloop example NAME runs one of them, unloop example all every one.",
        run: run)

    private static func run(_ arguments: Arguments) throws -> Int32 {
        if arguments.string("--format") == "json" {
            let list = UnloopExamples.Example.all.map {
                JSON.object([
                    ("name", .string($0.name)), ("row", .integer($0.row)), ("summary", .string($0.summary)),
                ])
            }
            Terminal.print(JSON.object([("examples", .array(list))]).pretty())
            return 0
        }
        var table = Table([.right("row"), .left("example"), .left("shows")])
        for example in UnloopExamples.Example.all { table.append(["\(example.row)", example.name, example.summary]) }
        Terminal.print(table.plain)
        return 0
    }
}
