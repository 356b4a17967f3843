import Foundation
import FoundationXML
import Testing
import UnloopPlot

@Suite struct PlotTests {
    private func plot(_ xs: [Double], _ ys: [Double], scale: Plot.Scale = .linear) -> Plot {
        var plot = Plot(title: "a < b & c\u{1b}", x: .init("step"), y: .init("norm", scale: scale))
        plot.line("first", xs, ys)
        return plot
    }

    /// The points of the paths that are drawn with the first series' colour.
    private func paths(_ svg: String) throws -> [String] {
        let document = try XMLDocument(xmlString: svg)
        let nodes = try document.nodes(forXPath: "//*[local-name()='path'][@stroke='#0072B2']/@d")
        return nodes.compactMap(\.stringValue)
    }

    @Test func theDocumentIsWellFormedAndSaysWhatItShows() throws {
        let svg = plot([1, 2, 3], [1, 4, 9]).svg()
        let document = try XMLDocument(xmlString: svg)
        let texts = try document.nodes(forXPath: "//*[local-name()='text']").compactMap(\.stringValue)
        #expect(texts.contains("a < b & c") && texts.contains("step") && texts.contains("norm"))
    }

    @Test func pointsAreInTheirPlaces() throws {
        // Equal steps up on a logarithmic axis for equal factors.
        let path = try #require(try paths(plot([0, 1, 2], [1, 10, 100], scale: .logarithmic).svg()).first)
        let numbers = path.split { "MLHV ".contains($0) }.compactMap { Double($0) }
        try #require(numbers.count == 6)
        #expect(abs((numbers[0] + numbers[4]) / 2 - numbers[2]) < 0.2)
        #expect(abs((numbers[1] + numbers[5]) / 2 - numbers[3]) < 0.2)
        #expect(numbers[1] > numbers[3] && numbers[3] > numbers[5])
    }

    @Test func aLineHasAGapWhereAPointHasNoPlace() throws {
        for missing in [Double.nan, .infinity, 0, -1] {
            let path = try #require(
                try paths(plot([1, 2, 3, 4, 5], [1, 2, missing, 3, 4], scale: .logarithmic).svg()).first)
            #expect(path.count { $0 == "M" } == 2)
            #expect(path.count { $0 == "L" } == 2)
        }
    }

    static let numbers: [[Double]] = [
        [], [1], [3, 3, 3], [.nan, .infinity], [1e300, -1e300], [.leastNonzeroMagnitude, 1], [1e17, 1e17], [1e300],
        [-.greatestFiniteMagnitude, .greatestFiniteMagnitude], [.leastNonzeroMagnitude, 2 * .leastNonzeroMagnitude],
        [1e308, 1e308],
    ]

    @Test(arguments: numbers)
    func anyNumbersCanBeDrawn(_ values: [Double]) throws {
        for scale in [Plot.Scale.linear, .logarithmic] {
            let plot = plot(values.indices.map(Double.init), values, scale: scale)
            let svg = plot.svg()
            _ = try XMLDocument(xmlString: svg)
            #expect(!svg.contains("nan") && !svg.contains("inf"))
            #expect(plot.terminal(width: 20, height: 5).split(separator: "\n").count >= 8)
        }
    }

    /// Axes of any length have some, but not too many, labels.
    @Test(arguments: [(1.0, 1.1), (3, 7), (1, 9), (1, 50), (1e-3, 1), (1e-12, 1e3), (2, 2)])
    func axesAreLabelled(_ low: Double, _ high: Double) throws {
        for scale in [Plot.Scale.linear, .logarithmic] {
            let document = try XMLDocument(xmlString: plot([0, 1], [low, high], scale: scale).svg())
            let labels = try document.nodes(forXPath: "//*[local-name()='text'][@text-anchor='end']")
            #expect((2...15).contains(labels.count), "\(scale): \(labels.compactMap(\.stringValue))")
            #expect(Set(labels.compactMap(\.stringValue)).count == labels.count)
        }
    }

    @Test func theTerminalShowsTheCurve() {
        let lines = plot([0, 1, 2, 3], [0, 1, 2, 3]).terminal(width: 12, height: 6).split(separator: "\n")
        let rows = lines.filter { $0.contains("│") || $0.contains("┤") }
        #expect(rows.count == 6)
        let columns = rows.compactMap { row in
            row.firstIndex(of: "*").map { row.distance(from: row.startIndex, to: $0) }
        }
        #expect(columns.count == 6)
        #expect(columns == columns.sorted(by: >))
    }

    @Test func severalSeriesHaveALegend() {
        var plot = plot([0, 1], [0, 1])
        plot.points("second", [0.5], [0.5])
        #expect(plot.terminal().contains("* first   o second"))
        #expect(plot.svg().contains("second"))
    }

    @Test func manySeriesStayApart() throws {
        var plot = Plot(title: "many", x: .init("x"), y: .init("y"))
        for number in 0..<9 { plot.line("series \(number)", [0, 1], [0, Double(number)]) }
        let svg = plot.svg()
        #expect(svg.contains("stroke-dasharray"))
        #expect((0..<9).allSatisfy { svg.contains("series \($0)") })
    }
}
