import Foundation

/// What Unloop wrote as JSON, read by Foundation's decoder.
///
/// The decoder takes some 50 bytes for each value, however short its text: a text made of nothing but the shortest values would take 25 times
/// its size. What Unloop writes has far fewer: numbers with their digits, and names.
///
/// - Throws: `DecodingError` for a text that is not such a value, or that has far more values than its length would hold of what Unloop writes.
package func decodedJSON<Value: Decodable>(
    _ type: Value.Type, from text: some Collection<UInt8>, by decoder: JSONDecoder = JSONDecoder()
) throws -> Value {
    var bytes = Data(capacity: text.count)
    bytes.append(contentsOf: text)
    // Those in texts count too, which the bound has room for.
    let separators = bytes.count { [0x2c, 0x3a, 0x5b, 0x7b].contains($0) }
    guard separators <= smallNumberOfValues + bytes.count / bytesForValue else {
        throw DecodingError.dataCorrupted(
            DecodingError.Context(
                codingPath: [],
                debugDescription: "\(separators) values in \(bytes.count) bytes are not what Unloop writes"))
    }
    return try decoder.decode(type, from: bytes)
}

/// 40 MB of the decoder's memory.
private let smallNumberOfValues = 800_000
/// A member of an object is two values.
private let bytesForValue = 8
