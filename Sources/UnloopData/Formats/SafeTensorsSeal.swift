import UnloopBackend

/// A hash among the metadata that tells a file that was changed, by a broken disk for example. Other programs ignore it.
extension SafeTensors {
    /// The name of the hash among the metadata.
    private static let sealName = "sha256"

    /// With the SHA-256 of everything else among the metadata.
    package func sealed() -> SafeTensors {
        var result = self
        result.metadata[Self.sealName] = contentSHA256()
        return result
    }

    /// Holds the content to its hash, if the file has one.
    ///
    /// - Parameter file: stands for the file's name in errors.
    /// - Returns: whether it has one.
    package func checkSeal(file: String) throws(DataError) -> Bool {
        guard let expected = metadata[Self.sealName] else { return false }
        guard contentSHA256() == expected else {
            throw .malformed(
                file: file, format: "safetensors",
                reason: "its content does not have the hash that it was written with, so something in it was changed")
        }
        return true
    }

    /// Of all arrays in the order of their names, each with name, type, shape and bytes, and all other metadata in the order of theirs.
    private func contentSHA256() -> String {
        var hash = SHA256()
        func add(_ text: String) { hash.update("\(text.utf8.count):\(text)") }
        for (name, array) in arrays.sorted(by: { $0.key < $1.key }) {
            add(name)
            add("\(array.elements.elementType) \(array.shape)")
            hash.update(Self.bytes(array.elements))
        }
        for (name, text) in metadata.sorted(by: { $0.key < $1.key }) where name != Self.sealName {
            add(name)
            add(text)
        }
        return SHA256.hexadecimal(hash.finalize())
    }
}
