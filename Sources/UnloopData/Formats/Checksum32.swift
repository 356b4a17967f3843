/// The cyclic redundancy check of PNG's annex D (ISO 3309).
package func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 { CyclicRedundancyCheck.iso3309(bytes) }

/// The cyclic redundancy check with the polynomial of G. Castagnoli, S. Bräuer and M. Herrmann (IEEE Transactions on Communications 41,
/// 1993), as of iSCSI (RFC 3720, section 12.1) and TensorFlow's records.
package func crc32c(_ bytes: some Sequence<UInt8>) -> UInt32 { CyclicRedundancyCheck.castagnoli(bytes) }

/// Cyclic redundancy checks of 32 bits over bytes whose lowest bit comes first; begun with ones and complemented in the end. A table has the
/// remainders of all bytes (D. Sarwate, Communications of the ACM 31, 1988).
private struct CyclicRedundancyCheck: Sendable {
    static let iso3309 = CyclicRedundancyCheck(reversedPolynomial: 0xedb8_8320)
    static let castagnoli = CyclicRedundancyCheck(reversedPolynomial: 0x82f6_3b78)

    private let table: [UInt32]

    /// - Parameter reversedPolynomial: the coefficient of x³¹ is the lowest bit; that of x³² is left out.
    init(reversedPolynomial: UInt32) {
        table = (0..<256).map { number in
            (0..<8).reduce(UInt32(number)) { rest, _ in rest & 1 == 1 ? reversedPolynomial ^ (rest >> 1) : rest >> 1 }
        }
    }

    func callAsFunction(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(~0) { rest, byte in table[Int((rest ^ UInt32(byte)) & 255)] ^ (rest >> 8) }
    }
}
