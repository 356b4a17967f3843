import Foundation
import Unloop
import UnloopFormats

// What `scripts/large-data` runs, one step in each process:
//
//     large-data records FILE MIB                        digits, over and over, as records of float32
//     large-data images FOLDER COUNT                     digits as files of 28×28 pixels, a folder for each class
//     large-data train FILE|FOLDER memory|WORKERS [STOP] one epoch of the digits' convolutional network, in memory or by a loader; with STOP
//                                                        it ends after so many steps with a checkpoint beside the data, else it goes on from there
//     large-data speed FILE|FOLDER ROUNDS [WORKERS …]   steps of such trainings, in memory and by loaders, in turns
//     large-data loader FOLDER SIZE WORKERS              an epoch of images of a folder, resized to a square and flipped at random
//     large-data views ROUNDS                            the same numbers, contiguous and as views of a table, train for an epoch in turns
let words = Array(CommandLine.arguments.dropFirst())

func usage() -> Never {
    print(
        "usage: large-data records FILE MIB | images FOLDER COUNT | train PATH memory|WORKERS [STOP] | speed PATH ROUNDS [WORKERS …] | loader FOLDER SIZE WORKERS | views ROUNDS"
    )
    exit(2)
}

/// A record: 64 pixels and the class.
let recordBytes = 65 * 4

switch words.first {
case "records" where words.count == 3:
    guard let size = Int(words[2]) else { usage() }
    try writeRecords(to: words[1], count: size << 20 / recordBytes)
case "images" where words.count == 3:
    guard let count = Int(words[2]) else { usage() }
    try writeImages(to: words[1], count: count)
case "train" where words.count == 3 || words.count == 4: try train(words[1], words[2], stop: words.dropFirst(3).first)
case "speed" where words.count >= 3:
    guard let rounds = Int(words[2]), rounds > 0 else { usage() }
    try speed(words[1], rounds, workers: words.count > 3 ? words[3...].compactMap { Int($0) } : [1, 2, 4, 7])
case "loader" where words.count == 4:
    guard let size = Int(words[2]), let workers = Int(words[3]) else { usage() }
    try load(words[1], size, workers)
case "views" where words.count == 2:
    guard let rounds = Int(words[1]), rounds > 0 else { usage() }
    try views(rounds)
default: usage()
}

/// Digit number `index`, its pixels moved cyclically by a number of places that follows from the index, so that few examples are the same.
func digit(_ index: Int, _ pixels: [Float], _ labels: [Int32]) -> (pixels: [Float], label: Int32) {
    let (number, move) = (index % labels.count, index / labels.count % 64)
    let own = pixels[number * 64..<(number + 1) * 64]
    return (Array(own.dropFirst(move) + own.prefix(move)), labels[number])
}

func writeRecords(to path: String, count: Int) throws {
    let digits = try Digits.load(on: .cpu)
    let (pixels, labels) = (try digits.features.scalars(), try digits.labels.integers())
    guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
    else { throw CocoaError(.fileWriteUnknown) }
    var bytes = Data()
    for index in 0..<count {
        let (pixels, label) = digit(index, pixels, labels)
        for pixel in pixels { withUnsafeBytes(of: pixel.bitPattern) { bytes.append(contentsOf: $0) } }
        withUnsafeBytes(of: label) { bytes.append(contentsOf: $0) }
        if bytes.count >= 1 << 22 || index == count - 1 {
            try file.write(contentsOf: bytes)
            bytes.removeAll(keepingCapacity: true)
        }
    }
    try file.close()
}

enum Images {
    /// Height and width, those of MNIST.
    static let size = 28
}

