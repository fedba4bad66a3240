import Foundation
import GraphReference
import Testing

@testable import PlumbGraph

@Suite("ReLU gradient rules")
struct ReLURuleTests {
  // Made with the published rules of Lucid and Lucent on [4, 8] normal numbers, each row an entry
  // of the batch; see Goldens/README.md.
  private func golden() throws -> [String: ReferenceTensor] {
    let url = try #require(
      Bundle.module.url(
        forResource: "relu-rules", withExtension: "safetensors", subdirectory: "Goldens"))
    return try SafetensorsFile(contentsOf: url).tensors
  }

  private func gradientOfReLU(
    _ rule: ReLUGradientRule, x: ReferenceTensor, upstream: [Double]
  ) throws -> [Double] {
    let (input, weights) = (Node.input("x", x.shape), Node.input("upstream", x.shape))
    let objective = try (input.relu(rule: rule) * weights).sum()
    let interpreter = ReferenceInterpreter(inputs: ["x": x.values, "upstream": upstream])
    return try interpreter.evaluate(gradient(of: objective, for: [input])[0]).values
  }

  // Lucent's 0.1 as a 32-bit float is off by 1.5e-8 of its value, the golden by 6e-8.
  private func expectEqual(_ values: [Double], _ expected: [Double]) {
    for (value, expected) in zip(values, expected) {
      #expect(abs(value - expected) <= 1e-7 * abs(expected))
    }
  }

  @Test("Plain and Lucent's match their goldens", arguments: [ReLUGradientRule.plain, .lucent])
  func matchesGolden(rule: ReLUGradientRule) throws {
    let golden = try golden()
    let x = try #require(golden["x"])
    let upstream = try #require(golden["upstream"]).values
    expectEqual(
      try gradientOfReLU(rule, x: x, upstream: upstream),
      try #require(golden[rule.rawValue]).values)
  }

  @Test("Lucid's matches its golden, whose gradients are those of a loss to minimize")
  func lucidMatchesGolden() throws {
    let golden = try golden()
    let x = try #require(golden["x"])
    let upstream = try #require(golden["upstream"]).values
    expectEqual(
      try gradientOfReLU(.lucid, x: x, upstream: upstream.map { -$0 }).map { -$0 },
      try #require(golden["lucid"]).values)
  }

  @Test("Lucid's lets a silent unit rise and never pushes it down")
  func lucidSign() throws {
    let x = ReferenceTensor([1, 4], [-1, -2, -3, -4])
    #expect(try gradientOfReLU(.lucid, x: x, upstream: [1, -1, 2, -2]) == [1, 0, 2, 0])
    let oneActive = ReferenceTensor([1, 4], [-1, -2, 3, -4])
    #expect(try gradientOfReLU(.lucid, x: oneActive, upstream: [1, -1, 2, -2]) == [0, 0, 2, 0])
  }

  @Test("No rule changes the forward value", arguments: ReLUGradientRule.allCases)
  func forward(rule: ReLUGradientRule) throws {
    let interpreter = ReferenceInterpreter(inputs: ["x": [-2, 0, 3]])
    #expect(try interpreter.evaluate(Node.input("x", [3]).relu(rule: rule)).values == [0, 0, 3])
  }
}
