import CKernels

/// Work in Swift that the threads of the compute thread share.
public enum ParallelRows {
  /// Computes one result per row, on all threads; to be called on the compute thread.
  ///
  /// - Parameters:
  ///   - count: The number of rows.
  ///   - work: About how many numbers are touched in all; little work is done where it is called.
  ///   - body: Computes the result of a row from what is fixed during the call.
  /// - Returns: The results in order; the same for any number of threads.
  public static func map<Element: Sendable>(
    _ count: Int, work: Int, _ body: @Sendable (Int) -> Element
  ) -> [Element] {
    withoutActuallyEscaping(body) { body in
      [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
        guard let results = buffer.baseAddress else { return }
        let row: (Int) -> Void = { (results + $0).initialize(to: body($0)) }
        withUnsafePointer(to: row) { row in
          ck_for_each(
            { context, item in
              context?.assumingMemoryBound(to: ((Int) -> Void).self).pointee(Int(item))
            }, UnsafeMutableRawPointer(mutating: row), Int64(count), Int64(work))
        }
        initialized = count
      }
    }
  }
}
