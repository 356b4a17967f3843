import Foundation

Terminal.holdStandardStreams()
if let problem = CommandLine.wordThatIsNoText {
    Terminal.complain(problem)
    exit(2)
}
exit(CommandLineTool.run(Array(CommandLine.arguments.dropFirst())))
