import UnloopBackend
import UnloopTensor

/// Numbers that look random, the same at each run: a small linear congruential generator.
struct TestNumbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1 }

    /// Uniform between the bounds.
    mutating func next(_ low: Double, _ high: Double) -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return low + (high - low) * Double(state >> 11) * 0x1p-53
    }

    mutating func doubles(_ shape: [Int], _ low: Double = -2, _ high: Double = 2) -> Tensor {
        Tensor(float64: (0..<shape.reduce(1, *)).map { _ in next(low, high) }, shape: shape)
    }

    mutating func floats(_ shape: [Int], _ low: Double = -2, _ high: Double = 2, on device: Device = .loop) -> Tensor {
        Tensor((0..<shape.reduce(1, *)).map { _ in Float(next(low, high)) }, shape: shape, on: device)
    }
}

/// The devices that every test of results runs on: all that there are. A missing OpenCL device fails `ReadingTests`.
let testedDevices: [Device] = Device.all
