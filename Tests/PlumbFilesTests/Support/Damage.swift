import Foundation

/// A small generator of repeatable random numbers (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Gives `read` the file cut off at many lengths and with random bytes changed.
///
/// A reader passes if it throws or succeeds each time: a crash or a hang would end the tests.
func damage(
  _ file: Data, cuts: Int = 400, flips: Int = 400, seed: UInt64 = 1, _ read: (Data) throws -> Void
) {
  let file = Data(file)
  let step = max(1, file.count / cuts)
  for length in stride(from: 0, to: file.count, by: step) { try? read(file.prefix(length)) }
  var generator = SeededGenerator(state: seed)
  for round in 0..<flips {
    var copy = file
    for _ in 0...(round % 4) {
      // Half of the changes go where most headers are.
      let end = Bool.random(using: &generator) ? file.count : min(file.count, 512)
      let byte = Int.random(in: 0..<end, using: &generator)
      copy[byte] =
        Bool.random(using: &generator)
        ? UInt8.random(in: 0...255, using: &generator)
        : copy[byte] ^ (1 << UInt8.random(in: 0..<8, using: &generator))
    }
    try? read(copy)
  }
}