func writeImages(to folder: String, count: Int) throws {
    let digits = try Digits.load(on: .cpu)
    let (pixels, labels) = (try digits.features.scalars(), try digits.labels.integers())
    for label in 0..<10 {
        try FileManager.default.createDirectory(atPath: "\(folder)/\(label)", withIntermediateDirectories: true)
    }
    for index in 0..<count {
        let (pixels, label) = digit(index, pixels, labels)
        let samples = (0..<Images.size * Images.size).map { place in
            let (y, x) = (place / Images.size * 8 / Images.size, place % Images.size * 8 / Images.size)
            return UInt8(pixels[8 * y + x] * 15)
        }
        let bitmap = Bitmap(width: Images.size, height: Images.size, samples: samples)
        try Data(bitmap.netpbmData()).write(to: URL(fileURLWithPath: "\(folder)/\(label)/\(index).pgm"))
    }
}

struct Stopped: Error {}

func source(_ path: String) throws -> any DataSource {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
        ? try ImageFolder(path: path, channels: 1)
        : try RecordFile(path: path, fields: [.features(.float32, [8, 8, 1]), .label(.int32)])
}

/// Everything in memory, in its order.
func inMemory(_ source: any DataSource) throws -> Dataset {
    let loader = Loader(source, batchSize: 4096, order: .sequential)
    var (features, labels, shape) = ([Float](), [Int32](), [Int]())
    try loader.batches(epoch: 0, on: .cpu).forEach { batch in
        features += try batch.features.scalars()
        labels += try batch.labels.integers()
        shape = batch.exampleShape
    }
    return Dataset(
        features: Tensor(features, shape: [source.count] + shape, on: .cpu), labels: Tensor(int32: labels, on: .cpu))
}

func train(_ path: String, _ how: String, stop: String?) throws {
    let source = try source(path)
    var model = DigitsTask.Model.cnn.make()
    let optimizer = Optimizer.adam(0.003)
    let begun: ContinuousClock.Instant
    let last = stop.flatMap { Int($0) }
    if how == "memory" {
        let data = try inMemory(source)
        begun = .now
        try model.fit(data, loss: .softmaxCrossEntropy, optimizer: optimizer, batchSize: 32, seed: 1, on: .cpu)
    } else {
        guard let workers = Int(how) else { usage() }
        let loader = Loader(source, batchSize: 32, workers: workers)
        begun = .now
        do {
            if stop == nil && !FileManager.default.fileExists(atPath: path + ".run") {
                try model.fit(loader, loss: .softmaxCrossEntropy, optimizer: optimizer, seed: 1, on: .cpu)
            } else {
                try model.fit(
                    loader, loss: .softmaxCrossEntropy, optimizer: optimizer, seed: 1, on: .cpu,
                    callbacks: [
                        .afterStep {
                            if $0.step == last { kill(getpid(), SIGKILL) }; return .proceed
                        }
                    ],
                    checkpoint: .every(.steps(Swift.max(100, source.count / 640))), to: path + ".run", resume: .newest)
            }
        }
    }
    let seconds = (ContinuousClock.now - begun) / .seconds(1)
    let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let peak = text.split(separator: "\n").filter { $0.hasPrefix("VmPeak") || $0.hasPrefix("VmHWM") }
        .map { $0.split(whereSeparator: \.isWhitespace).dropFirst().first.map(String.init) ?? "0" }
    print(
        "{\"data\": \"\(how)\", \"examples\": \(source.count), \"seconds\": \(seconds), \"examples_per_second\": \(Int(Double(source.count) / seconds)), "
            + "\"peak_address_space_kb\": \(peak.first ?? "0"), \"peak_resident_kb\": \(peak.last ?? "0"), "
            + "\"weights_sha256\": \"\(try model.weightsSHA256())\"}")
}

