import Foundation
import Testing
import UnloopBackend
import UnloopTensor

/// Means, variances and normalized lines of numbers that are large beside their differences, against Double.
@Suite struct StatisticsTests {
    /// The variance of the float32 numbers themselves, in Double about a shift that loses nothing.
    private func variance(_ x: [Float], correction: Double = 0) -> Double {
        let shift = Double(x.first ?? 0)
        let mean = x.reduce(0.0) { $0 + (Double($1) - shift) } / Double(x.count)
        return x.reduce(0.0) { $0 + pow(Double($1) - shift - mean, 2) } / (Double(x.count) - correction)
    }

    private static let shifts: [Double] = [0, 1, 1000, 1e6, -1e6, 16_777_216, 1e8, -1e10]

    @Test("the variance does not depend on how large the numbers are", arguments: testedDevices)
    func shiftedVariance(_ device: Device) throws {
        for shift in Self.shifts {
            for count in [2, 3, 64, 65, 257, 4097, 10_000] {
                var numbers = TestNumbers(seed: UInt64(count))
                let size = max(1, abs(shift) * 1e-6)
                let x = (0..<count).map { Float(shift + size * (Double($0 % 2) + numbers.next(0, 0.1))) }
                let expected = variance(x)
                let found = Double(try Tensor(x, on: device).variance().item())
                let bound: Double = 1e-5 * expected
                #expect(
                    abs(found - expected) <= bound, "\(count) numbers near \(shift): \(found), \(expected)")
                // Along an axis that is not the last one.
                let columns = Tensor(x + x, shape: [2, count], on: device).transposed().variance(0)
                for value in try columns.doubles() { #expect(abs(value - expected) <= bound) }
            }
        }
        let example = Tensor((0..<10_000).map { 1_000_000 + Float($0 % 2) }, on: device)
        #expect(try example.variance().item() == 0.25)
        #expect(try example.standardDeviation().item() == 0.5)
    }

    @Test("equal numbers have variance 0", arguments: testedDevices)
    func constants(_ device: Device) throws {
        for value in [0.1, -0.1, 1.0 / 3, 1e-30, 7e20] as [Float] {
            for count in [1, 2, 7, 33, 1000, 4099] {
                let x = Tensor([Float](repeating: value, count: count), on: device)
                // But for the rounding of a mean that is 0 already, in units of the last place of a unit in the last place.
                let found = Double(try x.variance().item())
                let place = Double(value.ulp) * 1e-6
                #expect(found <= place * place, "\(count) times \(value): \(found)")
            }
        }
    }

    @Test("corrections, and too few elements for them", arguments: testedDevices)
    func corrections(_ device: Device) throws {
        let x = Tensor([[1, 2, 4], [1, 1, 1]], on: device)
        #expect(try x.variance(1, correction: 1).scalars() == [Float(7.0 / 3), 0])
        #expect(try x.variance(1, correction: 3).scalars().map(\.isNaN) == [false, true])
        #expect(try x.variance(1, correction: 3).scalars()[0] == .infinity)
        #expect(try x.variance(1, correction: 4).scalars()[0] == .infinity)
        let one = Tensor([5], on: device)
        #expect(try one.variance().item() == 0)
        #expect(try one.variance(correction: 1).item().isNaN)
        #expect(try Tensor.zeros([0], on: device).variance().item().isNaN)
        #expect(try Tensor.zeros([0, 3], on: device).variance(1).scalars() == [])
        #expect(try Tensor([1, .nan], on: device).variance().item().isNaN)
        #expect(try Tensor([1, .infinity], on: device).variance().item().isNaN)
    }

    @Test("lines are normalized whatever their shift is", arguments: testedDevices)
    func shiftedLines(_ device: Device) throws {
        for shift in Self.shifts.prefix(6) {
            for size in [2, 16, 100, 1000] {
                let x = Tensor((0..<3 * size).map { Float(shift) + Float($0 % 2) * 2 }, shape: [3, size], on: device)
                let ones = Tensor.ones([size], on: device)
                let zeros = Tensor.zeros([size], on: device)
                let weights = Tensor((1...size).map { Float($0) }, on: device)
                let y = try x.layerNormalized(scale: ones, shift: zeros, epsilon: 0).scalars()
                for (position, value) in y.enumerated() {
                    let expected: Float = position % 2 == 0 ? -1 : 1
                    #expect(abs(value - expected) <= 1e-5, "\(shift) \(size)")
                }
                // The derivative does not depend on the shift either.
                let slope = try gradient(at: x) { x in
                    (x.layerNormalized(scale: ones, shift: zeros) * weights).sum()
                }.doubles()
                let reference = try gradient(at: x - Double(Float(shift))) { x in
                    (x.layerNormalized(scale: ones, shift: zeros) * weights).sum()
                }.doubles()
                let largest = reference.map(abs).max() ?? 1
                let bound: Double = 1e-4 * largest
                for (a, b) in zip(slope, reference) { #expect(abs(a - b) <= bound, "\(shift) \(size)") }
            }
        }
    }

    @Test("the same bits on every device, views and edges of tiles included") func sameBits() throws {
        func bits(_ device: Device) throws -> [UInt32] {
            var result: [UInt32] = []
            for (rows, columns) in [(1, 1), (2, 15), (3, 16), (5, 17), (2, 255), (3, 257), (2, 4097)] {
                var numbers = TestNumbers(seed: UInt64(columns))
                let x = numbers.floats([rows, columns], 1e5, 1e5 + 1, on: device)
                let (scale, shift) = (numbers.floats([columns], on: device), numbers.floats([columns], on: device))
                for y in [
                    x.variance(0), x.variance(1), x.transposed().variance(1, correction: 1), x.variance(),
                    x.layerNormalized(scale: scale, shift: shift),
                    gradient(at: x) { ($0.layerNormalized(scale: scale, shift: shift) * $0).sum() },
                    gradient(at: x) { $0.variance(0).sum() },
                ] { result += try y.scalars().map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern } }
            }
            return result
        }
        let expected = try bits(.loop)
        for device in testedDevices { #expect(try bits(device) == expected, "\(device)") }
    }
}
