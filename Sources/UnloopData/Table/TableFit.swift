import UnloopBackend

extension TableEncoder {
    /// Finds what the columns of a table are, and from the training rows what is needed to encode them.
    ///
    /// - Parameters:
    ///   - rows: those to train on, counted from 0 below the header; nil for all.
    ///   - names: columns that are no features, such as the label.
    ///   - rules: what columns are declared to be, by their names.
    /// - Throws: `DataError.missing` for a name that the table does not have; `malformedLine` for a field that does not fit its column, such as a
    ///   number with a decimal comma, an infinite one or one beyond float32; `unsupported` where no column is left, where two have one name,
    ///   where there is no row, and where the lines look separated by something else.
    /// - Precondition: the table has a header, and rows are its own.
    public init(
        fitting table: CSVTable, rows: [Int]? = nil, leavingOut names: [String] = [], rules: [String: Rule] = [:]
    ) throws(DataError) {
        require(table.columnNames != nil, "TableEncoder: the table has no header; read it with hasHeader: true")
        require(
            rows?.allSatisfy { (0..<table.rowCount).contains($0) } ?? true,
            "TableEncoder: rows of a table with \(table.rowCount) rows")
        try table.checkSeparator()
        _ = try table.positions(of: names + rules.keys.sorted())
        let isTraining = table.marked(rows)
        guard isTraining.contains(true) else { throw table.withoutRows }
        var fit = TableFit(table, isTraining)
        let surveys = table.survey(limit: Self.categoryLimit)
        var leftOut: [LeftOut] = []
        for (position, name) in (table.columnNames ?? []).enumerated() where !names.contains(name) {
            let found = rules[name].map { Found.rule($0) } ?? surveys[position].found
            switch found {
            case .leftOut(let reason): leftOut.append(LeftOut(name: name, reason: reason))
            case .rule(let rule) where rule == .leftOut:
                leftOut.append(LeftOut(name: name, reason: "declared to be left out"))
            case .rule(let rule): fit.add(name, at: position, rule)
            }
        }
        let names = fit.names
        _ = try table.positions(of: names)
        let (columns, empty) = try fit.columns()
        leftOut += empty.map { LeftOut(name: $0, reason: "no training row has a value") }
        self.init(columns: columns, leftOut: leftOut)
        guard !columns.isEmpty else {
            let reasons = leftOut.prefix(20).map { "`\($0.name.prefix(100))` (\($0.reason))" }
            throw table.unsupported(
                "no column to learn from\(reasons.isEmpty ? "" : ": \(reasons.joined(separator: ", "))")",
                remedy: "add columns of numbers, dates or few different texts")
        }
    }
}

/// What a column turns out to be.
private enum Found {
    case rule(TableEncoder.Rule)
    case leftOut(reason: String)
}

extension ColumnSurvey {
    fileprivate var found: Found {
        if present == 0 { return .leftOut(reason: "no row has a value") }
        if isNumber { return .rule(.number()) }
        if isDate { return .rule(.date()) }
        if isCategory { return .rule(.category()) }
        let example = noNumber.map { "; `\($0.text.prefix(40))` in line \($0.line) is no number" } ?? ""
        return .leftOut(reason: "text with too many different values for categories" + example)
    }
}

extension CSVTable {
    /// For each row whether it is among these.
    func marked(_ rows: [Int]?) -> [Bool] {
        var marks = [Bool](repeating: rows == nil, count: rowCount)
        for row in rows ?? [] { marks[row] = true }
        return marks
    }

    var withoutRows: DataError { unsupported("a header and no rows below it", remedy: "add rows to learn from") }
}

/// Columns whose kinds are known, on the way to their codings.
private struct TableFit {
    private struct Source {
        let name: String
        let position: Int
        let rule: TableEncoder.Rule
        var missing = 0
        var texts: Set<String> = []
    }

    private let table: CSVTable
    private let isTraining: [Bool]
    private var sources: [Source] = []

    init(_ table: CSVTable, _ isTraining: [Bool]) {
        self.table = table
        self.isTraining = isTraining
    }

    var names: [String] { sources.map(\.name) }

    mutating func add(_ name: String, at position: Int, _ rule: TableEncoder.Rule) {
        sources.append(Source(name: name, position: position, rule: rule))
    }

    /// The columns with their codings, and the names of those that have no number in the training rows.
    mutating func columns() throws(DataError) -> (columns: [TableEncoder.Column], empty: [String]) {
        findCategories()
        var contents: [TableEncoder.Content?] = []
        // Some columns at a time: their numbers take eight bytes each, where a field may have taken two. As many bytes as the file has are
        // enough for a few passes over a table of any width.
        let block = max(8, table.start.bytes.count / (8 * max(1, isTraining.count { $0 })))
        for start in stride(from: 0, to: sources.count, by: block) {
            contents += try self.contents(start..<min(sources.count, start + block))
        }
        var (columns, empty) = ([TableEncoder.Column](), [String]())
        for (source, content) in zip(sources, contents) {
            if let content {
                columns.append(TableEncoder.Column(name: source.name, content: content, missing: source.missing))
            } else {
                empty.append(source.name)
            }
        }
        return (columns, empty)
    }

    /// The texts of the training rows, and how many have none.
    private mutating func findCategories() {
        var rows = CSVRowCursor(table)
        for isWanted in isTraining where rows.advance() && isWanted {
            for place in sources.indices {
                let text = rows.text(sources[place].position)
                if TableField.isMissing(text) {
                    sources[place].missing += 1
                } else if sources[place].rule.collectsTexts {
                    sources[place].texts.insert(text)
                }
            }
        }
    }

