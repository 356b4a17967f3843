import UnloopBackend
import UnloopTensor

/// Turns the columns of a table into the features of a network: numbers and dates are scaled, texts become categories, and what is missing is
/// filled in, all by what was found in the training rows.
///
///     let table = try CSVTable(path: "houses.csv", hasHeader: true)
///     let encoder = try TableEncoder(fitting: table, leavingOut: ["price"])
///     let features = try encoder(table, on: .cpu)  // [rows, encoder.featureCount]
///
/// What a column is follows from its fields, in this order; a `Rule` says otherwise. Fields without a value (empty, `?`, `NA`, `N/A`, `NaN`,
/// `null`) say nothing.
///
/// 1. A column without any value is left out.
/// 2. A **number** where every value is one, such as `-3`, `2.5` or `1e-3`. So are numbers that stand for something else, such as those of rows
///    or of postal codes: declare them as categories, or leave them out.
/// 3. A **date** where every value is one of ISO 8601: `2024-02-29`, or with a time `2024-02-29T18:30:05Z`. It becomes the number of days since the
///    beginning of 1970.
/// 4. A **category** where there are at most 100 different texts, and not more than half as many as values (two are always few enough).
/// 5. All others are texts, which are left out.
///
/// Kinds are found in all rows; means, deviations, medians and lists of categories in the training rows alone. These are computed on the host in
/// double precision, in the order of the rows, and each feature is rounded once to float32, so an encoder and its features have the same
/// bits on every machine and for every device.
///
/// An encoder is `Codable`: as JSON it reads back as the same encoder, bit by bit.
public struct TableEncoder: Sendable, Equatable {
    /// Those that features are made of, in the order of the table.
    public let columns: [Column]
    /// The other columns of the table and why nothing is made of them.
    public let leftOut: [LeftOut]

    /// A column that nothing is made of.
    public struct LeftOut: Sendable, Equatable, Codable {
        public let name: String
        public let reason: String
    }

    /// The most texts that are taken for categories without a rule.
    public static let categoryLimit = 100

    init(columns: [Column], leftOut: [LeftOut]) {
        self.columns = columns
        self.leftOut = leftOut
    }

    /// The number of features of a row.
    public var featureCount: Int { columns.reduce(0) { $0 + $1.featureCount } }

    /// What each feature is: `age`, `age is missing`, `colour = red`.
    public var featureNames: [String] { columns.flatMap(\.featureNames) }

    /// The features of all rows, `[rows, featureCount]`, float32.
    ///
    /// The table may have its columns in another order, and others beside them.
    ///
    /// - Throws: `DataError.missing` where the table lacks a column, `malformedLine` for a field that does not fit its column: text among numbers,
    ///   a number beyond float32, or what a rule rejects. Failures of the device are found when the tensor is read.
    /// - Precondition: the table has a header.
    public func callAsFunction(_ table: CSVTable, on device: Device = .best) throws(DataError) -> Tensor {
        var rows = try encodedRows(of: table)
        return Tensor(try rows.next(table.rowCount), shape: [table.rowCount, featureCount], on: device)
    }

    /// The features of a table's rows, some rows at a time, so that a table of any length is encoded in little memory.
    package func encodedRows(of table: CSVTable) throws(DataError) -> EncodedRows { try EncodedRows(table, self) }
}

/// Rows of a table on their way to features.
package struct EncodedRows {
    private let table: CSVTable
    private let sources: [ColumnSource]
    private let width: Int
    private var cursor: CSVRowCursor

    fileprivate init(_ table: CSVTable, _ encoder: TableEncoder) throws(DataError) {
        self.table = table
        sources = zip(encoder.columns, try table.positions(of: encoder.columns.map(\.name))).map {
            ColumnSource($0.content, at: $1)
        }
        width = encoder.featureCount
        cursor = CSVRowCursor(table)
    }

    /// The features of the next rows, row-major; of fewer where the table ends.
    package mutating func next(_ count: Int) throws(DataError) -> [Float] {
        var features: [Float] = []
        features.reserveCapacity(Swift.min(count, table.rowCount) * width)
        var rows = 0
        while rows < count, cursor.advance() {
            let line = cursor.line
            for source in sources {
                try source.append(cursor.text(source.position), to: &features) { reason in
                    table.problem(source.position, line: line, reason)
                }
            }
            rows += 1
        }
        return features
    }
}

