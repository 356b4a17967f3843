import Unloop

/// Checks and measures benchmarks.
struct Runner {
    let settings: MeasurementSettings
    let devices: [Device]
    let peers: [any Peer]
    let peaks: Peaks
    /// Called before each row is worked on, with what is to come.
    let progress: (String) -> Void

    /// The rows of one benchmark: textbook loop, devices in the order given, peers.
    func rows(of benchmark: Benchmark) -> [Row] {
        var rows: [Row] = []
        let waitsForLoop = benchmark.loopSeconds <= settings.longestLoop
        let expected: [[Float]]
        do {
            progress("\(benchmark.name) \(benchmark.shapeText): the loop's result")
            let prepare = waitsForLoop ? benchmark.prepare : benchmark.part?.prepare ?? benchmark.prepare
            let workload = try prepare(.loop)
            try workload.run()
            expected = try workload.outputs()
        } catch {
            return [Row(benchmark, device: "loop", status: .failed("\(error)"))]
        }
        /// What of a device's result is compared.
        func compared(_ outputs: [[Float]]) -> [[Float]] {
            if !waitsForLoop, let part = benchmark.part { return part.select(outputs) }
            return outputs
        }

        if let textbook = benchmark.textbook?() {
            progress("\(benchmark.name) \(benchmark.shapeText): textbook loop")
            rows.append(row(of: benchmark, textbook: textbook, expected: expected.flatMap { $0 }))
        }
        for device in devices {
            progress("\(benchmark.name) \(benchmark.shapeText) on \(device)")
            if device == .loop && !waitsForLoop {
                rows.append(Row(benchmark, device: device.kind.rawValue, status: .skipped))
            } else {
                rows.append(row(of: benchmark, on: device, expected: expected, compared: compared))
            }
        }
        if let product = benchmark.product {
            for peer in peers {
                progress("\(benchmark.name) \(benchmark.shapeText) by \(peer.name)")
                rows.append(row(of: benchmark, product, by: peer))
            }
        }
        let baseline = benchmark.textbook == nil ? "loop" : Row.textbookDevice
        if let loop = rows.first(where: { $0.device == baseline })?.timing {
            for position in rows.indices {
                if let timing = rows[position].timing { rows[position].speedup = loop.median / timing.median }
            }
        }
        return rows
    }

    private func row(
        of benchmark: Benchmark, on device: Device, expected: [[Float]], compared: ([[Float]]) -> [[Float]]
    ) -> Row {
        var row = Row(benchmark, device: device.kind.rawValue)
        do {
            let workload = try benchmark.prepare(device)
            try device.synchronize()
            let start = monotonicNanoseconds()
            try workload.run()
            try device.synchronize()
            let firstCall = Double(monotonicNanoseconds() - start)
            row.firstCall = firstCall
            let (error, difference) = Self.compare(try compared(workload.outputs()), with: expected)
            row.maximumError = error
            if let difference {
                row.status = .failed("differs from the loop: \(difference)")
                return row
            }
            // The first call may have compiled kernels; the second tells how long one takes.
            let again = monotonicNanoseconds()
            try workload.run()
            try device.synchronize()
            let timing = try settings.measure(
                firstRun: Double(monotonicNanoseconds() - again), workload.run, finish: device.synchronize,
                timesFinish: benchmark.timesDevice)
            row.fill(timing, benchmark, peak: peaks.of(device))
        } catch {
            row.status = .failed("\(error)")
        }
        return row
    }

    /// The largest distance, and where bits differ first. Every NaN counts as the same one.
    private static func compare(_ actual: [[Float]], with expected: [[Float]]) -> (Double, String?) {
        func bits(_ value: Float) -> UInt32 { value.isNaN ? 0x7fc0_0000 : value.bitPattern }
        guard actual.map(\.count) == expected.map(\.count) else {
            return (.infinity, "\(actual.map(\.count)) elements in place of \(expected.map(\.count))")
        }
        var largest = 0.0
        var first: String?
        for (output, (a, e)) in zip(actual, expected).enumerated() {
            for index in a.indices where bits(a[index]) != bits(e[index]) {
                let distance = abs(Double(a[index]) - Double(e[index]))
                largest = max(largest, distance.isNaN ? .infinity : distance)
                first = first ?? "output \(output), element \(index): \(a[index]) in place of \(e[index])"
            }
        }
        return (largest, first)
    }

    private func row(of benchmark: Benchmark, textbook: Textbook, expected: [Float]) -> Row {
        var row = Row(benchmark, device: Row.textbookDevice)
        let start = monotonicNanoseconds()
        let result = textbook.run()
        let firstCall = Double(monotonicNanoseconds() - start)
        row.firstCall = firstCall
        guard result.count == expected.count else {
            row.status = .failed("\(result.count) elements in place of \(expected.count)")
            return row
        }
        var largest = 0.0
        for index in result.indices {
            let distance = abs(Double(result[index]) - Double(expected[index]))
            largest = max(largest, distance)
            guard distance <= textbook.tolerance(index, expected[index]) else {
                row.status = .failed("element \(index): \(result[index]), but the loop gives \(expected[index])")
                break
            }
        }
        row.maximumError = largest
        guard row.status == .ok else { return row }
        do {
            var sink = 0
            let timing = try settings.measure(firstRun: firstCall) {
                sink &+= textbook.run().count
            } finish: {
            }
            row.fill(timing, benchmark, peak: peaks.processor)
        } catch {
            row.status = .failed("\(error)")
        }
        return row
    }

    /// Another library's matrix product; it need not give the same bits, so it is held to the contract's bound.
    private func row(of benchmark: Benchmark, _ product: MatrixProduct, by peer: any Peer) -> Row {
        var row = Row(benchmark, device: "peer:" + peer.name)
        guard peer.isAvailable else {
            row.status = .skipped
            return row
        }
        do {
            let work = try peer.prepare(product)
            let start = monotonicNanoseconds()
            try work.run()
            try work.finish()
            row.firstCall = Double(monotonicNanoseconds() - start)
            let (error, difference) = product.compare(try work.result())
            row.maximumError = error
            if let difference {
                row.status = .failed(difference)
                return row
            }
            let again = monotonicNanoseconds()
            try work.run()
            try work.finish()
            let timing = try settings.measure(
                firstRun: Double(monotonicNanoseconds() - again), work.run, finish: work.finish)
            row.fill(timing, benchmark, peak: peer.isProcessor ? peaks.processor : nil)
        } catch {
            row.status = .failed("\(error)")
        }
        return row
    }
}

extension Row {
    /// The textbook loop is no device of Unloop's.
    static let textbookDevice = "peer:textbook"

    /// Memory that is larger than the caches of processors, so that its bandwidth is what is measured.
    private static let beyondCaches = 64e6

    mutating func fill(_ timing: Timing, _ benchmark: Benchmark, peak: Peaks.Pair?) {
        self.timing = timing
        gflops = benchmark.operations.map { $0 / timing.median }
        gbps = benchmark.bytes.map { $0 / timing.median }
        guard let peak else { return }
        switch benchmark.limit {
        case .arithmetic: percentOfPeak = gflops.map { 100 * $0 / peak.gflops }
        case .memory:
            // What fits into caches has no peak that was measured.
            if let gbps, let bytes = benchmark.bytes, bytes >= Self.beyondCaches {
                percentOfPeak = 100 * gbps / peak.gbps
            }
        }
    }
}