    /// Those of some of the columns, from the numbers of their training rows; nil where there is none.
    private func contents(_ places: Range<Int>) throws(DataError) -> [TableEncoder.Content?] {
        let plain = places.map { sources[$0].rule.content(sources[$0].texts, missing: sources[$0].missing) }
        let readers = zip(plain, places).map { ColumnSource($0, at: sources[$1].position) }
        var values = readers.map { _ in [Double]() }
        let needed = plain.indices.filter { plain[$0].hasNumbers }
        var rows = CSVRowCursor(table)
        for isWanted in isTraining where !needed.isEmpty && rows.advance() && isWanted {
            let line = rows.line
            for place in needed {
                let position = readers[place].position
                let value = try readers[place].value(rows.text(position)) { table.problem(position, line: line, $0) }
                values[place].append(value ?? .nan)
            }
        }
        return zip(places, plain).enumerated().map { index, pair in
            sources[pair.0].rule.content(pair.1, numbers: values[index])
        }
    }
}

extension TableEncoder.Rule {
    /// Whether the categories are those of the training rows.
    fileprivate var collectsTexts: Bool {
        if case .category(_, nil, _, _) = kind { true } else { false }
    }

    /// What a column is before its numbers are known.
    ///
    /// - Parameters:
    ///   - texts: of the training rows.
    ///   - missing: how many training rows have none.
    fileprivate func content(_ texts: Set<String>, missing: Int) -> TableEncoder.Content {
        let unscaled = TableEncoder.NumberCoding(fill: nil, offset: 0, divisor: 1, marksMissing: false)
        switch kind {
        case .number: return .number(unscaled)
        case .date: return .date(unscaled)
        case .category(let form, let order, let rule, let unseen):
            var fill: String?
            if case .constant(let text) = rule { fill = text }
            let filled = missing > 0 ? texts.union(fill.map { [$0] } ?? []) : texts
            return .category(
                TableEncoder.CategoryCoding(
                    categories: order ?? filled.sorted(), hasMissing: rule == .ownCategory && missing > 0, fill: fill,
                    rejectsMissing: rule == .rejected, unseen: unseen, ordinal: form == .oneHot ? nil : unscaled))
        case .leftOut: misuse("TableEncoder: a column that is left out has no content")
        }
    }

    /// What a column is, from the numbers of its training rows, NaN where there is none; nil for a column of numbers without any.
    fileprivate func content(_ plain: TableEncoder.Content, numbers: [Double]) -> TableEncoder.Content? {
        switch (kind, plain) {
        case (.number(let missing, let scaling), _):
            return TableEncoder.NumberCoding(numbers, missing, scaling).map { .number($0) }
        case (.date(let missing, let scaling), _):
            return TableEncoder.NumberCoding(numbers, missing, scaling).map { .date($0) }
        case (.category(.ordinal(let scaling), _, _, _), .category(let coding)):
            let ordinal = TableEncoder.NumberCoding(numbers, .rejected, scaling)
            return .category(
                TableEncoder.CategoryCoding(
                    categories: coding.categories, hasMissing: coding.hasMissing, fill: coding.fill,
                    rejectsMissing: coding.rejectsMissing, unseen: coding.unseen, ordinal: ordinal))
        default: return plain
        }
    }
}

extension TableEncoder.Content {
    /// Whether features are made from numbers of the training rows.
    fileprivate var hasNumbers: Bool {
        if case .category(let coding) = self { coding.ordinal != nil } else { true }
    }
}

extension TableEncoder.NumberCoding {
    /// - Parameter numbers: of the training rows, NaN where there is none.
    /// - Returns: nil where none has one, and no constant stands for it.
    init?(_ numbers: [Double], _ missing: TableEncoder.MissingNumber, _ scaling: TableEncoder.Scaling) {
        let present = numbers.filter { !$0.isNaN }
        let fill: Double?
        switch missing {
        case .constant(let value): fill = value
        case .rejected: fill = nil
        case .mean, .ownCategory: fill = present.isEmpty ? nil : Self.mean(present)
        case .median: fill = present.isEmpty ? nil : Self.median(present)
        }
        let filled = fill.map { fill in numbers.map { $0.isNaN ? fill : $0 } } ?? present
        guard !filled.isEmpty else { return nil }
        let (offset, divisor) =
            switch scaling {
            case .none: (0.0, 1.0)
            case .standard: Self.standard(filled)
            case .range: Self.range(filled)
            }
        self.init(fill: fill, offset: offset, divisor: divisor, marksMissing: missing == .ownCategory)
    }

    /// Found by the distances from one of them: where all are the same, it is exactly theirs.
    private static func mean(_ values: [Double]) -> Double {
        values[0] + values.reduce(0) { $0 + ($1 - values[0]) } / Double(values.count)
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    private static func standard(_ values: [Double]) -> (offset: Double, divisor: Double) {
        let mean = mean(values)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        // What differs by its rounding only says nothing; see `FeatureScaling`.
        let largest = values.reduce(0) { max($0, abs($1)) }
        let distance = values.reduce(0) { max($0, abs($1 - mean)) }
        let deviation = distance <= largest * 0x1p-52 ? 1 : variance.squareRoot()
        return (mean, deviation > 0 ? deviation : 1)
    }

    private static func range(_ values: [Double]) -> (offset: Double, divisor: Double) {
        let (least, largest) = values.reduce((values[0], values[0])) { (min($0.0, $1), max($0.1, $1)) }
        return (least, largest > least ? largest - least : 1)
    }
}
