import Foundation
import FoundationXML
import Testing
import UnloopPlot

/// A locale whose decimal mark is a comma, made for the test: few machines have one installed.
enum CommaLocale {
    static let compiler = "/usr/bin/localedef"
    static var canBeMade: Bool {
        FileManager.default.isExecutableFile(atPath: compiler)
            && FileManager.default.fileExists(atPath: "/usr/share/i18n/locales/de_DE")
    }

    /// Makes it that of the whole process.
    static func set() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("unloop-locale-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: compiler)
        process.arguments = ["-i", "de_DE", "-f", "UTF-8", folder.appendingPathComponent("de_DE.UTF-8").path]
        try process.run()
        process.waitUntilExit()
        setenv("LOCPATH", folder.path, 1)
        guard setlocale(LC_ALL, "de_DE.UTF-8") != nil, String(format: "%.1f", 0.5) == "0,5" else {
            preconditionFailure("the locale is not in effect")
        }
    }
}

@Suite struct LocaleTests {
    @Test("plots have decimal points in every locale", .enabled(if: CommaLocale.canBeMade)) func plots() async {
        await #expect(processExitsWith: .success) {
            func documents() -> [String] {
                [Plot.Scale.linear, .logarithmic].flatMap { scale in
                    var plot = Plot(title: "a", x: .init("x"), y: .init("y", scale: scale))
                    plot.line("first", [0.25, 0.5, 1.75], [0.125, 0.5, 0.3])
                    plot.points("second", [0.1], [1e-5])
                    return [plot.svg(), plot.terminal()]
                }
            }
            let before = documents()
            try CommaLocale.set()
            let after = documents()
            guard before == after else { preconditionFailure(after.joined()) }
            // The caller's own texts go on as the caller wants.
            guard String(format: "%.1f", 0.5) == "0,5" else { preconditionFailure("the locale was changed") }
        }
    }

    @Test("numbers are those of printf") func numbers() {
        for (value, fixed, scientific, significant) in [
            (0.0, "0.00", "0.0e+00", "0"), (-0.0, "-0.00", "-0.0e+00", "-0"), (1.005, "1.00", "1.0e+00", "1.005"),
            (-1234567.891, "-1234567.89", "-1.2e+06", "-1.23457e+06"), (2.5e-7, "0.00", "2.5e-07", "2.5e-07"),
            (.infinity, "inf", "inf", "inf"), (-.infinity, "-inf", "-inf", "-inf"),
        ] as [(Double, String, String, String)] {
            #expect(DecimalText.fixed(value, digits: 2) == fixed)
            #expect(DecimalText.scientific(value, digits: 1) == scientific)
            #expect(DecimalText.significant(value) == significant)
        }
        #expect(DecimalText.fixed(.nan, digits: 2).contains("nan"))
        #expect(DecimalText.fixed(.greatestFiniteMagnitude, digits: 1).count == 311)
        #expect(
            DecimalText.minutes(0) == "0:00" && DecimalText.minutes(65) == "1:05"
                && DecimalText.minutes(6000) == "100:00")
    }
}
