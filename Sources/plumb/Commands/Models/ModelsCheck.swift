import ArgumentParser
import Foundation
import LanguageModels
import PlumbModels
import VisionModels

extension Models {
  /// Tests a model, and finds out which preprocessing it was trained with.
  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Test a model, and find out which preprocessing it was trained with.",
      discussion: """
        Runs photographs whose classes are known through the usual preprocessings (range, mean and \
        deviation, channel order) and says with which one the model knows them best. A wrong \
        preprocessing raises no error anywhere, but makes every picture of a unit worse. The \
        photographs are those of a folder with index.tsv, or with the class in each path.
        """)

    @Argument(help: "A model's name from 'plumb models list', or a path.")
    var model: String

    @Option(
      help: """
        A folder of labelled photographs; $PLUMB_DATA/imagenet_samples224 or \
        ../shared/data/imagenet_samples224 if it is there.
        """)
    var images: String?

    @OptionGroup var options: ModelOptions
    @OptionGroup var threads: ThreadOptions

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    func run() async throws {
      threads.apply()
      let location = try options.find(model)
      guard location.kind == .vision else {
        let check = try LanguageModelCheck(options.languageModel(model))
        try report(check.findings, nil, name: location.name)
        return
      }
      let model = try options.visionModel(model)
      let findings = try VisionModelCheck(model).findings
      if !json { Self.print(findings) }
      guard let folder = images ?? Self.usualFolder else {
        if !json {
          Swift.print(
            "Preprocessing not checked: no labelled photographs here; name a folder with --images.")
        }
        if json { try report(findings, nil, name: model.name) }
        return try fail(findings)
      }
      let labelled = try LabelledImages(folder: folder)
      let isQuiet = json
      let check = try await interruptible {
        let line = ProgressLine("photographs", unit: "runs", isSilent: isQuiet)
        defer { line.finish() }
        return try PreprocessingCheck(model, on: labelled, folder: folder) { done, total in
          line.update(done, of: total)
        }
      }
      if json {
        try report(findings, check, name: model.name)
      } else {
        Self.print(check)
      }
      try fail(findings)
    }

    /// Where the repository's tests have labelled photographs.
    private static var usualFolder: String? {
      var folders = ["../shared/data/imagenet_samples224"]
      if let data = ProcessInfo.processInfo.environment["PLUMB_DATA"] {
        folders.insert("\(data)/imagenet_samples224", at: 0)
      }
      return folders.first { FileManager.default.fileExists(atPath: $0) }
    }

    private func fail(_ findings: [ModelFinding]) throws {
      if findings.contains(where: { !$0.isGood }) { throw ExitCode(1) }
    }

    private static func print(_ findings: [ModelFinding]) {
      for finding in findings {
        let name = finding.name.padding(toLength: 10, withPad: " ", startingAt: 0)
        Swift.print("\(finding.isGood ? "good" : "BAD ")  \(name) \(finding.detail)")
      }
    }

    private static func print(_ check: PreprocessingCheck) {
      Swift.print("\n\(check.imageCount) photographs          top-1   top-5  log probability")
      for result in check.results {
        let name = result.candidate.name.padding(toLength: 44, withPad: " ", startingAt: 0)
        Swift.print(
          name
            + String(
              format: "%6.1f %% %6.1f %% %9.3f", result.top1 * 100, result.top5 * 100,
              result.meanLogProbability))
      }
      for problem in check.damaged { Swift.print("Left out: \(problem)") }
      Swift.print("")
      switch check.verdict {
      case .noneIsRight:
        Swift.print(
          "No preprocessing does better than chance: the weights are random, or the labels or the"
            + " variant are not the model's.")
      case .trainedWith(let candidate, let others):
        Swift.print("Trained with: \(candidate.name) (\(candidate.input.formula)).")
        if !others.isEmpty {
          Swift.print(
            "These photographs do not rule out: \(others.map(\.name).joined(separator: "; ")).")
        }
        if let own = check.described, own != candidate, !others.contains(own) {
          Swift.print("The model's description says otherwise: \(own.input.formula).")
        }
      }
    }

    private func report(
      _ findings: [ModelFinding], _ check: PreprocessingCheck?, name: String
    ) throws {
      guard json else {
        Self.print(findings)
        return try fail(findings)
      }
      try CommandOutput("models check", Fields(name, findings, check)).print()
    }

    private struct Fields: Encodable {
      struct Row: Encodable {
        let name: String
        let input: InputDescription
        let top1: Double
        let top5: Double
        let meanLogProbability: Double
      }

      let model: String
      let findings: [ModelFinding]
      let images: Int?
      let damaged: [String]?
      let candidates: [Row]?
      let trainedWith: String?
      let alsoPossible: [String]?

      init(
        _ model: String, _ findings: [ModelFinding], _ check: PreprocessingCheck?
      ) {
        self.model = model
        self.findings = findings
        images = check?.imageCount
        damaged = check?.damaged
        candidates = check?.results.map {
          Row(
            name: $0.candidate.name, input: $0.candidate.input, top1: $0.top1, top5: $0.top5,
            meanLogProbability: $0.meanLogProbability)
        }
        if case .trainedWith(let candidate, let others)? = check?.verdict {
          trainedWith = candidate.name
          alsoPossible = others.map(\.name)
        } else {
          (trainedWith, alsoPossible) = (nil, nil)
        }
      }
    }
  }
}
