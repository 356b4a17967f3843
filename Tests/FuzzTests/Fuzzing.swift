import Foundation
import Testing
import UnloopBackend
import UnloopData
import UnloopNetwork
import UnloopTensor

extension FuzzTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static func number(_ variable: String) -> Int? { environment[variable].flatMap { Int($0) } }

    /// The files in folders of `Corpus`.
    private static func corpus(_ folders: [String]) throws -> [[UInt8]] {
        let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Corpus")
        return try folders.flatMap { folder in
            let url = corpus.appendingPathComponent(folder)
            return try FileManager.default.contentsOfDirectory(atPath: url.path).sorted().map {
                [UInt8](try Data(contentsOf: url.appendingPathComponent($0)))
            }
        }
    }

    /// Whether damaged files of a format are asked for.
    func isWanted(_ format: String) -> Bool { [nil, format].contains(Self.environment["UNLOOP_FUZZ_FORMAT"]) }

    /// Reads all inputs of a format; the body must do with the bytes all that a program could.
    ///
    /// - Parameters:
    ///   - folders: of `Corpus`, where that is not the one with the format's name.
    ///   - made: good files beside those; the same ones every time.
    ///   - usual: the number of inputs where none is asked for.
    func fuzz(
        _ format: String, folders: [String]? = nil, made: [[UInt8]] = [], _ words: [String], bytes: [[UInt8]] = [],
        usual: Int = 20_000, repair: @escaping (inout [UInt8]) -> Void = { _ in },
        _ read: ([UInt8]) throws -> Void
    ) throws {
        guard isWanted(format) else { return }
        let corpus = try Self.corpus(folders ?? [format]) + made
        let mutator = Mutator(
            corpus: corpus, words: words.map { Array($0.utf8) } + bytes,
            seed: UInt64(bitPattern: Int64(Self.number("UNLOOP_FUZZ_SEED") ?? 1)), repair: repair)
        let first = Self.number("UNLOOP_FUZZ_FIRST") ?? 0
        let count = Self.number("UNLOOP_FUZZ_INPUTS") ?? usual
        var (results, errors) = (0, 0)
        func attempt(_ bytes: [UInt8]) throws {
            if try refusal({ try read(bytes) }) == nil { results += 1 } else { errors += 1 }
        }
        for bytes in corpus { try attempt(bytes) }
        // Without other tests in the process.
        let state = try Self.environment["UNLOOP_FUZZ_STATE"].map { try State(path: $0) }
        let limit = state == nil ? nil : try MemoryLimit()
        for number in first..<first + count {
            state?.note("\(format) \(number)")
            try attempt(mutator.input(number))
        }
        limit?.end()
        // Where everything is refused, or nothing, little was tested.
        if count > 1000 { #expect(results > count / 100 && errors > count / 100, "\(results) read, \(errors) refused") }
        print("\(format): \(count) inputs, \(results) read, \(errors) refused")
    }

    /// The text of a typed error; nil where there is none. Other errors are a failure.
    @discardableResult
    func refusal(_ body: () throws -> Void) throws -> String? {
        do {
            try body()
            return nil
        } catch {
            guard
                error is DataError || error is LoadingError || error is TrainingError || error is PredictionError
                    || error is TensorError
            else { throw error }
            // Texts of errors compute too.
            let text = "\(error)"
            #expect(!text.isEmpty)
            return text
        }
    }
}

/// A file that holds one input after the other, for readers that take no bytes.
final class InputFile {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("unloop-fuzz-\(UUID().uuidString)").path

    deinit { unlink(path) }

    func hold(_ bytes: [UInt8]) throws {
        let file = try #require(fopen(path, "w"))
        defer { fclose(file) }
        try #require(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }
}

/// Gives the process little more address space than it has: who takes memory because a small file announces much ends it, whether the
/// memory is used or not.
private struct MemoryLimit {
    /// More than any reader of a file of eight kilobytes takes, also one that is told to allow an image of a million pixels.
    private static let room: UInt = 64 << 20
    private var before = rlimit()

    init() throws {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ").first
        let size = try #require(pages.flatMap { UInt($0) }) * UInt(sysconf(Int32(_SC_PAGESIZE)))
        try #require(getrlimit(Self.addressSpace, &before) == 0)
        var limit = rlimit(rlim_cur: size + Self.room, rlim_max: before.rlim_max)
        try #require(setrlimit(Self.addressSpace, &limit) == 0)
    }

    private static var addressSpace: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_AS.rawValue) }

    func end() {
        var before = before
        setrlimit(Self.addressSpace, &before)
    }
}

/// Where the number of the input is kept while it is read: in a file that outlives the process.
private final class State {
    private let place: UnsafeMutableRawPointer
    private static let size = 64

    init(path: String) throws {
        let file = open(path, O_RDWR | O_CREAT, 0o600)
        try #require(file >= 0 && ftruncate(file, off_t(Self.size)) == 0)
        let mapped = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
        close(file)
        place = try #require(mapped == MAP_FAILED ? nil : mapped)
    }

    deinit { munmap(place, Self.size) }

    func note(_ text: String) {
        let bytes = Array(text.utf8.prefix(Self.size - 1)) + [0]
        place.copyMemory(from: bytes, byteCount: bytes.count)
    }
}
