import FeatureVisualization
import Reporting

/// The cards of pictures as a table for a page, one column per picture.
enum CardTable {
  static func html(_ cards: [(name: String, card: PictureCard)]) -> HTML {
    var table = Table([.text("")] + cards.map { .number(HTML(text: $0.name)) })
    func add(_ title: HTML, _ value: (PictureCard) -> HTML?) {
      let values = cards.map { value($0.card) }
      guard values.contains(where: { $0 != nil }) else { return }
      table.rows.append([title] + values.map { $0 ?? "–" })
    }
    add("Score on the picture as it is") { "\($0.objective, digits: 4)" }
    add("Score after 32 new shifts, scales and turns") {
      "\($0.transformedObjective, digits: 4) ± \($0.transformedDeviation, digits: 2)"
    }
    add("Place of the unit among those of its layer") { card in
      card.unit.map { "\($0.rank) of \($0.unitCount)" }
    }
    add("Share of the largest answer to a real image") { card in
      card.unit?.shareOfNaturalMaximum.map { HTML(text: NumberText.percent($0)) }
    }
    add("Difference between neighboring pixels") { measure($0.totalVariation) }
    add("Share of fine detail (above 0.3 cycles per pixel)") { measure($0.highFrequencyShare) }
    add("Slope of the spectrum") { $0.spectralSlope.map(measure) }
    add("Colors at the ends of the scale") { HTML(text: NumberText.percent($0.clippedShare)) }
    return table.html
  }

  private static func measure(_ measure: PictureCard.Measure) -> HTML {
    """
    \(measure.value, digits: 3) <span class="soft">(rank \
    \(NumberText.percent(measure.naturalRank, digits: 2)))</span>
    """
  }
}
