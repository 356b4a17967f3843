import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

/// Data that are views cost one copy, however many batches are made of them.
@Suite struct ViewedDataTests {
    /// Channels first, seen with channels last; a repeated label; every other column of a table; and data in order.
    static func views(_ count: Int, on device: Device) -> [Dataset] {
        let images = samples([count, 3, 2, 2], on: device)
        let classes = Tensor(int32: (0..<count).map { Int32($0 % 2) }, on: device)
        return [
            Dataset(features: images.permuted([0, 2, 3, 1]), labels: classes),
            Dataset(features: images.transposed(1, 3), labels: Tensor(int32: [1], on: device).expanded(to: [count])),
            Dataset(
                features: samples([4, 6, count], on: device).permuted([2, 0, 1])[.all, .all, 0..<3], labels: classes),
            Dataset(features: Tensor([1, 2], on: device).expanded(to: [count, 2]), labels: classes),
            Dataset(features: images, labels: classes),
        ]
    }

    @Test("batches are the rows of the view, on every device") func rows() throws {
        for device in try DeviceTests.devices() {
            for data in Self.views(7, on: device) {
                let order = data.shuffledOrder(seed: 3, epoch: 1)
                let positions = try order.integers()
                let batches = Array(data.batches(of: 3, order: order))
                #expect(batches.map(\.count) == [3, 3, 1])
                for (number, batch) in batches.enumerated() {
                    for row in 0..<batch.count {
                        let position = Int(positions[number * 3 + row])
                        #expect(try batch.features[row].isBitEqual(to: data.features[position]))
                        #expect(try batch.labels[row].isBitEqual(to: data.labels[position]))
                    }
                }
            }
            #expect(Self.views(0, on: device).allSatisfy { $0.count == 0 && Array($0.batches(of: 2)).isEmpty })
            #expect(Self.views(1, on: device).allSatisfy { $0.count == 1 })
        }
    }

    @Test("the whole table is copied once at most") func copies() throws {
        let backend = FailingBackend()
        let device = Device(backend, label: "counting")
        let count = 64
        for number in Self.views(1, on: .loop).indices {
            backend.fail(nil)
            let data = Self.views(count, on: device)[number]
            // Making the list copies the views once.
            backend.fail(nil)
            var model = Model {
                Flatten()
                Dense(2)
            }
            try model.fit(
                data, validating: data.sliced(0..<5), loss: .softmaxCrossEntropy, epochs: 3, batchSize: 4, on: device,
                progress: .silent)
            for batch in data.batches(of: 4, order: data.shuffledOrder(seed: 1, epoch: 1)) {
                _ = try batch.features.sum().item()
            }
            _ = try crossValidate(data, KFold(4, examples: count), progress: .silent) { training, test in
                Double(training.count + test.count)
            }
            #expect(!backend.copied.contains { $0 >= data.features.count }, "\(number)")
            #expect(!backend.copied.contains { $0 == data.labels.count }, "\(number)")
        }
    }
}
