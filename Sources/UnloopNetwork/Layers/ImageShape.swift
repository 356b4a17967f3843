import UnloopBackend
import UnloopTensor

/// The shape `[height, width]` that windows moving over an image leave; traps with the layer's name where none fits.
func windowedShape(
    _ name: String, _ inputShape: [Int], window: Size2D, stride: Size2D, padding: Padding, dilation: Size2D = 1
) -> [Int] {
    require(
        inputShape.count == 3, "\(name): an example has the shape \(inputShape), not [height, width, channels]")
    func positions(_ size: Int, _ window: Int, _ stride: Int, _ dilation: Int, _ explicit: Int) -> Int {
        if case .same = padding { return size == 0 ? 0 : (size - 1) / stride + 1 }
        let room = size + explicit - windowExtent(window, dilation: dilation)
        return room < 0 ? 0 : room / stride + 1
    }
    require(
        window.isPositive && stride.isPositive && dilation.isPositive,
        "\(name): window \(window), stride \(stride) and dilation \(dilation) must be positive")
    var (vertical, horizontal) = (0, 0)
    if case .explicit(let top, let bottom, let left, let right) = padding {
        requirePadding(name, top, bottom, left, right)
        (vertical, horizontal) = (top + bottom, left + right)
    }
    let height = positions(inputShape[0], window.height, stride.height, dilation.height, vertical)
    let width = positions(inputShape[1], window.width, stride.width, dilation.width, horizontal)
    require(height > 0 && width > 0, "\(name): a window of \(window) does not fit into an image of \(inputShape)")
    return [height, width]
}
