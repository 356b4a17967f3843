import UnloopData
import UnloopNetwork
import UnloopTensor

/// Two bits, one after the other, and whether they differ: spikes `[examples, 75, 4]`, in which half of the channels fire for 0 and the other
/// half for 1, at 300 spikes a second for 30 ms; 10 ms between the bits and 5 ms after them.
func temporalXOR(_ examples: Int, seed: UInt64, on device: Device) -> Dataset {
    var random = CounterRandom(seed: seed)
    let bits = (0..<examples).map { _ in [random.next(below: 2), random.next(below: 2)] }
    let rates = bits.flatMap { pair in
        (0..<75).flatMap { step -> [Float] in
            let number = step < 30 ? 0 : step >= 40 && step < 70 ? 1 : nil
            return (0..<4).map { channel in number.map { pair[$0] == channel / 2 } ?? false ? 300 : 0 }
        }
    }
    return Dataset(
        features: SpikeTrains.poisson(
            rates: Tensor(rates, shape: [examples, 75, 4], on: device), RandomKey(seed: seed)),
        labels: Tensor(int32: bits.map { Int32($0[0] ^ $0[1]) }, on: device))
}
