import Unloop

extension Example {
    /// Activations and their derivatives; stable where the textbook formulas overflow.
    static let activations = Example(
        "activations", row: 5, "Sigmoid, tanh, ReLU, leaky ReLU, softplus and softmax, their derivatives, and ±10,000."
    ) { run in
        let x = Tensor([-2, -1, 0, 1, 2], on: run.device)
        // The notes print eight digits; float32 has seven and a bit.
        let bound = 6e-8
        try run.figures(
            "sigmoid", sigmoid(x), equal: [0.11920292, 0.26894142, 0.5, 0.73105858, 0.88079708], within: bound)
        try run.figures(
            "derivative of sigmoid", gradient(at: x) { sigmoid($0).sum() },
            equal: [0.10499359, 0.19661193, 0.25, 0.19661193, 0.10499359], within: bound)
        try run.figures("tanh", tanh(x), equal: [-0.96402758, -0.76159416, 0, 0.76159416, 0.96402758], within: bound)
        try run.figures(
            "derivative of tanh", gradient(at: x) { tanh($0).sum() },
            equal: [0.07065082, 0.41997434, 1, 0.41997434, 0.07065082], within: 2 * bound)
        try run.figures("ReLU", relu(x), equal: [0, 0, 0, 1, 2])
        // At 0 the derivative is not defined; here it is 0, as in other libraries.
        try run.figures("derivative of ReLU", gradient(at: x) { relu($0).sum() }, equal: [0, 0, 0, 1, 1])
        try run.figures("leaky ReLU, slope 0.25", leakyRelu(x, slope: 0.25), equal: [-0.5, -0.25, 0, 1, 2])
        try run.figures(
            "derivative of leaky ReLU", gradient(at: x) { leakyRelu($0, slope: 0.25).sum() },
            equal: [0.25, 0.25, 0.25, 1, 1])
        try run.figures(
            "softplus", softplus(x), equal: [0.12692801, 0.31326169, 0.69314718, 1.31326169, 2.12692801],
            within: 2 * bound)
        try run.figures(
            "derivative of softplus is sigmoid", gradient(at: x) { softplus($0).sum() },
            equal: [0.11920292, 0.26894142, 0.5, 0.73105858, 0.88079708], within: bound)
        try run.figures(
            "softmax", Tensor([[0, 9, 3, 0], [3, 0, 8, 1]], on: run.device).softmax(),
            equal: [
                1.23074356e-04, 9.97281837e-01, 2.47201452e-03, 1.23074356e-04, 6.68456877e-03, 3.32805082e-04,
                9.92077968e-01, 9.04658008e-04,
            ], within: bound)

        // log(1 + exp(10,000)) overflows as it is written in the notes; max(x, 0) + log(1 + exp(-|x|)) does not.
        let large = Tensor([-1e4, 1e4], on: run.device)
        try run.figures("sigmoid(∓10,000)", sigmoid(large), equal: [0, 1])
        try run.figures("tanh(∓10,000)", tanh(large), equal: [-1, 1])
        try run.figures("softplus(∓10,000)", softplus(large), equal: [0, 1e4])
        try run.figures("softmax(−10,000, 10,000)", large.reshaped(1, 2).softmax(), equal: [0, 1])
        try run.figure(
            "log(1 + exp(10,000)) as written", log(1 + exp(large[1])).item(), equals: .infinity)

        // An activation of one's own is its formula; the derivative is found.
        let softsign = Activation("softsign") { x in x / (1 + abs(x)) }
        try run.figures(
            "softsign", softsign(x), equal: [-2.0 / 3, -0.5, 0, 0.5, 2.0 / 3], within: bound)
        try run.figures(
            "derivative of softsign", gradient(at: x) { softsign($0).sum() },
            equal: [1.0 / 9, 0.25, 1, 0.25, 1.0 / 9], within: bound)
    }
}
