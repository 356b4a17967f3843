import UnloopBackend
import UnloopTensor

/// The shape `[height, width]` that windows moving over an image leave; traps with the layer's name where none fits.
func windowedShape(
    _ name: String, _ inputShape: [Int], window: Size2D, stride: Size2D, padding: Padding, dilation: Size2D = 1
) -> [Int] {
    require(
        inputShape.count == 3, "\(name): an example has the shape \(inputShape), not [height, width, channels]")
    func positions(_ size: Int, _ window: Int, _ stride: Int, _ dilation: Int, _ explicit: Int) -> Int {
        if case .same = padding { return (size + stride - 1) / stride }
        let room = size + explicit - (dilation * (window - 1) + 1)
        return room < 0 ? 0 : room / stride + 1
    }
    var (vertical, horizontal) = (0, 0)
    if case .explicit(let top, let bottom, let left, let right) = padding {
        (vertical, horizontal) = (top + bottom, left + right)
    }
    let height = positions(inputShape[0], window.height, stride.height, dilation.height, vertical)
    let width = positions(inputShape[1], window.width, stride.width, dilation.width, horizontal)
    require(height > 0 && width > 0, "\(name): a window of \(window) does not fit into an image of \(inputShape)")
    return [height, width]
}
