import Testing

@testable import CodeTasks

@Suite("Inputs that are made up")
struct InputSpaceTests {
  private let digits = InputGenerator.list(of: .integer(0...9), length: 1...100)

  @Test("Come in the order of their size, none twice and none left out")
  func enumeration() {
    let space = InputSpace(generators: [digits])
    let inputs = space.smallest(500)
    #expect(inputs.count == 500)
    let sizes = inputs.compactMap(space.size)
    #expect(sizes.count == 500 && sizes == sizes.sorted())
    #expect(Set(inputs.map { "\($0)" }).count == 500)
    // Lists of total size s, each item costing 1 more than its value: 2^(s - 1).
    #expect(sizes.count { $0 == 4 } == 8)
    #expect(inputs[0] == [.list([.integer(0)])])
  }

  @Test("End where there are no more")
  func finite() {
    let flags = InputGenerator.list(of: .boolean, length: 0...3)
    #expect(InputSpace(generators: [flags]).smallest(1000).count == 1 + 2 + 4 + 8)
    #expect(InputSpace(generators: [flags, .boolean]).smallest(1000).count == 30)
    #expect(InputSpace(generators: [.integer(-2...2)]).smallest(9).count == 5)
    #expect(InputSpace(generators: [.integer(7...9)]).smallest(1) == [[.integer(7)]])
    let words = InputGenerator.string(alphabet: ["a", "b"], length: 2...2)
    #expect(
      InputSpace(generators: [words]).smallest(9)
        == [[.string("aa")], [.string("ba")], [.string("ab")], [.string("bb")]])
    let choice = InputGenerator.choice([.none, .string("x")])
    #expect(InputSpace(generators: [choice]).smallest(9) == [[.none], [.string("x")]])
  }

  @Test("Are found quickly where lists are long", arguments: [30, 100])
  func longLists(length: Int) {
    let flags = InputGenerator.list(of: .boolean, length: length...length)
    #expect(InputSpace(generators: [flags]).smallest(1000).count == 1000)
  }

  @Test("Are legal when drawn at random, and when made smaller")
  func legality() {
    let space = InputSpace(generators: [
      digits, .string(alphabet: ["x", "y", "z"], length: 2...5), .integer(-5...(-2)), .boolean,
      .choice([.integer(1), .none]),
    ])
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<50 {
      let input = space.random(using: &generator)
      guard let size = space.size(of: input) else { Issue.record("\(input) is not legal."); return }
      for smaller in space.shrinks(of: input) {
        let other = space.size(of: smaller)
        #expect(other != nil && (other ?? size) < size, "\(input) to \(smaller)")
      }
    }
  }

  @Test("Illegal values have no size")
  func illegal() {
    #expect(digits.size(of: .list([])) == nil)
    #expect(digits.size(of: .list([.integer(10)])) == nil)
    #expect(digits.size(of: .list([.boolean(true)])) == nil)
    #expect(InputGenerator.integer(Int.min...Int.max).size(of: .integer(Int.min)) != nil)
  }
}
