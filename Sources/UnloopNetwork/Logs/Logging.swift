extension Callback {
    /// What every log does.
    ///
    /// - Parameters:
    ///   - begin: gets the epochs and the number of the steps that were done before.
    ///   - step: nil where steps are not logged.
    static func logging(
        begin: @escaping (_ history: History, _ step: Int) throws -> Void, step: ((Step) throws -> Void)? = nil,
        epoch: @escaping (History.Epoch) throws -> Void, finish: @escaping () throws -> Void
    ) -> Callback {
        Callback(
            beforeRun: { try begin($0.history, $0.step) },
            afterStep: step.map { log in
                { step in
                    try log(step)
                    return .proceed
                }
            },
            afterEpoch: { record in
                try epoch(record)
                return .proceed
            },
            afterRun: { _ in try finish() })
    }
}
