import Foundation
import Reporting
import Synchronization
import TemporaryFolders
import Testing

@testable import Laboratory

@Suite("Parts of a report")
struct PartRunnerTests {
  private let temporary = TemporaryFolder()

  @Test("Are done once per recipe, and read from the store afterwards")
  func cached() async throws {
    let runner = try PartRunner.sample(in: temporary)
    let counter = Counter()
    let first = try await runner.run([SamplePart(counter: counter)])
    let second = try await runner.run([SamplePart(counter: counter)])
    #expect(counter.count == 1)
    #expect(first.map(\.isCached) == [false])
    #expect(second.map(\.isCached) == [true])
    #expect(first[0].run == second[0].run)
    #expect(first[0].files == second[0].files)
    #expect(first[0].seconds == second[0].seconds)
    let other = SamplePart(recipe: .init(steps: 7), counter: counter)
    #expect(try await runner.run([other])[0].isCached == false)
    #expect(counter.count == 2)
    var fresh = runner
    fresh.isFresh = true
    #expect(try await fresh.run([other])[0].isCached == false)
    #expect(counter.count == 3)
  }

  @Test("Leave a run with recipe, numbers and files")
  func stored() async throws {
    let runner = try PartRunner.sample(in: temporary)
    let result = try #require(try await runner.run([SamplePart(counter: Counter())]).first)
    let record = try runner.store.record(try #require(result.run))
    #expect(record.run.status == .finished)
    #expect(record.run.seed == 3)
    #expect(record.recipe.leaves["recipe.steps"] == "40")
    #expect(record.recipe.leaves["part"] == "sample")
    #expect(record.metrics.count { $0.name == "value" } == 40)
    #expect(record.artifacts.map(\.name) == ["outcome.json", "picture.png"])
  }

  @Test("Fail alone: the reason is shown and the rest goes on")
  func failsAlone() async throws {
    let runner = try PartRunner.sample(in: temporary)
    let counter = Counter()
    let results = try await runner.run([
      SamplePart(name: "a", trouble: .planning, counter: counter),
      SamplePart(name: "b", trouble: .performing, counter: counter),
      SamplePart(name: "c", counter: counter),
    ])
    #expect(
      results.map(\.failure) == ["There is no model 'x'.", "It broke at step 0.", nil])
    let failed = try #require(try runner.store.runs().first { $0.status == .failed })
    #expect(failed.outcome == "It broke at step 0.")
  }

  @Test("Go on after an interrupt where they were, and what was done stays done")
  func interrupted() async throws {
    let runner = try PartRunner.sample(in: temporary)
    let counter = Counter()
    let before = SamplePart(name: "before", counter: counter)
    let stopping = SamplePart(name: "stopped", trouble: .stopping, counter: counter)
    await #expect(throws: CancellationError.self) {
      try await runner.run([before, stopping])
    }
    #expect(
      try runner.store.runs().map(\.status).sorted { $0.rawValue < $1.rawValue } == [
        .finished, .interrupted,
      ])
    let reported = Mutex<[Int]>([])
    let again = SamplePart(name: "stopped", counter: counter)
    let results = try await runner.run([before, again]) { progress in
      if progress.index == 1, let within = progress.within {
        reported.withLock { $0.append(within.done) }
      }
    }
    #expect(results.map(\.failure) == [nil, nil])
    #expect(results[0].isCached)
    #expect(reported.withLock { $0.first } == 26)
    let run = try #require(results[1].run)
    // The numbers of both stretches are in one run.
    #expect(try runner.store.metrics(of: run).count { $0.name == "value" } == 40)
    #expect(try runner.store.runs().count == 2)
  }

  @Test("A cancelled task stops before the next part")
  func cancelled() async throws {
    let runner = try PartRunner.sample(in: temporary)
    let counter = Counter()
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await runner.run([SamplePart(counter: counter)])
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(counter.count == 0)
  }

  @Test("Overall progress rises from 0 to 1 by the parts' expected time")
  func progress() async throws {
    let runner = try PartRunner.sample(in: temporary)
    let seen = Mutex<[Double]>([])
    _ = try await runner.run([
      SamplePart(name: "short", expectedSeconds: 1, counter: Counter()),
      SamplePart(name: "long", expectedSeconds: 3, counter: Counter()),
    ]) { progress in seen.withLock { $0.append(progress.overall) } }
    let values = seen.withLock { $0 }
    #expect(values == values.sorted())
    #expect(values.first == 0)
    #expect(values.last == 1)
    #expect(values.contains(0.25))
  }
}
