#!/usr/bin/env python3
"""Orders of KeyedPermutation, from its definition: Philox 4x32-10 keys, a Feistel network of multiply-shift hashes, cycle walking.

Prints the numbers at some places for the test KeyedPermutationTests.goldenOrders.
"""
MASK32, MASK64 = (1 << 32) - 1, (1 << 64) - 1
SALT = 0x686F7374


def philox(counter, key):
    x, k = list(counter), list(key)
    for _ in range(10):
        first, second = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
        x = [(second >> 32) ^ x[1] ^ k[0], second & MASK32, (first >> 32) ^ x[3] ^ k[1], first & MASK32]
        k = [(k[0] + 0x9E3779B9) & MASK32, (k[1] + 0xBB67AE85) & MASK32]
    return x


def words(seed, stream):
    block = 0
    while True:
        four = philox([block, SALT, stream & MASK32, stream >> 32], [seed & MASK32, seed >> 32])
        yield four[0] | four[1] << 32
        yield four[2] | four[3] << 32
        block += 1


def order(count, seed, stream):
    bits = (count - 1).bit_length()
    low, high = bits - bits // 2, bits // 2
    numbers = words(seed, stream)
    rounds = (12 + 96 // max(1, bits)) // 2 * 2
    keys = [(next(numbers) | 1, next(numbers)) for _ in range(rounds)]

    def mixed(key, word, width):
        product = (key[0] * word + key[1]) & MASK64
        return (key[0] * (product ^ product >> 32) & MASK64) >> (64 - width) if width else 0

    def number(place):
        while True:
            first, second = place & ((1 << low) - 1), place >> low
            for number in range(0, rounds, 2):
                second ^= mixed(keys[number], first, high)
                first ^= mixed(keys[number + 1], second, low)
            place = second << low | first
            if place < count:
                return place

    return number


if __name__ == "__main__":
    for count, seed, stream in [(1, 0, 0), (2, 1, 0), (7, 3, 5), (16, 2, 1), (1437, 0, 1), (60000, 1 << 40 | 7, 2)]:
        print(count, seed, stream, [order(count, seed, stream)(place) for place in range(min(count, 8))])
    large = order(10**12, 42, 1 << 33)
    print(10**12, 42, 1 << 33, [large(place) for place in (0, 1, 2, 10**12 - 1)])
