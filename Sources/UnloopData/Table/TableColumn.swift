extension TableEncoder {
    /// A column that features are made of.
    public struct Column: Sendable, Equatable, Codable {
        /// As in the table's header.
        public let name: String
        /// What its fields are, and what becomes of them.
        public let content: Content
        /// How many of the training rows have no value.
        public let missing: Int
    }

    /// What the fields of a column are.
    public enum Content: Sendable, Equatable, Codable {
        case number(NumberCoding)
        /// As the number of days since the beginning of 1970.
        case date(NumberCoding)
        case category(CategoryCoding)
    }

    /// How a number becomes a feature: `(value - offset) / divisor` in double precision, rounded once to float32.
    public struct NumberCoding: Sendable, Equatable, Codable {
        /// What stands for a number that is missing; nil where that is an error.
        public let fill: Double?
        public let offset: Double
        public let divisor: Double
        /// Whether there is a further feature that is 1 where the number is missing.
        public let marksMissing: Bool
    }

    /// How a text becomes features.
    public struct CategoryCoding: Sendable, Equatable, Codable {
        /// The texts, in the order of their features or numbers.
        public let categories: [String]
        /// Whether rows without a value are a category of their own, behind all others.
        public let hasMissing: Bool
        /// What stands for a text that is missing, where it is no category of its own.
        public let fill: String?
        /// Whether a missing value is an error.
        public let rejectsMissing: Bool
        public let unseen: UnseenCategory
        /// Nil for a feature for each category; for one feature, how positions are scaled.
        public let ordinal: NumberCoding?
    }
}

extension TableEncoder.Column {
    /// The names of the column's features: `age`, `age is missing`, `colour = red`.
    public var featureNames: [String] {
        switch content {
        case .number(let coding), .date(let coding): coding.marksMissing ? [name, isMissingName] : [name]
        case .category(let coding):
            coding.ordinal != nil
                ? [name] : coding.categories.map { "\(name) = \($0)" } + (coding.hasMissing ? [isMissingName] : [])
        }
    }

    private var isMissingName: String { "\(name) is missing" }

    var featureCount: Int {
        switch content {
        case .number(let coding), .date(let coding): coding.marksMissing ? 2 : 1
        case .category(let coding):
            coding.ordinal != nil ? 1 : coding.categories.count + (coding.hasMissing ? 1 : 0)
        }
    }

    /// Whether every number is one that a fit can give.
    var isValid: Bool {
        guard missing >= 0 else { return false }
        switch content {
        case .number(let coding), .date(let coding): return coding.isValid
        case .category(let coding):
            return Set(coding.categories).count == coding.categories.count && coding.ordinal?.isValid ?? true
        }
    }
}

extension TableEncoder.NumberCoding {
    fileprivate var isValid: Bool {
        offset.isFinite && divisor.isFinite && divisor > 0 && (fill ?? 0).isFinite
    }

    /// The feature of a value; infinite where it lies too far from those of the training.
    func feature(_ value: Double) -> Float { Float((value - offset) / divisor) }
}
