/// A picture with a caption.
public struct Figure: Sendable {
  /// The picture, as SVG or an image element.
  public var picture: HTML
  /// What one sees.
  public var caption: HTML

  /// Creates a figure.
  public init(_ picture: HTML, caption: HTML) {
    self.picture = picture
    self.caption = caption
  }

  /// The figure as markup.
  public var html: HTML {
    "<figure>\(picture)<figcaption>\(caption)</figcaption></figure>\n"
  }
}
