import Reporting
import Testing

@Suite("Pages")
struct PageTests {
  @Test("Interpolated text is escaped, markup is not")
  func escapes() {
    let text = "<b> & \"quotes\" 'too'"
    let cell: HTML = "<td title=\"\(text)\">\(HTML(text: text))</td>"
    #expect(
      cell.markup == "<td title=\"&lt;b&gt; &amp; &quot;quotes&quot; &#39;too&#39;\">"
        + "&lt;b&gt; &amp; &quot;quotes&quot; &#39;too&#39;</td>")
  }

  @Test(
    "Numbers keep their significant digits",
    arguments: [
      (0.0, "0"), (0.012345, "0.0123"), (12.345, "12.3"), (1234.5, "1234"), (-0.5, "−0.5"),
      (1.2e-7, "1.20e-07"), (100, "100"), (Double.infinity, "∞"), (Double.nan, "–"),
    ])
  func numbers(value: Double, text: String) {
    #expect(NumberText.short(value) == text)
  }

  @Test("A page holds its sections and loads nothing from elsewhere")
  func isOffline() {
    let plot = Plot(
      x: Axis("step"), y: Axis("reward"),
      series: [.init("reward", [.init(0, 1, low: 0.5, high: 1.5), .init(1, 2)], color: 0)])
    let page = Page(
      title: "A <page>", lead: "<p>Lead</p>",
      sections: [.init(id: "a", title: "One & two", badge: .init("fine", .good), body: plot.svg)],
      recipe: "{\"seed\": 1}")
    let markup = page.html.markup
    #expect(markup.contains("<title>A &lt;page&gt;</title>"))
    #expect(markup.contains("One &amp; two <span class=\"badge good\">fine</span>"))
    #expect(markup.contains("{&quot;seed&quot;: 1}"))
    for reference in ["http:", "https:", "src=", "@import", "url("] {
      #expect(!markup.contains(reference), "\(reference)")
    }
  }

  @Test("Charts survive no data, one value, and values that are no numbers")
  func degenerateCharts() {
    for points in [[], [Plot.Point(1, 1)], [Plot.Point(.nan, 1), Plot.Point(2, .infinity)]] {
      for scale in [Axis.Scale.linear, .logarithmic] {
        let svg = Plot(
          x: Axis("x", scale: scale), y: Axis("y", scale: scale),
          series: [.init("s", points, style: .linePoints, color: 1)]
        ).svg.markup
        #expect(svg.hasPrefix("<svg") && svg.hasSuffix("</svg>"))
        #expect(!svg.contains("nan") && !svg.contains("inf"))
      }
    }
    let rows = IntervalChart(Axis("share"), rows: [.init("none", .nan)]).svg.markup
    #expect(!rows.contains("nan"))
  }

  @Test("A longer bar stands for a larger value")
  func barLengths() throws {
    let svg = IntervalChart(
      Axis("value"), rows: [.init("small", 1), .init("large", 3)], hasBars: true
    ).svg.markup
    let widths = svg.matches(of: /width="([0-9.]+)" y=/).compactMap { Double($0.1) }
    #expect(widths.count == 2)
    #expect(abs(widths[1] / widths[0] - 3) < 0.01)
  }
}
