import GraphReference
import Testing

@testable import PlumbGraph

@Suite("Graph")
struct GraphTests {
  let x = Node.input("x", [2])

  @Test("Prints one line per node, then the results")
  func printing() throws {
    let graph = Graph(["loss": try x.relu().named("hidden").sum()])
    #expect(
      graph.description == """
        %0 = input(x) [2]
        %1 = relu(%0) [2]
        %2 = named(%1, hidden) [2]
        %3 = sum(%2, over axes [0]) [1]
        loss: %3
        """)
  }

  @Test("The gradient of a product is printed as a graph")
  func printsGradient() throws {
    let loss = try (x * x).sum()
    let graph = try Graph(["gradient": gradient(of: loss, for: [x])[0]]).simplified()
    try graph.verify()
    #expect(
      graph.description == """
        %0 = input(x) [2]
        %1 = add(%0, %0) [2]
        gradient: %1
        """)
  }

  @Test("Replaces a named value by one computed from it")
  func replacing() throws {
    let hidden = try x.relu().named("hidden")
    let graph = Graph(["y": try hidden + 1])
    let replaced = try graph.replacing(["hidden": hidden * 10])
    let interpreter = ReferenceInterpreter(inputs: ["x": [-1, 2]])
    #expect(try interpreter.evaluate(graph)["y"]?.values == [1, 3])
    #expect(try interpreter.evaluate(replaced)["y"]?.values == [1, 21])
  }

  @Test("Refuses a replacement for a name it lacks, or of another shape")
  func replacingWrongly() throws {
    let graph = Graph(["y": try x.relu().named("hidden")])
    let unknown = #expect(throws: GraphError.self) { try graph.replacing(["hiden": x]) }
    #expect(
      unknown?.description
        == "The graph has no value named 'hiden'. The nearest name is 'hidden'.")
    let mismatch = #expect(throws: GraphError.self) {
      try graph.replacing(["hidden": .fill(0, [3])])
    }
    #expect(mismatch?.description == "replacing 'hidden' needs [2], but got [3].")
  }

  @Test("Refuses two values with one name")
  func duplicateNames() throws {
    let graph = Graph(["y": try x.relu().named("hidden") + x.named("hidden")])
    let error = #expect(throws: GraphError.self) { try graph.verify() }
    #expect(error?.description == "Two different values of the graph are named 'hidden'.")
    let inputs = Graph(["y": x, "z": .input("x", [3])])
    #expect(throws: GraphError.duplicateName("x")) { try inputs.verify() }
    let parameters = Graph(["y": .parameter("w", [1]), "z": .parameter("w", [3])])
    #expect(throws: GraphError.duplicateName("w")) { try parameters.verify() }
  }

  @Test("Finds a node that does not agree with its operation")
  func verifier() throws {
    let wrong = Node(
      operation: ReLU(), inputs: [x], type: TensorType([3]), structuralHash: 0)
    let error = #expect(throws: GraphError.self) { try Graph(["y": wrong]).verify() }
    #expect(error?.description == "The node relu [3] is invalid: its operation gives [2].")
  }

  @Test("Finds outputs and hook points by name")
  func lookup() throws {
    let hidden = try x.relu().named("mixed4a")
    let graph = Graph(["y": try hidden + 1])
    #expect(try graph.value(named: "mixed4a") === hidden)
    #expect(try graph.output("y").operation is Add)
    #expect(throws: GraphError.unknownName(name: "mixed4b", nearest: "mixed4a")) {
      try graph.value(named: "mixed4b")
    }
    #expect(throws: GraphError.unknownName(name: "loss", nearest: nil)) {
      try graph.output("loss")
    }
  }

  @Test("Without names computes the same from fewer nodes")
  func withoutNames() throws {
    let graph = Graph(["y": try x.relu().named("hidden").stoppingGradient() + 1])
    let bare = try graph.withoutNames()
    #expect(bare.nodes.count == graph.nodes.count - 2)
    let interpreter = ReferenceInterpreter(inputs: ["x": [-1, 2]])
    #expect(try interpreter.evaluate(bare)["y"]?.values == [1, 3])
  }

  @Test("No gradient passes a gradient stop")
  func stopGradient() throws {
    let loss = try (x * x.stoppingGradient()).sum()
    let interpreter = ReferenceInterpreter(inputs: ["x": [3, 5]])
    #expect(try interpreter.evaluate(gradient(of: loss, for: [x])[0]).values == [3, 5])
  }

  @Test("The gradient for a hook point counts what follows it alone")
  func gradientForHookPoint() throws {
    let hidden = try (x * 2).named("hidden")
    let loss = try (hidden * hidden + x).sum()
    let gradients = try gradient(of: loss, for: [hidden, x, .input("other", [4])])
    let interpreter = ReferenceInterpreter(inputs: ["x": [3, 5]])
    #expect(try interpreter.evaluate(gradients[0]).values == [12, 20])
    #expect(try interpreter.evaluate(gradients[1]).values == [25, 41])
    #expect(gradients[2] === Node.fill(0, [4]))
  }
}
