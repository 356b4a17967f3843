/// What can make a reservoir or its readout impossible.
public enum ReservoirError: Error, Equatable, Sendable {
    /// A spectral radius has to be above 0.
    case spectralRadiusNotPositive(Double)
    /// The random connections form no cycle, so their spectral radius is 0 and cannot be scaled.
    case noCycles(units: Int, density: Double)
    /// A sequence has no steps, or there are no sequences.
    case emptySequence
    /// No step is left to learn from after those that are left out.
    case nothingAfterWashout(washout: Int, steps: Int)
    /// An element is infinite or NaN.
    case notFinite(what: String, indices: [Int])
    /// The readout's system of equations is singular.
    case singularReadout(ridge: Double)
    /// The readout was not fitted yet.
    case noReadout
}

extension ReservoirError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .spectralRadiusNotPositive(let radius):
            "the spectral radius \(radius) is not above 0; values near 1 are usual"
        case .noCycles(let units, let density):
            "the \(units) units connected with density \(density) form no cycle, so there is no spectral radius to scale; use a higher "
                + "density, more units or another seed"
        case .emptySequence: "there are no sequences, or they have no steps"
        case .nothingAfterWashout(let washout, let steps):
            "the sequences have \(steps) steps, of which \(washout) are left out; there is nothing left to learn from"
        case .notFinite(let what, let indices):
            "the \(what) at \(indices) is infinite or NaN; remove or replace such values"
        case .singularReadout(let ridge):
            "the readout's system of equations is singular with ridge \(ridge): states follow from each other; use a larger ridge, fewer units "
                + "or more steps"
        case .noReadout: "the readout was not fitted yet; call fit first"
        }
    }
}
