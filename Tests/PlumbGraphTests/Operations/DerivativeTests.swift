import GraphReference
import Testing

@testable import PlumbGraph

@Suite("Derivatives")
struct DerivativeTests {
  // The graph holds its constants as 32-bit floats, such as the 1/3 in the gradient of a mean,
  // which are off by up to 6e-8 of their value.
  static let tolerance = 1e-6

  @Test("Agree with finite differences", arguments: OperationCase.all)
  func first(operation: OperationCase) throws {
    let inputs = operation.inputs
    let loss = try operation.loss(of: inputs)
    for input in inputs {
      let slope = try DirectionalDerivative(of: loss, along: [input], around: operation.values)
      #expect(slope.error < Self.tolerance, "\(input): \(slope)")
    }
  }

  @Test(
    "Of derivatives agree with finite differences",
    arguments: OperationCase.all.filter(\.isTwiceDifferentiable))
  func second(operation: OperationCase) throws {
    let inputs = operation.inputs
    let loss = try operation.loss(of: inputs)
    for (number, first) in try gradient(of: loss, for: inputs).enumerated() {
      let slopeSum = try OperationCase.weightedSum(of: first, seed: 9)
      for input in inputs {
        let slope = try DirectionalDerivative(
          of: slopeSum, along: [input], around: operation.values)
        #expect(slope.error < Self.tolerance, "of the gradient for \(number), \(input): \(slope)")
      }
    }
  }

  @Test("Are graphs that the verifier accepts", arguments: OperationCase.all)
  func verified(operation: OperationCase) throws {
    let inputs = operation.inputs
    let loss = try operation.loss(of: inputs)
    let gradients = try gradient(of: loss, for: inputs)
    let graph = Graph([.init("loss", loss)] + gradients.map { .init("gradient", $0) })
    try graph.verify()
    try graph.simplified().verify()
  }

  @Test("Of max pool's gradient are refused by name")
  func maxPoolTwice() throws {
    let x = Node.input("x", [1, 1, 2, 2])
    let loss = try x.squared().maxPooled(.init(window: [2, 2], strides: [2, 2])).sum()
    let first = try gradient(of: loss, for: [x])[0]
    #expect(throws: GraphError.notDifferentiable(operation: "max pool gradient", index: 2)) {
      try gradient(of: first.squared().sum(), for: [x])
    }
  }

  @Test("Of something that is not one number are refused")
  func nonScalar() {
    let x = Node.input("x", Shape([2, 3], names: ["row", "column"]))
    #expect(throws: GraphError.gradientOfNonScalar([2, 3])) { try gradient(of: x, for: [x]) }
    #expect(
      GraphError.gradientOfNonScalar(x.shape).description
        == "A gradient needs one number to start from, but the value has the shape "
        + "[row 2, column 3]; take its sum or mean first.")
  }
}
