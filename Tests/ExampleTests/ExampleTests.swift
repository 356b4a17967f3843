import Testing
import Unloop
import UnloopExamples

/// Every example gives the figures expected of it. Their equality on devices follows from that of the operations, which other
/// tests hold; the examples that are quick are run on each device all the same.
@Suite(.serialized) struct ExampleTests {
    @Test(arguments: Example.all.map(\.name)) func theFiguresAreAsExpected(_ name: String) throws {
        let example = try #require(Example.all.first { $0.name == name })
        let figures = try example.run(on: .cpu)
        #expect(!figures.isEmpty)
        for figure in figures {
            #expect(figure.isRight, "\(figure.name): \(figure.value), \(figure.relation) \(figure.expected)")
        }
    }

    @Test func rowsAreInOrderAndNamesAreUnique() {
        #expect(Example.all.map(\.row) == Example.all.map(\.row).sorted())
        #expect(Set(Example.all.map(\.name)).count == Example.all.count)
        #expect(Example.all.allSatisfy { (1...25).contains($0.row) && !$0.summary.isEmpty })
    }

    @Test func aFigureIsRightOnlyWithinItsBound() {
        func isRight(_ value: Double, _ relation: Figure.Relation, _ bound: Double = 0) -> Bool {
            Figure(name: "", value: value, expected: 1, relation: relation, bound: bound).isRight
        }
        #expect(isRight(1, .equal) && isRight(1.25, .equal, 0.25) && !isRight(1.5, .equal, 0.25))
        #expect(isRight(2, .atLeast) && !isRight(0.5, .atLeast) && isRight(0.5, .atMost) && !isRight(2, .atMost))
        for relation in [Figure.Relation.equal, .atLeast, .atMost] { #expect(!isRight(.nan, relation, .infinity)) }
    }
}
