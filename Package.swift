// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is strictly memory safe; `PlumbKernels` alone may be unsafe.
let safe: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatWarning("StrictMemorySafety", as: .error),
]

/// What other packages can import, a product each, low to high.
let libraries = [
  "PlumbText", "PlumbFiles", "PlumbTokenizers", "PlumbKernels", "PlumbGraph", "PlumbRuntime",
  "PlumbModels", "VisionModels", "LanguageModels", "FeatureVisualization", "LanguageModeling",
  "CodeTasks", "ReinforcementLearning", "Drift", "ModelTraining", "Reporting", "Laboratory",
  "Reproduction",
]

let package = Package(
  name: "Plumbline",
  platforms: [.macOS(.v15)],
  products: libraries.map { .library(name: $0, targets: [$0]) }
    + [.executable(name: "plumb", targets: ["plumb"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    // C: what Swift cannot say, or cannot say fast enough.
    // oneDNN itself is opened while running; glibc before 2.34 has dlopen in a library of its own.
    .target(
      name: "COneDNN", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
    .target(name: "CKernels"),
    .target(name: "CJail"),
    .target(
      name: "CCodecs",
      linkerSettings: ["jpeg", "png", "z", "lzma", "bz2"].map { .linkedLibrary($0) }),

    // Text: expressions, names that are nearly right.
    .target(name: "PlumbText", swiftSettings: safe),

    // Files: checkpoints, images, archives, labels.
    .target(
      name: "PlumbFiles",
      dependencies: [
        "CCodecs",
        "PlumbText",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["ONNX/onnx.proto", "GraphDef/graphdef.proto"],
      swiftSettings: safe),

    // Byte-level byte pair encoding: text to tokens and back, and its training.
    .target(name: "PlumbTokenizers", swiftSettings: safe),

    // The engine.
    .target(name: "PlumbKernels", dependencies: ["COneDNN", "CKernels"]),
    .target(name: "PlumbGraph", dependencies: ["PlumbText"], swiftSettings: safe),
    .target(
      name: "PlumbRuntime",
      dependencies: ["PlumbFiles", "PlumbGraph", "PlumbKernels", "PlumbText"],
      swiftSettings: safe),

    // Models: how they are found and described; then those of images and those of text.
    .target(
      name: "PlumbModels", dependencies: ["PlumbFiles", "PlumbGraph", "PlumbText"],
      swiftSettings: safe),
    .target(
      name: "VisionModels",
      dependencies: ["PlumbFiles", "PlumbGraph", "PlumbModels", "PlumbRuntime", "PlumbText"],
      // In the code, so that an installed program needs no files beside it.
      resources: [
        .embedInCode("Labels/imagenet1000.tsv"),
        .embedInCode("Labels/inception5h.tsv"),
      ],
      swiftSettings: safe),
    .target(
      name: "LanguageModels",
      dependencies: [
        "PlumbFiles", "PlumbGraph", "PlumbModels", "PlumbRuntime", "PlumbText", "PlumbTokenizers",
      ],
      swiftSettings: safe),

    // Methods.
    .target(
      name: "FeatureVisualization",
      dependencies: [
        "PlumbFiles", "PlumbGraph", "PlumbKernels", "PlumbModels", "PlumbRuntime", "PlumbText",
        "VisionModels",
      ],
      // In the code, so that an installed program needs no files beside it.
      resources: [.embedInCode("Photographs/Resources/photographs.json")],
      swiftSettings: safe),
    .target(
      name: "LanguageModeling",
      dependencies: [
        "LanguageModels", "PlumbFiles", "PlumbGraph", "PlumbKernels", "PlumbModels", "PlumbRuntime",
        "PlumbTokenizers",
      ],
      // In the code, so that an installed program needs no files beside it.
      resources: [.embedInCode("Registers/Resources/registers.txt")],
      swiftSettings: safe),
    .target(
      name: "CodeTasks",
      dependencies: ["CJail", "LanguageModeling", "PlumbKernels", "PlumbRuntime"],
      // In the code, so that an installed program needs no files beside it.
      resources: [
        .embedInCode("Resources/harness.py"),
        .embedInCode("Resources/smallest-equal.json"),
        .embedInCode("Resources/sorted-answer.py"),
      ],
      swiftSettings: safe),

    .target(
      name: "ReinforcementLearning",
      dependencies: [
        "LanguageModeling", "LanguageModels", "PlumbFiles", "PlumbGraph", "PlumbKernels",
        "PlumbModels", "PlumbRuntime", "PlumbText", "PlumbTokenizers",
      ],
      swiftSettings: safe),

    .target(
      name: "Drift",
      dependencies: [
        "LanguageModeling", "LanguageModels", "PlumbFiles", "PlumbGraph", "PlumbKernels",
        "PlumbModels", "PlumbRuntime", "PlumbTokenizers", "ReinforcementLearning", "Reporting",
      ],
      swiftSettings: safe),

    .target(
      name: "ModelTraining",
      dependencies: [
        "CodeTasks", "LanguageModeling", "LanguageModels", "PlumbFiles", "PlumbGraph",
        "PlumbKernels", "PlumbModels", "PlumbRuntime", "PlumbTokenizers", "VisionModels",
      ],
      swiftSettings: safe),

    // Pages that need nothing but themselves: markup, tables, charts.
    .target(name: "Reporting", swiftSettings: safe),

    // Runs, kept; experiments, repeated; reports.
    .target(
      name: "Laboratory",
      dependencies: [
        "PlumbFiles", "Reporting", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: safe),

    // Every experiment, as parts of one report.
    .target(
      name: "Reproduction",
      dependencies: [
        "CodeTasks", "Drift", "FeatureVisualization", "Laboratory", "LanguageModeling",
        "LanguageModels", "PlumbFiles", "PlumbGraph", "PlumbModels", "PlumbRuntime",
        "ReinforcementLearning", "Reporting", "VisionModels",
      ],
      swiftSettings: safe),

    // What `plumb benchmark` runs.
    .target(
      name: "PlumbBenchmarks",
      dependencies: [
        "FeatureVisualization", "LanguageModeling", "LanguageModels", "ModelTraining",
        "PlumbFiles", "PlumbGraph", "PlumbKernels", "PlumbRuntime", "VisionModels",
      ], swiftSettings: safe),

    // The command line.
    .executableTarget(
      name: "FitRegisters", dependencies: ["LanguageModeling", "PlumbFiles", "PlumbRuntime"],
      path: "Examples/FitRegisters", swiftSettings: safe),

    .executableTarget(
      name: "plumb",
      dependencies: [
        "CodeTasks",
        "Drift",
        "FeatureVisualization",
        "Laboratory",
        "LanguageModeling",
        "LanguageModels",
        "ModelTraining",
        "PlumbBenchmarks",
        "PlumbFiles",
        "PlumbGraph",
        "PlumbModels",
        "PlumbRuntime",
        "PlumbTokenizers",
        "ReinforcementLearning",
        "Reporting",
        "Reproduction",
        "VisionModels",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      // It computes nothing itself, comes last and would take a minute to optimize. A library could not
      // say this: packages that depend on it would be refused.
      swiftSettings: safe + [.unsafeFlags(["-Onone"])],
      plugins: ["BuildCommit"]),
    .plugin(name: "BuildCommit", capability: .buildTool()),

    // Examples of use as a library.
    .executableTarget(
      name: "TwoLayerNetwork", dependencies: ["PlumbGraph", "PlumbRuntime"],
      path: "Examples/TwoLayerNetwork", swiftSettings: safe),

    // Tests.
    .target(
      name: "GraphReference", dependencies: ["PlumbGraph"], path: "Tests/Support/GraphReference",
      swiftSettings: safe),
    .target(
      name: "TemporaryFolders", path: "Tests/Support/TemporaryFolders", swiftSettings: safe),
    .target(
      name: "SmallTokenizer", dependencies: ["PlumbTokenizers"],
      path: "Tests/Support/SmallTokenizer", swiftSettings: safe),
    .target(
      name: "Goldens", dependencies: ["PlumbFiles"], path: "Tests/Support/Goldens",
      swiftSettings: safe),
    .testTarget(name: "PlumbTextTests", dependencies: ["PlumbText"], swiftSettings: safe),
    .testTarget(
      name: "PlumbTokenizersTests",
      dependencies: ["Goldens", "PlumbTokenizers", "TemporaryFolders"],
      swiftSettings: safe),
    .testTarget(name: "CKernelsTests", dependencies: ["CKernels"]),
    .testTarget(
      name: "PlumbGraphTests", dependencies: ["PlumbGraph", "GraphReference"],
      resources: [.copy("Goldens")], swiftSettings: safe),
    .testTarget(
      name: "PlumbFilesTests", dependencies: ["Goldens", "PlumbFiles", "TemporaryFolders"],
      exclude: ["Fixtures"],
      swiftSettings: safe),
    .testTarget(name: "PlumbKernelsTests", dependencies: ["PlumbKernels"]),
    .testTarget(
      name: "PlumbModelsTests",
      dependencies: [
        "LanguageModels", "PlumbFiles", "PlumbModels", "TemporaryFolders", "VisionModels",
      ],
      swiftSettings: safe),
    .testTarget(
      name: "VisionModelsTests",
      dependencies: [
        "Goldens", "PlumbFiles", "PlumbGraph", "PlumbModels", "PlumbRuntime", "TemporaryFolders",
        "VisionModels",
      ],
      swiftSettings: safe),
    .testTarget(
      name: "LanguageModelsTests",
      dependencies: [
        "Goldens", "LanguageModels", "PlumbFiles", "PlumbGraph", "PlumbRuntime", "TemporaryFolders",
      ],
      swiftSettings: safe),
    .testTarget(
      name: "FeatureVisualizationTests",
      dependencies: [
        "FeatureVisualization", "Goldens", "PlumbFiles", "PlumbGraph", "PlumbModels",
        "PlumbRuntime", "TemporaryFolders", "VisionModels",
      ],
      swiftSettings: safe),
    .testTarget(
      name: "ModelTrainingTests",
      dependencies: [
        "CodeTasks", "LanguageModeling", "LanguageModels", "ModelTraining", "PlumbFiles",
        "PlumbGraph", "PlumbModels", "PlumbRuntime", "PlumbTokenizers", "TemporaryFolders",
        "VisionModels",
      ],
      swiftSettings: safe),
    .testTarget(
      name: "DriftTests",
      dependencies: [
        "Drift", "LanguageModels", "PlumbFiles", "PlumbKernels", "PlumbModels", "PlumbRuntime",
        "ReinforcementLearning", "SmallTokenizer", "TemporaryFolders",
      ],
      swiftSettings: safe),
    .testTarget(
      name: "ReinforcementLearningTests",
      dependencies: [
        "Goldens", "LanguageModeling", "LanguageModels", "PlumbFiles", "PlumbGraph",
        "PlumbKernels", "PlumbModels", "PlumbRuntime", "PlumbTokenizers", "ReinforcementLearning",
        "SmallTokenizer", "TemporaryFolders",
      ],
      swiftSettings: safe),
    .testTarget(
      name: "CodeTasksTests", dependencies: ["CJail", "CodeTasks", "TemporaryFolders"],
      swiftSettings: safe),
    .testTarget(
      name: "LanguageModelingTests",
      dependencies: [
        "Goldens", "LanguageModeling", "LanguageModels", "PlumbFiles", "PlumbGraph",
        "PlumbKernels", "PlumbModels", "PlumbRuntime",
      ],
      swiftSettings: safe),
    .testTarget(
      name: "LaboratoryTests",
      dependencies: [
        "Laboratory", "Reporting", "TemporaryFolders",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: safe),
    .testTarget(
      name: "ReproductionTests",
      dependencies: [
        "CodeTasks", "Laboratory", "LanguageModeling", "PlumbModels", "ReinforcementLearning",
        "Reporting", "Reproduction", "TemporaryFolders",
      ],
      swiftSettings: safe),
    .testTarget(name: "ReportingTests", dependencies: ["Reporting"], swiftSettings: safe),
    .testTarget(
      name: "PlumbRuntimeTests",
      dependencies: ["Goldens", "GraphReference", "PlumbFiles", "PlumbRuntime", "VisionModels"],
      swiftSettings: safe),
  ]
)
