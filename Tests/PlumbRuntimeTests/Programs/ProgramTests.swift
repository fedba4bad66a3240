import PlumbGraph
import Testing

@testable import PlumbRuntime

@Suite("Programs")
struct ProgramTests {
  private func linear() throws -> (program: Program, store: ParameterStore) {
    let x = Node.input("image", [1, 2])
    let y = try x.matrixProduct(.parameter("weight", [2, 3])).named("logits")
    let store = try ParameterStore(["weight": Tensor([2, 3], [1, 2, 3, 4, 5, 6])])
    return (try Program(Graph(["logits": y]), parameters: store), store)
  }

  private func message(_ error: RuntimeError, _ text: String) {
    #expect(error.description == text)
  }

  @Test("Name the input that does not exist and the nearest one")
  func unknownInput() throws {
    let (program, _) = try linear()
    let error = RuntimeError.unknownInput(name: "imago", nearest: "image")
    #expect(throws: error) { try program.set("imago", Tensor([1, 2], [0, 0])) }
    message(
      error, "The program has no input named 'imago'. The nearest name is 'image'.")
    message(
      .unknownInput(name: "z", nearest: nil), "The program has no input named 'z'.")
  }

  @Test("Name the output that does not exist and the nearest one")
  func unknownOutput() throws {
    let (program, _) = try linear()
    let error = RuntimeError.unknownOutput(name: "logit", nearest: "logits")
    #expect(throws: error) { try program.output("logit") }
    message(error, "The program has no output named 'logit'. The nearest name is 'logits'.")
  }

