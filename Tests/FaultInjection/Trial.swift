#if OpenCL
    import Foundation
    import UnloopBackend
    import UnloopData
    import UnloopLoop
    import UnloopNetwork
    import UnloopOpenCL
    import UnloopTensor

    /// Work on a device that a driver may make fail at any call.
    enum Trial: String, CaseIterable {
        /// Opens the device, trains a small network with an embedding, reads, saves.
        case train
        /// Opens the device and tunes a small product.
        case tune
        /// Opens the device with a folder of compiled programs, and uses one.
        case programs

        /// What it gave: the same at each run, unless something is wrong.
        typealias Answer = [String]

        /// Finds the first device and opens it.
        func open() throws -> OpenCLBackend {
            guard let device = try OpenCLBackend.devices().first else { throw TrialError(text: "no device is listed") }
            return try OpenCLBackend(
                device: device, poisonsMemory: true,
                cache: self == .programs
                    ? ProgramDiskCache(folder: TrialFolder.url.appendingPathComponent("opencl")) : nil)
        }

        func run(on backend: OpenCLBackend) throws -> Answer {
            switch self {
            case .train: try train(Device(backend, label: "opencl"))
            case .tune: try tune(backend)
            case .programs: try usePrograms(backend)
            }
        }

        private func train(_ device: Device) throws -> Answer {
            var model = Model {
                Embedding(rows: 6, size: 4)
                Flatten()
                Dense(5, activation: .tanh)
                Dense(3)
            }
            let data = Dataset(
                features: Tensor(int32: [0, 1, 2, 3, 1, 4, 5, 2], shape: [4, 2], on: device),
                labels: Tensor(int32: [0, 1, 2, 1], on: device))
            model.build(inputShape: [2], on: device, seed: 1)
            let history = try model.fit(
                data, loss: .softmaxCrossEntropy, epochs: 1, batchSize: 2, seed: 1, on: device, progress: .silent)
            let path = TrialFolder.url.appendingPathComponent("weights.safetensors").path
            try model.save(to: path)
            let saved = try Data(contentsOf: URL(fileURLWithPath: path))
            // Large enough for memory of the host's.
            let large = Tensor.ones([1 << 20], on: device)
            let table = Tensor([[1, 2], [3, 4]], on: device)
            return [
                try model.weightsSHA256(), SHA256.hexadecimal(SHA256.digest(of: Array(saved))),
                "\(history.epochs.map(\.trainingLoss))", "\(try large[(1 << 20) - 1].item())",
                "\(try table.gathering(Tensor(int32: [1, 0], on: device)).scalars())",
                "\(try Tensor.concatenate([table, table.transposed()]).scalars())",
            ]
        }

        private func tune(_ backend: OpenCLBackend) throws -> Answer {
            var wrong: [String] = []
            try Tuner(backend, reference: LoopBackend.shared).run(
                [.product([20, 18, 16], layout: 0)], timeLimit: .seconds(0.05), progress: { _ in },
                report: { report, _ in wrong += report.wrong })
            return wrong
        }

        private func usePrograms(_ backend: OpenCLBackend) throws -> Answer {
            let x = Tensor((0..<24).map(Float.init), shape: [2, 12], on: Device(backend, label: "opencl"))
            return ["\(try x.cumulativeSum().scalars())"]
        }
    }

    /// A folder of this process.
    enum TrialFolder {
        static let url: URL = {
            let url = FileManager.default.temporaryDirectory.appendingPathComponent("unloop-faults-\(getpid())")
            try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            return url
        }()

        static func remove() { try? FileManager.default.removeItem(at: url) }
    }

    struct TrialError: Error, CustomStringConvertible {
        let text: String
        var description: String { text }
    }
#endif
