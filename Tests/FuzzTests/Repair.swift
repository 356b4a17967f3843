import UnloopBackend
import UnloopData

/// What makes lengths and checks of damaged files right again, so that readers take more of them.
enum Repair {
    /// The length of a safetensors file's header, up to its last brace and the spaces behind.
    static func safeTensorsLength(_ bytes: inout [UInt8]) {
        guard bytes.count >= 8, let brace = bytes.lastIndex(of: UInt8(ascii: "}")), brace >= 8 else { return }
        let end = bytes[(brace + 1)...].firstIndex { $0 != 0x20 } ?? bytes.count
        for position in 0..<8 { bytes[position] = UInt8(truncatingIfNeeded: (end - 8) >> (8 * position)) }
    }

    /// That length, and the hash of the content. Bytes of the header that no text may have become digits, as most damage would end there.
    static func safeTensorsSeal(_ bytes: inout [UInt8]) {
        if (try? SafeTensors(bytes: bytes)) == nil {
            safeTensorsLength(&bytes)
            guard let brace = bytes.lastIndex(of: UInt8(ascii: "}")), brace >= 8 else { return }
            for place in 8..<brace where !(0x20..<0x7f).contains(bytes[place]) { bytes[place] = UInt8(ascii: "0") }
        }
        let name = Array("\"sha256\":\"".utf8)
        guard let file = try? SafeTensors(bytes: bytes), file.metadata["sha256"]?.utf8.count == 64,
            let hash = file.sealed().metadata["sha256"],
            let place = bytes.indices.first(where: { bytes[$0...].starts(with: name) })
        else { return }
        bytes.replaceSubrange(place + name.count..<place + name.count + 64, with: hash.utf8)
    }

    /// The length of an NPY file's header, up to the line break behind its last brace or that brace.
    static func npyLength(_ bytes: inout [UInt8]) {
        guard bytes.first == 0x93 else { return }
        let start = bytes.count > 6 && bytes[6] == 1 ? 10 : 12
        guard bytes.count >= start, let brace = bytes.lastIndex(of: UInt8(ascii: "}")), brace >= start else { return }
        let rest = bytes[(brace + 1)...]
        let end = rest.first { $0 != 0x20 } == 0x0a ? rest.firstIndex(of: 0x0a).map { $0 + 1 } : nil
        let length = (end ?? brace + 1) - start
        for place in 8..<start { bytes[place] = UInt8(truncatingIfNeeded: length >> (8 * (place - 8))) }
    }

    /// The hashes of a receipt's lines, each of which covers those before.
    static func receiptChain(_ bytes: inout [UInt8]) {
        let (start, middle) = (Array("{\"chain\":\"".utf8), Array("\",\"entry\":".utf8))
        let length = start.count + 64 + middle.count
        var hash = ""
        var lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false).map { Array($0) }
        for number in lines.indices where lines[number].count > length && lines[number].last == UInt8(ascii: "}") {
            let entry = lines[number][length...].dropLast()
            hash = SHA256.hexadecimal(SHA256.digest(of: Array(hash.utf8) + entry))
            lines[number] = start + hash.utf8 + middle + entry + "}".utf8
        }
        bytes = Array(lines.joined(separator: [0x0a]))
    }
}
