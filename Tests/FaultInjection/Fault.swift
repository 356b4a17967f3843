#if OpenCL
    import OpenCLLayerControl

    /// One call that fails during a trial.
    struct Fault {
        let trial: Trial
        let entry: String
        /// Counted from 1.
        let call: Int
        let code: Int32
        let failure: OpenCLLayer.Failure

        /// `train clFinish 3 -5 before`.
        var text: String { "\(trial.rawValue) \(entry) \(call) \(code) \(failure)" }

        init(_ trial: Trial, _ entry: String, _ call: Int, _ code: Int32, _ failure: OpenCLLayer.Failure) {
            (self.trial, self.entry, self.call, self.code, self.failure) = (trial, entry, call, code, failure)
        }

        init?(_ text: String) {
            let words = text.split(separator: " ").map(String.init)
            guard words.count == 5, let trial = Trial(rawValue: words[0]), let call = Int(words[2]),
                let code = Int32(words[3]),
                let failure = OpenCLLayer.Failure.allCases.first(where: { "\($0)" == words[4] })
            else { return nil }
            self.init(trial, words[1], call, code, failure)
        }

        /// Codes that a driver may give there, by the specification or by what drivers are known to do.
        private static func codes(_ entry: String) -> [Int32] {
            if entry.hasPrefix("clEnqueue") { return [-4, -5, -6, -30, -34, -36, -38, -59] }
            if entry.hasPrefix("clWait") || entry == "clFinish" { return [-5, -6, -14, -36, -9999] }
            if entry.hasPrefix("clCreate") { return [-4, -5, -6, -30, -34] }
            if entry.hasPrefix("clGetPlatform") || entry.hasPrefix("clGetDevice") { return [-1, -6, -30] }
            switch entry {
            case "clBuildProgram": return [-5, -6, -11, -3]
            case "clSetKernelArg": return [-5, -6, -34, -48, -51]
            case "clGetEventInfo", "clSetUserEventStatus": return [-5, -6, -58]
            default: return [-5, -6]
            }
        }

        private static func failures(_ entry: String) -> [OpenCLLayer.Failure] {
            entry.hasPrefix("clEnqueue") && entry != "clEnqueueMarkerWithWaitList" || entry == "clGetEventInfo"
                ? [.before, .after, .late] : [.before, .after]
        }

        /// The faults of a trial: at most `mostCalls` calls of each entry point, spread over all that it makes; each code and kind of
        /// failure, or as few as `isShort` says.
        static func all(of trial: Trial, calls: [(entry: String, count: Int)], mostCalls: Int, isShort: Bool) -> [Fault]
        {
            var faults: [Fault] = []
            for (entry, count) in calls where count > 0 {
                let chosen = min(count, mostCalls)
                let numbers = (0..<chosen).map { chosen == 1 ? 1 : 1 + $0 * (count - 1) / (chosen - 1) }
                let (codes, failures) = (codes(entry), failures(entry))
                for (position, number) in numbers.enumerated() {
                    if isShort {
                        faults.append(
                            Fault(
                                trial, entry, number, codes[position % codes.count],
                                failures[(position + codes.count) % failures.count]))
                        continue
                    }
                    for code in codes { faults += failures.map { Fault(trial, entry, number, code, $0) } }
                }
            }
            return faults
        }
    }
#endif
