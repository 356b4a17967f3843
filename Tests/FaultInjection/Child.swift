#if OpenCL
    import Foundation
    import OpenCLLayerControl
    import UnloopBackend
    import UnloopData
    import UnloopNetwork
    import UnloopOpenCL
    import UnloopTensor

    /// How a trial with a fault ended.
    enum Outcome: String, CaseIterable {
        /// The right answer, although a call failed.
        case right
        /// A typed error; the same device then gave the right answer.
        case error
        /// A typed error; the device was lost, and opened anew gave the right answer.
        case lost
        /// The call that was to fail was not made.
        case unused
        case wrong
        /// An error of a type that the library does not document.
        case untyped
        /// An error; without the fault the answer did not come either.
        case broken
        case trap
        case hang

        var isAllowed: Bool { [.right, .error, .lost, .unused].contains(self) }
    }

    /// A process in which calls fail. Writes a line before and after each trial.
    struct Child {
        private let layer: OpenCLLayer

        init() throws { layer = try OpenCLLayer.load() }

        private func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

        /// How often a trial calls each entry point.
        func printCalls(_ trial: Trial) throws {
            _ = try whole(trial)
            layer.reset()
            _ = try whole(trial)
            for entry in layer.entries { say("\(entry) \(layer.calls(entry))") }
        }

        func run(_ faults: [(number: Int, fault: Fault)]) throws {
            var expected: [Trial: Trial.Answer] = [:]
            for (number, fault) in faults {
                if expected[fault.trial] == nil { expected[fault.trial] = try whole(fault.trial) }
                say("start \(number)")
                let (outcome, text) = try outcome(of: fault, expected: expected[fault.trial] ?? [])
                say("end \(number) \(outcome.rawValue) \(text.replacingOccurrences(of: "\n", with: " "))")
            }
        }

        private func whole(_ trial: Trial) throws -> Trial.Answer { try trial.run(on: try trial.open()) }

        private func outcome(of fault: Fault, expected: Trial.Answer) throws -> (Outcome, String) {
            layer.reset()
            layer.fail(fault.entry, call: fault.call, code: fault.code, fault.failure)
            var backend: OpenCLBackend?
            do {
                let opened = try fault.trial.open()
                backend = opened
                let answer = try fault.trial.run(on: opened)
                let isUsed = layer.failures > 0
                layer.reset()
                if answer != expected { return (.wrong, "\(answer)") }
                return (isUsed ? .right : .unused, "")
            } catch {
                layer.reset()
                guard Self.isTyped(error) else { return (.untyped, "\(type(of: error)) \(error)") }
                return again(fault, backend, expected, "\(error)")
            }
        }

        /// What the device gives without the fault.
        private func again(
            _ fault: Fault, _ backend: OpenCLBackend?, _ expected: Trial.Answer, _ first: String
        ) -> (Outcome, String) {
            var outcome = Outcome.error
            if let backend {
                do {
                    let answer = try fault.trial.run(on: backend)
                    return answer == expected ? (.error, first) : (.wrong, "after \(first): \(answer)")
                } catch {
                    guard Self.isLoss(error) else { return (.broken, "\(first), then \(error)") }
                    outcome = .lost
                }
            }
            do {
                let answer = try whole(fault.trial)
                return answer == expected ? (outcome, first) : (.wrong, "after \(first), opened anew: \(answer)")
            } catch { return (.broken, "\(first), then opened anew \(error)") }
        }

        private static func isTyped(_ error: any Error) -> Bool {
            error is BackendError || error is TensorError || error is TrainingError || error is DataError
        }

        private static func isLoss(_ error: any Error) -> Bool {
            switch error {
            case BackendError.deviceLost: true
            case let error as TensorError: isLoss(error.cause)
            default: false
            }
        }
    }
#endif
