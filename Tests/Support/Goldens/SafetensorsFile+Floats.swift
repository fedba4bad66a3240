import PlumbFiles

extension SafetensorsFile {
  /// The numbers of a tensor.
  public func floats(_ name: String) throws -> [Float] { try tensor(name).floats() }

  /// The numbers of a tensor, as doubles.
  public func doubles(_ name: String) throws -> [Double] { try floats(name).map(Double.init) }

  /// The first number of a tensor.
  public func scalar(_ name: String) throws -> Double { try doubles(name)[0] }
}
