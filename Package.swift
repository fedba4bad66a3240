// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is strictly memory safe; `PlumbKernels` alone may be unsafe.
let safe: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatWarning("StrictMemorySafety", as: .error),
]

let package = Package(
  name: "Plumbline",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "plumb", targets: ["plumb"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
  ],
  targets: [
    // C: what Swift cannot say, or cannot say fast enough.
    .target(name: "COneDNN"),
    .target(name: "CKernels"),
    .target(
      name: "CCodecs",
      linkerSettings: ["jpeg", "png", "z", "lzma", "bz2"].map { .linkedLibrary($0) }),

    // Files: checkpoints, images, archives, labels.
    .target(
      name: "PlumbFiles",
      dependencies: [
        "CCodecs",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["ONNX/onnx.proto", "GraphDef/graphdef.proto"],
      swiftSettings: safe),

    // The engine.
    .target(name: "PlumbKernels", dependencies: ["COneDNN", "CKernels"]),
    .target(name: "PlumbGraph", swiftSettings: safe),
    .target(name: "PlumbRuntime", dependencies: ["PlumbGraph", "PlumbKernels"], swiftSettings: safe),

    // The command line.
    .executableTarget(
      name: "plumb",
      dependencies: [
        "PlumbRuntime",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: safe),

    // Tests.
    .testTarget(name: "PlumbGraphTests", dependencies: ["PlumbGraph"], swiftSettings: safe),
    .testTarget(
      name: "PlumbFilesTests", dependencies: ["PlumbFiles"], exclude: ["Fixtures"],
      swiftSettings: safe),
  ]
)
