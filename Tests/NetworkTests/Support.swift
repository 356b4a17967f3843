import Foundation
import Testing
import UnloopBackend
import UnloopNetwork
import UnloopTensor

/// A directory for one test, removed at its end.
final class TemporaryDirectory {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("unloop-network-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}

/// Numbers that are neither regular nor near the kinks of activations.
func samples(_ shape: [Int], seed: UInt64 = 1, on device: Device = .loop, _ type: ElementType = .float32) -> Tensor {
    Tensor.randomUniform(shape, RandomKey(seed: seed), low: -2, high: 2, type, on: device)
}

extension Layer {
    /// A model of it, built on the loop device.
    func built(_ inputShape: [Int], seed: UInt64 = 1, _ type: ElementType = .float32) -> Model<Self> {
        Model(self).built(inputShape, seed: seed, type)
    }
}

extension Model where Root: Layer {
    /// The same network, built on the loop device.
    func built(_ inputShape: [Int], seed: UInt64 = 1, _ type: ElementType = .float32) -> Model {
        var result = self
        result.build(inputShape: inputShape, on: .loop, seed: seed, elementType: type)
        return result
    }
}

/// The largest difference, in the numbers of the larger of the two, or of 1 if both are smaller.
func relativeDifference(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).map { abs($0 - $1) / max(1, abs($0), abs($1)) }.max() ?? 0
}

/// A process that ended with a text of a mistake of the calling program.
func expectTrap(_ text: String, _ result: ExitTest.Result?) {
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains(text), "\(message)")
}

extension Model {
    /// Whether every number of every parameter is finite.
    var hasFiniteValues: Bool {
        get throws { try values.allSatisfy { try $0.value.doubles().allSatisfy(\.isFinite) } }
    }
}
