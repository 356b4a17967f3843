import UnloopTensor

extension Model {
    /// The modules with their settings, and the parameters with their shapes, one a line: the same text for the same network in every
    /// process. What only code says, such as the formula of a closure, is not in it.
    var structure: String {
        var lines: [String] = []
        func visit(_ module: any Module, _ path: String) {
            let settings = Self.fields(of: module).joined(separator: ", ")
            lines.append(
                "\(path.isEmpty ? "network" : path): \(module.kind)" + (settings.isEmpty ? "" : "(\(settings))"))
            for child in module.children { visit(child.module, path.isEmpty ? child.name : path + "." + child.name) }
        }
        visit(root, "")
        if isBuilt { lines += values.map { "\($0.name) \($0.value.elementType) \($0.value.shape)" } }
        return lines.joined(separator: "\n")
    }

    private static func fields(of value: Any) -> [String] {
        Mirror(reflecting: value).children.compactMap { child in
            text(of: child.value).map { (child.label.map { $0 + ": " } ?? "") + $0 }
        }
    }

    /// Of a stored property; nil for parameters, modules, functions and objects.
    private static func text(of value: Any) -> String? {
        switch value {
        case let activation as Activation: return activation.name
        case let initializer as Initializer: return initializer.name
        case is Parameter, is any Module, is [any Module], is [any Layer]: return nil
        case is any BinaryInteger, is any BinaryFloatingPoint, is Bool, is String: return "\(value)"
        default: break
        }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .enum: return "\(value)"
        case .optional: return mirror.children.first.flatMap { text(of: $0.value) }
        case .tuple, .struct, .collection:
            let fields = fields(of: value)
            return fields.isEmpty ? nil : "(\(fields.joined(separator: ", ")))"
        default: return nil
        }
    }
}
