import UnloopBackend
import UnloopTensor

/// Well-known data sets, read from the files that their authors publish. Nothing is downloaded: an error says what to get and where.
///
/// Pixels become numbers from 0 to 1 in steps of 1/255. Only what a batch needs is read.
public enum Datasets {
    /// The examples to train with, and those to test with.
    public struct Split: Sendable {
        public let training: any DataSource
        public let test: any DataSource
        /// A label is a place among them.
        public let classNames: [String]

        package init(training: any DataSource, test: any DataSource, classNames: [String]) {
            (self.training, self.test, self.classNames) = (training, test, classNames)
        }
    }

    package static let digitNames = (0..<10).map(String.init)
    package static let clothesNames = [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ]

    /// Handwritten digits, 28×28×1, 60,000 and 10,000 (Y. LeCun, C. Cortes, C. Burges: The MNIST database), from `train-images-idx3-ubyte`,
    /// `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte` in a folder, decompressed.
    ///
    /// - Throws: `DataError.missing` for files that are not there, and what to download; `malformed` for others, by their SHA-256.
    public static func mnist(in folder: String) throws(DataError) -> Split {
        try IDXFiles(
            home: "https://storage.googleapis.com/cvdf-datasets/mnist/", folder: folder,
            contents: [
                .sha256("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
                .sha256("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
                .sha256("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
                .sha256("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
            ]
        ).split(digitNames)
    }

    /// Pictures of clothes, 28×28×1, 60,000 and 10,000 (H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST, 2017), from files of the same names as
    /// MNIST's in a folder, decompressed.
    ///
    /// - Throws: `DataError.missing` for files that are not there, and what to download; `malformed` where there are not 6,000 and 1,000
    ///   examples of each class.
    public static func fashionMNIST(in folder: String) throws(DataError) -> Split {
        try IDXFiles(
            home: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/", folder: folder,
            contents: [.examples(60_000), .ofEachClass(6_000), .examples(10_000), .ofEachClass(1_000)]
        ).split(clothesNames)
    }

    /// Photographs of ten kinds of things, 32×32×3, 50,000 and 10,000 (A. Krizhevsky: Learning multiple layers of features from tiny images,
    /// 2009), from the binary version, `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin` in a folder.
    ///
    /// - Throws: `DataError.missing` for files that are not there, and what to download; `malformed` where there are not 5,000 and 1,000
    ///   examples of each class.
    public static func cifar10(in folder: String) throws(DataError) -> Split {
        let files = CIFARFiles(
            archive: "cifar-10-binary.tar.gz",
            archiveSHA256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd", folder: folder,
            skipped: [])
        let names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
        return Split(
            training: try files.source(
                (1...5).map { "data_batch_\($0).bin" }, classes: names.count, ofEach: 5_000),
            test: try files.source(["test_batch.bin"], classes: names.count, ofEach: 1_000), classNames: names)
    }

    /// Photographs of a hundred kinds of things, 32×32×3, 50,000 and 10,000 (as CIFAR-10), from `train.bin`, `test.bin` and
    /// `fine_label_names.txt` of the binary version in a folder. Labels are the fine ones.
    ///
    /// - Throws: `DataError.missing` for files that are not there, and what to download; `malformed` where there are not 500 and 100 examples
    ///   of each class.
    public static func cifar100(in folder: String) throws(DataError) -> Split {
        let files = CIFARFiles(
            archive: "cifar-100-binary.tar.gz",
            archiveSHA256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec", folder: folder,
            skipped: [.skipped(bytes: 1)])
        let names = try files.lines("fine_label_names.txt", count: 100)
        return Split(
            training: try files.source(["train.bin"], classes: names.count, ofEach: 500),
            test: try files.source(["test.bin"], classes: names.count, ofEach: 100), classNames: names)
    }
}

/// What tells whether files of a data set are there and what they should be.
private enum FileCheck {
    /// The path, where there is a file.
    static func path(_ folder: String, _ name: String, remedy: String) throws(DataError) -> String {
        let path = "\(folder)/\(name)"
        do throws(FileFailure) {
            _ = try RandomAccessFile(path: path)
            return path
        } catch {
            let names = (try? folderEntries(folder))?.map(\.name) ?? []
            // Some folders have thousands.
            let there = names.prefix(20) + (names.count > 20 ? ["\(names.count - 20) more"] : [])
            throw .missing(file: folder, what: "file `\(name)` (\(error.reason)): \(remedy)", available: Array(there))
        }
    }

    /// How often each label occurs, added to what was counted before.
    static func count(_ labels: RecordFile, in counts: inout [Int], file: String) throws(DataError) {
        for start in stride(from: 0, to: labels.count, by: 4096) {
            let indices = Array(start..<Swift.min(start + 4096, labels.count))
            guard case .int32(let found) = try labels.features(at: indices).elements else { continue }
            for label in found {
                guard counts.indices.contains(Int(label)) else {
                    throw .malformed(
                        file: file, format: "data set",
                        reason: "it has a label \(label), where there are \(counts.count) classes")
                }
                counts[Int(label)] += 1
            }
        }
    }

    static func check(_ counts: [Int], ofEach count: Int, file: String) throws(DataError) {
        guard let other = counts.firstIndex(where: { $0 != count }) else { return }
        throw .malformed(
            file: file, format: "data set",
            reason: "it has \(counts[other]) examples of class \(other), where there should be \(count)")
    }
}

/// The four files of MNIST, and of those that took its place.
package struct IDXFiles {
    package enum Content {
        case sha256(String)
        case examples(Int)
        case ofEachClass(Int)
    }

    let home: String
    let folder: String
    /// Of the files to train with, images and labels, and of those to test with.
    let contents: [Content]

    package init(home: String, folder: String, contents: [Content]) {
        (self.home, self.folder, self.contents) = (home, folder, contents)
    }

    package static let names = [
        "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
    ]

    /// The path of a file that must be there.
    package static func path(_ folder: String, _ name: String, remedy: String) throws(DataError) -> String {
        try FileCheck.path(folder, name, remedy: remedy)
    }

    package static func check(_ path: String, sha256 expected: String, remedy: String) throws(DataError) {
        var hash = SHA256()
        try IndexedFile(path: path).update(&hash)
        let found = SHA256.hexadecimal(hash.finalize())
        guard found == expected else {
            throw .malformed(
                file: path, format: "data set", reason: "its SHA-256 is \(found), not \(expected); \(remedy)")
        }
    }

    package func split(_ classNames: [String]) throws(DataError) -> Datasets.Split {
        var parts: [any DataSource] = []
        for part in 0..<2 {
            let images = try source(2 * part, isImage: true, classes: classNames.count)
            let labels = try source(2 * part + 1, isImage: false, classes: classNames.count)
            guard images.count == labels.count else {
                throw .malformed(
                    file: folder, format: "data set", reason: "it has \(images.count) images and \(labels.count) labels"
                )
            }
            parts.append(images.zipped(withLabels: labels))
        }
        return Datasets.Split(training: parts[0], test: parts[1], classNames: classNames)
    }

    private func source(
        _ number: Int, isImage: Bool, classes: Int
    ) throws(DataError) -> RecordFile {
        let name = Self.names[number]
        let path = try FileCheck.path(
            folder, name, remedy: "download \(home)\(name).gz and decompress it with `gunzip`")
        let source = try RecordFile(
            idx: path, as: isImage ? .float32 : .int32, dividedBy: isImage ? 255 : nil,
            shape: isImage ? [28, 28, 1] : [])
        switch contents[number] {
        case .sha256(let expected):
            try Self.check(path, sha256: expected, remedy: "download \(home)\(name).gz again")
        case .examples(let count):
            guard source.count == count else {
                throw .malformed(
                    file: path, format: "data set", reason: "it has \(source.count) examples, not \(count)")
            }
        case .ofEachClass(let count):
            var counts = [Int](repeating: 0, count: classes)
            try FileCheck.count(source, in: &counts, file: path)
            try FileCheck.check(counts, ofEach: count, file: path)
        }
        return source
    }
}

/// Files of the binary version of CIFAR: labels of a byte, then three planes of 32×32 bytes.
package struct CIFARFiles {
    let archive: String
    /// As several projects that read it publish it. None is published for the files in it: those are held to their sizes and numbers of labels.
    let archiveSHA256: String
    let folder: String
    /// Before the label.
    let skipped: [RecordField]

    package init(archive: String, archiveSHA256: String, folder: String, skipped: [RecordField]) {
        (self.archive, self.archiveSHA256, self.folder, self.skipped) = (archive, archiveSHA256, folder, skipped)
    }

    private func path(_ name: String) throws(DataError) -> String {
        try FileCheck.path(
            folder, name,
            remedy:
                "download https://www.cs.toronto.edu/~kriz/\(archive) (SHA-256 \(archiveSHA256)) and unpack it with `tar -xzf`"
        )
    }

    package func source(_ names: [String], classes: Int, ofEach count: Int) throws(DataError) -> any DataSource {
        var (whole, classes): ((any DataSource)?, [Int]) = (nil, [Int](repeating: 0, count: classes))
        for name in names {
            let path = try path(name)
            let file = try RecordFile(
                path: path,
                fields: skipped + [.label(.uint8), .features(.uint8, [3, 32, 32], dividedBy: 255, axes: [1, 2, 0])])
            whole = Self.joined(whole, file)
            // Labels alone are read faster.
            let labels = try RecordFile(
                path: path, fields: skipped + [.features(.uint8, [], as: .int32), .skipped(bytes: 3 * 32 * 32)])
            try FileCheck.count(labels, in: &classes, file: path)
        }
        guard let whole else { misuse("Datasets: no files") }
        try FileCheck.check(classes, ofEach: count, file: "\(folder)/\(names[0])")
        return whole
    }

    private static func joined(_ first: (any DataSource)?, _ second: some DataSource) -> any DataSource {
        guard let first else { return second }
        return concatenated(first, second)
    }

    private static func concatenated(_ first: some DataSource, _ second: some DataSource) -> any DataSource {
        first.concatenated(with: second)
    }

    func lines(_ name: String, count: Int) throws(DataError) -> [String] {
        let path = try path(name)
        let text = String(decoding: try BinaryFile(path: path).readRest(), as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline).map(String.init)
        guard lines.count == count else {
            throw .malformed(
                file: path, format: "data set", reason: "it has \(lines.count) names, not \(count)")
        }
        return lines
    }
}
