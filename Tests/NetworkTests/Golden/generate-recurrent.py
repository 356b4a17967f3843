#!/usr/bin/env python3
"""Writes recurrent.json: recurrent layers with their gradients, as PyTorch computes them in float64.

Made with PyTorch 2.15.0 and NumPy 2.4.6; the seed is fixed, so running it again with the same versions writes the same
file. Inputs of a record are the sequences [batch, time, features], the initial states [layers·directions, batch, units],
and for each layer and direction the parameters as Unloop lays them out: input weight [features, gates·units], recurrent
weight [units, gates·units], bias, and for the GRU the recurrent bias. Outputs are the sequences and the final states.
With lengths, PyTorch runs on packed sequences. (PyTorch refuses sequences of length 0, which other tests cover.)
"""
import pathlib
import sys

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "TensorTests" / "Golden"))
from golden import Golden

golden = Golden(seed=77)

CELLS = {
    "rnn tanh": (1, 1, lambda **k: torch.nn.RNN(nonlinearity="tanh", **k)),
    "rnn relu": (1, 1, lambda **k: torch.nn.RNN(nonlinearity="relu", **k)),
    "gru": (3, 1, lambda **k: torch.nn.GRU(**k)),
    "lstm": (4, 2, lambda **k: torch.nn.LSTM(**k)),
}

# layers, bidirectional, batch, time, features, units, lengths
SHAPES = [
    (1, False, 1, 1, 1, 1, None),
    (1, False, 2, 3, 2, 3, None),
    (1, False, 3, 6, 1, 2, None),
    (1, False, 1, 5, 4, 2, None),
    (1, False, 3, 4, 2, 2, [4, 1, 3]),
    (1, False, 2, 5, 3, 2, [2, 3]),
    (1, True, 2, 3, 2, 2, None),
    (1, True, 1, 1, 3, 2, None),
    (1, True, 3, 4, 2, 2, [1, 4, 2]),
    (1, True, 2, 4, 1, 3, [3, 3]),
    (2, False, 2, 3, 2, 2, None),
    (2, False, 1, 4, 3, 1, None),
    (2, False, 3, 4, 2, 2, [2, 4, 1]),
    (2, True, 2, 3, 2, 2, None),
    (2, True, 2, 4, 1, 2, [4, 2]),
    (3, False, 2, 2, 2, 2, None),
    (3, True, 1, 3, 2, 1, None),
    (3, True, 2, 3, 1, 2, [1, 3]),
    (1, False, 4, 2, 3, 4, None),
    (1, False, 2, 9, 1, 1, [9, 5]),
    (2, True, 3, 2, 3, 1, [2, 2, 1]),
]


def run(make, states, separate, layers, bidirectional, features, units, lengths):
    directions = 2 if bidirectional else 1
    module = make(
        input_size=features, hidden_size=units, num_layers=layers, bidirectional=bidirectional, batch_first=True)

    def function(x, *rest):
        initial, parameters = rest[:states], list(rest[states:])
        named = {}
        for layer in range(layers):
            for suffix in ["", "_reverse"][:directions]:
                end = f"_l{layer}{suffix}"
                named["weight_ih" + end] = parameters.pop(0).T
                named["weight_hh" + end] = parameters.pop(0).T
                named["bias_ih" + end] = parameters.pop(0)
                named["bias_hh" + end] = parameters.pop(0) if separate else torch.zeros_like(named["bias_ih" + end])
        time = x.shape[1]
        packed = x if lengths is None else pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        state = initial if states == 2 else initial[0]
        output, final = torch.func.functional_call(module, named, (packed, state))
        if lengths is not None:
            output = pad_packed_sequence(output, batch_first=True, total_length=time)[0]
        return output, *(final if states == 2 else [final])

    return function


for name, (gates, states, make) in CELLS.items():
    for layers, bidirectional, batch, time, features, units, lengths in SHAPES:
        directions = 2 if bidirectional else 1
        separate = name == "gru"
        inputs = [golden.reals(batch, time, features)]
        inputs += [golden.reals(layers * directions, batch, units, low=-1, high=1) for _ in range(states)]
        for layer in range(layers):
            for _ in range(directions):
                width = features if layer == 0 else directions * units
                inputs += [
                    golden.reals(width, gates * units, low=-1, high=1), golden.reals(units, gates * units, low=-1, high=1),
                    golden.reals(gates * units, low=-1, high=1)]
                if separate:
                    inputs.append(golden.reals(gates * units, low=-1, high=1))
        attributes = {"layers": layers, "bidirectional": bidirectional}
        if lengths is not None:
            attributes["lengths"] = lengths
        shape = f"{batch}x{time}x{features}"
        golden.add(
            f"{name}, {layers} layers{', bidirectional' if bidirectional else ''}, {shape}, {units} units"
            + (f", lengths {lengths}" if lengths else ""),
            name, run(make, states, separate, layers, bidirectional, features, units, lengths), inputs, attributes)

golden.write(pathlib.Path(__file__).with_name("recurrent.json"))
