/// A dictionary of at most `limit` entries: those that were not used for longest are forgotten, a quarter at a time, so that
/// adding one takes the same time on average however many there are. For what is made anew when it is asked for again.
///
/// Public and inlinable, for backends ask it at each operation: other modules would look up its types each time otherwise.
@frozen
public struct RecentlyUsed<Key: Hashable, Value> {
    @frozen @usableFromInline
    struct Entry {
        @usableFromInline var value: Value
        @usableFromInline var lastUse: Int

        @inlinable
        init(value: Value, lastUse: Int) { (self.value, self.lastUse) = (value, lastUse) }
    }

    public let limit: Int
    @usableFromInline var entries: [Key: Entry] = [:]
    @usableFromInline var time = 0

    /// - Parameter limit: at least 1.
    public init(limit: Int) {
        require(limit > 0, "a cache keeps at least one entry, not \(limit)")
        self.limit = limit
    }

    @inlinable
    public var count: Int { entries.count }

    /// The value of a key, which counts as used by this; nil where there is none or it was forgotten.
    @inlinable
    public subscript(key: Key) -> Value? {
        mutating get {
            guard let place = entries.index(forKey: key) else { return nil }
            time += 1
            entries.values[place].lastUse = time
            return entries.values[place].value
        }
        set {
            guard let newValue else {
                entries[key] = nil
                return
            }
            if entries.count >= limit && entries[key] == nil { forgetSome() }
            time += 1
            entries[key] = Entry(value: newValue, lastUse: time)
        }
    }

    @inlinable
    public mutating func removeAll() { entries.removeAll() }

    @usableFromInline
    mutating func forgetSome() {
        let uses = entries.values.map(\.lastUse).sorted()
        let last = uses[max(0, limit / 4 - 1)]
        entries = entries.filter { $0.value.lastUse > last }
    }
}

extension RecentlyUsed: Sendable where Key: Sendable, Value: Sendable {}
extension RecentlyUsed.Entry: Sendable where Key: Sendable, Value: Sendable {}
