/// What the fields of one column have in common.
struct ColumnSurvey {
    /// A field that breaks a rule, and where it is.
    struct Finding {
        let text: String
        let line: Int
    }

    /// Fields with a value, and without one.
    private(set) var present = 0
    private(set) var missing = 0
    /// The first field without a value.
    private(set) var firstMissing: Int?
    /// The first that is no number, not even with a point in place of a comma.
    private(set) var noNumber: Finding?
    /// Whether the numbers have no fractions, and are all told apart as float64: beyond 2⁵³ neighbours are the same number.
    private(set) var isWhole = true
    private var allDates = true
    /// Distinct texts, at most one more than the limit.
    private(set) var texts: Set<String> = []
    private let limit: Int

    /// - Parameter limit: of the distinct texts that are kept.
    init(limit: Int) { self.limit = limit }

    mutating func add(_ text: String, line: Int) {
        guard !TableField.isMissing(text) else {
            missing += 1
            if firstMissing == nil { firstMissing = line }
            return
        }
        present += 1
        if noNumber == nil {
            if let value = CSVTable.number(text, as: Double.self) {
                isWhole = isWhole && value == value.rounded() && value.magnitude <= 0x1p53
            } else if !TableField.hasDecimalComma(text) {
                noNumber = Finding(text: text, line: line)
            }
        }
        if allDates, ISODate.days(text) == nil { allDates = false }
        if texts.count <= limit { texts.insert(text) }
    }

    /// Whether every value is a number. Those with decimal commas, infinite ones and those beyond float32 count: they are mistakes that are found
    /// where the numbers are read.
    var isNumber: Bool { present > 0 && noNumber == nil }
    var isDate: Bool { present > 0 && allDates }
    /// Whether few enough texts come often enough to say something: at most `limit`, and on average in two rows; two always do.
    var isCategory: Bool { present > 0 && texts.count <= limit && texts.count <= max(2, present / 2) }
}

/// What stands in the field of a table.
enum TableField {
    /// As for `CSVTable.reals`; with a sign, too.
    static func isMissing(_ text: String) -> Bool {
        CSVTable.isMissing(text) || CSVTable.number(text, as: Double.self)?.isNaN ?? false
    }

    /// Whether the text is a number once a comma becomes a point.
    static func hasDecimalComma(_ text: String) -> Bool {
        let pieces = text.split(separator: ",", omittingEmptySubsequences: false)
        guard pieces.count == 2, pieces[1].utf8.first.map({ (0x30...0x39).contains($0) }) ?? false else { return false }
        return CSVTable.number(pieces.joined(separator: "."), as: Double.self)?.isFinite ?? false
    }

    /// The number in a field; nil where it has none.
    ///
    /// - Parameter problem: makes the error from what is wrong.
    static func number(_ text: String, _ problem: (String) -> DataError) throws(DataError) -> Double? {
        guard let value = CSVTable.number(text, as: Double.self) else {
            if CSVTable.isMissing(text) { return nil }
            throw problem(
                hasDecimalComma(text)
                    ? "`\(text.prefix(40))` has a decimal comma; write decimal points"
                    : "`\(text.prefix(40))` is not a number")
        }
        if value.isNaN { return nil }
        guard Float(value).isFinite else { throw problem(beyondText(text)) }
        return value
    }

    /// The days since 1970 of the date in a field; nil where it has none.
    static func date(_ text: String, _ problem: (String) -> DataError) throws(DataError) -> Double? {
        if let days = ISODate.days(text) { return days }
        guard isMissing(text) else {
            throw problem("`\(text.prefix(40))` is not a date such as 2024-02-29 or 2024-02-29T18:30:00Z")
        }
        return nil
    }

    private static func beyondText(_ text: String) -> String {
        text.utf8.contains { (0x30...0x39).contains($0) }
            ? "`\(text.prefix(40))` is beyond the numbers of float32"
            : "`\(text.prefix(40))` is infinite; leave the field empty where there is no number"
    }
}

extension CSVTable {
    /// What each column is like, in one pass.
    func survey(limit: Int) -> [ColumnSurvey] {
        var surveys = (0..<columnCount).map { _ in ColumnSurvey(limit: limit) }
        var rows = CSVRowCursor(self)
        while rows.advance() {
            for column in surveys.indices { surveys[column].add(rows.text(column), line: rows.line) }
        }
        return surveys
    }
}
