/// Series of points in a common frame, drawn as SVG for documents or as text for terminals.
///
///     var plot = Plot(title: "Loss", x: .init("epoch"), y: .init("loss", scale: .logarithmic))
///     plot.line("training", epochs, losses)
///     print(plot.terminal())
///
/// Points that have no place in the frame (NaN, infinities, numbers beyond ±1e300 on a linear axis, numbers ≤ 0 on a logarithmic
/// one) are left out; a line has a gap
/// there.
public struct Plot: Sendable {
    public enum Scale: Sendable { case linear, logarithmic }

    public struct Axis: Sendable {
        public let label: String
        public let scale: Scale

        public init(_ label: String, scale: Scale = .linear) {
            self.label = label
            self.scale = scale
        }
    }

    struct Series: Sendable {
        enum Style { case line, points }

        let name: String
        let style: Style
        let points: [(x: Double, y: Double)]
    }

    public let title: String
    public let x: Axis
    public let y: Axis
    private(set) var series: [Series] = []

    public init(title: String, x: Axis, y: Axis) {
        self.title = title
        self.x = x
        self.y = y
    }

    /// Adds points joined by a line, in the order given. The longer list is cut to the length of the shorter.
    public mutating func line(_ name: String, _ xs: [Double], _ ys: [Double]) { add(name, .line, xs, ys) }

    /// Adds separate points. The longer list is cut to the length of the shorter.
    public mutating func points(_ name: String, _ xs: [Double], _ ys: [Double]) { add(name, .points, xs, ys) }

    private mutating func add(_ name: String, _ style: Series.Style, _ xs: [Double], _ ys: [Double]) {
        series.append(Series(name: name, style: style, points: zip(xs, ys).map { ($0, $1) }))
    }

    /// How both axes map numbers to fractions of the frame's width and height.
    var frame: (x: AxisRange, y: AxisRange) {
        let points = series.flatMap(\.points)
        return (AxisRange(x.scale, points.map(\.x)), AxisRange(y.scale, points.map(\.y)))
    }
}
