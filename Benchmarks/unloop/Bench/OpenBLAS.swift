import Foundation
import UnloopCPU

/// OpenBLAS (https://www.openblas.net), where `libopenblas.so.0` is installed. Uses as many threads as `.cpu`.
struct OpenBLAS: Peer {
    /// cblas_sgemm(order, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
    private typealias Product =
        @convention(c) (
            Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>?, Int32, UnsafePointer<Float>?, Int32,
            Float, UnsafeMutablePointer<Float>?, Int32
        ) -> Void
    private typealias SetThreads = @convention(c) (Int32) -> Void

    private let product: Product?
    let name = "openblas"
    let note: String
    let isProcessor = true
    var isAvailable: Bool { product != nil }

    init() {
        let library = SharedLibrary("libopenblas.so.0")
        product = library?.function("cblas_sgemm", as: Product.self)
        note = library.map(Self.describe) ?? "libopenblas.so.0 is not installed (Debian: libopenblas0)"
        if let threads = try? CPUBackend.shared().threadCount {
            library?.function("openblas_set_num_threads", as: SetThreads.self)?(Int32(threads))
        }
    }

    /// The kernels that it chose for the processor, and who chose for it.
    private static func describe(_ library: SharedLibrary) -> String {
        typealias CoreName = @convention(c) () -> UnsafePointer<CChar>?
        let core = library.function("openblas_get_corename", as: CoreName.self)?().map { String(cString: $0) }
        let forced = ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"].compactMap { name in
            ProcessInfo.processInfo.environment[name].map { "\(name)=\($0)" }
        }
        return "libopenblas.so.0" + (core.map { " with kernels for \($0)" } ?? "")
            + (forced.isEmpty ? "" : ", told to by \(forced.joined(separator: " ")), which may hold it back")
    }

    /// The result's memory; it lives as long as the closures that use it.
    private final class Output {
        var elements: [Float]
        init(count: Int) { elements = [Float](repeating: 0, count: count) }
    }

    func prepare(_ p: MatrixProduct) throws -> PeerWork {
        guard let product else { throw PeerError(description: note) }
        let (a, b) = (p.a(), p.b())
        let output = Output(count: p.batch * p.m * p.n)
        let (rowMajor, plain, transposed): (Int32, Int32, Int32) = (101, 111, 112)
        return PeerWork {
            a.withUnsafeBufferPointer { a in
                b.withUnsafeBufferPointer { b in
                    output.elements.withUnsafeMutableBufferPointer { c in
                        for matrix in 0..<p.batch {
                            product(
                                rowMajor, p.transposesA ? transposed : plain, p.transposesB ? transposed : plain,
                                Int32(p.m), Int32(p.n), Int32(p.k), 1,
                                a.baseAddress.map { $0 + matrix * p.m * p.k }, Int32(p.transposesA ? p.m : p.k),
                                b.baseAddress.map { $0 + matrix * p.k * p.n }, Int32(p.transposesB ? p.k : p.n), 0,
                                c.baseAddress.map { $0 + matrix * p.m * p.n }, Int32(p.n))
                        }
                    }
                }
            }
        } finish: {
        } result: {
            output.elements
        }
    }
}
