import CKernels

/// Counter-based random numbers: Philox4x32-10.
public enum RandomKernels {
  /// Fills a slice with uniform numbers in `[0, 1)`.
  public static func fillUniform(
    _ destination: BufferSlice, count: Int, seed: UInt64, stream: UInt64, first: UInt64 = 0
  ) {
    withExtendedLifetime(destination) {
      ck_random_uniform(
        destination.pointer(to: Float.self, count: count), Int64(count),
        ck_random_key(seed: seed, stream: stream), first, 0, 1)
    }
  }

  /// Fills a slice with standard normal numbers.
  public static func fillNormal(
    _ destination: BufferSlice, count: Int, seed: UInt64, stream: UInt64, first: UInt64 = 0
  ) {
    withExtendedLifetime(destination) {
      ck_random_normal(
        destination.pointer(to: Float.self, count: count), Int64(count),
        ck_random_key(seed: seed, stream: stream), first, 0, 1)
    }
  }

  /// Uniform numbers in `[0, 1)`.
  public static func uniform(count: Int, seed: UInt64, stream: UInt64, first: UInt64 = 0) -> [Float]
  {
    [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let base = buffer.baseAddress {
        ck_random_uniform(
          base, Int64(count), ck_random_key(seed: seed, stream: stream), first, 0, 1)
      }
      initialized = count
    }
  }

  /// Standard normal numbers.
  public static func normal(count: Int, seed: UInt64, stream: UInt64, first: UInt64 = 0) -> [Float]
  {
    [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let base = buffer.baseAddress {
        ck_random_normal(
          base, Int64(count), ck_random_key(seed: seed, stream: stream), first, 0, 1)
      }
      initialized = count
    }
  }

  /// Raw 32-bit words.
  public static func words(count: Int, seed: UInt64, stream: UInt64, first: UInt64 = 0) -> [UInt32]
  {
    [UInt32](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let base = buffer.baseAddress {
        ck_random_bits(base, Int64(count), ck_random_key(seed: seed, stream: stream), first)
      }
      initialized = count
    }
  }
}
