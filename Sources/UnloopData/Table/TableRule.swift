import UnloopBackend

extension TableEncoder {
    /// What a column is declared to be, and how it becomes numbers, in place of what is found.
    public struct Rule: Sendable, Equatable {
        enum Kind: Sendable, Equatable {
            case number(MissingNumber, Scaling)
            case date(MissingNumber, Scaling)
            case category(CategoryForm, order: [String]?, MissingCategory, UnseenCategory)
            case leftOut
        }

        let kind: Kind

        /// A number.
        public static func number(missing: MissingNumber = .mean, scaling: Scaling = .standard) -> Rule {
            missing.check()
            return Rule(kind: .number(missing, scaling))
        }

        /// A date, as the number of days since the beginning of 1970, with the time as a fraction; see `TableEncoder`.
        ///
        /// - Parameter missing: a constant is in days, too.
        public static func date(missing: MissingNumber = .mean, scaling: Scaling = .standard) -> Rule {
            missing.check()
            return Rule(kind: .date(missing, scaling))
        }

        /// One of several texts.
        ///
        /// - Parameters:
        ///   - form: how a text becomes numbers.
        ///   - order: all categories, in the order of their numbers; nil takes those of the training rows in the order of their Unicode characters.
        ///   - unseen: what becomes of a text that is none of the categories.
        /// - Precondition: `order` has no text twice.
        public static func category(
            _ form: CategoryForm = .oneHot, order: [String]? = nil, missing: MissingCategory = .ownCategory,
            unseen: UnseenCategory = .ignored
        ) -> Rule {
            require(
                order.map { Set($0).count == $0.count } ?? true,
                "TableEncoder.Rule.category: a category stands twice in \(order ?? [])")
            return Rule(kind: .category(form, order: order, missing, unseen))
        }

        /// Nothing is made of the column.
        public static let leftOut = Rule(kind: .leftOut)
    }

    /// What stands for a number or a date that is missing.
    public enum MissingNumber: Sendable, Equatable {
        /// The mean of those in the training rows.
        case mean
        /// The median of those in the training rows; of an even number of them, the mean of the two in the middle.
        case median
        /// This number.
        case constant(Double)
        /// The mean, and one more feature that is 1 where the number is missing and 0 elsewhere.
        case ownCategory
        /// An error.
        case rejected

        fileprivate func check() {
            guard case .constant(let value) = self else { return }
            require(Float(value).isFinite, "TableEncoder.Rule: the constant \(value) is no number of float32")
        }
    }

    /// How numbers are brought to a common scale; what is missing is filled in before.
    public enum Scaling: Sendable, Equatable {
        /// To mean 0 and deviation 1 in the training rows (the variance is divided by their number). A column that never changes becomes 0.
        case standard
        /// So that the training rows lie between 0 and 1. A column that never changes becomes 0.
        case range
        /// As they are.
        case none
    }

    /// How a text becomes numbers.
    public enum CategoryForm: Sendable, Equatable {
        /// A feature for each category: 1 for the row's own, 0 for the others.
        case oneHot
        /// One feature, the position of the category, counted from 0, scaled like a number.
        case ordinal(Scaling)
    }

    /// What stands for a text that is missing.
    public enum MissingCategory: Sendable, Equatable {
        /// A category of its own behind all others, where one of the training rows has none. Where they all have one, it counts as unseen.
        case ownCategory
        /// This text.
        case constant(String)
        /// An error.
        case rejected
    }

    /// What becomes of a text that is none of the categories, as happens after the training.
    public enum UnseenCategory: String, Sendable, Equatable, Codable {
        /// All features 0; as an ordinal the position -1.
        case ignored
        /// It counts as missing.
        case missing
        /// An error.
        case rejected
    }
}
