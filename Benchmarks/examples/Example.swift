import Unloop

/// A runnable example of one of the systems that the project's source notes describe. The notes' figures are checked as it runs.
///
/// An example is a file in `Rows` and a line in `all`; the command line and the tests go through that list.
package struct Example: Sendable {
    /// Lower case, words joined by `-`.
    package let name: String
    /// The number of the system, from 1 to 25.
    package let row: Int
    /// What it shows, in one line.
    package let summary: String
    private let body: @Sendable (ExampleRun) throws -> Void

    init(_ name: String, row: Int, _ summary: String, _ body: @escaping @Sendable (ExampleRun) throws -> Void) {
        self.name = name
        self.row = row
        self.summary = summary
        self.body = body
    }

    /// Runs the example on a device.
    ///
    /// - Parameter observer: sees notes, measurements and pictures as they come.
    /// - Throws: whatever the example's work throws; what was found until then is with the observer.
    package func run(on device: Device, observer: @escaping (ExampleRun.Event) throws -> Void = { _ in }) throws
        -> [Figure]
    {
        let run = ExampleRun(device: device, observer: observer)
        try body(run)
        return run.figures
    }

    /// Ordered by row.
    package static let all: [Example] = [
        loopVersusVectorized,
        vectorizingAcrossExamples,
        broadcasting,
        shapes,
        activations,
        losses,
        normalization,
        logisticRegression,
        gradientDescent,
        backpropagation,
        sequentialModel,
        initialization,
        vanishingGradients,
        regularization,
        pretraining,
        convolution,
        pooling,
        convolutionalClassifier,
        recurrentNetwork,
        realTimeRecurrentLearning,
        longShortTermMemory,
        echoStateNetwork,
        liquidStateMachine,
        hessianFree,
        crossValidation,
        devices,
        benchmark,
    ]
}
