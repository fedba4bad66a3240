import PlumbGraph
import Testing

@testable import PlumbRuntime

@Suite("Moving elements, compiled")
struct MovementTests {
  @Test("Index tensors are moved as whole numbers")
  func indices() throws {
    let sketch = Sketch()
    let ids = sketch.indices("ids", [2, 6], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 700_001])
    let starts = sketch.indices("starts", [2], [1, 9])
    let start = sketch.indices("start", [1], [4])
    let part = try ids.sliced(starts: [0, 1], sizes: [2, 3], steps: [1, 2])
    try check(
      Graph([
        "itself": ids, "slice": part, "row": ids.sliced(axis: 0, 1..<2),
        "transposed": ids.transposed(), "reshaped": ids.reshaped([3, 1, 4]),
        "stretched": ids.reshaped([1, 2, 6]).broadcasted(to: [2, 2, 6]),
        "embedded": part.embedded(in: [3, 7], starts: [1, 0], steps: [1, 3]),
        "padded": ids.padded(before: [1, 0], after: [0, 2], .constant(-3)),
        "reflected": ids.padded(before: [0, 2], after: [1, 1], .reflect),
        "joined": .concatenated([ids, part], axis: 1),
        "window": ids.sliced(at: starts, sizes: [1, 2]),
        "placed": part.embedded(in: [4, 5], at: starts),
        "updated": ids.updating(axis: 1, at: start, with: part.sliced(axis: 1, 0..<2)),
        "rows": ids.gathering(.constant([1, 0, 1], [3], .index)),
        "constant": .constant([7, -1], [2], .index),
      ]), inputs: sketch.inputs)
  }

  @Test("Start positions are held inside the tensor", arguments: [-5, -1, 0, 2, 3, 100])
  func starts(start: Int) throws {
    let sketch = Sketch()
    let x = sketch.input("x", [4, 5])
    let update = sketch.input("update", [2, 5])
    let both = sketch.indices("both", [2], [start, -start])
    let one = sketch.indices("one", .scalar, [start])
    try sketch.check(
      x.sliced(at: both, sizes: [2, 3]), update.embedded(in: [5, 6], at: both),
      x.updating(axis: 0, at: one, with: update))
  }

  @Test("An updated slice keeps what other steps put into a cache")
  func cache() throws {
    let cache = Node.input("cache", [1, 4, 2])
    let graph = try Graph([
      "next": cache.updating(
        axis: 1, at: .input("position", [1], .index), with: .input("new", [1, 1, 2]))
    ])
    let program = try Program(graph, parameters: ParameterStore())
    try program.set("cache", Tensor([1, 4, 2], filledWith: 0))
    for position in 0..<4 {
      try program.set("position", Tensor(indices: [position], [1]))
      try program.set("new", Tensor([1, 1, 2], [Float(position), Float(-position)]))
      try program.run()
      try program.set("cache", program.output("next"))
    }
    #expect(try program.output("next").elements == [0, 0, 1, -1, 2, -2, 3, -3])
  }

  @Test("Margins are mirrored along any axes")
  func reflection() throws {
    let sketch = Sketch()
    let x = sketch.input("x", [3, 2, 4, 3])
    let line = sketch.input("line", [5])
    try sketch.check(
      x.padded(before: [2, 1, 0, 2], after: [1, 0, 3, 1], .reflect),
      x.padded(before: [0, 1, 0, 0], after: [0, 1, 0, 0], .reflect),
      line.padded(before: [4], after: [2], .reflect))
  }

  @Test("Reductions agree with the reference over any axes", arguments: 0..<32)
  func reductions(mask: Int) throws {
    let sketch = Sketch()
    let x = sketch.input("x", [2, 3, 1, 4, 5])
    let axes = (0..<5).filter { mask >> $0 & 1 == 1 }
    let y = try x.tanh()
    try sketch.check(
      y.sum(over: axes), y.mean(over: axes), y.maximum(over: axes), y.minimum(over: axes))
  }

  @Test(
    "Transposes agree with the reference",
    arguments: [[0, 1, 2, 3], [3, 2, 1, 0], [0, 2, 1, 3], [1, 0, 3, 2], [2, 3, 0, 1]])
  func transposes(permutation: [Int]) throws {
    let sketch = Sketch()
    for (number, shape) in [[2, 3, 4, 5], [1, 3, 1, 5], [2, 1, 1, 1]].enumerated() {
      let x = try sketch.input("x\(number)", Shape(shape)).tanh()
      try sketch.check(x.transposed(permutation).squared())
    }
  }

  @Test("Elements are stretched along any axes")
  func broadcasting() throws {
    let sketch = Sketch()
    let x = sketch.input("x", [2, 3, 4, 5])
    for (number, shape) in [
      [1], [5], [4, 1], [3, 1, 1], [3, 1, 5], [2, 1, 1, 1], [2, 1, 4, 1], [1, 3, 1, 5],
      [2, 3, 4, 5],
    ].enumerated() {
      let copy = sketch.copy()
      let y = copy.input("y\(number)", Shape(shape))
      try copy.check(x * y + y, y.broadcasted(to: x.shape).tanh(), (y - x).minimum(y))
    }
  }

  @Test("Elements are stretched along more axes than one pass over memory knows")
  func manyAxes() throws {
    let sketch = Sketch()
    let x = sketch.input("x", [2, 1, 3, 1, 2, 1, 3, 1])
    let y = sketch.input("y", [1, 3, 1, 2, 1, 2, 1, 2])
    try sketch.check((x * y).tanh() + x)
  }

  @Test("Long chains with operands that are needed again agree with the reference")
  func longChains() throws {
    let sketch = Sketch()
    let operands = (0..<12).map { sketch.input("x\($0)", [3, 7]) }
    var values = operands
    // Each step needs an early and a late value, so that many stay in registers.
    for step in 0..<60 {
      let (early, late) = (values[step % 24 % values.count], values[values.count - 1])
      let next =
        switch step % 4 {
        case 0: try (early + late).tanh()
        case 1: try early * late.hardSwish()
        case 2: try early.isGreater(than: late).selecting(early, otherwise: late.sine())
        default: try (late - early).hardSigmoid(slope: 0.3, offset: 0.4)
        }
      values.append(next)
    }
    try sketch.check(values[values.count - 1], values[40].relu() * values[50])
  }

  @Test("A value is not overwritten while a part of it is still to be read")
  func inPlace() throws {
    let sketch = Sketch()
    let x = sketch.input("x", [4, 5])
    let y = try x.reshaped([5, 4]).transposed()
    // Views of y's own memory.
    try sketch.check(y - y.sliced(axis: 0, 0..<1))
    let z = try x.matrixProduct(y, transposesRight: true)
    try sketch.check(z / (z.sliced(axis: 0, 3..<4).squared() + 1))
    try sketch.check(z + z.sliced(starts: [0, 0], sizes: [1, 1]))
    let image = try sketch.convolution(sketch.input("image", [1, 16, 2, 2]), 16, "c")
    try sketch.check((image * image.sliced(axis: 1, 0..<1)).tanh())
  }
}

