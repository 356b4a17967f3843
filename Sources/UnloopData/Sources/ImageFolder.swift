import UnloopBackend
import UnloopTensor

/// The images below a folder: each folder in it is a class, and all images below that one, at any depth, are its examples.
///
/// Classes, and what lies in a folder, are in the order of the bytes of their names, so they have the same numbers on every machine. Files
/// whose name has none of the endings, and all whose name begins with a dot, are left out; links are followed. Features are `[height, width, channels]` from 0 to 1.
/// Only the paths are in memory; an image is read when it is asked for.
public struct ImageFolder: DataSource {
    /// The names of the classes' folders; a label is a place among them.
    public let classNames: [String]
    /// The class of each image.
    public let labels: [Int32]
    /// Of each image, relative to the folder.
    public let paths: [String]
    private let folder: String
    private let sizes: [Int]
    private let channels: Int
    private let identityOfPreparation: String?
    private let image: @Sendable (_ path: String) throws -> Bitmap

    /// Endings of names, in lower case, of the images that are read by themselves.
    public static let endings: Set<String> = ["pgm", "ppm", "pnm"]

    /// - Parameters:
    ///   - channels: 1 for gray, 3 for color; images that have others are brought to these.
    ///   - endings: of the names of images, in lower case and without the dot.
    ///   - read: makes an image of a file; binary PGM and PPM files unless given. It may also bring the image to the size that all are to have.
    ///   - name: stands for `read` in the source's `identity`; without one, with a function of your own, nothing is known about the images.
    /// - Throws: `DataError.unreadable` for what is no folder, for names that are not UTF-8, for links that lead back to a folder they are in,
    ///   and for those that lead nowhere, as there may have been a class; `malformed` for a folder without classes, for a class without images, and for images that are in no class.
    public init(
        path folder: String, channels: Int = 3, endings: Set<String> = ImageFolder.endings, name: String? = nil,
        read: (@Sendable (_ path: String) throws -> Bitmap)? = nil
    ) throws(DataError) {
        require(channels == 1 || channels == 3, "ImageFolder: images of \(channels) channels")
        var search = ImageSearch(folder: folder, endings: endings)
        try search.search()
        (classNames, labels, paths, sizes) = (search.classNames, search.labels, search.paths, search.sizes)
        self.folder = folder
        self.channels = channels
        identityOfPreparation = read == nil ? "as they are" : name
        image = read ?? { path in try Bitmap(netpbm: path) }
    }

    public var count: Int { paths.count }

    public func example(at index: Int, key: RandomKey) throws -> Example {
        checkIndex(index, "ImageFolder.example")
        let bitmap = try image("\(folder)/\(paths[index])")
        return Example(
            features: Example.Values(channels == 1 ? bitmap.inGray() : bitmap.inColor()), label: labels[index])
    }

    /// A hash of the images' paths and of their sizes in bytes; what is in them is not read for it.
    public func identity() throws -> String? {
        guard let identityOfPreparation else { return nil }
        var hash = SHA256()
        hash.update("\(channels) \(identityOfPreparation)\n")
        for (path, size) in zip(paths, sizes) { hash.update("\(path)\0\(size)\n") }
        return SHA256.hexadecimal(hash.finalize())
    }
}

/// The search for images below a folder.
private struct ImageSearch {
    let folder: String
    let endings: Set<String>
    var classNames: [String] = []
    var labels: [Int32] = []
    var paths: [String] = []
    var sizes: [Int] = []

    mutating func search() throws(DataError) {
        let root = try system(folder) { path throws(FileFailure) in try FolderIdentity(path: path) }
        for entry in try entries(folder) {
            switch entry.kind {
            case .folder:
                let before = paths.count
                try search(entry.name, [root, entry.identity], label: Int32(clamping: classNames.count))
                guard paths.count > before else {
                    throw malformed("its folder `\(entry.name)` has no images\(endingsText)")
                }
                classNames.append(entry.name)
            case .file where isImage(entry.name):
                throw malformed("the image `\(entry.name)` is in no folder of a class")
            case .brokenLink: throw brokenLink(entry.name)
            case .file, .other: break
            }
        }
        if classNames.isEmpty { throw malformed("it has no folder of a class") }
    }

    /// - Parameter above: the folders that this one is in, and itself.
    private mutating func search(_ path: String, _ above: [FolderIdentity], label: Int32) throws(DataError) {
        for entry in try entries("\(folder)/\(path)") {
            let inner = "\(path)/\(entry.name)"
            switch entry.kind {
            case .folder:
                guard !above.contains(entry.identity) else {
                    throw .unreadable(file: "\(folder)/\(inner)", reason: "it is a link back to a folder that it is in")
                }
                try search(inner, above + [entry.identity], label: label)
            case .file where isImage(entry.name):
                paths.append(inner)
                sizes.append(entry.byteCount)
                labels.append(label)
            case .brokenLink: throw brokenLink(inner)
            case .other where isImage(entry.name):
                throw .unreadable(file: "\(folder)/\(inner)", reason: "it is not a regular file")
            case .file, .other: break
            }
        }
    }

    private func brokenLink(_ path: String) -> DataError {
        .unreadable(file: "\(folder)/\(path)", reason: "it is a link that leads nowhere")
    }

    private func isImage(_ name: String) -> Bool {
        guard let dot = name.lastIndex(of: ".") else { return false }
        return endings.contains(name[name.index(after: dot)...].lowercased())
    }

    private var endingsText: String {
        " (names that end in \(endings.sorted().map { ".\($0)" }.joined(separator: ", ")))"
    }

    private func malformed(_ reason: String) -> DataError {
        .malformed(file: folder, format: "image folder", reason: reason)
    }

    private func entries(_ path: String) throws(DataError) -> [FolderEntry] {
        try system(path) { path throws(FileFailure) in try folderEntries(path) }
    }

    private func system<Result>(_ path: String, _ body: (String) throws(FileFailure) -> Result) throws(DataError)
        -> Result
    {
        do throws(FileFailure) {
            return try body(path)
        } catch {
            throw .unreadable(file: path, reason: error.reason)
        }
    }
}
