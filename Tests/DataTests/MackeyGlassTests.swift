import Testing
import UnloopData

@Suite struct MackeyGlassTests {
    /// x = 1 is a fixed point: 0.2 / 2 - 0.1 = 0.
    @Test func theFixedPointStays() {
        #expect(MackeyGlass.series(20, transient: 0, start: 1).allSatisfy { $0 == 1 })
    }

    /// While the delayed value is still the constant before the beginning, the equation is linear: with c = 0.2·1.2/(1 + 1.2¹⁰),
    /// x(t) = 10c + (1.2 - 10c)·exp(-t/10).
    @Test func theBeginningIsKnown() {
        let series = MackeyGlass.series(17, transient: 0)
        let limit = 10 * 0.2 * 1.2 / (1 + 6.1917364224)
        // exp(-1) and exp(-1.6)
        #expect(abs(series[10] - (limit + (1.2 - limit) * 0.36787944117144233)) < 1e-8)
        #expect(abs(series[16] - (limit + (1.2 - limit) * 0.20189651799465538)) < 1e-8)
    }

    @Test func theSeriesStaysInItsRange() {
        let series = MackeyGlass.series(2000)
        #expect((series.min() ?? 0) > 0.2 && (series.max() ?? 9) < 1.4)
        #expect((series.max() ?? 0) - (series.min() ?? 0) > 0.7)
    }
}
