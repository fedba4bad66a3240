// Builds a network of two layers, prints the graph of its gradient, and trains it to tell points
// inside a circle from points outside.
import PlumbGraph
import PlumbRuntime

let points = Node.input("points", Shape([64, 2], names: ["batch", "coordinate"]))
let labels = Node.input("labels", [64], .index)
let hidden = try (points.matrixProduct(.parameter("w1", [2, 16])) + .parameter("b1", [16])).tanh()
let logits = try hidden.matrixProduct(.parameter("w2", [16, 2])) + .parameter("b2", [2])
let loss = try logits.crossEntropy(targets: labels).mean()

let gradients = try gradient(of: loss, for: [.parameter("w1", [2, 16])])
print(try Graph(["gradient of w1": gradients[0]]).simplified())

var random = RandomStream(seed: 1, name: "example")
let weights = try ParameterStore([
  "w1": Tensor([2, 16], random.normal(32)), "b1": Tensor([16], filledWith: 0),
  "w2": Tensor([16, 2], random.normal(32)), "b2": Tensor([2], filledWith: 0),
])
let trainer = try Trainer(
  Graph(["loss": loss]), parameters: weights,
  options: .init(optimizer: .adamW(), schedule: .constant(0.02)))
for step in 1...500 {
  let coordinates = random.normal(128)
  let inside = (0..<64).map { index in
    let (x, y) = (coordinates[2 * index], coordinates[2 * index + 1])
    return x * x + y * y < 1 ? 1 : 0
  }
  let report = try trainer.step([
    "points": Tensor([64, 2], coordinates), "labels": Tensor(indices: inside, [64]),
  ])
  if step.isMultiple(of: 100) { print("step \(step): loss \(report.metrics["loss", default: 0])") }
}
