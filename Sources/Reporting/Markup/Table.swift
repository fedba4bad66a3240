/// A table of a report.
public struct Table: Sendable {
  /// A column's heading and how its cells stand.
  public struct Column: Sendable {
    let heading: HTML
    let isNumeric: Bool

    /// A column of text.
    public static func text(_ heading: HTML) -> Column {
      Column(heading: heading, isNumeric: false)
    }
    /// A column of numbers, aligned at the right.
    public static func number(_ heading: HTML) -> Column {
      Column(heading: heading, isNumeric: true)
    }
  }

  /// The columns.
  public var columns: [Column]
  /// The cells of each row, as many as there are columns.
  public var rows: [[HTML]] = []

  /// Creates a table without rows.
  public init(_ columns: [Column]) { self.columns = columns }

  /// Creates a table.
  public init(_ columns: [Column], rows: [[HTML]]) {
    self.columns = columns
    self.rows = rows
  }

  /// The table as markup; wide ones scroll within the page.
  public var html: HTML {
    let head = columns.map { column -> HTML in
      column.isNumeric ? "<th class=\"n\">\(column.heading)</th>" : "<th>\(column.heading)</th>"
    }
    let body = rows.map { row -> HTML in
      let cells = zip(columns, row).map { column, cell -> HTML in
        column.isNumeric ? "<td class=\"n\">\(cell)</td>" : "<td>\(cell)</td>"
      }
      return "<tr>\(cells)</tr>\n"
    }
    return """
      <div class="scroll"><table><thead><tr>\(head)</tr></thead>
      <tbody>\(body)</tbody></table></div>

      """
  }
}
