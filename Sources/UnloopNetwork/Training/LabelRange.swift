import UnloopData
import UnloopTensor

/// The smallest and the largest class number among labels, computed on their device and read later.
struct LabelRange {
    private let ends: [Tensor]
    private let classes: Int

    /// Nil where labels are no class numbers, or any number of outputs would do.
    init?(_ data: Dataset, _ loss: Loss, _ root: some Layer) {
        guard loss.takesClasses, data.labels.elementType == .int32,
            let classes = root.outputShape(for: data.exampleShape).last
        else { return nil }
        // What does not count is no class, whatever its number.
        let labels = loss.ignoredClass.map { data.labels * (data.labels .!= Double($0)) } ?? data.labels
        ends = [labels.min(), labels.max()]
        self.classes = classes
    }

    /// - Throws: `TrainingError.labelOutOfRange` where the network has no output for a label; `TensorError`.
    func check() throws {
        for end in ends {
            let label = Int(try end.integers()[0])
            guard (0..<classes).contains(label) else {
                throw TrainingError.labelOutOfRange(label: label, classes: classes)
            }
        }
    }
}
