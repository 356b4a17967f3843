import UnloopBackend

/// The parameters of a network, each once, in the order in which modules list them: the places of their values.
final class ParameterTable: Sendable {
    struct Entry: Sendable {
        /// The full name.
        let name: String
        let parameter: Parameter
    }

    /// A module with parameters of its own that no module before it has.
    struct Place: Sendable {
        /// The position in the network, such as `2` or `3.0`; empty for the network itself.
        let name: String
        let kind: String
        /// Its own parameters among the entries.
        let entries: Range<Int>
    }

    let entries: [Entry]
    let places: [Place]
    /// The positions of the parameters that training changes: those that are declared so and are not frozen.
    let trainable: [Int]
    /// Of those that training changes: 1 where weight decay and the like act, else 0.
    let weightMarks: [Double]
    private let identities: [ObjectIdentifier]
    private let positions: [ObjectIdentifier: Int]
    /// In a table of so many parameters looking through all of them is faster than hashing.
    private static let fewParameters = 24

    /// - Precondition: no two parameters have the same full name; traps with the places of both otherwise.
    init(_ root: some Module) {
        var entries: [Entry] = []
        var places: [Place] = []
        var positions: [ObjectIdentifier: Int] = [:]
        var owners: [String: String] = [:]
        func visit(_ module: any Module, _ path: String) {
            let first = entries.count
            let owner = path.isEmpty ? module.kind : "\(module.kind) at `\(path)`"
            for parameter in module.parameters where positions[ObjectIdentifier(parameter)] == nil {
                let name = path.isEmpty ? parameter.name : path + "." + parameter.name
                if let other = owners.updateValue(owner, forKey: name) {
                    misuse(
                        "\(root.kind): two parameters are named `\(name)`, one of \(other), one of \(owner); give each a name of its own"
                    )
                }
                positions[ObjectIdentifier(parameter)] = entries.count
                entries.append(Entry(name: name, parameter: parameter))
            }
            if entries.count > first {
                places.append(Place(name: path, kind: module.kind, entries: first..<entries.count))
            }
            for child in module.children { visit(child.module, path.isEmpty ? child.name : path + "." + child.name) }
        }
        visit(root, "")
        self.entries = entries
        self.places = places
        identities = entries.map { ObjectIdentifier($0.parameter) }
        self.positions = positions
        trainable = entries.indices.filter { entries[$0].parameter.isTrainable }
        weightMarks = Self.weightMarks(entries, trainable)
    }

    /// The same parameters, of which training changes these.
    private init(_ table: ParameterTable, trainable: [Int]) {
        entries = table.entries
        places = table.places
        identities = table.identities
        positions = table.positions
        self.trainable = trainable
        weightMarks = Self.weightMarks(entries, trainable)
    }

    private static func weightMarks(_ entries: [Entry], _ trainable: [Int]) -> [Double] {
        trainable.map { entries[$0].parameter.isRegularized ? 1 : 0 }
    }

    /// The same parameters; of those whose names match, training changes all that are declared trainable, or none.
    ///
    /// - Precondition: every pattern matches at least one parameter that is declared trainable.
    func learning(_ learns: Bool, _ patterns: [NamePattern]) -> ParameterTable {
        var learning = Set(trainable)
        for pattern in patterns {
            let matched = entries.indices.filter {
                entries[$0].parameter.isTrainable && pattern.matches(entries[$0].name)
            }
            require(
                !matched.isEmpty,
                "\(learns ? "unfreeze" : "freeze"): no trainable parameter matches `\(pattern.text)`; they are \(trainableNames)"
            )
            if learns { learning.formUnion(matched) } else { learning.subtract(matched) }
        }
        return ParameterTable(self, trainable: learning.sorted())
    }

    /// Of the parameters that are declared trainable, but are not trained.
    var frozenNames: [String] {
        let trainable = Set(trainable)
        return entries.indices.filter { !trainable.contains($0) && entries[$0].parameter.isTrainable }
            .map { entries[$0].name }
    }

    /// For error messages; the first of many.
    var trainableNames: String {
        let names = entries.filter(\.parameter.isTrainable).map(\.name)
        return names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
    }

    /// Where the value of a parameter is; nil for one of another network.
    func position(of parameter: Parameter) -> Int? {
        let identity = ObjectIdentifier(parameter)
        return identities.count <= Self.fewParameters ? identities.firstIndex(of: identity) : positions[identity]
    }

    /// Whether it has the same parameters.
    func isEqual(to other: ParameterTable) -> Bool {
        other === self || other.entries.lazy.map(\.parameter).elementsEqual(entries.lazy.map(\.parameter))
    }

    func position(named name: String) -> Int? { entries.firstIndex { $0.name == name } }

    /// - Precondition: the parameter is one of this network.
    func place(of parameter: Parameter) -> Int {
        if let position = position(of: parameter) { return position }
        misuse(
            "the network has no parameter `\(parameter.name)`: a module lists its own in `parameters`, and the modules inside in `children`"
        )
    }
}