/// A column with what finds its features fast.
struct ColumnSource {
    /// In the table.
    let position: Int
    private let content: TableEncoder.Content
    private let places: [String: Int]

    init(_ content: TableEncoder.Content, at position: Int) {
        self.position = position
        self.content = content
        if case .category(let coding) = content {
            places = Dictionary(zip(coding.categories, 0...), uniquingKeysWith: { first, _ in first })
        } else {
            places = [:]
        }
    }

    /// Appends the features of a field.
    func append(_ text: String, to features: inout [Float], _ problem: (String) -> DataError) throws(DataError) {
        switch content {
        case .number(let coding), .date(let coding):
            let value = try value(text, problem)
            guard let number = value ?? coding.fill else { throw problem("has no value") }
            features.append(try coding.checkedFeature(number, text, problem))
            if coding.marksMissing { features.append(value == nil ? 1 : 0) }
        case .category(let coding):
            let place = try coding.place(of: text, among: places, problem)
            if let ordinal = coding.ordinal {
                features.append(try ordinal.checkedFeature(place.map { Double($0) } ?? -1, text, problem))
            } else {
                let count = coding.categories.count + (coding.hasMissing ? 1 : 0)
                for category in 0..<count { features.append(category == place ? 1 : 0) }
            }
        }
    }

    /// The number, the date or the position of a field before it is scaled; nil where it has no value.
    func value(_ text: String, _ problem: (String) -> DataError) throws(DataError) -> Double? {
        switch content {
        case .number: try TableField.number(text, problem)
        case .date: try TableField.date(text, problem)
        case .category(let coding): Double(try coding.place(of: text, among: places, problem) ?? -1)
        }
    }
}

extension TableEncoder.NumberCoding {
    fileprivate func checkedFeature(
        _ value: Double, _ text: String, _ problem: (String) -> DataError
    ) throws(DataError) -> Float {
        let feature = feature(value)
        guard feature.isFinite else {
            throw problem("`\(text.prefix(40))` is too far from the values of the training rows for float32")
        }
        return feature
    }
}

extension TableEncoder.CategoryCoding {
    /// The position of a text's category, behind all others that of missing ones; nil for none of them.
    fileprivate func place(
        of text: String, among places: [String: Int], _ problem: (String) -> DataError
    ) throws(DataError) -> Int? {
        var isUnseen = false
        if !TableField.isMissing(text) {
            if let place = places[text] { return place }
            switch unseen {
            case .ignored: return nil
            case .rejected: throw problem("`\(text.prefix(40))` is none of the categories of the training rows")
            case .missing: isUnseen = true
            }
        }
        if hasMissing { return categories.count }
        if let fill, let place = places[fill] { return place }
        guard !rejectsMissing, unseen != .rejected else {
            throw problem(
                isUnseen ? "`\(text.prefix(40))` is none of the categories of the training rows" : "has no value")
        }
        return nil
    }
}

extension TableEncoder: Codable {
    private enum CodingKeys: String, CodingKey { case version, columns, leftOut }

    /// Of what is written.
    private static let version = 1

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.version, forKey: .version)
        try container.encode(columns, forKey: .columns)
        try container.encode(leftOut, forKey: .leftOut)
    }

    /// - Throws: `DecodingError` also for another version, and for what no fit can give.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let version = try container.decode(Int.self, forKey: .version)
        guard version == Self.version else {
            throw DecodingError.dataCorruptedError(
                forKey: .version, in: container,
                debugDescription:
                    "a table encoder of version \(version), where this library reads version \(Self.version)")
        }
        columns = try container.decode([Column].self, forKey: .columns)
        leftOut = try container.decode([LeftOut].self, forKey: .leftOut)
        guard columns.allSatisfy(\.isValid), Set(columns.map(\.name)).count == columns.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .columns, in: container, debugDescription: "columns that no table encoder has")
        }
    }
}
