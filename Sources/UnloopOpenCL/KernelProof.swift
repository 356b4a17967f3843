#if OpenCL
    import Glibc
    import Synchronization
    import UnloopBackend
    import UnloopLoop

    /// Small work by which a kernel shows that it gives the loop's bits on this device, as its compiler built it.
    struct KernelProof {
        /// Operands, and what the results hold before.
        let inputs: [HostArray]
        let outputs: [HostArray]
        /// What the loop computes.
        let expected: (_ loop: LoopBackend, _ inputs: [Buffer], _ outputs: [Buffer]) throws(BackendError) -> Void
        /// The same with the kernel.
        let found: (_ inputs: [Buffer], _ outputs: [Buffer]) throws(BackendError) -> Void
    }

    /// Which kernels of an open device were proved, and which were refused. A kernel is proved when it is first wanted: what is never
    /// used costs nothing, and nothing that was not proved ever computes a result. One at a time, because proofs run operations that
    /// want kernels themselves.
    final class KernelProofs: Sendable {
        /// What is proved at the moment, where the operation would choose otherwise.
        struct Subject: Sendable {
            var program: KernelProgram?
            var tile: (shape: TileShape, kernel: Kernel)?
        }

        private struct State {
            var subject: Subject?
            var refusals: [String] = []
            var admitsOtherBits = false
        }

        /// Whether kernels with other bits are used all the same.
        let admitsNonconforming: Bool
        /// Where is kept what was proved by earlier processes; nil keeps nothing.
        let records: ProgramDiskCache?
        fileprivate let turn = Mutex(())
        /// Whether the interpreter may be used, where that is known; asked at each launch.
        let interpreter = Atomic<KernelTrust>(.unknown)
        private let owner = Atomic<UInt>(0)
        private let state = Mutex(State())

        init(admitsNonconforming: Bool, records: ProgramDiskCache?) {
            self.admitsNonconforming = admitsNonconforming
            self.records = records
        }

        /// What was refused or did not compile, for people: each once.
        var refusals: [String] { state.withLock(\.refusals) }

        /// Whether something is used that gives other bits.
        var admitsOtherBits: Bool { state.withLock(\.admitsOtherBits) }

        /// - Parameter givesOtherBits: false where it does not compile.
        func note(refusal: String, givesOtherBits: Bool) {
            state.withLock { state in
                if givesOtherBits && admitsNonconforming { state.admitsOtherBits = true }
                // Texts name programs and tiles, of which there are few; formulas of a program could be many.
                if state.refusals.count < 256 && !state.refusals.contains(refusal) { state.refusals.append(refusal) }
            }
        }

        /// Whether this thread proves a kernel: what it wants meanwhile it gets unproved.
        var isMine: Bool {
            let owner = owner.load(ordering: .relaxed)
            return owner != 0 && owner == Self.thisThread
        }

        /// What this thread proves; nil for ordinary work.
        var subject: Subject? { isMine ? state.withLock(\.subject) : nil }

        private static var thisThread: UInt { UInt(pthread_self()) }

        /// Runs the proof of a subject when no other runs.
        func taking(
            _ subject: Subject?, _ body: () throws(BackendError) -> Void
        ) throws(BackendError) {
            let result = turn.withLock { _ -> Result<Void, BackendError> in
                owner.store(Self.thisThread, ordering: .relaxed)
                state.withLock { $0.subject = subject }
                defer {
                    state.withLock { $0.subject = nil }
                    owner.store(0, ordering: .relaxed)
                }
                do throws(BackendError) { return .success(try body()) } catch { return .failure(error) }
            }
            try result.get()
        }
    }

    /// What is known about a kernel's bits.
    enum KernelTrust: UInt8, AtomicRepresentable {
        case unknown, proved, refused
    }

    extension OpenCLBackend {
        /// The kernel `name` of the program that `key` stands for, after it has proved itself.
        ///
        /// - Parameters:
        ///   - work: what the kernel is for, for people.
        ///   - proof: asked only when the kernel is new.
        /// - Throws: `nonconforming` when its bits are not the loop's, `buildFailed` when it does not compile.
        func kernel(
            _ name: String, key: some Hashable & Sendable, work: @autoclosure () -> String,
            subject: (Kernel) -> KernelProofs.Subject? = { _ in nil }, source: () -> ProgramSource,
            proof: () throws(BackendError) -> KernelProof
        ) throws(BackendError) -> Kernel {
            let kernel = try programs.kernel(name, key: key, source: source)
            if kernel.trust.load(ordering: .relaxed) == .proved || proofs.isMine { return kernel }
            try prove(kernel, work(), subject(kernel), source: source, proof: proof)
            return kernel
        }

        private func prove(
            _ kernel: Kernel, _ work: String, _ subject: KernelProofs.Subject?, source: () -> ProgramSource,
            proof: () throws(BackendError) -> KernelProof
        ) throws(BackendError) {
            try proofs.taking(subject) { () throws(BackendError) in
                switch kernel.trust.load(ordering: .relaxed) {
                case .proved: return
                case .refused: throw .nonconforming(device: device.name, work: work)
                case .unknown: break
                }
                let found = try unlessRecorded(kernel.name, source()) { () throws(BackendError) in
                    try difference(proof())
                }
                if let found {
                    let text = "\(work): \(found)"
                    proofs.note(refusal: text, givesOtherBits: true)
                    if !proofs.admitsNonconforming {
                        kernel.trust.store(.refused, ordering: .relaxed)
                        throw .nonconforming(device: device.name, work: text)
                    }
                }
                kernel.trust.store(.proved, ordering: .relaxed)
            }
        }

        /// The difference that a proof finds; nil where it finds none, which is recorded, or an earlier process has recorded that.
        func unlessRecorded(
            _ subject: String, _ source: @autoclosure () -> ProgramSource, _ find: () throws(BackendError) -> String?
        ) throws(BackendError) -> String? {
            guard let records = proofs.records else { return try find() }
            let key = recordKey(subject, source())
            if records.load(key) != nil { return nil }
            let difference = try find()
            if difference == nil { records.store([1], key) }
            return difference
        }

        private func difference(_ proof: KernelProof) throws(BackendError) -> String? {
            guard let found = try firstDifference(proof) else { return nil }
            let bits = { (value: UInt32) in "0x" + String(value, radix: 16) }
            return "element \(found.element) of result \(found.output) is \(bits(found.mine)), not \(bits(found.right))"
        }

        /// Where the results of both differ first; nil when they do not.
        func firstDifference(
            _ proof: KernelProof
        ) throws(BackendError) -> (output: Int, element: Int, mine: UInt32, right: UInt32)? {
            func results(
                on backend: any Backend, _ run: ([Buffer], [Buffer]) throws(BackendError) -> Void
            ) throws(BackendError) -> [HostArray] {
                var (inputs, outputs) = ([Buffer](), [Buffer]())
                for array in proof.inputs { inputs.append(try backend.upload(array)) }
                for array in proof.outputs { outputs.append(try backend.upload(array)) }
                try run(inputs, outputs)
                var results: [HostArray] = []
                for output in outputs {
                    results.append(try backend.download(output, offset: 0, count: output.count))
                }
                return results
            }
            let expected = try results(on: LoopBackend.shared) { (inputs, outputs) throws(BackendError) in
                try proof.expected(LoopBackend.shared, inputs, outputs)
            }
            let found = try results(on: self, proof.found)
            for (output, (right, mine)) in zip(expected, found).enumerated() {
                let (right, mine) = (right.contractBits, mine.contractBits)
                if let place = right.indices.first(where: { right[$0] != mine[$0] }) {
                    return (output, place, mine[place], right[place])
                }
            }
            return nil
        }

        /// Everything that the machine code of a kernel depends on. The environment may change the options of the driver's compiler.
        private func recordKey(_ kernel: String, _ source: ProgramSource) -> [UInt8] {
            ProgramDiskCache.key(
                [
                    "proof", unloopVersion, device.platform, device.vendor, device.name, device.deviceVersion,
                    device.driverVersion, programs.options(of: source), source.text, kernel,
                ] + DriverEnvironment.settings)
        }

        /// Takes the next way to compute something where this one does not compile here or has other bits; both are remembered, so that
        /// it is not tried at each launch.
        ///
        /// - Returns: nil when the way was refused.
        func unlessRefused<Result>(
            _ work: @autoclosure () -> String, _ body: () throws(BackendError) -> Result
        ) throws(BackendError) -> Result? {
            do throws(BackendError) { return try body() } catch {
                switch error {
                case .nonconforming: return nil
                case .buildFailed(_, let program, let log):
                    proofs.note(
                        refusal: "\(work()): \(program) does not compile: \(log.prefix(200))", givesOtherBits: false)
                    return nil
                default: throw error
                }
            }
        }
    }

    extension HostArray {
        /// Bits as the contract compares them: every NaN is the same.
        fileprivate var contractBits: [UInt32] {
            switch self {
            case .float32(let values): values.map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern }
            case .int32(let values): values.map { UInt32(bitPattern: $0) }
            case .float64: []
            }
        }
    }
#endif
