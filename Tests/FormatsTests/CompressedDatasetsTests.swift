#if Formats
    import Testing
    import UnloopBackend
    import UnloopData
    import UnloopFormats
    import UnloopTensor

    @Suite struct CompressedDatasetsTests {
        private let names = [
            "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
        ]

        private func sizes(_ numbers: [UInt8]) -> [UInt8] { numbers.flatMap { [0, 0, 0, $0] } }

        /// Writes small files of MNIST's make, and gives their hashes.
        private func write(_ directory: TemporaryDirectory, labels: [[UInt8]]) throws -> [String] {
            var hashes: [String] = []
            for (number, name) in names.enumerated() {
                let labels = labels[number / 2]
                let count = UInt8(labels.count)
                let content: [UInt8] =
                    number % 2 == 0
                    ? [0, 0, 8, 3] + sizes([count, 28, 28]) + (0..<Int(count) * 784).map { UInt8($0 % 251) }
                    : [0, 0, 8, 1] + sizes([count]) + labels
                let bytes = try GzipFile(content: content).data()
                _ = try directory.write(bytes, name + ".gz")
                var hash = SHA256()
                hash.update(bytes)
                hashes.append(SHA256.hexadecimal(hash.finalize()))
            }
            return hashes
        }

        @Test func compressedFilesOfMNIST() throws {
            let directory = try TemporaryDirectory()
            let hashes = try write(directory, labels: [[1, 0, 1], [0]])
            let files = CompressedIDXFiles(home: "https://example.org/", folder: directory.path(""), hashes: hashes)
            let data = try files.split(["a", "b"], on: .loop)
            #expect(data.training.count == 3 && data.test.count == 1)
            let example = try data.training.example(at: 2, key: RandomKey(seed: 0))
            #expect(example.features.shape == [28, 28, 1] && example.label == Example.Values(1))
            guard case .float32(let pixels) = example.features.elements else { return }
            #expect(pixels[0] == Float(2 * 784 % 251) / 255)
            // A class too many, and other files than those of the hashes.
            #expect(throws: DataError.self) { try files.split(["a"], on: .loop) }
            #expect {
                try Datasets.mnist(compressedIn: directory.path(""), on: .loop)
            } throws: {
                "\($0)".contains("its SHA-256 is \(hashes[0])")
            }
            #expect {
                try Datasets.fashionMNIST(compressedIn: "/nowhere", on: .loop)
            } throws: {
                "\($0)".contains("train-images-idx3-ubyte.gz") && "\($0)".contains("download")
            }
        }
    }
#endif
