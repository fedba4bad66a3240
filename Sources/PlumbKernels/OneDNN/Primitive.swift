import COneDNN

/// An operation that oneDNN has prepared for fixed shapes, element types and layouts.
///
/// To run it, give its arguments memory with a ``PrimitiveCall``.
public final class Primitive: @unchecked Sendable {
  // Unchecked, because of the pointer: a primitive does not change once it is made, oneDNN lets
  // threads share it, and it is freed once.

  /// What a piece of memory is to a primitive.
  public enum Argument: Int32, Sendable, Hashable, CaseIterable {
    /// The input; in a product, the left factor.
    case source = 1
    /// The output.
    case destination = 17
    /// The weights; in a product, the right factor.
    case weights = 33
    /// The bias.
    case bias = 41
    /// What a forward pass leaves for its backward pass.
    case workspace = 64
    /// Memory to work in, of no use afterwards.
    case scratchpad = 80
    /// The gradient for the source.
    case differenceSource = 129
    /// The gradient for the destination, which comes from above.
    case differenceDestination = 145
    /// The gradient for the weights.
    case differenceWeights = 161
    /// The gradient for the bias.
    case differenceBias = 169
  }

  /// What happens to a result before it is written.
  public enum PostOperation: Int32, Sendable, Hashable, CaseIterable {
    /// Nothing.
    case none = 0
    /// `max(x, 0)`.
    case relu = 1
    /// Adds what the destination holds.
    case sum = 2
    /// Adds what the destination holds, then `max(x, 0)`.
    case sumRelu = 3
    /// GELU in its tanh approximation, as GPT-2 has it.
    case geluTanh = 4
    /// GELU by the error function.
    case geluErf = 5
    /// `x · sigmoid(x)`, also known as SiLU.
    case swish = 6

    var code: odnn_post { odnn_post(rawValue: rawValue) }
  }

  /// The operation in words, such as "convolution forward".
  public let name: String

  /// The arguments that need memory, in the order of a call; a scratchpad only if one is needed.
  public let arguments: [Argument]

  let handle: OpaquePointer

  /// Makes a primitive with a function of the C layer.
  ///
  /// - Parameters:
  ///   - name: The operation in words.
  ///   - inputs: The descriptors, for the sentence if it fails.
  ///   - details: What else matters for that sentence.
  ///   - make: The function.
  /// - Throws: ``OneDNNError/notMade(name:details:reason:)``.
  init(
    _ name: String, from inputs: [(String, MemoryDescriptor?)], details: String = "",
    make: (inout OpaquePointer?) -> odnn_status
  ) throws(OneDNNError) {
    var made: OpaquePointer?
    let status = make(&made)
    guard status == ODNN_SUCCESS, let handle = made else {
      var list = inputs.compactMap { role, descriptor in descriptor.map { "\(role) \($0)" } }
      if !details.isEmpty { list.append(details) }
      throw .notMade(
        name: name, details: list.joined(separator: ", "), reason: OneDNNError.reason(status))
    }
    self.name = name
    self.handle = handle
    self.arguments = (0..<odnn_primitive_argument_count(handle)).compactMap { index in
      Argument(rawValue: odnn_primitive_argument(handle, index).rawValue)
    }
  }

  deinit { odnn_primitive_destroy(handle) }

  /// The implementation that oneDNN chose, such as "jit:avx2".
  public var implementation: String { String(cString: odnn_primitive_implementation(handle)) }

  /// Whether oneDNN had nothing better than its slow reference implementation.
  public var isReference: Bool { implementation.contains("ref") }

  /// The shape, element type and layout of an argument; nil if the primitive does not take it.
  public func descriptor(of argument: Argument) -> MemoryDescriptor? {
    var descriptor: OpaquePointer?
    let code = odnn_argument(rawValue: argument.rawValue)
    guard odnn_primitive_md(&descriptor, handle, code) == ODNN_SUCCESS else { return nil }
    return descriptor.map(MemoryDescriptor.init(owning:))
  }

  /// Whether the primitive writes the argument.
  public func writes(_ argument: Argument) -> Bool {
    odnn_primitive_writes(handle, odnn_argument(rawValue: argument.rawValue))
  }
}

extension Primitive: CustomStringConvertible {
  /// The name, the implementation and the arguments.
  public var description: String {
    let list = arguments.map { argument in
      "\(argument) \(descriptor(of: argument).map(\.description) ?? "?")"
    }
    return "\(name) [\(implementation)] \(list.joined(separator: ", "))"
  }
}
