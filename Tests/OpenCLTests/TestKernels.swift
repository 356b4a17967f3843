#if OpenCL
    import Foundation
    import Synchronization
    import UnloopBackend
    import UnloopOpenCL

    /// A kernel for tests: `output[i] = value` for `i < count`.
    let fillText = """
        kernel void fill(global int *output, const int count, const int value) {
            const int i = get_global_id(0);
            if (i < count) output[i] = value;
        }
        """

    extension OpenCLBackend {
        func fillKernel() throws -> Kernel {
            try programs.kernel("fill", key: "test.fill") { ProgramSource(name: "fill", text: fillText) }
        }

        func integers(_ buffer: Buffer) throws -> [Int32] {
            guard case .int32(let values) = try download(buffer, offset: 0, count: buffer.count) else { return [] }
            return values
        }

        func floats(_ buffer: Buffer) throws -> [Float] {
            guard case .float32(let values) = try download(buffer, offset: 0, count: buffer.count) else { return [] }
            return values
        }
    }

    /// A folder of its own that goes away with the object.
    final class TemporaryFolder {
        let url: URL

        init() throws {
            url = FileManager.default.temporaryDirectory.appendingPathComponent("unloop-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(at: url) }
    }
#endif
