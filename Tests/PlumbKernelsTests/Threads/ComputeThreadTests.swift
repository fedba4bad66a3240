import COneDNN
import PlumbKernels
import Synchronization
import Testing

@Suite("The compute thread")
struct ComputeThreadTests {
  struct Failure: Error, Equatable {}

  @Test("Is one thread for each number of threads, and not the caller's")
  func identity() throws {
    let one = try ComputeThread.shared(threads: 1)
    let two = try ComputeThread.shared(threads: 2)
    #expect(one !== two)
    #expect(try ComputeThread.shared(threads: 2) === two)
    #expect(!one.isCurrent)
    #expect(one.run { one.isCurrent })
    #expect(one.run { !two.isCurrent })
    #expect(two.threadCount == 2)
    let usual = try ComputeThread.shared()
    #expect((1...Processor.coreCount).contains(usual.threadCount))
  }

  @Test("Hands results and errors back")
  func results() throws {
    let thread = try ComputeThread.shared(threads: 1)
    #expect(thread.run { 6 * 7 } == 42)
    #expect(throws: Failure()) {
      try thread.run { throw Failure() }
    }
  }

  @Test("Runs a closure at once when already there")
  func reentrance() throws {
    let thread = try ComputeThread.shared(threads: 1)
    #expect(thread.run { thread.run { thread.run { 3 } } } == 3)
  }

  @Test("Runs the closures of many callers one at a time")
  func manyCallers() async throws {
    let thread = try ComputeThread.shared(threads: 1)
    final class Count: Sendable { let now = Atomic(0), most = Atomic(0) }
    let count = Count()
    await withTaskGroup { group in
      for _ in 0..<64 {
        group.addTask {
          thread.run {
            let now = count.now.add(1, ordering: .sequentiallyConsistent).newValue
            count.most.max(now, ordering: .sequentiallyConsistent)
            count.now.subtract(1, ordering: .sequentiallyConsistent)
          }
        }
      }
    }
    #expect(count.most.load(ordering: .sequentiallyConsistent) == 1)
  }

  @Test("Gives kernels as many threads as it was made with", arguments: [1, 2, 3])
  func parallel(threads: Int) throws {
    let thread = try ComputeThread.shared(threads: threads)
    final class Seen: Sendable { let numbers = Mutex<[Int: Int]>([:]) }
    let seen = Seen()
    thread.run {
      #expect(odnn_threads() == threads)
      odnn_parallel(
        { context, thread, threads in
          guard let context else { return }
          Unmanaged<Seen>.fromOpaque(context).takeUnretainedValue().numbers.withLock {
            $0[Int(thread), default: 0] += Int(threads)
          }
        }, Unmanaged.passUnretained(seen).toOpaque())
    }
    let expected = Dictionary(uniqueKeysWithValues: (0..<threads).map { ($0, threads) })
    #expect(seen.numbers.withLock { $0 } == expected)
  }

  @Test("Other threads run kernels alone")
  func alone() throws {
    try OneDNN.open()
    final class Calls: Sendable { let numbers = Mutex<[[Int32]]>([]) }
    let calls = Calls()
    odnn_parallel(
      { context, thread, threads in
        guard let context else { return }
        Unmanaged<Calls>.fromOpaque(context).takeUnretainedValue().numbers.withLock {
          $0.append([thread, threads])
        }
      }, Unmanaged.passUnretained(calls).toOpaque())
    #expect(calls.numbers.withLock { $0 } == [[0, 1]])
  }

  @Test("Two threads compute what one computes")
  func sameNumbers() throws {
    let c = Plain.Convolution(
      batch: 2, inputs: 19, outputs: 40, height: 13, width: 13, kernel: [3, 3], before: [1, 1],
      after: [1, 1])
    let source = Plain.numbers(c.source.product, seed: 1)
    let weights = Plain.numbers(c.weights.product, seed: 2)
    let expected = Plain.accumulate(
      c, count: c.destination.product, { ($2, $0, $1) }, source, weights)
    for threads in [1, 2] {
      try ComputeThread.shared(threads: threads).run {
        let primitive = try Primitive.convolutionForward(
          source: MemoryDescriptor(shape: c.source, layout: .any),
          weights: MemoryDescriptor(shape: c.weights, layout: .any),
          destination: MemoryDescriptor(shape: c.destination, layout: .any), window: c.window)
        let result = try run(primitive, [.source: source, .weights: weights])
        #expect(Plain.distance(try #require(result[.destination]), expected) < 1e-5)
      }
    }
  }
}
