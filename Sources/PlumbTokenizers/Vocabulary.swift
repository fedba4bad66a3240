/// The pieces of a tokenizer and their ids.
struct Vocabulary: Sendable {
  // Where the bytes of an id are.
  private enum Place {
    case none
    case piece(Int32)
    case literal([UInt8])
  }

  // More than any published vocabulary has, and few enough to make room for all.
  private static let idLimit = 1 << 24

  private var table: ByteStringTable
  private var idsByIndex: [Int32] = []
  private var places: [Place] = []
  /// What errors call the vocabulary.
  let file: String

  init(file: String, minimumCapacity: Int = 512) {
    self.file = file
    table = ByteStringTable(minimumCapacity: minimumCapacity)
  }

  /// One more than the greatest id.
  var size: Int { places.count }

  /// Adds a piece that merges can make.
  mutating func add(_ piece: Span<UInt8>, id: Int) throws(TokenizerError) {
    let (index, isNew) = table.insert(piece)
    guard isNew else {
      throw .duplicatePiece(piece: ByteAlphabet.text(for: table[index]), file: file)
    }
    idsByIndex.append(Int32(truncatingIfNeeded: id))
    try place(.piece(Int32(index)), id: id)
  }

  /// Adds a token that only stands for itself, such as an added token.
  mutating func addLiteral(_ text: [UInt8], id: Int) throws(TokenizerError) {
    if let present = bytes(of: id), present == text { return }
    try place(.literal(text), id: id)
  }

  private mutating func place(_ place: Place, id: Int) throws(TokenizerError) {
    guard (0..<Self.idLimit).contains(id) else {
      throw .unsupported(part: "token id", value: String(id), file: file)
    }
    while places.count <= id { places.append(.none) }
    if case .none = places[id] {
      places[id] = place
    } else {
      throw .duplicateID(
        id: id, first: spelling(of: places[id]), second: spelling(of: place), file: file)
    }
  }

  /// The id of a piece that merges can make.
  func id(of piece: Span<UInt8>) -> Int32? {
    table.index(of: piece).map { idsByIndex[$0] }
  }

  /// The bytes that an id stands for, or nil if no token has it.
  func bytes(of id: Int) -> [UInt8]? {
    guard places.indices.contains(id) else { return nil }
    switch places[id] {
    case .none: return nil
    case .piece(let index): return Array(table[Int(index)])
    case .literal(let bytes): return bytes
    }
  }

  /// Appends the bytes that an id stands for; false if no token has it.
  func appendBytes(of id: Int, to bytes: inout [UInt8]) -> Bool {
    guard places.indices.contains(id) else { return false }
    switch places[id] {
    case .none: return false
    case .piece(let index): bytes.append(contentsOf: table[Int(index)])
    case .literal(let literal): bytes.append(contentsOf: literal)
    }
    return true
  }

  /// How an id's token is written in `vocab.json`, or nil if no token has it.
  func spelling(of id: Int) -> String? {
    guard places.indices.contains(id) else { return nil }
    if case .none = places[id] { return nil }
    return spelling(of: places[id])
  }

  private func spelling(of place: Place) -> String {
    switch place {
    case .none: ""
    case .piece(let index): ByteAlphabet.text(for: table[Int(index)])
    case .literal(let bytes): String(decoding: bytes, as: UTF8.self)
    }
  }
}
