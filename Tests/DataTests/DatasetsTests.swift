import Testing
import UnloopBackend
import UnloopData
import UnloopTensor

/// The readers of well-known data sets, with small files of the same make.
@Suite struct DatasetsTests {
    private let key = RandomKey(seed: 0)

    private func reason(_ body: () throws -> Datasets.Split) -> String {
        "\(#expect(throws: DataError.self) { try body() }.map { "\($0)" } ?? "")"
    }

    private func images(_ count: UInt32) -> [UInt8] {
        [0, 0, 8, 3] + bigEndian(count, 28, 28) + (0..<Int(count) * 784).map { UInt8($0 % 251) }
    }

    private func labels(_ labels: [UInt8]) -> [UInt8] { [0, 0, 8, 1] + bigEndian(UInt32(labels.count)) + labels }

    private func folder(training: [UInt8], test: [UInt8]) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        _ = try directory.write(images(UInt32(training.count)), "train-images-idx3-ubyte")
        _ = try directory.write(labels(training), "train-labels-idx1-ubyte")
        _ = try directory.write(images(UInt32(test.count)), "t10k-images-idx3-ubyte")
        _ = try directory.write(labels(test), "t10k-labels-idx1-ubyte")
        return directory
    }

    private func split(_ directory: TemporaryDirectory, _ contents: [IDXFiles.Content]) throws -> Datasets.Split {
        try IDXFiles(home: "https://example.org/", folder: directory.path(""), contents: contents).split(["a", "b"])
    }

    @Test func filesOfMNIST() throws {
        let directory = try folder(training: [1, 0, 1, 0], test: [0, 1])
        let data = try split(directory, [.examples(4), .ofEachClass(2), .examples(2), .ofEachClass(1)])
        #expect(data.training.count == 4 && data.test.count == 2 && data.classNames == ["a", "b"])
        let example = try data.training.example(at: 1, key: key)
        #expect(example.features.shape == [28, 28, 1] && example.label == Example.Values(0))
        guard case .float32(let pixels) = example.features.elements else { return }
        #expect(pixels[0] == Float(784 % 251) / 255 && pixels.count == 784)
        let batch = try data.test.batch(at: [1, 0], keys: [key, key], padding: nil, on: .loop)
        #expect(try batch.features.shape == [2, 28, 28, 1] && batch.labels.integers() == [1, 0])
    }

    @Test func filesThatAreNotTheirs() throws {
        let directory = try folder(training: [1, 0, 1, 0], test: [0, 1])
        #expect(
            reason { try split(directory, [.examples(5), .ofEachClass(2), .examples(2), .ofEachClass(1)]) }
                .contains("4 examples, not 5"))
        #expect(
            reason { try split(directory, [.examples(4), .ofEachClass(3), .examples(2), .ofEachClass(1)]) }
                .contains("2 examples of class 0, where there should be 3"))
        let wrong = try folder(training: [1, 2, 1, 0], test: [0, 1])
        #expect(
            reason { try split(wrong, [.examples(4), .ofEachClass(2), .examples(2), .ofEachClass(1)]) }
                .contains("label 2, where there are 2 classes"))
        #expect(reason { try Datasets.mnist(in: directory.path("")) }.contains("its SHA-256 is"))
        #expect(reason { try Datasets.fashionMNIST(in: directory.path("")) }.contains("4 examples, not 60000"))
        let empty = try TemporaryDirectory()
        let missing = reason { try Datasets.mnist(in: empty.path("")) }
        #expect(missing.contains("train-images-idx3-ubyte.gz") && missing.contains("gunzip"))
        #expect(reason { try Datasets.mnist(in: "/nowhere") }.contains("train-images-idx3-ubyte"))
        let full = try TemporaryDirectory()
        for number in 100..<125 { _ = try full.write([], "\(number)") }
        let text = reason { try Datasets.mnist(in: full.path("")) }
        #expect(text.contains("; it has 100, 101, ") && text.hasSuffix(", 118, 119, 5 more"))
        // Shapes other than those of images.
        _ = try empty.write([0, 0, 8, 2] + bigEndian(2, 3) + [1, 2, 3, 4, 5, 6], "train-images-idx3-ubyte")
        #expect(
            reason { try split(empty, [.examples(2), .ofEachClass(1), .examples(1), .ofEachClass(1)]) }
                .contains("[3], not [28, 28, 1]"))
    }

    @Test func filesOfCIFAR() throws {
        let directory = try TemporaryDirectory()
        for (file, classes) in [("1", [0, 1, 1]), ("2", [0, 1, 0])] as [(String, [UInt8])] {
            var bytes: [UInt8] = []
            for (index, label) in classes.enumerated() {
                bytes += [99, label]
                for plane in 0..<3 { bytes += [UInt8](repeating: UInt8(100 * plane + index), count: 1024) }
            }
            _ = try directory.write(bytes, file)
        }
        let files = CIFARFiles(
            archive: "c.tar.gz", archiveSHA256: "abc", folder: directory.path(""), skipped: [.skipped(bytes: 1)])
        let source = try files.source(["1", "2"], classes: 2, ofEach: 3)
        #expect(source.count == 6)
        let example = try source.example(at: 4, key: key)
        #expect(example.label == Example.Values(1) && example.features.shape == [32, 32, 3])
        guard case .float32(let pixels) = example.features.elements else { return }
        #expect(Array(pixels.prefix(4)) == [1, 101, 201, 1].map { Float($0) / 255 })
        #expect(throws: DataError.self) { try files.source(["1"], classes: 2, ofEach: 3) }
        #expect(throws: DataError.self) { try files.source(["1", "2"], classes: 1, ofEach: 3) }
        #expect(throws: DataError.self) { try files.source(["3"], classes: 2, ofEach: 3) }
        let missing = reason { try Datasets.cifar10(in: directory.path("")) }
        #expect(missing.contains("cifar-10-binary.tar.gz (SHA-256 c4a38c50") && missing.contains("tar -xzf"))
        #expect(reason { try Datasets.cifar100(in: directory.path("")) }.contains("fine_label_names.txt"))
    }
}