@Suite("Matrix products, compiled")
struct MatrixProductTests {
  @Test(
    "Agree with the reference", arguments: [false, true],
    [false, true])
  func shapes(transposesLeft: Bool, transposesRight: Bool) throws {
    for (left, right) in [
      ([3, 4], [4, 5]), ([1, 1], [1, 1]), ([7, 1], [1, 9]), ([1, 33], [33, 1]),
      ([2, 3, 4], [4, 5]), ([2, 3, 4], [2, 4, 5]), ([2, 3, 4], [1, 4, 5]), ([3, 4], [2, 4, 5]),
      ([1, 3, 4], [2, 4, 5]), ([2, 1, 3, 4], [3, 4, 5]), ([2, 1, 3, 4], [1, 3, 4, 5]),
      ([2, 3, 8, 16], [2, 3, 16, 8]), ([3, 1, 2], [3, 2, 1]), ([1, 40, 17], [17, 35]),
    ] {
      func stored(_ shape: [Int], _ transposed: Bool) -> Shape {
        Shape(transposed ? shape.dropLast(2) + shape.suffix(2).reversed() : shape)
      }
      for isParameter in [false, true] {
        let sketch = Sketch()
        let a = sketch.input("a", stored(left, transposesLeft))
        let shape = stored(right, transposesRight)
        let b = isParameter ? sketch.parameter("b", shape) : sketch.input("b", shape)
        let y = try a.matrixProduct(
          b, transposesLeft: transposesLeft, transposesRight: transposesRight)
        try sketch.check(
          y,
          a.tanh().matrixProduct(
            b, transposesLeft: transposesLeft, transposesRight: transposesRight))
      }
    }
  }

  @Test("A square matrix and its transpose are packed apart", arguments: [3, 16, 64])
  func square(size: Int) throws {
    let sketch = Sketch()
    let x = sketch.input("x", [5, size])
    let w = sketch.parameter("w", [size, size])
    try sketch.check(x.matrixProduct(w).tanh().matrixProduct(w, transposesRight: true))
  }

  @Test("Attention agrees with the reference", arguments: [1, 2], [1, 5])
  func attention(batch: Int, positions: Int) throws {
    let sketch = Sketch()
    let (heads, width) = (3, 4)
    let x = sketch.input("x", [batch, positions, heads * width])
    let parts = try (0..<3).map { number in
      try x.matrixProduct(
        sketch.parameter("w\(number)", [heads * width, heads * width], scale: 0.3)
      )
      .reshaped([batch, positions, heads, width])
    }
    let angles = normals(positions * 2, seed: 1).map { Float($0) }
    let cosines = try Node.constant(angles, [positions, 2]).cosine()
    let sines = try Node.constant(angles, [positions, 2]).sine()
    let queries = try parts[0].rotated(cosines: cosines, sines: sines, style: .half, rotated: 4)
      .transposed([0, 2, 1, 3])
    let keys = try parts[1].rotated(cosines: cosines, sines: sines, style: .adjacent, rotated: 4)
      .transposed([0, 2, 1, 3])
    let pattern = try (queries.matrixProduct(keys, transposesRight: true) * 0.5)
      .softmax(mask: .causal)
    let mixed = try pattern.matrixProduct(parts[2].transposed([0, 2, 1, 3]))
      .transposed([0, 2, 1, 3]).reshaped(x.shape)
    let targets = sketch.indices(
      "targets", [batch * positions], (0..<batch * positions).map { $0 % 4 - 1 })
    let gamma = sketch.parameter("gamma", [heads * width])
    let y = try (x + mixed).rmsNormalized(gamma: gamma, epsilon: 1e-5)
    let loss = try y.reshaped([batch * positions, heads * width]).crossEntropy(targets: targets)
    try sketch.check(y, pattern, loss, loss.mean(), y.logSoftmax())
  }
}
