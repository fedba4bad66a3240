extension Graph: CustomStringConvertible {
  /// One line per node, `%3 = relu(%2) [batch 1, channel 64, height 56, width 56]`, then the results.
  public var description: String {
    var numbers: [Node: Int] = [:]
    var lines: [String] = []
    for (number, node) in nodes.enumerated() {
      numbers[node] = number
      let operands = node.inputs.map { "%\(numbers[$0, default: -1])" }
      let attributes = node.operation.attributes
      let arguments = operands + (attributes.isEmpty ? [] : [attributes])
      let name = node.operation.name.replacing(" ", with: "_")
      lines.append("%\(number) = \(name)(\(arguments.joined(separator: ", "))) \(node.type)")
    }
    for output in outputs {
      lines.append("\(output.name): %\(numbers[output.node, default: -1])")
    }
    return lines.joined(separator: "\n")
  }
}
