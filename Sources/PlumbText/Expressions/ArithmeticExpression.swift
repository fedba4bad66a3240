/// A value made of numbers, signs, sums and products; what else it is made of is its own affair.
public protocol ArithmeticExpression {
  /// A number.
  static func constant(_ value: Double) -> Self
  /// The negative of a value.
  static func negation(_ value: Self) -> Self
  /// One value and another.
  static func sum(_ left: Self, _ right: Self) -> Self
  /// One value without another.
  static func difference(_ left: Self, _ right: Self) -> Self
  /// One value times another.
  static func product(_ left: Self, _ right: Self) -> Self
}
