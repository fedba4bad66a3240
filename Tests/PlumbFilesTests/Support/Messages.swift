/// Returns what a person would read if `body` failed, or "no error".
func message(of body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch {
    return "\(error)"
  }
}
