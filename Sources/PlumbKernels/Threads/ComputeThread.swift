import CKernels
import COneDNN
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The one thread from which oneDNN and the kernels are called.
///
/// OpenMP gives every thread that enters it a team of its own; calls from a pool of threads would
/// make as many teams. So all computing happens here, with a number of threads that never changes:
/// the last bits of a sum depend on it.
public final class ComputeThread: @unchecked Sendable {
  // Unchecked, because of the mutex and the queue, which the mutex guards.

  /// Recursion in a deep graph must not end at a small stack.
  private static let stackByteCount = 64 << 20

  private static let threads = Mutex<[Int: ComputeThread]>([:])

  /// The number of threads that work together here.
  public let threadCount: Int

  /// Guards `queue` and the state of the jobs in it.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let hasWork: UnsafeMutablePointer<pthread_cond_t>
  private let hasFinished: UnsafeMutablePointer<pthread_cond_t>
  private var queue: [Job] = []
  private var identity: pthread_t?

  /// The thread that computes with a number of threads, started when first asked for.
  ///
  /// - Parameter threads: The number of threads, at least 1; nil for
  ///   ``Processor/availableThreadCount``, read when it is first needed and kept then.
  /// - Returns: The thread; the same one for the same number.
  /// - Throws: ``OneDNNError/libraryUnavailable(sentence:)``.
  public static func shared(threads: Int? = nil) throws(OneDNNError) -> ComputeThread {
    try OneDNN.open()
    let count = threads ?? Processor.defaultThreadCount
    precondition(count >= 1, "Computing takes 1 thread or more, not \(count).")
    return Self.threads.withLock { known in
      if let thread = known[count] { return thread }
      let thread = ComputeThread(threadCount: count)
      known[count] = thread
      return thread
    }
  }

  private init(threadCount: Int) {
    self.threadCount = threadCount
    mutex = .allocate(capacity: 1)
    hasWork = .allocate(capacity: 1)
    hasFinished = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(hasWork, nil)
    pthread_cond_init(hasFinished, nil)
    start()
  }

  private func start() {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, Self.stackByteCount)
    // The thread lives as long as the process, and so does this object.
    let context = Unmanaged.passRetained(self).toOpaque()
    #if canImport(Darwin)
      var thread: pthread_t?
      let status = pthread_create(&thread, &attributes, { ComputeThread.main($0) }, context)
    #else
      var thread = pthread_t()
      let status = pthread_create(&thread, &attributes, { ComputeThread.main($0) }, context)
    #endif
    pthread_attr_destroy(&attributes)
    precondition(
      status == 0, "The compute thread did not start: \(String(cString: strerror(status))).")
    identity = thread
  }

  private static func main(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    odnn_name_thread("plumb compute")
    #if canImport(Darwin)
      pthread_set_qos_class_self_np(QOS_CLASS_USER_INITIATED, 0)
    #endif
    Unmanaged<ComputeThread>.fromOpaque(context).takeUnretainedValue().work()
  }

  private func work() -> Never {
    odnn_set_threads(Int32(threadCount))
    ck_configure(odnn_parallel)
    pthread_mutex_lock(mutex)
    while true {
      while queue.isEmpty { pthread_cond_wait(hasWork, mutex) }
      let job = queue.removeFirst()
      pthread_mutex_unlock(mutex)
      job.run()
      pthread_mutex_lock(mutex)
      job.isDone = true
      pthread_cond_broadcast(hasFinished)
    }
  }

  /// Whether the caller already is on this thread.
  public var isCurrent: Bool {
    guard let identity else { return false }
    return pthread_equal(pthread_self(), identity) != 0
  }

  /// Runs a closure on this thread and waits for it; runs it at once if already there.
  ///
  /// Callers queue up in the order in which they come. The caller's thread sleeps meanwhile, so an
  /// asynchronous task had better make few and long calls.
  ///
  /// - Parameter body: What to run.
  /// - Returns: What it returns.
  /// - Throws: What it throws.
  public func run<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    if isCurrent { return try body() }
    var outcome: Swift.Result<Result, Failure>?
    let perform = {
      do throws(Failure) {
        outcome = .success(try body())
      } catch {
        outcome = .failure(error)
      }
    }
    withoutActuallyEscaping(perform) { perform in
      let job = Job(perform)
      pthread_mutex_lock(mutex)
      queue.append(job)
      pthread_cond_signal(hasWork)
      while !job.isDone { pthread_cond_wait(hasFinished, mutex) }
      pthread_mutex_unlock(mutex)
      job.forget()
    }
    guard let outcome else { preconditionFailure("The compute thread lost a job.") }
    return try outcome.get()
  }
}

/// A closure on its way to the compute thread and back.
private final class Job {
  private var body: (() -> Void)?
  var isDone = false

  init(_ body: @escaping () -> Void) { self.body = body }

  // Never inlined: no reference to the closure may outlive the call.
  @inline(never) func run() { body?() }

  /// Lets go of the closure, which does not outlive the caller's frame.
  func forget() { body = nil }
}
