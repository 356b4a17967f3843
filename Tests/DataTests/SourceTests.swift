import Foundation
import Testing
import UnloopBackend
import UnloopData
import UnloopTensor

/// Sources that are made of others, folders of images, and caches.
@Suite struct SourceTests {
    private let key = RandomKey(seed: 3)

    private func dataset(_ range: Range<Int>) -> Dataset {
        Dataset(
            features: Tensor(range.map { Float($0) }, shape: [range.count, 1], on: .loop),
            labels: Tensor(int32: range.map { Int32($0) }, on: .loop))
    }

    private func numbers(_ source: some DataSource) throws -> [Int32] {
        let batches = Loader(source, batchSize: 4, order: .sequential).batches(epoch: 0, on: .loop)
        var found: [Int32] = []
        try batches.forEach { found += try $0.labels.integers() }
        let single = try (0..<source.count).map { index -> Int32 in
            guard case .int32(let values) = try source.example(at: index, key: key).label.elements else { return -1 }
            return values[0]
        }
        #expect(found == single)
        return found
    }

    @Test func combinations() throws {
        let base = dataset(0..<6)
        #expect(try numbers(base) == [0, 1, 2, 3, 4, 5])
        #expect(try numbers(base.subset([5, 0, 0])) == [5, 0, 0])
        #expect(try numbers(base.subset(2..<5)) == [2, 3, 4])
        #expect(try numbers(base.subset(3..<3)).isEmpty)
        #expect(try numbers(base.subset(4..<6).concatenated(with: dataset(10..<12))) == [4, 5, 10, 11])
        let doubled = base.mapped("doubled") { example, _ in
            guard case .int32(let values) = example.label.elements else { return example }
            var example = example
            example.label = Example.Values(2 * values[0])
            return example
        }
        #expect(try numbers(doubled.subset([1, 2])) == [2, 4])
        let zipped = base.zipped(withLabels: dataset(6..<12))
        let example = try zipped.example(at: 2, key: key)
        #expect(example.features.elements == .float32([2]) && example.label.elements == .float32([8]))
        let batch = try zipped.batch(at: [2, 0], keys: [key, key], padding: nil, on: .loop)
        #expect(try batch.labels.scalars() == [8, 6])
    }

    @Test func identities() throws {
        let base = dataset(0..<6)
        let identities = [
            try base.identity(), try base.subset([1]).identity(), try base.subset([2]).identity(),
            try base.subset(1..<2).identity(), try base.mapped("a") { example, _ in example }.identity(),
            try base.mapped("b") { example, _ in example }.identity(),
            try base.concatenated(with: base).identity(), try base.zipped(withLabels: base).identity(),
        ]
        #expect(Set(identities).count == identities.count && !identities.contains(nil))
        #expect(try base.mapped { example, _ in example }.identity() == nil)
        #expect(try base.mapped { example, _ in example }.subset([0]).identity() == nil)
    }

    @Test("a function's numbers are its own") func keysOfMaps() throws {
        let noise: @Sendable (Example, RandomKey) -> Example = { example, key in
            var random = CounterRandom(key)
            var example = example
            guard case .float32(let values) = example.features.elements else { return example }
            example.features = Example.Values(values + [Float(random.next())], shape: [values.count + 1])
            return example
        }
        let source = dataset(0..<3).mapped("noise", noise).mapped("noise", noise)
        var rows = Set<[Float]>()
        for index in 0..<3 {
            for key in [key, key.child(1)] {
                guard case .float32(let values) = try source.example(at: index, key: key).features.elements else {
                    continue
                }
                #expect(values.count == 3 && values[1] != values[2])
                rows.insert(values)
            }
        }
        #expect(rows.count == 6)
    }

