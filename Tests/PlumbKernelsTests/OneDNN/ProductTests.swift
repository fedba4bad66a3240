import Foundation
import PlumbKernels
import Testing

@Suite("Products")
struct ProductTests {
  func product(_ left: [Float], _ right: [Float], batch: Int, m: Int, k: Int, n: Int) -> [Float] {
    (0..<batch * m * n).map { index in
      let (image, row, column) = (index / (m * n), index / n % m, index % n)
      let sum = (0..<k).reduce(0.0) { sum, i in
        sum + Double(left[(image * m + row) * k + i]) * Double(right[(image * k + i) * n + column])
      }
      return Float(sum)
    }
  }

  /// The same matrices with rows and columns exchanged.
  func transposed(_ values: [Float], batch: Int, rows: Int, columns: Int) -> [Float] {
    (0..<values.count).map { index in
      let (image, column, row) = (
        index / (rows * columns), index / rows % columns, index % rows
      )
      return values[(image * rows + row) * columns + column]
    }
  }

  @Test(
    "A batched product matches a plain loop, either factor transposed",
    arguments: [(1, 1, 1, 1), (1, 5, 3, 7), (4, 9, 1, 17), (3, 8, 64, 33)])
  func batched(batch: Int, m: Int, k: Int, n: Int) throws {
    let left = Plain.numbers(batch * m * k, seed: 1)
    let right = Plain.numbers(batch * k * n, seed: 2)
    let expected = product(left, right, batch: batch, m: m, k: k, n: n)
    for (isLeftTransposed, isRightTransposed) in [
      (false, false), (true, false), (false, true), (true, true),
    ] {
      let leftMemory = try MemoryDescriptor(
        shape: [batch, m, k], strides: isLeftTransposed ? [m * k, 1, m] : [m * k, k, 1])
      let rightMemory = try MemoryDescriptor(
        shape: [batch, k, n], strides: isRightTransposed ? [k * n, 1, k] : [k * n, n, 1])
      let primitive = try Primitive.matrixProduct(
        source: leftMemory, weights: rightMemory,
        destination: MemoryDescriptor(shape: [batch, m, n]))
      let destination = try AlignedBuffer(byteCount: expected.count * 4)
      try PrimitiveCall(
        primitive,
        [
          .source: AlignedBuffer(
            isLeftTransposed ? transposed(left, batch: batch, rows: m, columns: k) : left),
          .weights: AlignedBuffer(
            isRightTransposed ? transposed(right, batch: batch, rows: k, columns: n) : right),
          .destination: destination,
        ]
      ).execute()
      #expect(Plain.distance(destination.array(of: Float.self), expected) < 1e-5)
    }
  }

  @Test("A product adds its bias and applies what follows")
  func postOperations() throws {
    let (m, k, n) = (5, 12, 9)
    let left = Plain.numbers(m * k, seed: 1)
    let right = Plain.numbers(k * n, seed: 2)
    let bias = Plain.numbers(n, seed: 3)
    let held = Plain.numbers(m * n, seed: 4)
    let products = product(left, right, batch: 1, m: m, k: k, n: n)
    for post in Primitive.PostOperation.allCases {
      let primitive = try Primitive.matrixProduct(
        source: MemoryDescriptor(shape: [m, k]), weights: MemoryDescriptor(shape: [k, n]),
        bias: MemoryDescriptor(shape: [1, n]), destination: MemoryDescriptor(shape: [m, n]),
        postOperation: post)
      let result = try run(
        primitive, [.source: left, .weights: right, .bias: bias, .destination: held])
      let expected = products.indices.map { index in
        let x = products[index] + bias[index % n]
        return switch post {
        case .none: x
        case .relu: max(x, 0)
        case .sum: x + held[index]
        case .sumRelu: max(x + held[index], 0)
        case .geluTanh: 0.5 * x * (1 + tanh(0.797_884_56 * (x + 0.044715 * x * x * x)))
        case .geluErf: 0.5 * x * (1 + erf(x / 2.0.squareRoot().asFloat))
        case .swish: x / (1 + exp(-x))
        }
      }
      // The vector versions of tanh and erf are polynomials, good to about 1e-6.
      #expect(Plain.distance(try #require(result[.destination]), expected) < 1e-5, "\(post)")
    }
  }

  @Test("One factor can serve a whole batch")
  func broadcast() throws {
    let (batch, m, k, n) = (3, 2, 4, 5)
    let left = Plain.numbers(batch * m * k, seed: 1)
    let right = Plain.numbers(k * n, seed: 2)
    let primitive = try Primitive.matrixProduct(
      source: MemoryDescriptor(shape: [batch, m, k]), weights: MemoryDescriptor(shape: [1, k, n]),
      destination: MemoryDescriptor(shape: [batch, m, n]))
    let result = try run(primitive, [.source: left, .weights: right])
    let expected = product(left, right, batch: 1, m: batch * m, k: k, n: n)
    #expect(Plain.distance(try #require(result[.destination]), expected) < 1e-5)
  }

  @Test(
    "An inner product and its gradients match a plain loop",
    arguments: [(1, 1, 1), (3, 7, 5), (10, 33, 64)])
  func innerProduct(batch: Int, inputs: Int, outputs: Int) throws {
    let source = Plain.numbers(batch * inputs, seed: 1)
    let weights = Plain.numbers(outputs * inputs, seed: 2)
    let bias = Plain.numbers(outputs, seed: 3)
    let upstream = Plain.numbers(batch * outputs, seed: 4)
    func any(_ shape: [Int]) throws -> MemoryDescriptor {
      try MemoryDescriptor(shape: shape, layout: .any)
    }

    let forward = try Primitive.innerProductForward(
      source: any([batch, inputs]), weights: any([outputs, inputs]), bias: any([outputs]),
      destination: any([batch, outputs]))
    let result = try run(forward, [.source: source, .weights: weights, .bias: bias])
    let byInput = transposed(weights, batch: 1, rows: outputs, columns: inputs)
    let products = product(source, byInput, batch: 1, m: batch, k: inputs, n: outputs)
    let expected = products.indices.map { products[$0] + bias[$0 % outputs] }
    #expect(Plain.distance(try #require(result[.destination]), expected) < 1e-5)

    let backwardData = try Primitive.innerProductBackwardData(
      differenceSource: any([batch, inputs]), weights: any([outputs, inputs]),
      differenceDestination: any([batch, outputs]))
    let sourceGradient = try run(
      backwardData, [.weights: weights, .differenceDestination: upstream])
    #expect(
      Plain.distance(
        try #require(sourceGradient[.differenceSource]),
        product(upstream, weights, batch: 1, m: batch, k: outputs, n: inputs)) < 1e-5)

    let backwardWeights = try Primitive.innerProductBackwardWeights(
      source: any([batch, inputs]), differenceWeights: any([outputs, inputs]),
      differenceBias: any([outputs]), differenceDestination: any([batch, outputs]))
    let gradients = try run(backwardWeights, [.source: source, .differenceDestination: upstream])
    let byOutput = transposed(upstream, batch: 1, rows: batch, columns: outputs)
    #expect(
      Plain.distance(
        try #require(gradients[.differenceWeights]),
        product(byOutput, source, batch: 1, m: outputs, k: batch, n: inputs)) < 1e-5)
    let sums = (0..<outputs).map { output in
      (0..<batch).reduce(Float(0)) { $0 + upstream[$1 * outputs + output] }
    }
    #expect(Plain.distance(try #require(gradients[.differenceBias]), sums) < 1e-5)
  }
}

extension Double {
  fileprivate var asFloat: Float { Float(self) }
}