  @Test("Name the parameter that is not bound and the nearest one")
  func missingParameter() throws {
    let graph = try Graph(["y": Node.input("x", [1]) * .parameter("gain", [1])])
    let store = try ParameterStore(["gains": Tensor([1], [1])])
    let error = RuntimeError.missingParameter(name: "gain", nearest: "gains")
    #expect(throws: error) { try Program(graph, parameters: store) }
    #expect(throws: error) {
      try Program(graph, parameters: store, options: .init(updated: ["gain"]))
    }
    message(error, "No parameter named 'gain' is bound. The nearest name is 'gains'.")
    #expect(throws: RuntimeError.missingParameter(name: "gain", nearest: "gains")) {
      try store.value("gain")
    }
  }

  @Test("Refuse tensors of another shape, with both shapes")
  func wrongShape() throws {
    let (program, store) = try linear()
    let error = RuntimeError.wrongShape(
      name: "image", expected: TensorType([1, 2]), got: TensorType([2, 1]))
    #expect(throws: error) { try program.set("image", Tensor([2, 1], [0, 0])) }
    message(error, "'image' needs the shape [1, 2], but got [2, 1].")
    #expect(
      throws: RuntimeError.wrongShape(
        name: "image", expected: TensorType([1, 2]), got: TensorType([1, 2], .index))
    ) { try program.set("image", Tensor(indices: [0, 1], [1, 2])) }
    #expect(
      throws: RuntimeError.wrongShape(
        name: "weight", expected: TensorType([2, 3]), got: TensorType([3, 2]))
    ) { try store.set("weight", Tensor([3, 2], filledWith: 0)) }
    let other = try Graph([
      "y": Node.input("x", [1, 3]).matrixProduct(.parameter("weight", [3, 2]))
    ])
    #expect(
      throws: RuntimeError.wrongShape(
        name: "weight", expected: TensorType([3, 2]), got: TensorType([2, 3]))
    ) { try Program(other, parameters: store) }
    let count = RuntimeError.wrongCount(shape: [2, 2], got: 3)
    #expect(throws: count) { try Tensor([2, 2], [1, 2, 3]) }
    message(count, "A tensor of the shape [2, 2] has 4 elements, but got 3.")
  }

  @Test("Do not run before every input is set")
  func missingInput() throws {
    let (program, _) = try linear()
    let error = RuntimeError.missingInput(name: "image")
    #expect(throws: error) { try program.run() }
    message(error, "The input 'image' was not set; set it before the program runs.")
    #expect(try program(["image": Tensor([1, 2], [1, 2])])["logits"]?.elements == [9, 12, 15])
    // What was set stays.
    #expect(try program.results()["logits"]?.elements == [9, 12, 15])
  }

  @Test("Refuse indices that do not exist")
  func indexOutOfRange() throws {
    let ids = Node.input("ids", [2], .index)
    let targets = Node.input("targets", [1, 2], .index)
    let logits = try Node.parameter("table", [4, 3]).gathering(ids)
    let program = try Program(
      Graph(["loss": logits.crossEntropy(targets: targets.reshaped([2]))]),
      parameters: ParameterStore(["table": Tensor([4, 3], filledWith: 1)]))
    let error = RuntimeError.indexOutOfRange(name: "ids", value: 4, limit: 4)
    #expect(throws: error) { try program.set("ids", Tensor(indices: [0, 4], [2])) }
    message(error, "'ids' holds the index 4, but only 0 to 3 exist.")
    #expect(throws: RuntimeError.indexOutOfRange(name: "ids", value: -1, limit: 4)) {
      try program.set("ids", Tensor(indices: [-1, 0], [2]))
    }
    #expect(throws: RuntimeError.indexOutOfRange(name: "targets", value: 3, limit: 3)) {
      try program.set("targets", Tensor(indices: [0, 3], [1, 2]))
    }
    try program.set("ids", Tensor(indices: [0, 3], [2]))
    // -1 stands for a row without a target.
    try program.set("targets", Tensor(indices: [-1, 2], [1, 2]))
    let losses = try #require(program.results()["loss"]).elements
    #expect(losses[0] == 0)
    #expect(abs(losses[1] - 1.0986123) < 1e-6)
  }

  @Test("Name the first value that is not finite")
  func nonFinite() throws {
    let x = Node.input("x", [1, 12, 1, 2])
    let a = try x.convolved(with: .parameter("w", [12, 12, 1, 1]))
    let root = try a.sum(over: [1]).log()
    let graph = try Graph(["y": root.sum()])
    var weights = [Float](repeating: 0, count: 144)
    for channel in 0..<12 { weights[channel * 13] = 1 }
    let store = try ParameterStore(["w": Tensor([12, 12, 1, 1], weights)])
    let program = try Program(graph, parameters: store)
    try program.set("x", Tensor([1, 12, 1, 2], filledWith: 1))
    try program.run(checksFinite: true)
    var bad = Tensor([1, 12, 1, 2], filledWith: 1)
    bad[0, 9, 0, 1] = -100
    try program.set("x", bad)
    #expect(
      throws: RuntimeError.nonFinite(
        node: "The value of log [batch 1, channel 1, height 1, width 2]", index: 1)
    ) { try program.run(checksFinite: true) }
    bad[0, 9, 0, 1] = .infinity
    try program.set("x", bad)
    // The input itself, channel 9, second pixel.
    #expect(
      throws: RuntimeError.nonFinite(node: "The value of input(x) [1, 12, 1, 2]", index: 19)
    ) { try program.run(checksFinite: true) }
    message(
      .nonFinite(node: "The value of log [1]", index: 1),
      "The value of log [1] is not finite at element 1; it is the first value that is not.")
    // Without looking, the run goes on.
    try program.run()
  }

  @Test("Name a parameter that is not finite")
  func nonFiniteParameter() throws {
    let store = try ParameterStore(["w": Tensor([3], [1, 2, .nan])])
    let program = try Program(
      Graph(["y": Node.input("x", [3]) + .parameter("w", [3])]), parameters: store)
    try program.set("x", Tensor([3], filledWith: 0))
    #expect(throws: RuntimeError.nonFinite(node: "The parameter 'w'", index: 2)) {
      try program.run(checksFinite: true)
    }
  }

  @Test("Workspaces of primitives do not count as values")
  func workspaces() throws {
    let sketch = Sketch()
    let x = sketch.input("x", [2, 12, 6, 5])
    let y = try Node.concatenated(
      [sketch.convolution(x, 12, "a", kernel: 3).relu(), x, x.tanh()], axis: 1)
    let program = try sketch.check(sketch.convolution(y, 4, "b", kernel: 3).mean())
    program.poison(.nan)
    try program.run(checksFinite: true)
  }

  @Test("A parameter that a program computes with once cannot change")
  func frozen() throws {
    let (_, store) = try linear()
    let error = RuntimeError.frozenParameter(name: "weight")
    #expect(throws: error) { try store.set("weight", Tensor([2, 3], filledWith: 0)) }
    message(
      error,
      "The parameter 'weight' cannot change, because a program was compiled that computes with it "
        + "once; declare it as updated, or bind the new value in a new store.")
  }

  @Test("A parameter that is declared as updated can change")
  func updated() throws {
    let store = try ParameterStore(["w": Tensor([2], [1, 2])])
    let program = try Program(
      Graph(["y": Node.input("x", [2]) * .parameter("w", [2])]), parameters: store,
      options: .init(updated: ["w"]))
    #expect(try program(["x": Tensor([2], [1, 1])])["y"]?.elements == [1, 2])
    try store.set("w", Tensor([2], [3, 4]))
    #expect(try program.results()["y"]?.elements == [3, 4])
  }

  @Test("Programs that share a store share what was derived from it")
  func shared() throws {
    func graph(size: Int) throws -> Graph {
      let x = Node.input("x", [1, 3, size, size])
      let y = try x.convolved(with: .parameter("a", [16, 3, 3, 3])).relu()
        .convolved(with: .parameter("b", [32, 16, 1, 1]))
      return Graph(["y": y])
    }
    let store = try ParameterStore([
      "a": Tensor([16, 3, 3, 3], filledWith: 0.1), "b": Tensor([32, 16, 1, 1], filledWith: 0.1),
    ])
    _ = try Program(graph(size: 8), parameters: store)
    let count = store.derivationCount
    #expect(count > 0)
    _ = try Program(graph(size: 8), parameters: store)
    #expect(store.derivationCount == count)
    // Another size may want another layout of the weights, but never of the values themselves.
    _ = try Program(graph(size: 9), parameters: store)
    #expect(store.derivationCount <= count + 2)
  }

  @Test("Inputs, parameters and constants can be outputs")
  func leaves() throws {
    let x = Node.input("x", [2, 2])
    let w = Node.parameter("w", [2])
    let v = Node.parameter("v", [2])
    let store = try ParameterStore(["w": Tensor([2], [1, 2]), "v": Tensor([2], [3, 4])])
    let graph = try Graph([
      "x": x, "turned": x.transposed(), "row": x.sliced(axis: 0, 1..<2), "w": w, "v": v,
      "v as a column": v.reshaped([2, 1]), "fill": .fill(5, [3]), "table": .constant([1, 2], [2]),
      "x again": x,
    ])
    let program = try Program(graph, parameters: store, options: .init(updated: ["v"]))
    let results = try program(["x": Tensor([2, 2], [1, 2, 3, 4])])
    #expect(results["x"]?.elements == [1, 2, 3, 4])
    #expect(results["x again"]?.elements == [1, 2, 3, 4])
    #expect(results["turned"]?.elements == [1, 3, 2, 4])
    #expect(results["row"]?.elements == [3, 4])
    #expect(results["w"]?.elements == [1, 2])
    #expect(results["v"]?.elements == [3, 4])
    #expect(results["v as a column"] == Tensor(unchecked: [2, 1], [3, 4], .float))
    #expect(results["fill"]?.elements == [5, 5, 5])
    #expect(results["table"]?.elements == [1, 2])
    // Outputs are those of the latest run, whatever has been set since.
    try program.set("x", Tensor([2, 2], filledWith: 9))
    try store.set("v", Tensor([2], [8, 8]))
    #expect(try program.output("row").elements == [3, 4])
    #expect(try program.output("v").elements == [3, 4])
  }

  @Test("An input on which nothing depends may be set, and need not")
  func unusedInput() throws {
    let x = Node.input("x", [2])
    let graph = try Graph(["y": x * 0 + 1])
    let program = try Program(graph, parameters: ParameterStore())
    #expect(program.inputNames == ["x"])
    #expect(try program.results()["y"]?.elements == [1, 1])
    #expect(try program(["x": Tensor([2], [1, 2])])["y"]?.elements == [1, 1])
    #expect(
      throws: RuntimeError.wrongShape(
        name: "x", expected: TensorType([2]), got: TensorType([3]))
    ) { try program.set("x", Tensor([3], filledWith: 0)) }
  }

  @Test("Values that are not needed at the same time share memory")
  func memory() throws {
    var x = Node.input("x", [1, 16, 32, 32])
    for layer in 0..<20 {
      x = try x.convolved(with: .fill(Float(layer + 1) * 0.01, [16, 16, 1, 1])).relu()
    }
    let program = try Program(Graph(["y": x.sum()]), parameters: ParameterStore())
    let bytes = 16 * 32 * 32 * 4
    #expect(program.workingBytes < 5 * bytes)
  }

  @Test("Programs in one working memory give what they give alone, and its size is the largest's")
  func sharedMemory() throws {
    func program(_ side: Int, in memory: WorkingMemory?) throws -> Program {
      let x = Node.input("x", [1, 4, side, side])
      let y = try x.convolved(with: .fill(0.5, [4, 4, 3, 3])).exp()
      let options = Program.Options(memory: memory)
      return try Program(Graph(["y": y]), parameters: ParameterStore(), options: options)
    }
    let memory = WorkingMemory()
    let sides = [8, 12, 9]
    let programs = try sides.map { try program($0, in: memory) }
    for _ in 0..<2 {
      for (side, shared) in zip(sides, programs) {
        let image = Tensor([1, 4, side, side], filledWith: Float(side) / 20)
        let alone = try program(side, in: nil)(["x": image])
        #expect(try shared(["x": image]) == alone)
      }
    }
    #expect(programs[1].arena.byteCount == programs[1].workingBytes)
    #expect(try programs.map(\.workingBytes) == sides.map { try program($0, in: nil).workingBytes })
    #expect(programs[1].arena.buffer === programs[2].arena.buffer)

    let error = RuntimeError.lostOutput(name: "y")
    #expect(throws: error) { try programs[0].output("y") }
    message(
      error,
      "The output 'y' is not there; run the program, and read it before another one runs in the same "
        + "working memory.")
  }
}
