import PlumbFiles

extension LabelTable {
  /// The tables that need no file.
  public static let builtInNames = ["imagenet1000", "inception5h"]

  /// A table that needs no file: `imagenet1000`, the classes of ImageNet in the order of
  /// torchvision, or `inception5h`, the same and eight more in the order of the published InceptionV1.
  ///
  /// - Parameter name: The name of the table.
  /// - Returns: The table, or `nil` if there is none of that name.
  public static func builtIn(_ name: String) -> LabelTable? {
    switch name {
    case "imagenet1000": imageNet
    case "inception5h": inception
    default: nil
    }
  }

  private static let imageNet = parsed(PackageResources.imagenet1000_tsv, "imagenet1000")
  private static let inception = parsed(PackageResources.inception5h_tsv, "inception5h")

  private static func parsed(_ bytes: [UInt8], _ name: String) -> LabelTable? {
    try? LabelTable(String(decoding: bytes, as: UTF8.self), path: "the built-in table '\(name)'")
  }
}
