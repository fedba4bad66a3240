import Foundation

/// Reads Python's pickle format, but only the part that state dicts use.
///
/// A pickle is a program for a small stack machine that can call any Python function. This machine
/// knows five functions (see ``PickleGlobal``), all of which only describe tensors; whatever else a
/// pickle asks for is an error. It never recurses, and its memory is bounded by the limits below
/// and the length of the pickle.
struct Unpickler {
  /// Why the pickle was refused.
  enum Problem: Error {
    case malformed(byte: Int, problem: String)
    case forbidden(String)
  }

  // A model of 10,000 tensors has about 200,000 objects.
  static let maximumObjectCount = 2_000_000
  static let maximumByteCount = 64 << 20

  /// The containers that were made.
  private(set) var objects: [PickleObject] = []
  /// The type of each storage that was named, by its key.
  private(set) var storageTypes: [String: StoredType] = [:]
  /// Where the next pickle starts, once this one is read.
  private(set) var position: Int

  private let data: Data
  private let end: Int
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var opcodeStart = 0

  init(_ data: Data, at position: Int = 0) {
    self.data = data
    self.position = position
    let (limit, overflow) = position.addingReportingOverflow(Self.maximumByteCount)
    end = overflow ? data.count : min(data.count, limit)
  }

  /// Runs the pickle to its end and returns the value it makes.
  mutating func load() throws(Problem) -> PickleValue {
    while true {
      opcodeStart = position
      let opcode = try readByte()
      if opcode == UInt8(ascii: ".") { return try pop() }
      try run(opcode)
      guard stack.count <= Self.maximumObjectCount, objects.count <= Self.maximumObjectCount,
        marks.count <= Self.maximumObjectCount
      else { throw malformed("it makes more than \(Self.maximumObjectCount) objects") }
    }
  }

  private mutating func run(_ opcode: UInt8) throws(Problem) {
    switch Character(UnicodeScalar(opcode)) {
    case "\u{80}": _ = try readByte()  // PROTO
    case "\u{95}": _ = try readCount(8)  // FRAME
    case "(": marks.append(stack.count)
    case "0": _ = try pop()
    case "1": _ = try popToMark()
    case "2": stack.append(try top())
    case "N": stack.append(.none)
    case "\u{88}": stack.append(.bool(true))
    case "\u{89}": stack.append(.bool(false))
    case "K": stack.append(.integer(Int(try readByte())))
    case "M": stack.append(.integer(try readCount(2)))
    case "J": stack.append(.integer(Int(Int32(truncatingIfNeeded: try readCount(4)))))
    case "\u{8A}": try pushLong(byteCount: Int(try readByte()))
    case "\u{8B}": try pushLong(byteCount: try readCount(4))
    case "I": try pushDecimal()
    case "G":
      try skip(8)
      stack.append(.float)
    case "X": stack.append(.string(try readString(try readCount(4))))
    case "\u{8C}": stack.append(.string(try readString(Int(try readByte()))))
    case "\u{8D}": stack.append(.string(try readString(try readCount(8))))
    case "T": stack.append(.string(try readString(try readCount(4))))
    case "U": stack.append(.string(try readString(Int(try readByte()))))
    case ")": push(.tuple([]))
    case "]": push(.list([]))
    case "}": push(.dictionary([]))
    case "t": push(.tuple(try popToMark()))
    case "l": push(.list(try popToMark()))
    case "d": push(.dictionary(try pairs(try popToMark())))
    case "\u{85}": push(.tuple(try pop(1)))
    case "\u{86}": push(.tuple(try pop(2)))
    case "\u{87}": push(.tuple(try pop(3)))
    case "a": try append(try pop(1))
    case "e": try append(try popToMark())
    case "s": try setItems(try pop(2))
    case "u": try setItems(try popToMark())
    case "q": memo[Int(try readByte())] = try top()
    case "r": memo[try readCount(4)] = try top()
    case "\u{94}": memo[memo.count] = try top()
    case "h": try recall(Int(try readByte()))
    case "j": try recall(try readCount(4))
    case "c": try pushGlobal(module: try readLine(), name: try readLine())
    case "\u{93}":
      let names = try pop(2)
      guard case .string(let module) = names[0], case .string(let name) = names[1] else {
        throw malformed("a name is not a string")
      }
      try pushGlobal(module: module, name: name)
    case "R": try reduce()
    case "b": try build()
    case "Q":
      let storage = try storage(of: try pop())
      storageTypes[storage.key] = storage.type
      stack.append(.storage(storage))
    default:
      let code = String(opcode, radix: 16, uppercase: true)
      throw malformed("the operation 0x\(code) is not needed for tensors and is never run")
    }
  }
}

