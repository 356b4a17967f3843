import Foundation
import Testing
import UnloopBackend
import UnloopTensor

@Suite struct ReadingTests {
    @Test func printing() {
        #expect("\(Tensor(2.5, on: .loop))" == "Tensor [] float32 on loop: 2.5000")
        #expect(
            "\(Tensor([[1, -2.5], [100.25, .nan]], on: .loop))" == """
                Tensor [2, 2] float32 on loop
                [[  1.0000,  -2.5000],
                 [100.2500,      nan]]
                """)
        #expect(
            "\(Tensor(int32: [1, 20, -3, 4], shape: [2, 1, 2], on: .loop))" == """
                Tensor [2, 1, 2] int32 on loop
                [[[ 1, 20]],
                 [[-3,  4]]]
                """)
        #expect("\(Tensor([1, 2], on: .loop))" == "Tensor [2] float32 on loop\n[1.0, 2.0]")
        // The sign of zero is part of the contract.
        #expect("\(Tensor([-0.0, 0, -2], on: .loop))" == "Tensor [3] float32 on loop\n[-0.0,  0.0, -2.0]")
        #expect("\(Tensor([-0.0, 0.5], on: .loop))" == "Tensor [2] float32 on loop\n[-0.0000,  0.5000]")
        #expect("\(Tensor([-0.0, 1e9], on: .loop))" == "Tensor [2] float32 on loop\n[-0.0000e+00,  1.0000e+09]")
        #expect("\(Tensor([1e-7, 123], on: .loop))" == "Tensor [2] float32 on loop\n[1.0000e-07, 1.2300e+02]")
        #expect("\(Tensor.zeros([0, 2], on: .loop))" == "Tensor [0, 2] float32 on loop: empty")
        #expect(
            "\(Tensor.sequence(count: 2000, .int32, on: .loop).reshaped(20, 100))" == """
                Tensor [20, 100] int32 on loop
                [[   0,    1,    2, …,   97,   98,   99],
                 [ 100,  101,  102, …,  197,  198,  199],
                 [ 200,  201,  202, …,  297,  298,  299],
                 …,
                 [1700, 1701, 1702, …, 1797, 1798, 1799],
                 [1800, 1801, 1802, …, 1897, 1898, 1899],
                 [1900, 1901, 1902, …, 1997, 1998, 1999]]
                """)
    }

    @Test func hashing() throws {
        // The four letters "abcd", whose SHA-256 any tool prints.
        let text = Tensor(int32: [0x6463_6261], on: .loop)
        #expect(try text.canonicalBytes() == Array("abcd".utf8))
        #expect(try text.sha256() == "88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589")
        let x = Tensor([1, .nan, -0.0], on: .loop)
        let y = Tensor([1, -Float(bitPattern: 0x7fc0_1234), -0.0], on: .loop)
        #expect(try x.sha256() == y.sha256())
        #expect(try x.isBitEqual(to: y))
        #expect(try !x.isBitEqual(to: Tensor([1, .nan, 0], on: .loop)))
        #expect(try !x.isBitEqual(to: x.reshaped(3, 1)))
        #expect(try x.canonicalBytes() == [0, 0, 0x80, 0x3f, 0, 0, 0xc0, 0x7f, 0, 0, 0, 0x80])
    }

    @Test func devices() throws {
        #expect(Device.all.prefix(2) == [.loop, .cpu])
        #expect(try Device(named: "loop") == .loop)
        #expect(throws: BackendError.self) { try Device(named: "cup") }
        #expect(throws: BackendError.self) { try Device(named: "opencl:no such device") }
        #expect(!Device.best.isOpenCLCPU)
        #if OpenCL
            let opencl = try Device.opencl
            #expect(opencl.label == "opencl:0")
            #expect(try Device(named: "opencl") == opencl)
            #expect(try Device(named: "opencl:0") == Device.opencl(0))
            #expect(try Device.opencl(matching: opencl.name.uppercased()).name == opencl.name)
            #expect(Device.all.contains(opencl))
        #endif
        #expect(Device.loop.description == "loop")
        let x = Tensor([1, 2], on: .loop)
        let other = Device(UnreliableBackend(), label: "other")
        #expect(try x.to(other).to(.loop).scalars() == [1, 2])
        #expect(x.to(other).device == other)
    }
}
