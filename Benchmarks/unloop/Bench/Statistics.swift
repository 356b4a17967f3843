import Foundation

/// Nanoseconds on a clock that only moves forward.
func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Robust statistics of the times of one row, in nanoseconds for one run.
struct Timing: Sendable {
    let median: Double
    /// The median of the absolute deviations from the median.
    let deviation: Double
    let percentile95: Double
    let samples: Int

    init(samples: [Double]) {
        precondition(!samples.isEmpty, "a timing needs samples")
        let sorted = samples.sorted()
        let median = Self.median(ofSorted: sorted)
        self.median = median
        deviation = Self.median(ofSorted: samples.map { abs($0 - median) }.sorted())
        // The smallest sample that at least 95 % of the samples do not exceed.
        percentile95 = sorted[min(sorted.count - 1, Int((0.95 * Double(sorted.count)).rounded(.up)) - 1)]
        self.samples = samples.count
    }

    private static func median(ofSorted values: [Double]) -> Double {
        let middle = values.count / 2
        return values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2
    }
}

/// How long and how often a row is measured.
struct MeasurementSettings: Sendable {
    /// Seconds of measuring that a row gets at least.
    var minimumTime = 0.2
    /// Samples that a row gets at least.
    var repetitions = 10
    /// A row whose first run takes longer, in seconds, is measured three times only.
    var slowRun = 0.5
    /// A loop that is expected to take longer, in seconds, is skipped.
    var longestLoop = 4.0

    static let quick = MeasurementSettings(minimumTime: 0.02, repetitions: 5, slowRun: 0.1, longestLoop: 1.0)

    /// Measures `run`, which has run before and took `firstRun` nanoseconds.
    ///
    /// Short runs are repeated inside one sample, because reading the clock and waiting for a device would cost more than
    /// they do: a sample lasts at least 200 µs. `finish` waits for the device at the end of each sample; its time counts if
    /// `timesFinish`.
    func measure(
        firstRun: Double, _ run: () throws -> Void, finish: () throws -> Void, timesFinish: Bool = true
    ) throws -> Timing {
        let slow = firstRun > slowRun * 1e9
        let wanted = slow ? min(3, repetitions) : repetitions
        let budget = slow ? 0 : minimumTime * 1e9
        let shortestSample = 200_000.0

        func sample(_ count: Int) throws -> Double {
            let start = monotonicNanoseconds()
            for _ in 0..<count { try run() }
            let started = Double(monotonicNanoseconds() - start)
            try finish()
            return timesFinish ? Double(monotonicNanoseconds() - start) : started
        }

        // Doubling finds the count and warms up caches and frequency.
        var count = 1
        if firstRun < 100 * shortestSample {
            var elapsed = try sample(1)
            while elapsed < shortestSample && count < 1 << 24 {
                count *= elapsed < shortestSample / 16 ? 8 : 2
                elapsed = try sample(count)
            }
        }
        var samples: [Double] = []
        var total = 0.0
        while samples.count < wanted || (total < budget && samples.count < 10_000) {
            let elapsed = try sample(count)
            total += elapsed
            samples.append(elapsed / Double(count))
        }
        return Timing(samples: samples)
    }
}
