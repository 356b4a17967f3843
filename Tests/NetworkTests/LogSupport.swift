import Foundation
import UnloopNetwork

/// An epoch as tests of logs make it up, in the form in which `History` is saved.
struct LoggedEpoch: Encodable {
    let number: Int
    let trainingLoss: Double
    let validationLoss: Double?
    let metrics: [String: Double]
    let learningRate = 0.001
    let seconds = 1.5
    let examplesPerSecond = 1000.0

    init(_ number: Int, loss: Double, validation: Double? = nil, metrics: [String: Double] = [:]) {
        self.number = number
        trainingLoss = loss
        validationLoss = validation
        self.metrics = metrics
    }
}

/// A history with these epochs.
func logHistory(_ epochs: [LoggedEpoch], metricNames: [String] = []) throws -> History {
    struct Saved: Encodable {
        let epochs: [LoggedEpoch]
        let metricNames: [String]
        let stoppedEarly = false
        let weightsFromEpoch = 0
        let steps = 0
        let resumedFromStep = 0
    }
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(History.self, from: encoder.encode(Saved(epochs: epochs, metricNames: metricNames)))
}
