import Foundation

extension Plot {
    /// Okabe and Ito's colours, which people with any kind of colour vision can tell apart
    /// (M. Okabe, K. Ito: Color Universal Design, 2008).
    private static let colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]

    /// The plot as an SVG document (SVG 1.1), with a legend where there is more than one series.
    ///
    /// - Parameters:
    ///   - width: in pixels, as `height`.
    public func svg(width: Int = 720, height: Int = 440) -> String {
        let (xRange, yRange) = frame
        let hasLegend = series.count > 1
        let left = 76.0
        let right = Double(width) - 20
        let legendRows = hasLegend ? Double((series.count + 2) / 3) : 0
        let top = 44 + 20 * legendRows
        let bottom = Double(height) - 58
        func column(_ fraction: Double) -> String { Self.pixel(left + fraction * (right - left)) }
        func row(_ fraction: Double) -> String { Self.pixel(bottom - fraction * (bottom - top)) }

        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\""
                + " viewBox=\"0 0 \(width) \(height)\" font-family=\"DejaVu Sans, Helvetica, Arial, sans-serif\" font-size=\"13\">",
            "<title>\(Self.escaped(title))</title>",
            "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
            Self.text(title, x: Double(width) / 2, y: 26, anchor: "middle", size: 16),
        ]
        for tick in xRange.ticks(8) {
            let place = column(tick.fraction)
            lines.append(
                "<path d=\"M\(place) \(Self.pixel(top))V\(Self.pixel(bottom))\" stroke=\"#e4e4e4\" fill=\"none\"/>")
            lines.append(
                Self.text(tick.label, x: left + tick.fraction * (right - left), y: bottom + 19, anchor: "middle"))
        }
        for tick in yRange.ticks(7) {
            let place = row(tick.fraction)
            lines.append(
                "<path d=\"M\(Self.pixel(left)) \(place)H\(Self.pixel(right))\" stroke=\"#e4e4e4\" fill=\"none\"/>")
            lines.append(
                Self.text(tick.label, x: left - 8, y: bottom - tick.fraction * (bottom - top) + 4.5, anchor: "end"))
        }
        lines.append(
            "<rect x=\"\(Self.pixel(left))\" y=\"\(Self.pixel(top))\" width=\"\(Self.pixel(right - left))\""
                + " height=\"\(Self.pixel(bottom - top))\" fill=\"none\" stroke=\"#555555\"/>")
        lines.append(Self.text(x.label, x: (left + right) / 2, y: Double(height) - 16, anchor: "middle"))
        lines.append(
            "<g transform=\"translate(20 \(Self.pixel((top + bottom) / 2))) rotate(-90)\">"
                + Self.text(y.label, x: 0, y: 0, anchor: "middle") + "</g>")

        let dotCount = series.filter { $0.style == .points }.reduce(0) { $0 + $1.points.count }
        let size = dotCount > 300 ? "3" : "5"
        for (number, series) in series.enumerated() {
            let colour = Self.colours[number % Self.colours.count]
            // From the eighth series on the colours come again, with broken lines.
            let dash = number < Self.colours.count ? "" : " stroke-dasharray=\"7 4\""
            var path = ""
            var dots: [String] = []
            var isPenDown = false
            for point in series.points {
                guard let fx = xRange.fraction(point.x), let fy = yRange.fraction(point.y) else {
                    isPenDown = false
                    continue
                }
                switch series.style {
                case .line: path += "\(isPenDown ? "L" : "M")\(column(fx)) \(row(fy))"
                case .points: dots.append("M\(column(fx)) \(row(fy))h0")
                }
                isPenDown = true
            }
            if !path.isEmpty {
                lines.append(
                    "<path d=\"\(path)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"1.8\" stroke-linejoin=\"round\""
                        + " stroke-linecap=\"round\"\(dash)/>")
            }
            if !dots.isEmpty {
                // A path of length zero with round ends is a dot; many of them make one small element.
                lines.append(
                    "<path d=\"\(dots.joined())\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"\(size)\""
                        + " stroke-linecap=\"round\"/>")
            }
            if hasLegend {
                let place = left + Double(number % 3) * (right - left) / 3
                let level = 48 + 20 * Double(number / 3)
                let mark =
                    series.style == .line
                    ? "M\(Self.pixel(place)) \(Self.pixel(level - 4))h22"
                    : "M\(Self.pixel(place + 11)) \(Self.pixel(level - 4))h0"
                let width = series.style == .line ? "2.4" : "6"
                lines.append(
                    "<path d=\"\(mark)\" stroke=\"\(colour)\" stroke-width=\"\(width)\" stroke-linecap=\"round\"\(dash)/>"
                )
                lines.append(Self.text(series.name, x: place + 29, y: level, anchor: "start"))
            }
        }
        lines.append("</svg>")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func text(_ text: String, x: Double, y: Double, anchor: String, size: Int? = nil) -> String {
        let size = size.map { " font-size=\"\($0)\"" } ?? ""
        return "<text x=\"\(pixel(x))\" y=\"\(pixel(y))\" text-anchor=\"\(anchor)\" fill=\"#222222\"\(size)>"
            + "\(escaped(text))</text>"
    }

    private static func pixel(_ value: Double) -> String {
        let text = DecimalText.fixed(value, digits: 1)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func escaped(_ text: String) -> String {
        // Control characters have no place in an XML document, not even escaped.
        String(text.unicodeScalars.filter { $0.value >= 32 || $0 == "\t" || $0 == "\n" }.map(Character.init))
            .replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;")
    }
}
