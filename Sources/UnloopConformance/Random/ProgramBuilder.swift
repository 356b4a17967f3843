import UnloopBackend

/// Makes a random program step by step: draws sizes, takes values that are there or makes leaves that fit.
struct ProgramBuilder: Sendable {
    var numbers: CounterNumbers
    let size: RandomProgram.Size
    let seed: UInt64
    private(set) var program: RandomProgram
    private(set) var kinds: [TensorKind] = []
    private var work = 0

    init(seed: UInt64, _ numbers: CounterNumbers, _ size: RandomProgram.Size) {
        self.seed = seed
        self.numbers = numbers
        self.size = size
        program = RandomProgram(seed: seed)
    }

    // MARK: Sizes

    /// The size of an axis, about all at which lanes, tiles, strips and blocks begin.
    mutating func length(_ most: Int? = nil) -> Int {
        let most = min(most ?? size.longest, size.longest)
        let length = numbers.pick(weighted: [
            (1, 0), (4, 1), (5, 2), (5, 3), (8, 4 + numbers.below(6)), (4, numbers.pick([11, 13, 17, 19, 23, 29, 31])),
            (4, numbers.pick([15, 16, 17, 31, 32, 33])), (3, numbers.pick([63, 64, 65])),
            (2, numbers.pick([127, 128, 129, 255, 256, 257])),
            (1, numbers.pick([511, 513, 1023, 1025, 2048, 4095, 4097])),
        ])
        return length <= most ? length : 1 + numbers.below(most)
    }

    /// A size that is not 0.
    mutating func positive(_ most: Int) -> Int { max(1, length(most)) }

    mutating func shape(rank: Int) -> [Int] {
        var shape: [Int] = []
        var room = size.elements
        for _ in 0..<rank {
            let length = length(max(1, room))
            shape.append(length)
            room /= max(1, length)
        }
        return numbers.shuffled(rank).map { shape[$0] }
    }

    mutating func rank() -> Int { numbers.pick(weighted: [(1, 0), (5, 1), (8, 2), (6, 3), (3, 4), (1, 5)]) }

    /// Numbers that are given at a call.
    mutating func number() -> Double { numbers.pick([0.5, 2, -1, 3, 0.1, -0.75, 1, 0]) }

    /// Axes of a rank, none twice.
    mutating func axes(_ rank: Int, atLeast least: Int = 1) -> [Int] {
        Array(numbers.shuffled(rank).prefix(min(rank, max(least, 1 + numbers.below(max(rank, 1))))))
    }

    /// The axis, or the same counted from the end.
    mutating func named(_ axis: Int, of rank: Int) -> Int { numbers.chance(1, of: 4) ? axis - rank : axis }

    // MARK: Values

    mutating func leaf(_ shape: [Int], _ fill: RandomFill) -> Int {
        let layout = RandomLayout.random(shape, &numbers)
        program.nodes.append(
            .leaf(RandomLeaf(shape: shape, fill: fill, layout: layout, stream: UInt64(numbers.word()))))
        kinds.append(TensorKind(shape, isReal: fill.isReal))
        return kinds.count - 1
    }

    mutating func real(_ shape: [Int]) -> Int { leaf(shape, RandomFill.real(&numbers)) }

    /// A value that is there, later ones rather than earlier ones.
    mutating func existing(_ fits: (TensorKind) -> Bool) -> Int? {
        let fitting = kinds.indices.filter { fits(kinds[$0]) }
        if fitting.isEmpty { return nil }
        return fitting[max(numbers.below(fitting.count), numbers.below(fitting.count))]
    }

    /// A real value of any shape with at least so many axes, usually one that is there.
    mutating func anyReal(rank ranks: ClosedRange<Int> = 0...5) -> Int {
        if numbers.chance(4, of: 5), let found = existing({ $0.isReal && ranks.contains($0.rank) }) { return found }
        return real(shape(rank: min(max(rank(), ranks.lowerBound), ranks.upperBound)))
    }

    mutating func anyInteger(rank ranks: ClosedRange<Int> = 0...5) -> Int {
        if numbers.chance(4, of: 5), let found = existing({ !$0.isReal && ranks.contains($0.rank) }) { return found }
        return leaf(
            shape(rank: min(max(rank(), ranks.lowerBound), ranks.upperBound)), RandomFill.integer(&numbers))
    }

    /// A value of this kind, that is there or new.
    mutating func like(_ shape: [Int], isReal: Bool = true) -> Int {
        let kind = TensorKind(shape, isReal: isReal)
        if numbers.chance(1, of: 2), let found = existing({ $0 == kind }) { return found }
        return isReal ? real(shape) : leaf(shape, RandomFill.integer(&numbers))
    }

    /// A value that broadcasts to a shape.
    mutating func broadcasting(to shape: [Int], isReal: Bool = true) -> Int {
        if numbers.chance(1, of: 3),
            let found = existing({
                $0.isReal == isReal && $0.rank <= shape.count && broadcastShape([$0.shape, shape]) == shape
            })
        {
            return found
        }
        var part = shape
        if numbers.chance(1, of: 3) { part = Array(part.suffix(numbers.below(part.count + 1))) }
        for axis in part.indices where numbers.chance(1, of: 4) { part[axis] = 1 }
        return like(part, isReal: isReal)
    }

    // MARK: Steps

    /// Adds a step; false where it does not fit or costs too much.
    mutating func add(_ operation: RandomOperation, _ operands: [Int]) -> Bool {
        let taken = operands.map { kinds[$0] }
        guard let kind = operation.result(taken), kind.rank <= 6, kind.count <= 4 * size.elements else { return false }
        let cost = operation.work(taken) + kind.count
        guard work + cost <= size.work else { return false }
        work += cost
        program.nodes.append(.step(operation, operands))
        kinds.append(kind)
        return true
    }
}
