import PlumbFiles

/// Readable and stable names for the values of an ONNX graph.
///
/// PyTorch's exporter writes where a value comes from, `/layer1/layer1.0/conv1/Conv_output_0`; the
/// name is then the module's, `layer1.0.conv1`. A module of several operations gives its name to the
/// last one, the others add what they are, `layer1.0.add`; the last value inside a module that holds
/// others also has that module's name, `layer1.0` and `layer1`. Where the exporter wrote no path the
/// value keeps its own name, or has that of its weights' module.
struct ONNXLayerNames {
  /// For every node the names of its first output, the most particular first.
  let names: [[String]]

  init(_ model: ONNXModel) {
    let origins = model.nodes.map(Origin.init)
    // Which node is the last one inside each module.
    var last: [String: Int] = [:]
    var hasChildren: Set<String> = []
    for (index, origin) in origins.enumerated() {
      for depth in origin.modules.indices {
        last[origin.modules[depth]] = index
        if depth + 1 < origin.modules.count { hasChildren.insert(origin.modules[depth]) }
      }
    }
    var counts: [String: Int] = [:]
    names = model.nodes.indices.map { index in
      let node = model.nodes[index]
      let origin = origins[index]
      guard let module = origin.modules.last else {
        if let plain = Self.plainName(node, model) { return [plain] }
        counts[node.operation, default: 0] += 1
        return ["\(node.operation.lowercased())_\(counts[node.operation, default: 1])"]
      }
      let isResult = last[module] == index && !hasChildren.contains(module)
      let own = isResult ? module : "\(module).\(origin.operation)"
      let containers = origin.modules.reversed().filter {
        hasChildren.contains($0) && last[$0] == index
      }
      return [own] + containers
    }
  }

  /// Where a value comes from, as PyTorch's exporter wrote it.
  private struct Origin {
    /// The modules around the operation by their full names, outermost first.
    var modules: [String] = []
    /// The operation, such as `add`.
    var operation = ""

    init(_ node: ONNXNode) {
      guard let output = node.outputs.first else { return }
      let path = output.hasPrefix("/") ? output : node.name
      var parts = path.split(separator: "/").map(String.init)
      guard path.hasPrefix("/"), var operation = parts.popLast() else { return }
      if let range = operation.range(of: "_output_") {
        operation.removeSubrange(range.lowerBound...)
      }
      self.operation = operation.lowercased()
      var name = ""
      // What stands before the latest part in the full name.
      var before = ""
      var latest = ""
      for part in parts {
        // The children of a list repeat its name: `branch2`, then `branch2.0`.
        if latest.isEmpty || !(part == latest || part.hasPrefix(latest + ".")) {
          before = name.isEmpty ? "" : name + "."
        }
        latest = part
        name = before + part
        if modules.last != name { modules.append(name) }
      }
    }
  }

  /// The name of a value without a path: that of its weights' module, its own, or its node's.
  private static func plainName(_ node: ONNXNode, _ model: ONNXModel) -> String? {
    if node.inputs.count > 1, model.producer.hasPrefix("pytorch"),
      ["Conv", "ConvTranspose", "Gemm", "MatMul", "PRelu", "BatchNormalization"].contains(
        node.operation),
      let weight = node.inputs.dropFirst().first(where: {
        $0.hasSuffix(".weight") && model.initializers[$0] != nil
      })
    {
      return String(weight.dropLast(".weight".count))
    }
    return [node.outputs.first ?? "", node.name].map(Self.tidied).first {
      !$0.isEmpty && !$0.allSatisfy(\.isNumber)
    }
  }

  /// A name without TensorFlow's output number and PyTorch's decoration.
  private static func tidied(_ name: String) -> String {
    var name = name
    if let colon = name.lastIndex(of: ":"), name[name.index(after: colon)...].allSatisfy(\.isNumber)
    {
      name.removeSubrange(colon...)
    }
    if let range = name.range(of: "_output_0") { name.removeSubrange(range) }
    while name.hasPrefix("/") { name.removeFirst() }
    // A comma or a plus would end a name in a list of hooks or an objective.
    return name.replacing("/", with: ".").replacing(",", with: "_").replacing(" ", with: "_")
  }
}
