import UnloopBackend
import UnloopTensor

/// In which order a loader goes through the examples of an epoch.
public enum ExampleOrder: Sendable {
    /// As they lie in the source.
    case sequential
    /// All once, in an order that the seed and the epoch give; see `KeyedPermutation`. It is the order in which `fit` takes a dataset.
    case shuffled
    /// Drawn with replacement, each example with a probability in proportion to its weight: `draws` of them, or as many as there are. One that
    /// comes several times comes with other keys.
    case weighted([Double], draws: Int? = nil)
    /// All once, shuffled, but so that every stretch of the order has the classes in their proportions, as nearly as whole examples allow:
    /// the class of each example.
    case stratified([Int32])
}

/// An order of examples for any epoch, with what it needs made once.
struct PreparedOrder: Sendable {
    private enum Kind {
        case sequential
        case shuffled
        /// The sums of the weights up to each example.
        case weighted(sums: [Double])
        /// For each place its class, and how often the class came before; the members of each class.
        case stratified(places: [(group: Int32, rank: Int32)], members: [[Int32]])
    }

    private let kind: Kind
    private let sourceCount: Int
    /// How many examples an epoch has.
    let count: Int

    init(_ order: ExampleOrder, count: Int) {
        sourceCount = count
        switch order {
        case .sequential: (kind, self.count) = (.sequential, count)
        case .shuffled: (kind, self.count) = (.shuffled, count)
        case .weighted(let weights, let draws):
            require(weights.count == count, "ExampleOrder: \(weights.count) weights for \(count) examples")
            var sum = 0.0
            let sums = weights.map { weight in
                require(weight >= 0 && weight.isFinite, "ExampleOrder: a weight of \(weight)")
                sum += weight
                return sum
            }
            let draws = draws ?? count
            require(
                draws >= 0 && (draws == 0 || (sum > 0 && sum.isFinite)),
                "ExampleOrder: \(draws) draws with weights whose sum is \(sum)")
            (kind, self.count) = (.weighted(sums: sums), draws)
        case .stratified(let classes):
            require(classes.count == count, "ExampleOrder: classes of \(classes.count) examples for \(count)")
            (kind, self.count) = (Self.stratified(classes), count)
        }
    }

    private static func stratified(_ classes: [Int32]) -> Kind {
        var byClass: [Int32: [Int32]] = [:]
        for (index, label) in classes.enumerated() { byClass[label, default: []].append(Int32(clamping: index)) }
        let members = byClass.sorted { $0.key < $1.key }.map(\.value)
        // The r-th of n members stands at (2r + 1)/2n of the order; of equals the lowest class comes first.
        var places: [(group: Int32, rank: Int32)] = []
        places.reserveCapacity(classes.count)
        for (group, members) in members.enumerated() {
            for rank in members.indices { places.append((Int32(clamping: group), Int32(clamping: rank))) }
        }
        places.sort { left, right in
            let ours = (2 * Int(left.rank) + 1) * members[Int(right.group)].count
            let theirs = (2 * Int(right.rank) + 1) * members[Int(left.group)].count
            return (ours, left.group) < (theirs, right.group)
        }
        return .stratified(places: places, members: members)
    }

    /// The order of one epoch.
    func epoch(_ epoch: Int, seed: UInt64) -> EpochOrder {
        let stream = UInt64(epoch)
        switch kind {
        case .sequential: return EpochOrder(seed: seed, epoch: stream, index: { $0 })
        case .shuffled:
            let permutation = KeyedPermutation(count: sourceCount, seed: seed, stream: stream)
            return EpochOrder(seed: seed, epoch: stream, index: { permutation[$0] })
        case .weighted(let sums):
            let draws = RandomKey(seed: seed, stream: stream).child(Self.drawing)
            let total = sums.last ?? 0
            return EpochOrder(seed: seed, epoch: stream, isRepeating: true) { place in
                var random = CounterRandom(draws.child(UInt64(place)))
                let (high, low) = (UInt64(random.next()), UInt64(random.next()))
                let target = Double((high << 32 | low) >> 11) * 0x1p-53 * total
                return Self.firstIndex(of: sums, above: target)
            }
        case .stratified(let places, let members):
            let orders = members.indices.map {
                KeyedPermutation(
                    count: members[$0].count, seed: seed,
                    stream: RandomKey(seed: seed, stream: stream).child(UInt64($0)).stream)
            }
            return EpochOrder(seed: seed, epoch: stream) { place in
                let (group, rank) = places[place]
                return Int(members[Int(group)][orders[Int(group)][Int(rank)]])
            }
        }
    }

    /// What tells this order from others.
    func identify(in hash: inout SHA256) {
        switch kind {
        case .sequential: hash.update("sequential")
        case .shuffled: hash.update("shuffled")
        case .weighted(let sums):
            hash.update("weighted \(count)")
            for sum in sums { hash.update(sum.bitPattern.bytes) }
        case .stratified(_, let members):
            hash.update("stratified")
            for members in members {
                hash.update(UInt64(members.count).bytes)
                for member in members { hash.update(UInt64(member).bytes) }
            }
        }
    }

    private static let drawing: UInt64 = 0x6472_6177

    /// By bisection; examples of weight 0 are never found, whatever rounding did to the target.
    private static func firstIndex(of sums: [Double], above target: Double) -> Int {
        var (low, high) = (0, sums.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] > target { high = middle } else { low = middle + 1 }
        }
        while low > 0, sums[low] == sums[low - 1] { low -= 1 }
        return low
    }
}

/// Which example stands where in an epoch, and with which key.
struct EpochOrder: Sendable {
    private let key: RandomKey
    private let isRepeating: Bool
    private let index: @Sendable (_ place: Int) -> Int

    init(seed: UInt64, epoch: UInt64, isRepeating: Bool = false, index: @escaping @Sendable (Int) -> Int) {
        key = RandomKey(seed: seed, stream: epoch).child(Self.augmenting)
        self.isRepeating = isRepeating
        self.index = index
    }

    /// The examples at these places.
    func examples(at places: Range<Int>) -> (indices: [Int], keys: [RandomKey]) {
        let indices = places.map(index)
        let keys = zip(places, indices).map { place, index in
            let own = key.child(UInt64(index))
            return isRepeating ? own.child(UInt64(place)) : own
        }
        return (indices, keys)
    }

    private static let augmenting: UInt64 = 0x6b65_7973
}

extension UInt64 {
    fileprivate var bytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) } }
}
