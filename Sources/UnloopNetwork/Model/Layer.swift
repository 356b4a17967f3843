import UnloopTensor

/// A part of a network that takes a batch of inputs, `[examples, …]`, and gives a batch of outputs: what `Sequential` is made of.
///
/// A layer of your own names its parameters, makes them in `build` and computes in `forward`; training, saving, names and
/// summaries follow from that. It is a structure, or a final class that nothing changes. Shapes in this protocol are those of one
/// example, without the batch axis.
///
///     struct Scale: Layer {
///         let factor = Parameter("factor")
///         var parameters: [Parameter] { [factor] }
///         func outputShape(for inputShape: [Int]) -> [Int] { inputShape }
///         func build(inputShape: [Int], _ builder: inout Builder) { builder.make(factor, [inputShape.last ?? 1], .ones) }
///         func forward(_ input: Tensor, _ pass: Pass) -> Tensor { input * pass[factor] }
///     }
public protocol Layer: Module {
    /// - Precondition: the layer can take inputs of this shape; traps with both shapes otherwise.
    func outputShape(for inputShape: [Int]) -> [Int]
    /// Gives every parameter its first value; layers inside are built by the layer that holds them.
    func build(inputShape: [Int], _ builder: inout Builder)
    /// The outputs for a batch, made of tensor operations, so that it can be differentiated. It changes nothing: parameters are read
    /// from the pass, and what is to be remembered is handed to it.
    func forward(_ input: Tensor, _ pass: Pass) -> Tensor
    /// Whether the inputs are numbers of rows, int32, as those of an embedding; false where the layer does not say.
    var takesIndices: Bool { get }
}

extension Layer {
    public func build(inputShape: [Int], _ builder: inout Builder) {}
    public var takesIndices: Bool { false }
}
