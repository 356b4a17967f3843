import Foundation

Terminal.holdStandardStreams()
exit(CommandLineTool.run(Array(CommandLine.arguments.dropFirst())))
