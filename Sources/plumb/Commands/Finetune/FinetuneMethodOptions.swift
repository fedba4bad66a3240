import ArgumentParser
import PlumbKernels
import PlumbRuntime
import ReinforcementLearning

/// How a model is fine-tuned.
struct FinetuneMethodOptions: ParsableArguments {
  @Option(help: "Steps; each draws a batch of completions.")
  var steps = 200

  @Option(help: "Completions per step.")
  var batch = 64

  @Option(help: "The most tokens of a completion.")
  var tokens = 30

  @Option(help: "What logits are divided by, in sampling, log-probabilities and KL alike.")
  var temperature: Float = 1

  @Flag(inversion: .prefixedNo, help: "End a completion where the model ends the text.")
  var end = true

  /// Which weights move.
  enum Part: String, ExpressibleByArgument, CaseIterable {
    case finalLayer = "final-layer"
    case lastBlock = "last-block"
    case all, lora
  }

  @Option(help: "Which weights move: final-layer, last-block, all or lora.")
  var train = Part.finalLayer

  @Flag(help: "Train embedding and unembedding as the one matrix that they are.")
  var tie = false

  @Option(help: "The rank of LoRA's matrices.")
  var rank = 8

  @Option(help: "LoRA's alpha: products are multiplied by alpha / rank.")
  var alpha = 16.0

  @Option(
    help: "How the frozen body's weights are kept: fp32, bf16 or int8; the final layer is fp32.")
  var precision = WeightPrecision.fp32

  @Option(help: "reinforce, ppo, rloo or grpo.")
  var algorithm = PolicyMethod.reinforce

  /// What is subtracted from rewards.
  enum BaselineName: String, ExpressibleByArgument, CaseIterable {
    case none, mean, moving
    case leaveOneOut = "leave-one-out"
  }

  @Option(help: "none, mean, leave-one-out or moving; the algorithm's own if not given.")
  var baseline: BaselineName?

  @Option(help: "How slowly a moving baseline follows, 0 to 1.")
  var baselineDecay = 0.9

  @Flag(help: "Credit each token with what it and later ones earned, not with the whole reward.")
  var rewardToGo = false

  @Option(help: "How strongly later rewards count with --reward-to-go, 0 to 1.")
  var discount = 1.0

  @Option(help: "Divide advantages by the deviation: none, population (N) or sample (N - 1).")
  var whiten: String?

  @Option(help: "The clip range of ratios of probabilities.")
  var clip = 0.2

  @Option(help: "Updates per batch.")
  var epochs: Int?

  @Option(help: "The coefficient of the exact KL to the base, per nat.")
  var kl = FinetuneMethodOptions.defaults.penalty.initial

  @Option(help: "Adapt the KL coefficient to this KL of a completion, in nats.")
  var klTarget: Double?

  @Option(help: "How many completions an adaptive KL coefficient takes to react.")
  var klHorizon = 10_000.0

  @Option(help: "What a nat of entropy is worth.")
  var entropy = 0.0

  /// How gradients become steps.
  enum OptimizerName: String, ExpressibleByArgument, CaseIterable {
    case adamw, sgd
  }

  @Option(help: "adamw or sgd.")
  var optimizer = OptimizerName.adamw

  @Option(help: "The learning rate; 0.0003 for adamw and 1 for sgd if not given.")
  var learningRate: Double?

  @Option(help: "Steps in which the learning rate rises from 0.")
  var warmup = 0

  @Option(help: "The norm to which longer gradients are shortened.")
  var clippingNorm: Double?

  private static let defaults = FineTuningRecipe(
    model: .init(name: "", digest: ""), reward: .length, prompts: [], threads: 1)

  func validate() throws {
    if tie, train != .finalLayer {
      throw ValidationError("--tie goes with --train final-layer, not \(train.rawValue).")
    }
    if let whiten, whiten != "none", Whitening.Deviation(rawValue: whiten) == nil {
      throw ValidationError("--whiten must be none, population or sample, not '\(whiten)'.")
    }
    guard (0...1).contains(baselineDecay) else {
      throw ValidationError("--baseline-decay must be 0 to 1, not \(baselineDecay).")
    }
    guard (0...1).contains(discount) else {
      throw ValidationError("--discount must be 0 to 1, not \(discount).")
    }
    if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
      throw ValidationError("--learning-rate must be above 0, not \(learningRate).")
    }
    guard warmup >= 0 else {
      throw ValidationError("--warmup must be 0 or more, not \(warmup).")
    }
  }

  /// Writes the options into a recipe.
  func apply(to recipe: inout FineTuningRecipe) throws {
    recipe.steps = steps
    recipe.batch = batch
    recipe.tokens = tokens
    recipe.temperature = temperature
    recipe.stopsAtEnd = end
    switch train {
    case .finalLayer: recipe.trainedPart = tie ? .tiedFinalLayer : .finalLayer
    case .lastBlock: recipe.trainedPart = .lastBlock
    case .all: recipe.trainedPart = .all
    case .lora: recipe.trainedPart = .lowRank(rank: rank, alpha: alpha)
    }
    recipe.precision = precision
    recipe.apply(algorithm)
    switch baseline {
    case nil: break
    case .some(.none): recipe.advantage.baseline = .none
    case .mean: recipe.advantage.baseline = .mean
    case .leaveOneOut: recipe.advantage.baseline = .leaveOneOut
    case .moving: recipe.advantage.baseline = .moving(decay: baselineDecay)
    }
    if rewardToGo { recipe.advantage.credit = .rewardToGo(discount: discount) }
    if let whiten {
      recipe.advantage.whitening = Whitening.Deviation(rawValue: whiten).map { Whitening($0) }
    }
    switch recipe.objective.ratio {
    case .none: break
    case .token: recipe.objective.ratio = .token(clip: clip)
    case .sequence: recipe.objective.ratio = .sequence(clip: clip)
    }
    if let epochs { recipe.epochs = epochs }
    recipe.penalty =
      klTarget.map { .adaptive(initial: kl, target: $0, horizon: klHorizon) } ?? .fixed(kl)
    recipe.entropyBonus = entropy
    recipe.optimizer = optimizer == .sgd ? .sgd() : .adamW()
    let rate = learningRate ?? (optimizer == .sgd ? 1 : 3e-4)
    recipe.schedule =
      warmup == 0
      ? .constant(rate) : .linear(peak: rate, warmup: warmup, total: steps, floor: rate)
    recipe.clippingNorm = clippingNorm
  }
}

extension PolicyMethod: ExpressibleByArgument {}
