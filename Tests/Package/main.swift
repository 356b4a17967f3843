import Foundation
import Unloop

let x = Tensor([1, 2, 3], on: .cpu)
let product = try dot(x, x).item()
print(product)
exit(product == 14 ? 0 : 1)
