import UnloopBackend
import UnloopTensor

/// The column of a table that is to be predicted: classes, or a number.
///
/// A column whose values are all numbers is a number, unless they are whole (up to 2⁵³, from where on float64 does not tell neighbours apart)
/// and so few different ones that they must be classes: at most 20, and each in five rows on average (two are always classes). A column of
/// other texts has a class for each.
public struct TableLabel: Sendable, Equatable, Codable {
    /// What is predicted.
    public enum Kind: Sendable, Equatable, Codable {
        /// By their numbers from 0 on: texts in the order of their Unicode characters, whole numbers in theirs.
        case classes([String])
        /// Brought to mean 0 and deviation 1 for the training.
        case number(mean: Double, deviation: Double)
    }

    /// The column's.
    public let name: String
    public let kind: Kind

    /// The most classes of texts.
    static let classLimit = 1000
    /// The most different whole numbers that are taken for classes.
    static let wholeNumberLimit = 20

    /// - Throws: `DecodingError` also for what no table gives.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        kind = try container.decode(Kind.self, forKey: .kind)
        let isValid =
            switch kind {
            case .classes(let names): names.count >= 2 && Set(names).count == names.count
            case .number(let mean, let deviation): mean.isFinite && deviation.isFinite && deviation > 0
            }
        guard isValid else {
            throw DecodingError.dataCorruptedError(
                forKey: .kind, in: container, debugDescription: "a label that no table has")
        }
    }

    /// - Parameters:
    ///   - rows: those to train on, from which mean and deviation of numbers are found.
    package init(_ values: TableLabelValues, trainingOn rows: [Int]) {
        name = values.name
        switch values.kind {
        case .classes(_, let names): kind = .classes(names)
        case .numbers(let numbers):
            let coding = TableEncoder.NumberCoding(rows.map { numbers[$0] }, .rejected, .standard)
            kind = .number(mean: coding?.offset ?? 0, deviation: coding?.divisor ?? 1)
        }
    }

    /// The number of classes; nil where a number is predicted.
    public var classCount: Int? { if case .classes(let names) = kind { names.count } else { nil } }
}

/// What the rows of a table have in the column that is to be predicted.
package struct TableLabelValues: Sendable {
    package enum Kind: Sendable {
        /// Each row's number among the names.
        case classes([Int32], names: [String])
        case numbers([Double])
    }

    package let name: String
    package let kind: Kind

    /// - Throws: `DataError.missing` where the table has no such column; `malformedLine` for a row without a value and for a number beyond float32;
    ///   `unsupported` where there are no rows, all have the same value, or too many different texts.
    package init(_ name: String, in table: CSVTable) throws(DataError) {
        self.name = name
        let position = try table.positions(of: [name])[0]
        var survey = ColumnSurvey(limit: TableLabel.classLimit)
        var rows = CSVRowCursor(table)
        while rows.advance() { survey.add(rows.text(position), line: rows.line) }
        guard table.rowCount > 0 else { throw table.withoutRows }
        if let line = survey.firstMissing {
            throw table.problem(position, line: line, "has no value, but it is what is to be learnt")
        }
        let label = "`\(name.prefix(100))`"
        if survey.isNumber {
            let numbers = try table.numbers(at: position)
            let distinct = Set(numbers)
            guard distinct.count > 1 else { throw table.constant(label) }
            let most = min(TableLabel.wholeNumberLimit, max(2, table.rowCount / 5))
            kind =
                survey.isWhole && distinct.count <= most
                ? table.classes(at: position, numbers) : .numbers(numbers)
            return
        }
        let (labels, names) = table.classes(column: position)
        guard names.count > 1 else { throw table.constant(label) }
        guard names.count <= TableLabel.classLimit, names.count <= max(2, table.rowCount / 2) else {
            let example = survey.noNumber.map { "; `\($0.text.prefix(40))` in line \($0.line) is no number" } ?? ""
            throw table.unsupported(
                "\(names.count) different texts in \(table.rowCount) rows of the label \(label)\(example)",
                remedy: "learn a column of numbers, or of few classes that come often")
        }
        kind = .classes(labels, names: names)
    }
}

extension CSVTable {
    fileprivate func constant(_ label: String) -> DataError {
        unsupported(
            "the same value in all rows of the label \(label)",
            remedy: "there is nothing to learn: learn another column, or add rows with other values")
    }

    fileprivate func numbers(at position: Int) throws(DataError) -> [Double] {
        var numbers: [Double] = []
        numbers.reserveCapacity(rowCount)
        var rows = CSVRowCursor(self)
        while rows.advance() {
            let line = rows.line
            numbers.append(try TableField.number(rows.text(position)) { problem(position, line: line, $0) } ?? .nan)
        }
        return numbers
    }

    /// Whole numbers as classes in their order, each named as it first stands in the file.
    fileprivate func classes(at position: Int, _ numbers: [Double]) -> TableLabelValues.Kind {
        var names: [Double: String] = [:]
        var rows = CSVRowCursor(self)
        for number in numbers where rows.advance() && names[number] == nil { names[number] = rows.text(position) }
        let ordered = names.sorted { $0.key < $1.key }
        let places = Dictionary(zip(ordered.map(\.key), Int32(0)...), uniquingKeysWith: { first, _ in first })
        return .classes(numbers.map { places[$0] ?? 0 }, names: ordered.map(\.value))
    }
}
