extension InputDescription {
  /// How a pixel between 0 and 1 enters, such as `(pixel * 255 - 117) / 1`, in words.
  public var formula: String {
    func list(_ values: [Float]) -> String {
      values.count == 1 ? "\(values[0])" : "[\(values.map { "\($0)" }.joined(separator: ", "))]"
    }
    var text = "pixels in \(range[0])...\(range[1])"
    if mean != [0] { text += " minus \(list(mean))" }
    if standardDeviation != [1] { text += ", divided by \(list(standardDeviation))" }
    return text
  }
}
