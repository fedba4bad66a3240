/// Returns " The nearest name is '...'." for the end of an error message, or nothing.
func nearestNameHint(_ nearest: String?) -> String {
  nearest.map { " The nearest name is '\($0)'." } ?? ""
}
