/// The distinct pieces of a text as tokens, with a running count of every pair of neighbors.
///
/// A pair's count is the number of places where it stands, times how often the piece occurs; places
/// that overlap, as in "aaa", all count. Merging visits only the pieces that hold the pair.
struct MergeableWords {
  // All words in one array; a word that has become shorter leaves room at its end.
  private var symbols: [Int32] = []
  private var starts: [Int] = []
  private var lengths: [Int] = []
  private let wordCounts: [Int]

  // For each pair met so far, its number; for each number, the count and the words that have, or
  // had, the pair.
  private var numbers = PairTable(minimumCapacity: 1 << 16)
  private var pairCounts: [Int] = []
  private var wordsWithPair: [[Int32]] = []
  private var queue = MinimumHeap<FrequentPair>()

  /// A pair in the queue: the most frequent first, and of equals the least pair.
  private struct FrequentPair: Comparable, Sendable {
    var count: Int
    var pair: TokenPair

    static func < (first: Self, second: Self) -> Bool {
      first.count != second.count ? first.count > second.count : first.pair < second.pair
    }
  }

  init(pieces: ByteStringTable, counts: [Int]) {
    wordCounts = counts
    var ids = [Int32](repeating: 0, count: 256)
    for (id, byte) in ByteAlphabet.order.enumerated() { ids[Int(byte)] = Int32(id) }
    for word in 0..<pieces.count {
      let piece = pieces[word]
      starts.append(symbols.count)
      lengths.append(piece.count)
      for byte in piece { symbols.append(ids[Int(byte)]) }
    }
    for word in 0..<pieces.count {
      let start = starts[word]
      for index in start..<max(start, start + lengths[word] - 1) {
        add(wordCounts[word], to: TokenPair(symbols[index], symbols[index + 1]), word: word)
      }
    }
    var entries: [FrequentPair] = []
    numbers.forEach { pair, number in
      entries.append(FrequentPair(count: pairCounts[Int(number)], pair: pair))
    }
    queue.reset(to: entries)
  }

  /// Takes the most frequent pair out of the queue, or nil if none is frequent enough.
  mutating func popMostFrequentPair(minimumCount: Int) -> TokenPair? {
    while let entry = queue.popMinimum() {
      // Counts that fell since the entry was made are put right here.
      let count = pairCounts[Int(numbers[entry.pair])]
      if count == entry.count { return count >= minimumCount ? entry.pair : nil }
      if count >= minimumCount, count < entry.count {
        queue.insert(FrequentPair(count: count, pair: entry.pair))
      }
    }
    return nil
  }

  /// Replaces a pair by a token wherever it stands, from the left in each word.
  mutating func merge(_ pair: TokenPair, into product: Int32) {
    var raised: [TokenPair] = []
    let number = Int(numbers[pair])
    let words = wordsWithPair[number]
    wordsWithPair[number] = []
    for word in words { merge(pair, into: product, word: Int(word), raised: &raised) }
    raised.sort()
    var last: TokenPair?
    for pair in raised where pair != last {
      queue.insert(FrequentPair(count: pairCounts[Int(numbers[pair])], pair: pair))
      last = pair
    }
  }

  private mutating func merge(
    _ pair: TokenPair, into product: Int32, word: Int, raised: inout [TokenPair]
  ) {
    let count = wordCounts[word]
    let start = starts[word]
    let end = start + lengths[word]
    var read = start
    var write = start
    while read < end {
      guard read + 1 < end, symbols[read] == pair.left, symbols[read + 1] == pair.right else {
        symbols[write] = symbols[read]
        read += 1
        write += 1
        continue
      }
      add(-count, to: pair, word: nil)
      if write > start {
        let before = symbols[write - 1]
        add(-count, to: TokenPair(before, pair.left), word: nil)
        raised.append(TokenPair(before, product))
        add(count, to: TokenPair(before, product), word: word)
      }
      if read + 2 < end {
        let after = symbols[read + 2]
        add(-count, to: TokenPair(pair.right, after), word: nil)
        raised.append(TokenPair(product, after))
        add(count, to: TokenPair(product, after), word: word)
      }
      symbols[write] = product
      read += 2
      write += 1
    }
    lengths[word] = write - start
  }

  /// Changes a pair's count, and notes that the word has the pair.
  private mutating func add(_ change: Int, to pair: TokenPair, word: Int?) {
    var number = numbers[pair]
    if number == PairTable.absent {
      number = UInt64(pairCounts.count)
      numbers[pair] = number
      pairCounts.append(0)
      wordsWithPair.append([])
    }
    pairCounts[Int(number)] += change
    if let word, wordsWithPair[Int(number)].last != Int32(word) {
      wordsWithPair[Int(number)].append(Int32(word))
    }
  }
}
