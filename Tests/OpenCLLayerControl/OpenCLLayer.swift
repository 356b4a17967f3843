import Foundation
import Glibc

/// The layer of `Tests/OpenCLLayer` in this process, by which tests make OpenCL calls fail.
///
/// It stands between the loader and every driver for the whole process, so it is loaded in processes of its own: those of exit
/// tests and of `fault-injection`.
package final class OpenCLLayer: Sendable {
    /// How a call fails; the values of `enum unloop_layer_failure`.
    package enum Failure: Int32, Sendable, CaseIterable {
        /// The driver is not asked.
        case before = 0
        /// The driver does it all the same.
        case after = 1
        /// The call succeeds; its command does not run, and the next wait says so.
        case late = 2
    }

    private typealias Fail = @convention(c) (UnsafePointer<CChar>, Int, Int32, Int32) -> Int32
    private typealias Answer = @convention(c) (UInt32, UInt) -> Void
    private typealias Calls = @convention(c) (UnsafePointer<CChar>) -> Int
    private typealias Count = @convention(c) () -> Int
    private typealias Reset = @convention(c) () -> Void
    private typealias Lie = @convention(c) (UnsafePointer<CChar>) -> Void
    private typealias Entry = @convention(c) (Int32) -> UnsafePointer<CChar>?

    private let failFunction: Fail
    private let answerFunction: Answer
    private let callsFunction: Calls
    private let failuresFunction: Count
    private let resetFunction: Reset
    private let entryFunction: Entry
    private let lieFunction: Lie
    private let liesToldFunction: Count

    /// Where the build puts the library: beside the executables.
    package static var path: String {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("libUnloopOpenCLLayer.so").path
    }

    /// Loads the layer, before the process's first OpenCL call.
    package static func load() throws -> OpenCLLayer {
        setenv("OPENCL_LAYERS", path, 1)
        return try OpenCLLayer()
    }

    private init() throws {
        guard let library = dlopen(Self.path, RTLD_NOW) else { throw LayerError(text: String(cString: dlerror())) }
        func function<F>(_ name: String, _ type: F.Type) throws -> F {
            guard let address = dlsym(library, name) else { throw LayerError(text: "\(Self.path) has no \(name)") }
            return unsafeBitCast(address, to: type)
        }
        failFunction = try function("unloop_layer_fail", Fail.self)
        answerFunction = try function("unloop_layer_answer", Answer.self)
        callsFunction = try function("unloop_layer_calls", Calls.self)
        failuresFunction = try function("unloop_layer_failures", Count.self)
        resetFunction = try function("unloop_layer_reset", Reset.self)
        entryFunction = try function("unloop_layer_entry", Entry.self)
        lieFunction = try function("unloop_layer_lie", Lie.self)
        liesToldFunction = try function("unloop_layer_lies_told", Count.self)
    }

    /// Makes the call number `call` from now on give `code`; 0 stands for every call.
    package func fail(_ entry: String, call: Int = 1, code: Int32, _ failure: Failure = .before) {
        precondition(failFunction(entry, call, code, failure.rawValue) == 1, "the layer does not know \(entry)")
    }

    /// Makes every device answer the questions for the integers `name` with `value`.
    package func answer(_ name: Int32, with value: UInt) { answerFunction(UInt32(bitPattern: name), value) }

    /// Makes the driver a liar, as unloop_opencl_layer.h says; an empty text makes it honest again.
    package func lie(_ text: String) { lieFunction(text) }

    /// How often the lie was told since it was set.
    package var liesTold: Int { liesToldFunction() }

    /// Ends all orders and answers and starts to count anew.
    package func reset() { resetFunction() }

    /// Calls of an entry point since the last reset.
    package func calls(_ entry: String) -> Int { callsFunction(entry) }

    /// Calls that were made to fail since the last reset.
    package var failures: Int { failuresFunction() }

    /// The names of all entry points.
    package var entries: [String] {
        var names: [String] = []
        while let name = entryFunction(Int32(names.count)) { names.append(String(cString: name)) }
        return names
    }
}

/// The layer is not there, or is another.
package struct LayerError: Error, CustomStringConvertible {
    let text: String
    package var description: String { "the OpenCL layer cannot be loaded: \(text)" }
}
