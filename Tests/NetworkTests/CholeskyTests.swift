import Testing
import UnloopData
import UnloopNetwork

@Suite struct CholeskyTests {
    /// B·Bᵀ + I of random B is positive definite.
    func positiveDefinite(_ size: Int, seed: UInt64) -> [Double] {
        var random = CounterRandom(seed: seed)
        let b = (0..<size * size).map { _ in Double(random.next()) * 0x1p-31 - 1 }
        return (0..<size * size).map { position in
            let (i, j) = (position / size, position % size)
            return (0..<size).reduce(i == j ? 1 : 0) { $0 + b[i * size + $1] * b[j * size + $1] }
        }
    }

    @Test(arguments: [1, 2, 3, 7, 24]) func solutionsSolve(size: Int) throws {
        let matrix = positiveDefinite(size, seed: UInt64(size))
        let expected = (0..<size * 2).map { Double($0 % 5) - 1.5 }
        let right = (0..<size * 2).map { position in
            (0..<size).reduce(0) { $0 + matrix[position / 2 * size + $1] * expected[$1 * 2 + position % 2] }
        }
        let found = try Cholesky(matrix, size: size).solve(right, columns: 2)
        #expect(relativeDifference(found, expected) < 1e-12)
    }

    @Test func aKnownSystem() throws {
        #expect(try Cholesky([4, 2, 2, 2], size: 2).solve([8, 6]) == [1, 2])
        #expect(try Cholesky([], size: 0).solve([]) == [])
    }

    @Test func badMatrices() {
        #expect(throws: LinearAlgebraError.singular(row: 1)) { try Cholesky([1, 2, 2, 4], size: 2) }
        #expect(throws: LinearAlgebraError.singular(row: 0)) { try Cholesky([0], size: 1) }
        #expect(throws: LinearAlgebraError.singular(row: 1)) { try Cholesky([1, 0, 0, -1], size: 2) }
        #expect(throws: LinearAlgebraError.notFinite) { try Cholesky([1, .nan, .nan, 4], size: 2) }
    }
}
