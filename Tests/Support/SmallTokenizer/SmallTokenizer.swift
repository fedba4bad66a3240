import PlumbTokenizers

/// A tokenizer whose tokens are single bytes, a few words and runs of full stops.
public func smallTokenizer() throws -> BPETokenizer {
  var pieces = (0..<256).map { [UInt8($0)] }
  var merges: [(left: Int, right: Int)] = []
  var ids: [[UInt8]: Int] = [:]
  for (id, piece) in pieces.enumerated() { ids[piece] = id }
  // Each word is merged from the left, one byte at a time.
  for word in [" good", " day", "..", " Mr", "Good", "é"] {
    let bytes = Array(word.utf8)
    for end in 2...bytes.count {
      let whole = Array(bytes[..<end])
      guard ids[whole] == nil, let left = ids[Array(bytes[..<(end - 1)])],
        let right = ids[[bytes[end - 1]]]
      else { continue }
      ids[whole] = pieces.count
      pieces.append(whole)
      merges.append((left, right))
    }
  }
  // Runs of full stops are merged in pairs, as GPT-2's are.
  if let two = ids[Array("..".utf8)] {
    merges.append((two, two))
    pieces.append(Array("....".utf8))
  }
  let end = pieces.count
  pieces.append(Array("<|endoftext|>".utf8))
  return try BPETokenizer(
    pieces: pieces, merges: merges,
    addedTokens: [AddedToken(id: end, content: "<|endoftext|>", isSpecial: true)],
    configuration: .init(endOfText: end))
}
