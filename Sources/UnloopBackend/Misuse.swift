/// Traps with a text unless the condition holds: for mistakes of the calling program, such as shapes that do not agree.
///
/// Unlike `precondition`, it shows its text in optimized builds too, which is where most programs run.
@inline(__always)
package func require(
    _ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) {
    if !condition { misuse(message(), file: file, line: line) }
}

/// Traps with a text, which is shown in optimized builds too.
@inline(never)
package func misuse(_ message: String, file: StaticString = #fileID, line: UInt = #line) -> Never {
    #if !DEBUG
        TerminalText.writeError("\(file):\(line): Fatal error: \(message)\n")
    #endif
    preconditionFailure(message, file: file, line: line)
}