// The functions that can be called.
extension Unpickler {
  private mutating func pushGlobal(module: String, name: String) throws(Problem) {
    guard let global = PickleGlobal(module: module, name: name) else {
      throw .forbidden("\(module).\(name)")
    }
    stack.append(.global(global))
  }

  private mutating func reduce() throws(Problem) {
    let call = try pop(2)
    guard case .global(let function) = call[0], case .tuple(let arguments) = object(call[1]) else {
      throw malformed("what is called is no function")
    }
    switch function {
    case .orderedDictionary:
      guard let first = arguments.first else { return push(.dictionary([])) }
      guard arguments.count == 1, case .list(let items) = object(first) else {
        throw malformed("OrderedDict is called with something else than a list")
      }
      var entries: [PickleValue] = []
      for item in items {
        switch object(item) {
        case .tuple(let pair) where pair.count == 2: entries += pair
        case .list(let pair) where pair.count == 2: entries += pair
        default: throw malformed("OrderedDict is called with something else than pairs")
        }
      }
      push(.dictionary(try pairs(entries)))
    case .size:
      guard arguments.count == 1, case .tuple(let sizes) = object(arguments[0]) else {
        throw malformed("torch.Size is called with something else than a tuple")
      }
      push(.tuple(sizes))
    case .rebuildTensor: stack.append(.tensor(try tensor(from: arguments)))
    case .rebuildParameter:
      guard case .tensor = arguments.first else {
        throw malformed("a parameter is made of something else than a tensor")
      }
      stack.append(arguments[0])
    case .storage: throw malformed("a storage is called like a function")
    }
  }

  private func tensor(from arguments: [PickleValue]) throws(Problem) -> PickledTensor {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      case .integer(let offset) = arguments[1], let shape = integers(arguments[2]),
      let strides = integers(arguments[3])
    else { throw malformed("a tensor is made of the wrong things") }
    guard shape.count <= 64 else { throw malformed("a tensor has \(shape.count) axes") }
    return PickledTensor(storage: storage, offset: offset, shape: shape, strides: strides)
  }

  /// Reads `('storage', type, key, device, count)`, with a view behind it in the older format.
  private func storage(of identifier: PickleValue) throws(Problem) -> PickledStorage {
    guard case .tuple(let parts) = object(identifier), parts.count >= 5,
      case .string("storage") = parts[0], case .global(.storage(let type)) = parts[1],
      case .string(let key) = parts[2], case .integer(let count) = parts[4], count >= 0
    else { throw malformed("a persistent id is not that of a storage") }
    var storage = PickledStorage(type: type, key: key, offset: 0, count: count, totalCount: count)
    if parts.count > 5, case .tuple(let view) = object(parts[5]) {
      guard view.count == 3, case .integer(let offset) = view[1],
        case .integer(let viewCount) = view[2], offset >= 0, viewCount >= 0, offset <= count,
        viewCount <= count - offset
      else { throw malformed("a view lies outside its storage") }
      storage.offset = offset
      storage.count = viewCount
    }
    return storage
  }

  /// Sets the attributes of an object: for the dictionary of a model, notes that nobody needs.
  private mutating func build() throws(Problem) {
    _ = try pop()
    guard case .dictionary = object(try top()) else {
      throw malformed("attributes are set on something else than a dictionary")
    }
  }
}

// The containers.
extension Unpickler {
  /// The container behind a value, if it is one.
  func object(_ value: PickleValue) -> PickleObject? {
    guard case .object(let index) = value else { return nil }
    return objects[index]
  }

  private func integers(_ value: PickleValue) -> [Int]? {
    let values: [PickleValue]
    switch object(value) {
    case .tuple(let items), .list(let items): values = items
    default: return nil
    }
    var integers: [Int] = []
    for value in values {
      guard case .integer(let integer) = value else { return nil }
      integers.append(integer)
    }
    return integers
  }