    @Test func misuse() async {
        await #expect(processExitsWith: .failure) {
            _ = Dataset(features: Tensor.zeros([2, 1], on: .loop), labels: Tensor.zeros([2], on: .loop)).subset([2])
        }
        await #expect(processExitsWith: .failure) {
            let data = Dataset(features: Tensor.zeros([2, 1], on: .loop), labels: Tensor.zeros([2], on: .loop))
            _ = data.zipped(withLabels: data.subset([0]))
        }
    }

    // MARK: Folders

    private func image(_ gray: UInt8, width: Int = 2) -> [UInt8] {
        Bitmap(width: width, height: 1, samples: [UInt8](repeating: gray, count: width)).netpbmData()
    }

    private func folder(_ files: [String: [UInt8]]) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        for (name, bytes) in files {
            let url = directory.url.appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: url)
        }
        return directory
    }

    @Test func imageFolder() throws {
        let directory = try folder([
            "b/2.pgm": image(2), "b/deep/er/1.PGM": image(51), "b/notes.txt": [1], "a/10.pgm": image(10),
            "a/9.pgm": image(9), "a/.hidden.pgm": image(1), "Z/ü.pgm": image(255), ".git/x.pgm": image(1), "readme": [],
        ])
        let source = try ImageFolder(path: directory.path(""), channels: 1)
        #expect(source.classNames == ["Z", "a", "b"])
        #expect(source.paths == ["Z/ü.pgm", "a/10.pgm", "a/9.pgm", "b/2.pgm", "b/deep/er/1.PGM"])
        #expect(source.labels == [0, 1, 1, 2, 2])
        let example = try source.example(at: 4, key: key)
        #expect(example.label == Example.Values(2))
        #expect(example.features == Example.Values([0.2, 0.2], shape: [1, 2, 1]))
        let color = try ImageFolder(path: directory.path(""))
        #expect(try color.example(at: 0, key: key).features.shape == [1, 2, 3])
        #expect(try color.identity() != source.identity())
        // Links are followed.
        try FileManager.default.createSymbolicLink(
            atPath: directory.path("a/link.pgm"), withDestinationPath: directory.path("b/2.pgm"))
        try FileManager.default.createSymbolicLink(
            atPath: directory.path("a/more"), withDestinationPath: directory.path("b/deep"))
        let linked = try ImageFolder(path: directory.path(""), channels: 1)
        #expect(linked.paths.contains("a/link.pgm") && linked.paths.contains("a/more/er/1.PGM"))
        #expect(try linked.identity() != source.identity())
    }

    @Test func badFolders() throws {
        func reason(_ directory: TemporaryDirectory) -> String {
            "\(#expect(throws: DataError.self) { try ImageFolder(path: directory.path("")) }.map { "\($0)" } ?? "")"
        }
        #expect(throws: DataError.self) { try ImageFolder(path: "/nowhere") }
        #expect(reason(try folder([:])).contains("no folder of a class"))
        #expect(reason(try folder(["a/b.txt": [1]])).contains("`a` has no images"))
        #expect(reason(try folder(["a/b.pgm": image(1), "c.pgm": image(1)])).contains("`c.pgm` is in no folder"))
        let file = try folder(["a": [1]])
        #expect(throws: DataError.self) { try ImageFolder(path: file.path("a")) }

        let looped = try folder(["a/b/c.pgm": image(1)])
        try FileManager.default.createSymbolicLink(
            atPath: looped.path("a/b/again"), withDestinationPath: looped.path("a"))
        #expect(reason(looped).contains("link back"))
        let piped = try folder(["a/b.pgm": image(1)])
        #expect(mkfifo(piped.path("a/pipe.pgm"), 0o600) == 0)
        #expect(reason(piped).contains("not a regular file"))
        let named = try folder(["a/b.pgm": image(1)])
        let name = Array(named.path("a").utf8CString.dropLast()) + [0x2f, -1, -2, 0]
        #expect(mkdir(name, 0o700) == 0)
        #expect(reason(named).contains("not UTF-8"))
    }

    @Test("one broken image of many is named, or left out") func brokenImage() throws {
        let directory = try folder([
            "a/1.pgm": image(1), "a/2.pgm": Array("P5 this is none".utf8), "a/3.pgm": image(3),
            "b/4.pgm": image(4, width: 3),
        ])
        let source = try ImageFolder(path: directory.path(""), channels: 1)
        let strict = Loader(source.subset(0..<3), batchSize: 3, order: .sequential)
        let error = #expect(throws: LoadingError.self) { try strict.batches(epoch: 0, on: .loop).next() }
        let text = "\(error.map { "\($0)" } ?? "")"
        #expect(text.contains("example 1") && text.contains("a/2.pgm"))
        let lenient = Loader(
            source.subset(0..<3), batchSize: 3, order: .sequential, brokenExamples: .skipped(atMost: 1))
        #expect(try lenient.batches(epoch: 0, on: .loop).next()?.count == 2)
        // Another size.
        let mixed = Loader(source.subset([0, 3]), batchSize: 3, order: .sequential)
        let difference = #expect(throws: LoadingError.self) { try mixed.batches(epoch: 0, on: .loop).next() }
        #expect("\(difference.map { "\($0)" } ?? "")".contains("features [1, 3, 1] after features [1, 2, 1]"))
    }

    // MARK: Caches

    @Test func caches() throws {
        let directory = try folder(["a/1.pgm": image(1), "a/2.pgm": image(2), "b/3.pgm": image(3)])
        let source = try ImageFolder(path: directory.path(""), channels: 1)
        let path = directory.path("cache")
        let cached = try source.cached(at: path)
        for index in 0..<3 {
            #expect(try cached.example(at: index, key: key) == source.example(at: index, key: key))
        }
        // It is used again, until the examples are others or it is no longer whole.
        let written = try #require(FileManager.default.contents(atPath: path))
        try Data(image(200)).write(to: URL(fileURLWithPath: directory.path("a/1.pgm")))
        #expect(try source.cached(at: path).example(at: 0, key: key) == cached.example(at: 0, key: key))
        #expect(FileManager.default.contents(atPath: path) == written)
        let subset = try source.subset([2, 1]).cached(at: path)
        #expect(try subset.count == 2 && subset.example(at: 0, key: key) == source.example(at: 2, key: key))
        for damaged in [written.prefix(20), written.prefix(written.count - 1), written + [0], Data()] {
            try Data(damaged).write(to: URL(fileURLWithPath: path))
            let again = try source.cached(at: path)
            #expect(try again.example(at: 0, key: key) == source.example(at: 0, key: key))
        }
        #expect(throws: DataError.self) { try source.mapped { example, _ in example }.cached(at: path) }
        #expect(throws: DataError.self) { try source.cached(at: directory.path("a")) }
        #expect(throws: DataError.self) { try source.cached(at: directory.path("none/cache")) }
    }

    @Test("examples that cannot be cached leave the file as it was") func cachesThatFail() throws {
        let directory = try folder(["a/1.pgm": image(1), "a/2.pgm": [1, 2, 3], "a/3.pgm": image(3, width: 5)])
        let source = try ImageFolder(path: directory.path(""), channels: 1)
        let path = directory.path("cache")
        for indices in [[0, 1], [0, 2]] {
            #expect(throws: LoadingError.self) { try source.subset(indices).cached(at: path) }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path("")) == ["a"])
    }

    /// The file may grow to a few bytes, as on a full disk; the system then says so instead of ending the process.
    @Test func fullDisk() async {
        await #expect(processExitsWith: .success) {
            let directory = try TemporaryDirectory()
            let path = directory.path("cache")
            let data = Dataset(features: Tensor.zeros([4000, 1], on: .loop), labels: Tensor.zeros([4000], on: .loop))
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 4096, rlim_max: 4096)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            do {
                _ = try data.cached(at: path)
                exit(1)
            } catch DataError.unwritable(let file, _) {
                guard file == path, !FileManager.default.fileExists(atPath: path) else { exit(2) }
                exit(0)
            }
        }
    }
}
