import ArgumentParser

/// What models are here, what they are, and whether they are used rightly.
struct Models: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the models that are here, describe and check them, download others.",
    discussion: """
      A model is a folder with plumb.json, a Hugging Face folder, or a file: .onnx, a TensorFlow \
      graph .pb, or weights .safetensors, .pth, .pt of a built-in architecture. Names are looked for \
      in --models DIR, $PLUMB_MODELS, the repository's Models, what is installed, the user's data \
      folder and Hugging Face's cache.
      """,
    subcommands: [List.self, Info.self, Check.self, Pull.self], defaultSubcommand: List.self)
}
