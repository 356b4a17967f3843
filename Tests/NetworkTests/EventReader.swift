import Foundation

/// An entry of an event file, as a reader that shares nothing with the writer finds it.
struct ReadEvent {
    var wallTime = 0.0
    var step = 0
    var version: String?
    var isStart = false
    var scalars: [String: Float?] = [:]
}

struct EventError: Error {
    let reason: String
}

/// The entries of an event file, whose checksums are verified.
func readEvents(_ path: String) throws -> [ReadEvent] {
    guard let data = FileManager.default.contents(atPath: path) else { throw EventError(reason: "no file \(path)") }
    var bytes = [UInt8](data)[...]
    func take(_ count: Int) throws -> ArraySlice<UInt8> {
        guard bytes.count >= count else { throw EventError(reason: "\(bytes.count) bytes for \(count)") }
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count)
    }
    func checked(_ count: Int) throws -> ArraySlice<UInt8> {
        let content = try take(count)
        // By division, bit by bit (RFC 3720, section 12.1).
        var rest: UInt32 = ~0
        for byte in content {
            for bit in 0..<8 {
                let isOdd = (rest & 1) != UInt32(byte >> bit & 1)
                rest = isOdd ? rest >> 1 ^ 0x82f6_3b78 : rest >> 1
            }
        }
        let masked = UInt64(littleEndianNumber(try take(4))) &+ 0x1_0000_0000 &- 0xa282_ead8
        let rotated = UInt32(truncatingIfNeeded: masked)
        guard rotated << 15 | rotated >> 17 == ~rest else { throw EventError(reason: "a checksum differs") }
        return content
    }
    var events: [ReadEvent] = []
    while !bytes.isEmpty {
        let length = littleEndianNumber(try checked(8))
        var event = ReadEvent()
        for field in try fields(of: checked(Int(length))) {
            switch field {
            case (1, .number(let bits)): event.wallTime = Double(bitPattern: bits)
            case (2, .number(let number)): event.step = Int(number)
            case (3, .bytes(let text)): event.version = String(decoding: text, as: UTF8.self)
            case (5, .bytes(let summary)):
                for case (1, .bytes(let value)) in try fields(of: summary) {
                    let parts = try fields(of: value)
                    guard parts.count == 2, case (1, .bytes(let tag)) = parts[0], case (2, .number(let bits)) = parts[1]
                    else { throw EventError(reason: "a value with other fields") }
                    event.scalars[String(decoding: tag, as: UTF8.self)] = Float(bitPattern: UInt32(bits))
                }
            case (7, .bytes(let log)): event.isStart = Array(log) == [8, 1]
            default: throw EventError(reason: "an unknown field")
            }
        }
        events.append(event)
    }
    return events
}

private enum FieldValue {
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)
}

private func littleEndianNumber(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
}

/// The fields of a protocol buffer.
private func fields(of message: ArraySlice<UInt8>) throws -> [(Int, FieldValue)] {
    var rest = message
    func take(_ count: Int) throws -> ArraySlice<UInt8> {
        guard rest.count >= count else { throw EventError(reason: "a field ends early") }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
    func variable() throws -> UInt64 {
        var (number, shift): (UInt64, UInt64) = (0, 0)
        while true {
            guard let byte = try take(1).first else { throw EventError(reason: "a number ends early") }
            number |= UInt64(byte & 127) << shift
            if byte < 128 { return number }
            shift += 7
        }
    }
    var result: [(Int, FieldValue)] = []
    while !rest.isEmpty {
        let key = Int(try variable())
        switch key & 7 {
        case 0: result.append((key >> 3, .number(try variable())))
        case 1: result.append((key >> 3, .number(littleEndianNumber(try take(8)))))
        case 2: result.append((key >> 3, .bytes(try take(Int(try variable())))))
        case 5: result.append((key >> 3, .number(littleEndianNumber(try take(4)))))
        default: throw EventError(reason: "wire type \(key & 7)")
        }
    }
    return result
}
