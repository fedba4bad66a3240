import Laboratory
import Reporting

extension UnitsPart {
  /// One row per unit: the channel's picture, the neuron's, and the examples.
  ///
  /// - Throws: If a file is missing.
  public func section(
    of outcome: Outcome, recipe: Recipe, files: PartFiles
  ) throws -> ReportSection {
    let rows = try outcome.found.map { try row($0, files) }
    let last = outcome.found.last.map { "\($0.unit.name)-channel.png" }
    let first = outcome.found.first.map { "\($0.unit.name)-channel.png" }
    let thumbnails = try [first, last].compactMap(\.self).map { file in
      try files.image(file, alt: "The picture of a channel.")
    }
    return ReportSection(
      finding: finding(outcome, recipe),
      badge: outcome.imageCount > 0
        ? Page.Badge("\(outcome.imageCount) images searched", .plain) : nil,
      thumbnail: "\(thumbnails)",
      blocks: [
        .text(Self.introduction),
        .figure(try figure("\(rows)", outcome, recipe)),
      ])
  }

  private func finding(_ outcome: Outcome, _ recipe: Recipe) -> HTML {
    let firsts = outcome.found.count { found in
      found.channel.card.unit.map { $0.rank == 1 } ?? false
    }
    let examples: HTML
    if outcome.imageCount > 0 {
      examples = "The crops beside them are the strongest of \(outcome.imageCount) photographs."
    } else {
      examples = """
        No photographs were given to set beside them; <code>plumb reproduce --images FOLDER</code> \
        adds them.
        """
    }
    return """
      \(outcome.found.count) channels drawn by lot, one per layer. For \(firsts) of them the picture \
      excites its own channel more than any other of the layer. \(examples)
      """
  }

  private static let introduction: HTML = """
    <p>The same question can be asked of any part of the network. A <em>channel</em> is one detector, \
    applied everywhere in the picture; its picture is what excites it on average over all places. A \
    <em>neuron</em> is that detector at one place, here the middle, so its picture shows the detector \
    once. Layers come from the bottom up: the first ones answer to colors and edges, later ones to \
    textures and parts, the last ones to whole things.</p>
    <p>The channels are drawn by the seed and not chosen, so some will look like nothing in \
    particular. That is what most channels look like.</p>

    """

  private func row(_ found: Outcome.Found, _ files: PartFiles) throws -> HTML {
    let unit = found.unit
    let name = "\(unit.layer):\(unit.channel)"
    let channel = try files.image(
      "\(unit.name)-channel.png", alt: "What excites channel \(name) on average over all places.")
    let neuron = try files.image(
      "\(unit.name)-neuron.png", alt: "What excites the neuron of \(name) in the middle.")
    let examples = try found.examples.enumerated().map { index, example -> HTML in
      let image = try files.image(
        "\(unit.name)-example-\(index).png",
        alt: "Photograph \(example.name), where \(name) answers \(NumberText.short(example.value))."
      )
      return "<div>\(image)</div>"
    }
    let strip: HTML = examples.isEmpty ? .empty : "<div class=\"examples\">\(examples)</div>"
    let rank = found.channel.card.unit.map { answer -> HTML in
      """
      rank \(answer.rank) of \(answer.unitCount) in its layer, mean answer \(answer.mean, digits: 3)
      """
    }
    return """
      <div class="unit"><h3><code>\(name)</code></h3>
      <div class="pictures"><figure>\(channel)<figcaption>channel</figcaption></figure>\
      <figure>\(neuron)<figcaption>neuron</figcaption></figure></div>\(strip)
      <p class="words">\(rank)</p></div>

      """
  }

  private func figure(
    _ picture: HTML, _ outcome: Outcome, _ recipe: Recipe
  ) throws -> ReportFigure {
    let units = recipe.units.map { "\($0.layer):\($0.channel)" }.joined(separator: " ")
    var caveats: [HTML] = [
      "A picture shows what excites a unit most, which need not be what it answers to as a rule.",
      "Ranks are among the units of one layer on the picture itself, without transforms.",
    ]
    if outcome.imageCount > 0 {
      caveats.append(
        """
        Examples are the strongest of \(outcome.imageCount) images and show the part that the unit \
        sees; many of another kind may excite it nearly as much.
        """)
    }
    if outcome.damagedCount > 0 {
      caveats.append("\(outcome.damagedCount) images could not be read and were left out.")
    }
    return try ReportFigure(
      id: "\(name)-pictures", picture: picture,
      caption: "Channel and neuron, \(recipe.channels.first?.visualization.steps ?? 0) steps each.",
      caveats: caveats,
      replay: "plumb visualize \(recipe.channels.first?.model.name ?? "MODEL") \(units)",
      recipe: recipe, numbers: outcome)
  }
}
