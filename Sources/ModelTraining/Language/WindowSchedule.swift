import PlumbRuntime

/// Which window of which corpus each row of each batch is.
///
/// The corpora take turns by their shares, as evenly as whole rows allow. Within a corpus the windows
/// come in random order, each once before any comes again; from one round to the next they are cut
/// at other places.
struct WindowSchedule: Sendable {
  /// A row: a corpus and where in its tokens the window begins.
  struct Window: Sendable, Hashable {
    let corpus: Int
    let start: Int
  }

  private let rows: [Window]
  private let batch: Int

  /// Plans all rows of a training.
  ///
  /// - Parameters:
  ///   - lengths: The number of tokens of each corpus, more than `window`.
  ///   - shares: How large a part of the rows is of each corpus; any positive numbers.
  ///   - window: Tokens per row.
  ///   - batch: Rows per step.
  ///   - steps: The number of steps.
  ///   - seed: Decides the order.
  init(lengths: [Int], shares: [Double], window: Int, batch: Int, steps: Int, seed: UInt64) {
    let total = shares.reduce(0, +)
    let random = RandomStream(seed: seed, name: "order of windows")
    var owed = Array(repeating: 0.0, count: shares.count)
    var rounds = Array(repeating: 0, count: shares.count)
    var pending: [[Int]] = Array(repeating: [], count: shares.count)
    var rows: [Window] = []
    rows.reserveCapacity(batch * steps)
    for _ in 0..<batch * steps {
      for corpus in shares.indices { owed[corpus] += shares[corpus] / total }
      let corpus = owed.indices.max { owed[$0] < owed[$1] } ?? 0
      owed[corpus] -= 1
      if pending[corpus].isEmpty {
        var stream = random.substream(corpus).substream(rounds[corpus])
        // One token more than the window: the target of its last.
        let room = lengths[corpus] - window - 1
        let shift = stream.integer(below: min(window, room + 1))
        pending[corpus] = stream.shuffled(Array(stride(from: shift, through: room, by: window)))
        rounds[corpus] += 1
      }
      rows.append(Window(corpus: corpus, start: pending[corpus].removeLast()))
    }
    self.rows = rows
    self.batch = batch
  }

  /// The rows of a step, counted from 0.
  subscript(step: Int) -> ArraySlice<Window> { rows[step * batch..<(step + 1) * batch] }
}
