import Testing

@testable import ModelTraining

@Suite("The order of windows")
struct WindowScheduleTests {
  private static func schedule(
    lengths: [Int] = [1000, 203], shares: [Double] = [3, 1], steps: Int = 40, seed: UInt64 = 5
  ) -> WindowSchedule {
    WindowSchedule(
      lengths: lengths, shares: shares, window: 10, batch: 4, steps: steps, seed: seed)
  }

  @Test("Corpora take turns by their shares")
  func shares() {
    let schedule = Self.schedule()
    for step in 0..<40 {
      #expect(schedule[step].filter { $0.corpus == 0 }.count == 3)
      #expect(schedule[step].filter { $0.corpus == 1 }.count == 1)
    }
  }

  @Test("A window and the token after it lie inside the corpus")
  func insideCorpus() {
    let lengths = [1000, 203]
    let schedule = Self.schedule()
    for step in 0..<40 {
      for window in schedule[step] {
        #expect(window.start >= 0)
        #expect(window.start + 10 < lengths[window.corpus])
      }
    }
  }

  @Test("Within a round no window comes twice, and windows do not overlap")
  func eachOnce() {
    let schedule = Self.schedule(lengths: [1000], shares: [1], steps: 24)
    // 96 rows are fewer than the 99 windows of a round.
    let starts = (0..<24).flatMap { schedule[$0].map(\.start) }.sorted()
    for (a, b) in zip(starts, starts.dropFirst()) { #expect(b - a >= 10) }
  }

  @Test("A longer plan begins like a shorter one, so that a training can be prolonged")
  func prefix() {
    let (short, long) = (Self.schedule(steps: 10), Self.schedule(steps: 40))
    for step in 0..<10 { #expect(Array(short[step]) == Array(long[step])) }
  }

  @Test("Another seed gives another order")
  func seeds() {
    let (a, b) = (Self.schedule(seed: 1), Self.schedule(seed: 2))
    #expect((0..<40).contains { Array(a[$0]) != Array(b[$0]) })
  }

  @Test("A corpus of one window and one token is read again and again")
  func shortest() {
    let schedule = Self.schedule(lengths: [11], shares: [1], steps: 3)
    #expect((0..<3).allSatisfy { schedule[$0].allSatisfy { $0.start == 0 } })
  }
}
