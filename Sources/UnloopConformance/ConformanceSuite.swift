/// All cases that a device must compute with the bits of the loop backend.
public enum ConformanceSuite {
    public static let cases: [OperationCase] =
        MapCases.all + CopyCases.all + ReduceCases.all + ReduceCases.scans + LineCases.all + MatmulCases.all
        + ConvolutionCases.all + PoolCases.all + GatherCases.all + RandomCases.all + RandomKeyCases.all

    public static func cases(of family: OperationCase.Family, upTo size: OperationCase.SizeClass = .large)
        -> [OperationCase]
    {
        cases.filter { $0.family == family && $0.sizeClass <= size }
    }
}
