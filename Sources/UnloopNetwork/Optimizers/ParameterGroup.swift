import UnloopBackend

/// What an optimizer does otherwise with some of the parameters.
struct ParameterGroup: Sendable {
    let pattern: NamePattern
    let learningRate: LearningRate?
    let decay: Double?
}

extension Optimizer {
    /// Another learning rate or decay for parameters with certain names.
    ///
    ///     Optimizer.adamW(0.001).group("encoder.*", learningRate: 0.0001).group("*.embedding", decay: 0)
    ///
    /// Where a name matches several groups, the last one that says something counts. Clipping by norm goes over all gradients. Parameters that
    /// are not to learn at all are frozen: `Model.freeze`.
    ///
    /// - Parameters:
    ///   - pattern: full names; `*` stands for any characters, dots too, also for none. One that matches no trainable parameter of the
    ///     network traps at the first step.
    ///   - learningRate: nil leaves it as it is. What scales the optimizer's rate, such as `ReduceOnPlateau`, scales this one too.
    ///   - decay: in place of the optimizer's decoupled decay (`decoupledDecay`), of weights alone as there; nil leaves it as it is.
    public func group(_ pattern: String, learningRate: LearningRate? = nil, decay: Double? = nil) -> Optimizer {
        require(decay.map { $0 >= 0 } ?? true, "Optimizer.group: a decay of \(decay ?? 0)")
        var result = self
        result.groups.append(
            ParameterGroup(pattern: NamePattern(pattern), learningRate: learningRate, decay: decay))
        return result
    }

    /// What the groups say about each of the parameters that learn, in order; nil where no group says anything.
    ///
    /// - Precondition: every pattern matches a trainable parameter, which may be frozen.
    func settings(for table: ParameterTable) -> [ParameterSettings?] {
        if groups.isEmpty { return Array(repeating: nil, count: table.trainable.count) }
        let declared = table.entries.filter(\.parameter.isTrainable).map(\.name)
        for group in groups {
            require(
                declared.contains(where: group.pattern.matches),
                "Optimizer.group: no trainable parameter matches `\(group.pattern.text)`; they are \(table.trainableNames)"
            )
        }
        return table.trainable.map { position in
            var settings: ParameterSettings?
            for group in groups where group.pattern.matches(table.entries[position].name) {
                settings = ParameterSettings(
                    learningRate: group.learningRate ?? settings?.learningRate, decay: group.decay ?? settings?.decay)
            }
            return settings
        }
    }
}

/// What the groups of an optimizer say about one parameter.
struct ParameterSettings: Sendable {
    let learningRate: LearningRate?
    let decay: Double?
}
