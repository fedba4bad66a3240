import PlumbKernels
import Synchronization

/// Memory that programs share which run one after the other, such as those for several image sizes.
///
/// Without it each program keeps memory of its own for the values between its inputs and outputs.
/// With it they compute in the same place, so the outputs of a run are gone once another program has
/// run there; ``Program/output(_:)`` says so.
public final class WorkingMemory: Sendable {
  private struct State {
    var buffer: AlignedBuffer?
    // Weak, as another program may get the place of one that is gone.
    weak var latest: Program?
  }

  private let state = Mutex(State())

  /// Makes no memory yet: the first program does.
  public init() {}

  /// Memory of at least a number of bytes, with undefined contents.
  ///
  /// It grows by doubling, as programs keep the memory that they were compiled with. What nobody has
  /// written takes up no room yet.
  func buffer(of byteCount: Int) throws(MemoryError) -> AlignedBuffer {
    try state.withLock { state throws(MemoryError) in
      if let buffer = state.buffer, buffer.byteCount >= byteCount { return buffer }
      let grown = try AlignedBuffer(
        byteCount: max(byteCount, (state.buffer?.byteCount ?? byteCount) * 2))
      state.buffer = grown
      return grown
    }
  }

  /// Notes that a program runs here.
  func use(by program: Program) {
    state.withLock { $0.latest = program }
  }

  /// Whether this program is the latest that ran here.
  func isLeft(by program: Program) -> Bool {
    state.withLock { $0.latest === program }
  }
}