/// Compares the trainings' speeds within one process: a machine's own changes from minute to minute.
func speed(_ path: String, _ rounds: Int, workers: [Int]) throws {
    let source = try source(path)
    let data = try inMemory(source)
    let ways = [nil] + workers.map { $0 as Int? }
    // The first steps are those of other things: the order of the examples in memory, and threads that start.
    let last = Swift.min(20_000, source.count / 32 - 1)
    let first = Swift.min(200, last / 4)
    var rates: [[Double]] = ways.map { _ in [] }
    for round in 0..<rounds {
        for place in ways.indices.map({ ($0 + round) % ways.count }) {
            var model = DigitsTask.Model.cnn.make()
            var begun = ContinuousClock.now
            let watch = Callback.afterStep {
                if $0.step == first { begun = .now }
                return $0.step == last ? .stop : .proceed
            }
            if let workers = ways[place] {
                try model.fit(
                    Loader(source, batchSize: 32, workers: workers), loss: .softmaxCrossEntropy,
                    optimizer: .adam(0.003), seed: UInt64(round), on: .cpu, callbacks: [watch], progress: .silent)
            } else {
                try model.fit(
                    data, loss: .softmaxCrossEntropy, optimizer: .adam(0.003), batchSize: 32, seed: UInt64(round),
                    on: .cpu, callbacks: [watch], progress: .silent)
            }
            rates[place].append(Double(32 * (last - first)) / ((ContinuousClock.now - begun) / .seconds(1)))
        }
    }
    func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
    let names = ways.map { $0.map(String.init) ?? "memory" }
    let all = zip(names, rates).map { "\"\($0)\": \($1.map { Int($0) })" }
    let relative = zip(names, rates).map { name, own in
        "\"\(name)\": \(median(zip(own, rates[0]).map { $0 / $1 }))"
    }
    print(
        "{\"steps\": \(last - first), \"examples_per_second\": {\(all.joined(separator: ", "))}, "
            + "\"median_relative_to_memory\": {\(relative.joined(separator: ", "))}}")
}

func load(_ folder: String, _ size: Int, _ workers: Int) throws {
    let begun = ContinuousClock.now
    #if Formats
        let images = try ImageFolder(imagesIn: folder, height: size, width: size)
            .augmented(by: [.flippedHorizontally(probability: 0.5)])
        var count = 0
        try Loader(images, batchSize: 64, workers: workers).batches(epoch: 1, on: .cpu).forEach { batch in
            // What a training would wait for.
            _ = try batch.features.sliced(axis: 0, 0..<1).scalars()
            count += batch.count
        }
        print("{\"examples\": \(count), \"seconds\": \((ContinuousClock.now - begun) / .seconds(1))}")
    #else
        print("built without the trait Formats, after \(ContinuousClock.now - begun)")
        exit(2)
    #endif
}

/// 50,000 rows of 64 numbers: contiguous, as half of the columns of a table, and as a table whose columns lie together.
func views(_ rounds: Int) throws {
    let (rows, columns) = (50_000, 64)
    let table = Tensor.randomNormal([rows, 2 * columns], RandomKey(seed: 1), on: .cpu)
    let view = table[.all, 0..<columns]
    let contiguous = view.contiguous()
    let permuted = contiguous.permuted([1, 0]).contiguous().permuted([1, 0])
    let labels = try Tensor(int32: contiguous[.all, 0..<10].argmax(1).integers(), on: .cpu)
    var times: [String: [Double]] = [:]
    var hashes: Set<String> = []
    let kinds = [("contiguous", contiguous), ("columns", view), ("permuted", permuted)]
    for round in 0..<rounds {
        for place in kinds.indices {
            let (name, features) = kinds[(place + round) % kinds.count]
            var model = Model(Sequential([Dense(128, activation: .relu), Dense(10)]))
            let begun = ContinuousClock.now
            try model.fit(
                Dataset(features: features, labels: labels), loss: .softmaxCrossEntropy, optimizer: .adam(0.003),
                epochs: 1, batchSize: 64, seed: 1, on: .cpu, progress: .silent)
            times[name, default: []].append((ContinuousClock.now - begun) / .seconds(1))
            hashes.insert(try model.weightsSHA256())
        }
    }
    let medians = times.mapValues { $0.sorted()[$0.count / 2] }
    let own = medians["contiguous"] ?? .nan
    let ratios = medians.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value / own)" }
    print(
        "{\"seconds\": \(own), \"relative\": {\(ratios.joined(separator: ", "))}, \"same_weights\": \(hashes.count == 1)}"
    )
}
