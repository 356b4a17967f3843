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

    @Test("the same parts put together in another way are other examples") func identitiesOfNestedSources() throws {
        let (a, b) = (dataset(0..<6), dataset(6..<12))
        let same: @Sendable (Example, RandomKey) -> Example = { example, _ in example }
        let pairs: [(any DataSource, any DataSource)] = [
            (a.subset(0..<2).concatenated(with: b), a.concatenated(with: b).subset(0..<2)),
            (a.mapped("x", same).concatenated(with: b), a.concatenated(with: b).mapped("x", same)),
            (a.augmented(by: []).concatenated(with: b), a.concatenated(with: b).augmented(by: [])),
            (a.mixedUp(alpha: 1).concatenated(with: b), a.concatenated(with: b).mixedUp(alpha: 1)),
            (a.mapped("0..<6", same), a.subset(0..<6)), (a.mapped("[]", same), a.augmented(by: [])),
        ]
        for (one, other) in pairs { #expect(try one.identity() != other.identity()) }
        // A file of the one is not taken for the other.
        let directory = try TemporaryDirectory()
        let path = directory.path("cache")
        #expect(try numbers(a.subset(0..<2).concatenated(with: b).cached(at: path)) == [0, 1, 6, 7, 8, 9, 10, 11])
        #expect(try numbers(a.concatenated(with: b).subset(0..<2).cached(at: path)) == [0, 1])
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
        // Folder by folder: a folder's name is compared without what is in it.
        let nested = try folder([
            "a/x/1.pgm": image(1), "a/x.pgm": image(2), "a/x-2.pgm": image(3), "a-b/1.pgm": image(4),
        ])
        let inner = try ImageFolder(path: nested.path(""), channels: 1)
        #expect(inner.classNames == ["a", "a-b"])
        #expect(inner.paths == ["a/x/1.pgm", "a/x-2.pgm", "a/x.pgm", "a-b/1.pgm"])
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
        // A class or an image that is elsewhere, and not there now; and a link to itself.
        for (link, target) in [("c", "/nowhere"), ("a/c", "/nowhere"), ("a/c.pgm", "c.pgm"), ("c", "a/b.pgm/d")] {
            let linked = try folder(["a/b.pgm": image(1)])
            try FileManager.default.createSymbolicLink(atPath: linked.path(link), withDestinationPath: target)
            #expect(reason(linked).contains("/\(link): it is a link that leads nowhere"))
        }
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
        // Heads that say what no cache says: no numbers at all, and more than memory holds, together too.
        for (features, label) in [
            ("[0]", "[0]"), ("[-1]", "[]"), ("[1152921504606846975]", "[1152921504606846975]"),
            ("[4611686018427387904,4]", "[]"), ("[1,1,1,1,1,1,1,1]", "[]"),
        ] {
            let part = { (shape: String) in "{\"shape\":\(shape),\"type\":\"float64\"}" }
            let identity = try #require(try source.identity())
            let head =
                "Unloop examples 1\n{\"count\":3,\"features\":\(part(features)),\"identity\":\"\(identity)\",\"isWeighted\":false,\"label\":\(part(label))}\n"
            try Data(head.utf8).write(to: URL(fileURLWithPath: path))
            let again = try source.cached(at: path)
            #expect(try again.example(at: 0, key: key) == source.example(at: 0, key: key))
        }
        let nothing = Dataset(features: Tensor.zeros([2, 0], on: .loop), labels: Tensor.zeros([2, 0], on: .loop))
        #expect(throws: DataError.self) { try nothing.cached(at: directory.path("nothing")) }
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

    /// Example i of many kinds.
    private struct CustomSource: DataSource {
        let count: Int
        var identityText = "custom"
        let body: @Sendable (Int) throws -> Example

        func example(at index: Int, key: RandomKey) throws -> Example { try body(index) }
        func identity() -> String? { identityText }
    }

    @Test("weights of float64, special numbers, other types and long identities are kept") func contentsOfCaches()
        throws
    {
        let directory = try TemporaryDirectory()
        let values: [Float] = [.nan, -0.0, .infinity, 0x1p-149]
        let weighted = Dataset(
            features: Tensor(values, shape: [4, 1], on: .loop), labels: Tensor(float64: [1, -0.0, 0.1, 4], on: .loop),
            weights: Tensor(float64: [0, 0.5, 0.1, 7], on: .loop))
        let cached = try weighted.cached(at: directory.path("weighted"))
        for index in 0..<4 {
            let (found, expected) = (
                try cached.example(at: index, key: key), try weighted.example(at: index, key: key)
            )
            #expect(try found.features.floats()[0].bitPattern == values[index].bitPattern)
            #expect(found.label == expected.label && found.weight == expected.weight)
        }
        let long = CustomSource(count: 65, identityText: String(repeating: "x", count: 100_000)) {
            Example(features: Example.Values([], shape: [0]), label: Int32($0))
        }
        #expect(try long.cached(at: directory.path("long")).example(at: 64, key: key).label == Example.Values(64))
        // Of a source that says that it is the same but has more examples.
        let more = CustomSource(count: 66, identityText: long.identityText, body: long.body)
        #expect(try more.cached(at: directory.path("long")).count == 66)
    }

    @Test("examples that do not go into a cache") func examplesThatAreNotCached() throws {
        struct Broken: Error {}
        let directory = try TemporaryDirectory()
        let path = directory.path("cache")
        func text(_ source: some DataSource) -> String {
            do {
                _ = try source.cached(at: path)
                return "no error"
            } catch {
                #expect(error is DataError || error is LoadingError)
                return "\(error)"
            }
        }
        let one = Example.Values([1], shape: [1])
        #expect(text(CustomSource(count: 3) { _ in throw Broken() }).hasPrefix("example 0: "))
        #expect(
            text(CustomSource(count: 130) { Example(features: one, label: 0, weight: $0 < 64 ? 1 : nil) })
                .contains("one example has a weight, another has none"))
        #expect(
            text(CustomSource(count: 130) { Example(features: one, label: 0, weight: $0 < 64 ? nil : 1) })
                .contains("one example has a weight, another has none"))
        #expect(
            text(CustomSource(count: 130) { Example(features: one, label: $0 < 64 ? Example.Values(1) : one) })
                .contains("float32 [1] after int32 []"))
        let nothing = Example.Values([], shape: [0, 3])
        #expect(
            text(CustomSource(count: 3) { _ in Example(features: nothing, label: nothing) }).contains("without numbers")
        )
        #expect(text(CustomSource(count: 0) { _ in Example(features: one, label: 0) }).contains("no examples"))
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(mkfifo(path, 0o600) == 0)
        #expect(text(dataset(0..<3)).contains("not a regular file"))
    }

    @Test("headers with sizes that no file has are no caches") func announcedSizesOfCaches() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("cache")
        let source = dataset(0..<3)
        _ = try source.cached(at: path)
        let written = try #require(FileManager.default.contents(atPath: path))
        let end = try #require(written.dropFirst(20).firstIndex(of: 10))
        let header = String(decoding: written[..<end], as: UTF8.self)
        for (part, other) in [
            ("\"shape\":[1]", "\"shape\":[1152921504606846975]"), ("\"shape\":[1]", "\"shape\":[-1]"),
            ("\"shape\":[]", "\"shape\":[0]"), ("\"shape\":[1]", "\"shape\":[0,4611686018427387904]"),
            ("\"count\":3", "\"count\":9223372036854775807"),
        ] {
            for isBoth in part.hasSuffix("[1]") ? [false, true] : [false] {
                var text = header.replacingOccurrences(of: part, with: other)
                if isBoth {
                    text = text.replacingOccurrences(of: "\"shape\":[]", with: other)
                        .replacingOccurrences(of: "float32", with: "float64")
                        .replacingOccurrences(of: "int32", with: "float64")
                }
                #expect(text != header)
                try Data(text.utf8 + written[end...]).write(to: URL(fileURLWithPath: path))
                #expect(try numbers(source.cached(at: path)) == [0, 1, 2])
            }
        }
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
