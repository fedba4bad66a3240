/// The numbers that belong to a picture: what it does to the network, and how near it is to a
/// photograph.
public struct PictureCard: Sendable, Hashable, Codable {
  /// A unit's answer to the picture, among its layer's units and natural images.
  public struct UnitAnswer: Sendable, Hashable, Codable {
    /// The layer.
    public let layer: String
    /// The channel.
    public let channel: Int
    /// The mean of the unit over positions, on the clean image.
    public let mean: Double
    /// Its largest value over positions, on the clean image.
    public let maximum: Double
    /// The place of its mean among the means of all units of the layer; 1 is the largest.
    public let rank: Int
    /// The number of units of the layer.
    public let unitCount: Int
    /// ``maximum`` as share of the largest value over natural images; `nil` without a scan.
    public let shareOfNaturalMaximum: Double?
    /// The share of natural images with a smaller largest value; `nil` without a scan.
    public let naturalRank: Double?
  }

  /// A measure of the picture with its place among photographs.
  public struct Measure: Sendable, Hashable, Codable {
    /// The measure.
    public let value: Double
    /// The share of photographs with a smaller one, from 0 to 1.
    public let naturalRank: Double
  }

  /// The objective on the clean picture.
  public let objective: Double
  /// The mean of the objective on 32 transforms that the optimization did not see.
  public let transformedObjective: Double
  /// The standard deviation of the objective over these transforms.
  public let transformedDeviation: Double
  /// The answer of the unit that the picture is of; `nil` if it is of none.
  public let unit: UnitAnswer?
  /// The slope of log amplitude over log frequency between 0.02 and 0.3 cycles per pixel; `nil` if
  /// the picture is too small.
  public let spectralSlope: Measure?
  /// The mean absolute difference between neighboring pixels.
  public let totalVariation: Measure
  /// The share of squared brightness above 0.3 cycles per pixel.
  public let highFrequencyShare: Measure
  /// The share of colors below 0.02 or above 0.98.
  public let clippedShare: Double

  /// The number of transforms on which the objective is looked at.
  static let transformCount = 32
  /// Colors nearer than this to black or full count as clipped.
  static let clippingMargin: Float = 0.02
}

extension PictureCard {
  /// Cards as a table, one column per picture.
  ///
  /// - Parameter cards: The cards with the names of their pictures.
  /// - Returns: Lines of text, the names first.
  public static func table(_ cards: [(name: String, card: PictureCard)]) -> String {
    var rows: [[String]] = [[""] + cards.map(\.name)]
    func add(_ title: String, _ value: (PictureCard) -> String?) {
      let values = cards.map { value($0.card) }
      if values.contains(where: { $0 != nil }) { rows.append([title] + values.map { $0 ?? "-" }) }
    }
    add("objective, clean") { $0.objective.inFourDigits }
    add("objective, 32 held-out transforms") {
      "\($0.transformedObjective.inFourDigits) ± \($0.transformedDeviation.inFourDigits)"
    }
    add("unit, mean over positions") { $0.unit.map(\.mean.inFourDigits) }
    add("unit, largest value") { $0.unit.map(\.maximum.inFourDigits) }
    add("rank among the layer's units") { $0.unit.map { "\($0.rank) of \($0.unitCount)" } }
    add("share of the natural maximum") { $0.unit?.shareOfNaturalMaximum.map(\.inFourDigits) }
    add("natural images below it") { $0.unit?.naturalRank.map(\.asPercent) }
    add("spectral slope") { $0.spectralSlope?.text }
    add("total variation") { $0.totalVariation.text }
    add("high-frequency share") { $0.highFrequencyShare.text }
    add("clipped colors") { $0.clippedShare.asPercent }

    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, text in
        let space = String(repeating: " ", count: widths[column] - text.count)
        return column == 0 ? text + space : space + text
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}

extension PictureCard.Measure {
  /// The measure, and where it is among photographs.
  fileprivate var text: String { "\(value.inFourDigits) (above \(naturalRank.asPercent))" }
}
