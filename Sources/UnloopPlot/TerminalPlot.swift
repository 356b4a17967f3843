extension Plot {
    /// One for each series; the eighth series has the first mark again.
    private static let marks: [Character] = ["*", "o", "+", "x", "#", "@", "%"]

    /// The plot as lines of text, without a line break at the end.
    ///
    /// - Parameters:
    ///   - width: of the frame in characters, as `height` in lines; labels come on top of that.
    public func terminal(width: Int = 70, height: Int = 16) -> String {
        let (width, height) = (max(10, width), max(4, height))
        let (xRange, yRange) = frame
        var canvas = [[Character]](repeating: [Character](repeating: " ", count: width), count: height)
        for (number, series) in series.enumerated() {
            let mark = Self.marks[number % Self.marks.count]
            var previous: (column: Double, row: Double)?
            for point in series.points {
                guard let fx = xRange.fraction(point.x), let fy = yRange.fraction(point.y) else {
                    previous = nil
                    continue
                }
                let place = (column: fx * Double(width - 1), row: (1 - fy) * Double(height - 1))
                let start = series.style == .line ? previous ?? place : place
                let steps = max(1, Int(max(abs(place.column - start.column), abs(place.row - start.row)).rounded(.up)))
                for step in 0...steps {
                    let share = Double(step) / Double(steps)
                    let column = Int((start.column + share * (place.column - start.column)).rounded())
                    let row = Int((start.row + share * (place.row - start.row)).rounded())
                    canvas[row][column] = mark
                }
                previous = place
            }
        }

        var labels = [Int: String]()
        for tick in yRange.ticks(max(2, height / 4)) {
            labels[Int(((1 - tick.fraction) * Double(height - 1)).rounded())] = tick.label
        }
        let margin = labels.values.map(\.count).max() ?? 0
        let indentation = String(repeating: " ", count: margin)
        var lines = [indentation + "  " + title]
        if series.count > 1 {
            let names = series.enumerated().map { "\(Self.marks[$0.offset % Self.marks.count]) \($0.element.name)" }
            lines.append(indentation + "  " + names.joined(separator: "   "))
        }
        lines.append(indentation + "  " + y.label)
        for (row, characters) in canvas.enumerated() {
            let label = labels[row] ?? ""
            lines.append(
                String(repeating: " ", count: margin - label.count) + label + (label.isEmpty ? " │" : " ┤")
                    + String(characters))
        }
        var axis = [Character](repeating: "─", count: width)
        var numbers = [Character](repeating: " ", count: width + 12)
        var free = 0
        for tick in xRange.ticks(max(2, width / 12)) {
            let column = Int((tick.fraction * Double(width - 1)).rounded())
            axis[column] = "┬"
            let start = max(free, column - tick.label.count / 2)
            guard start + tick.label.count <= numbers.count else { continue }
            for (offset, character) in tick.label.enumerated() { numbers[start + offset] = character }
            free = start + tick.label.count + 1
        }
        lines.append(indentation + " └" + String(axis))
        let label = String(repeating: " ", count: max(0, width - x.label.count)) + x.label
        lines.append(indentation + "  " + String(numbers))
        lines.append(indentation + "  " + label)
        return lines.map { line in String(line.reversed().drop { $0 == " " }.reversed()) }.joined(separator: "\n")
    }
}
