import Foundation
import Goldens
import PlumbGraph
import PlumbRuntime
import Testing

@testable import FeatureVisualization

@Suite("Transforms")
struct TransformTests {
  @Test("Lucid's standard transforms make 125 to 154 pixels of 128")
  func lucidSizes() throws {
    var sizes: Set<Int> = []
    for step in 0..<200 {
      let draw = [Transform].lucid.draw(seed: 1, step: step)
      let all = try [Transform].lucid.sizes(draw, from: [128, 128])
      #expect(all[0] == [152, 152] && all[1] == [144, 144])
      let last = try #require(all.last)
      #expect(last[0] == last[1])
      sizes.insert(last[0])
    }
    #expect(sizes.min() == 125 && sizes.max() == 154 && sizes.count == 11)
  }

  @Test("Lucent's variant ends at 224 pixels")
  func lucentSizes() throws {
    let draw = [Transform].lucent.draw(seed: 1, step: 0)
    #expect(try [Transform].lucent.sizes(draw, from: [128, 128]).last == [224, 224])
    #expect(try [Transform].lucent.sizes(draw, from: [320, 320]).last?[0] ?? 0 >= 300)
  }

  @Test("A draw depends on seed and step alone")
  func draws() {
    let transforms = [Transform].lucid
    #expect(transforms.draw(seed: 1, step: 7) == transforms.draw(seed: 1, step: 7))
    #expect(Set((0..<20).map { transforms.draw(seed: 1, step: $0) }).count > 15)
    #expect(transforms.draw(seed: 1, step: 7) != transforms.draw(seed: 2, step: 7))
  }

  @Test("A cropping jitter reaches both ends")
  func jitterRange() {
    let draws = (0..<200).map { [Transform.jitter(pixels: 2)].draw(seed: 0, step: $0) }
    let shifts = Set(draws.flatMap(\.choices))
    #expect(shifts.count == 9)
    let zeros = (0..<200).map {
      [Transform.jitter(pixels: 2, edge: .zeros)].draw(seed: 0, step: $0)
    }
    #expect(Set(zeros.flatMap(\.choices)).count == 4)
  }

  private func apply(
    _ transform: Transform, _ choice: TransformDraw.Choice, to image: Tensor
  ) throws -> Tensor {
    let draw = TransformDraw(choices: [choice])
    let output = try [transform].applied(to: .input("image", image.shape), draw)
    let program = try Program(Graph(["output": output]), parameters: ParameterStore())
    var inputs = try [transform].inputs(draw, from: [Int](image.shape.sizes[2...]))
    inputs["image"] = image
    return try #require(try program(inputs)["output"])
  }

  @Test("A crop moves the content, losing rows at the other side")
  func cropShift() throws {
    let image = try Tensor([1, 1, 3, 3], (0..<9).map { Float($0) })
    let transform = Transform.jitter(pixels: 1)
    let still = try apply(transform, .shift(down: 0, right: 0), to: image)
    #expect(still.elements == [4, 5, 7, 8])
    let moved = try apply(transform, .shift(down: 1, right: 0), to: image)
    #expect(moved.elements == [1, 2, 4, 5])
  }

  @Test("Crop or pad keeps the center; the odd pixel is at the end")
  func cropOrPad() throws {
    let image = try Tensor([1, 1, 4, 1], [1, 2, 3, 4])
    let cropped = try apply(.cropOrPad(height: 1, width: 2), .none, to: image)
    #expect(cropped.elements == [2, 0])
    let padded = try apply(.cropOrPad(height: 7, width: 1), .none, to: image)
    #expect(padded.elements == [0, 1, 2, 3, 4, 0, 0])
  }

  @Test("A quarter turn is counterclockwise", arguments: [Transform.Convention.lucid, .lucent])
  func quarterTurn(_ convention: Transform.Convention) throws {
    let image = try Tensor([1, 1, 3, 3], [0, 1, 0, 0, 0, 0, 0, 0, 0])
    let turned = try apply(
      .rotate(degrees: [90], convention: convention), .angle(90), to: image)
    // The top goes to the left.
    #expect(largestDifference(turned.elements, [0, 0, 0, 1, 0, 0, 0, 0, 0]) < 0.01)
  }

  @Test("A transform that does not fit says so")
  func errors() {
    let transform = Transform.jitter(pixels: 9)
    let error = TransformError.doesNotFit(transform: transform, height: 8, width: 8)
    #expect(throws: error) {
      try [transform].sizes([transform].draw(seed: 0, step: 0), from: [8, 8])
    }
    #expect(
      error.description == "The transform jitter by 9 does not fit an image of 8 x 8; use a larger "
        + "image or a smaller transform.")
  }

  @Test("Lists of transforms survive JSON")
  func json() throws {
    for transforms in [[Transform].lucid, .lucent, [.cropOrPad(height: 3, width: 4)]] {
      let data = try JSONEncoder().encode(transforms)
      #expect(try JSONDecoder().decode([Transform].self, from: data) == transforms)
    }
  }
}
