import Foundation
import Testing
import UnloopBackend
import UnloopConformance
import UnloopNetwork
import UnloopTensor

/// RNN, GRU and LSTM against PyTorch's, which Golden/generate-recurrent.py has written down: outputs, final states, and the
/// gradients of inputs, initial states and all parameters.
@Suite("Golden records of recurrent layers") struct RecurrentGoldenTests {
    static let records = Result {
        try GoldenRecord.read(
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Golden/recurrent.json")
    }

    @Test("there are records of every cell, with one and several layers, both directions, and lengths")
    func coverage() throws {
        let records = try Self.records.get()
        #expect(records.count >= 80)
        for cell in ["rnn tanh", "rnn relu", "gru", "lstm"] {
            let own = records.filter { $0.operation == cell }
            for layers in 1...3 {
                for bidirectional in [false, true] {
                    #expect(
                        try own.contains {
                            try $0.integer("layers") == layers && $0.flag("bidirectional") == bidirectional
                        })
                }
            }
            #expect(own.contains { $0.attributes["lengths"] != nil })
        }
    }

    @Test("outputs, states and gradients are PyTorch's", arguments: [ElementType.float64, .float32])
    func agreement(_ elementType: ElementType) throws {
        for record in try Self.records.get() {
            for deviation in try record.deviations(of: Self.run, in: elementType) { Issue.record("\(deviation)") }
        }
    }

    /// Inputs: the sequences, the initial states, the parameters.
    private static let run: GoldenRecord.Operation = { record, inputs in
        let units = inputs[1].shape[2]
        let layers = try record.integer("layers")
        let bidirectional = try record.flag("bidirectional")
        let layer: RecurrentLayer =
            switch record.operation {
            case "rnn tanh": RNN(units, layers: layers, bidirectional: bidirectional).recurrence
            case "rnn relu": RNN(units, activation: .relu, layers: layers, bidirectional: bidirectional).recurrence
            case "gru": GRU(units, layers: layers, bidirectional: bidirectional).recurrence
            default: LSTM(units, layers: layers, bidirectional: bidirectional).recurrence
            }
        let first = 1 + layer.cell.states
        var model = layer.built(Array(inputs[0].shape.dropFirst()), inputs[0].elementType)
        for (parameter, value) in zip(layer.parameters, inputs[first...]) { model[parameter] = value }
        let lengths =
            record.attributes["lengths"] == nil
            ? nil : Tensor(int32: try record.integers("lengths").map { Int32($0) }, on: .loop)
        let result = layer.forward(
            inputs[0], state: RecurrentState(Array(inputs[1..<first])), lengths: lengths,
            Pass(model.values, isTraining: true))
        return [result.output] + result.state.tensors
    }
}