  private mutating func push(_ object: PickleObject) {
    stack.append(.object(objects.count))
    objects.append(object)
  }

  private mutating func append(_ values: [PickleValue]) throws(Problem) {
    guard case .object(let index) = try top(), case .list(var items) = objects[index] else {
      throw malformed("something is appended to what is no list")
    }
    // Without a second owner the list grows in place.
    objects[index] = .list([])
    items += values
    objects[index] = .list(items)
  }

  private mutating func setItems(_ values: [PickleValue]) throws(Problem) {
    let added = try pairs(values)
    guard case .object(let index) = try top(), case .dictionary(var items) = objects[index] else {
      throw malformed("an entry is set in what is no dictionary")
    }
    objects[index] = .dictionary([])
    items += added
    objects[index] = .dictionary(items)
  }

  private func pairs(
    _ values: [PickleValue]
  ) throws(Problem) -> [(key: PickleValue, value: PickleValue)] {
    guard values.count.isMultiple(of: 2) else { throw malformed("a key has no value") }
    return stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
  }
}

// The stack, the memo and the bytes.
extension Unpickler {
  private func malformed(_ problem: String) -> Problem {
    .malformed(byte: opcodeStart, problem: problem)
  }

  private func top() throws(Problem) -> PickleValue {
    guard let value = stack.last, stack.count > marks.last ?? 0 else {
      throw malformed("the stack is empty")
    }
    return value
  }

  private mutating func pop() throws(Problem) -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func pop(_ count: Int) throws(Problem) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw malformed("the stack is empty") }
    let values = Array(stack.suffix(count))
    stack.removeLast(count)
    return values
  }

  private mutating func popToMark() throws(Problem) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw malformed("there is no mark") }
    let values = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return values
  }

  private mutating func recall(_ index: Int) throws(Problem) {
    guard let value = memo[index] else { throw malformed("nothing was remembered as \(index)") }
    stack.append(value)
  }

  private mutating func readByte() throws(Problem) -> UInt8 {
    guard position < end else { throw malformed("it ends too early or is too long") }
    defer { position += 1 }
    return data[data.startIndex + position]
  }

  private mutating func skip(_ count: Int) throws(Problem) {
    guard count >= 0, count <= end - position else {
      throw malformed("it ends too early or is too long")
    }
    position += count
  }

  private mutating func readCount(_ byteCount: Int) throws(Problem) -> Int {
    var value: UInt64 = 0
    for index in 0..<byteCount { value |= UInt64(try readByte()) << UInt64(8 * index) }
    guard let count = Int(exactly: value) else { throw malformed("a number is too large") }
    return count
  }

  private mutating func readBytes(_ count: Int) throws(Problem) -> Data {
    let start = position
    try skip(count)
    return data.dropFirst(start).prefix(count)
  }

  private mutating func readString(_ count: Int) throws(Problem) -> String {
    guard let text = String(validating: try readBytes(count), as: UTF8.self) else {
      throw malformed("a string is not UTF-8")
    }
    return text
  }

  private mutating func readLine() throws(Problem) -> String {
    let start = position
    while try readByte() != UInt8(ascii: "\n") {
      if position - start > 1000 { throw malformed("a name is too long") }
    }
    return String(decoding: data.dropFirst(start).prefix(position - start - 1), as: UTF8.self)
  }

  private mutating func pushLong(byteCount: Int) throws(Problem) {
    let bytes = Array(try readBytes(byteCount))
    guard bytes.count <= 8 else { return stack.append(.longInteger(bytes)) }
    var value: Int64 = bytes.last.map { $0 >= 0x80 ? -1 : 0 } ?? 0
    for byte in bytes.reversed() { value = value << 8 | Int64(byte) }
    stack.append(.integer(Int(value)))
  }

  /// Integers and truth values as the first version of pickle writes them.
  private mutating func pushDecimal() throws(Problem) {
    switch try readLine() {
    case "00": stack.append(.bool(false))
    case "01": stack.append(.bool(true))
    case let text:
      guard let value = Int(text) else { throw malformed("a number is too large") }
      stack.append(.integer(value))
    }
  }
}
