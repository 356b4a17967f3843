import UnloopData

/// An entry of TensorBoard's event files: the message `Event` of TensorFlow's core/util/event.proto, as far as curves of numbers need it, in
/// the encoding of protocol buffers (protobuf.dev, Encoding).
package struct TensorBoardEvent: Sendable {
    package enum Content: Sendable {
        /// The first entry of every file.
        case version
        /// A training begins or is taken up again: what other files have from this step on is no longer valid.
        case start
        case scalars([Scalar])
    }

    /// `Summary.Value` with a `simple_value`.
    package struct Scalar: Sendable {
        package let tag: String
        package let value: Float

        package init(_ tag: String, _ value: Double) {
            self.tag = tag
            self.value = Float(value)
        }
    }

    /// In seconds since 1970.
    package let wallTime: Double
    package let step: Int
    package let content: Content

    package init(wallTime: Double, step: Int, _ content: Content) {
        self.wallTime = wallTime
        self.step = step
        self.content = content
    }

    /// The message.
    package var encoded: [UInt8] {
        var message = Message()
        message.append(1, wallTime)
        // A number that is 0 is left out.
        if step != 0 { message.append(2, step) }
        switch content {
        case .version: message.append(3, Array("brain.Event:2".utf8))
        case .start:
            var log = Message()
            // SessionLog.START
            log.append(1, 1)
            message.append(7, log.bytes)
        case .scalars(let scalars):
            var summary = Message()
            for scalar in scalars {
                var value = Message()
                value.append(1, Array(scalar.tag.utf8))
                value.append(2, scalar.value)
                summary.append(1, value.bytes)
            }
            message.append(5, summary.bytes)
        }
        return message.bytes
    }

    /// The message as a record of a file (tensorflow.org/tutorials/load_data/tfrecord): its length in 64 bits, a checksum of these, the
    /// message, a checksum of it.
    package var record: [UInt8] {
        let message = encoded
        let length = littleEndian(UInt64(message.count))
        return length + littleEndian(maskedChecksum(length)) + message + littleEndian(maskedChecksum(message))
    }
}

/// CRC-32C, rotated and with a constant added, so that checksums of what holds checksums are good ones too.
private func maskedChecksum(_ bytes: [UInt8]) -> UInt32 {
    let checksum = crc32c(bytes)
    return (checksum >> 15 | checksum << 17) &+ 0xa282_ead8
}

private func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
}

/// Fields of a protocol buffer: each a key of number and wire type, then the value.
private struct Message {
    private(set) var bytes: [UInt8] = []

    /// A number of 64 bits, seven bits a byte.
    mutating func append(_ field: Int, _ number: Int) {
        key(field, 0)
        variable(UInt64(bitPattern: Int64(number)))
    }

    mutating func append(_ field: Int, _ number: Double) {
        key(field, 1)
        bytes += littleEndian(number.bitPattern)
    }

    /// A text, or a message inside.
    mutating func append(_ field: Int, _ content: [UInt8]) {
        key(field, 2)
        variable(UInt64(content.count))
        bytes += content
    }

    mutating func append(_ field: Int, _ number: Float) {
        key(field, 5)
        bytes += littleEndian(number.bitPattern)
    }

    private mutating func key(_ field: Int, _ type: Int) { variable(UInt64(field << 3 | type)) }

    private mutating func variable(_ number: UInt64) {
        var rest = number
        while rest > 127 {
            bytes.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
