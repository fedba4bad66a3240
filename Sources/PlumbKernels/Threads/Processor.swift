import COneDNN
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What this machine can do at once, and how much of it is free.
public enum Processor {
  /// The cores that this process may use; two hardware threads of one core count once.
  public static let coreCount: Int = max(1, countCores())

  /// The number of threads that finds a core each, with what else runs now; at least 1.
  ///
  /// A thread that must share a core holds up all others, since each primitive ends when its last
  /// thread does.
  public static var availableThreadCount: Int {
    min(coreCount, max(1, onlineCount - busyCount))
  }

  private static let chosenThreadCount = Mutex<Int?>(nil)

  /// The number of threads that this process computes with, which never changes.
  ///
  /// It is the one that was chosen, or ``availableThreadCount`` as it was when first asked for.
  public static var defaultThreadCount: Int {
    chosenThreadCount.withLock { chosen in
      let count = chosen ?? availableThreadCount
      chosen = count
      return count
    }
  }

  /// Chooses how many threads this process computes with.
  ///
  /// - Parameter count: The number of threads, at least 1.
  /// - Returns: Whether the choice counts; `false` if another number was in use already.
  @discardableResult
  public static func chooseThreadCount(_ count: Int) -> Bool {
    precondition(count >= 1, "Computing takes 1 thread or more, not \(count).")
    return chosenThreadCount.withLock { chosen in
      if chosen == nil { chosen = count }
      return chosen == count
    }
  }

  /// All processors of the machine, whether this process may use them or not.
  static var onlineCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// The threads of others that are running.
  ///
  /// The least of what the system says now, looked at a few times, and of its mean over the last
  /// minute: neither one burst nor a build that has just ended counts.
  private static var busyCount: Int {
    var averages = [0.0]
    guard getloadavg(&averages, 1) == 1 else { return 0 }
    var busy = Int(averages[0].rounded())
    #if os(Linux)
      for look in 0..<5 where busy > 0 {
        if look > 0 { usleep(2000) }
        guard let running = runningCount() else { break }
        // This thread runs too.
        busy = min(busy, running - 1)
      }
    #endif
    return max(busy, 0)
  }
}

#if os(Linux)
  extension Processor {
    private static func countCores() -> Int {
      var cores = Set<String>()
      for processor in 0..<sysconf(Int32(_SC_NPROCESSORS_CONF))
      where odnn_may_use_processor(Int32(processor)) {
        let folder = "/sys/devices/system/cpu/cpu\(processor)/topology"
        cores.insert(firstLine(of: "\(folder)/thread_siblings_list") ?? "\(processor)")
      }
      return min(cores.count, quota() ?? cores.count)
    }

    /// The whole processors that the control group may use, if it is limited.
    private static func quota() -> Int? {
      let words = firstLine(of: "/sys/fs/cgroup/cpu.max")?.split(separator: " ")
      guard let words, words.count == 2, let quota = Double(words[0]),
        let period = Double(words[1]), period > 0
      else { return nil }
      return max(1, Int((quota / period).rounded()))
    }

    /// The threads that run or could run now, of all processes.
    private static func runningCount() -> Int? {
      let words = firstLine(of: "/proc/loadavg")?.split(separator: " ")
      guard let words, words.count >= 4 else { return nil }
      return words[3].split(separator: "/").first.flatMap { Int($0) }
    }

    private static func firstLine(of path: String) -> String? {
      guard let file = fopen(path, "r") else { return nil }
      defer { fclose(file) }
      var line = [CChar](repeating: 0, count: 256)
      guard fgets(&line, Int32(line.count), file) != nil else { return nil }
      let bytes = line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }
      return String(decoding: bytes, as: UTF8.self)
    }
  }
#else
  extension Processor {
    private static func countCores() -> Int {
      // The fast cores; work split evenly waits for the slowest.
      for name in ["hw.perflevel0.physicalcpu", "hw.physicalcpu"] {
        var count: Int32 = 0
        var size = MemoryLayout<Int32>.size
        if sysctlbyname(name, &count, &size, nil, 0) == 0, count > 0 { return Int(count) }
      }
      return sysconf(Int32(_SC_NPROCESSORS_ONLN))
    }
  }
#endif
