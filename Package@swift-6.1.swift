// swift-tools-version: 6.1
// Written by cmake/update-lists from Package.swift.
import PackageDescription

/// OpenCL is a package trait that is on by default: `--disable-default-traits` builds without OpenCL headers.
let openCL: TargetDependencyCondition? = .when(traits: ["OpenCL"])

/// File formats of other libraries are a trait that is on by default too; they need the headers of zlib, libpng and libjpeg-turbo.
let formats: BuildSettingCondition = .when(traits: ["Formats"])

/// Lists of the CMake build, which SwiftPM must not take for resources.
let lists = ["CMakeLists.txt"]

/// C kernels are optimized in debug builds too, where they would be some twenty times slower. Toolchains before 6.2 refuse such flags of
/// dependencies: for them there is Package@swift-6.1.swift, which `cmake/update-lists` writes from this file.
let optimized: [CSetting] = []

let package = Package(
    name: "Unloop",
    products: [
        .library(name: "Unloop", targets: ["Unloop"]),
        // PNG, JPEG, gzip and NPZ; who imports only `Unloop` needs none of the libraries behind them.
        .library(name: "UnloopFormats", targets: ["UnloopFormats"]),
        .executable(name: "unloop", targets: ["unloop-cli"]),
        // Loaded between OpenCL's loader and its drivers, by tests alone.
        .library(name: "UnloopOpenCLLayer", type: .dynamic, targets: ["UnloopOpenCLLayer"]),
    ],
    traits: [
        .trait(name: "OpenCL", description: "The OpenCL backend; needs ocl-icd-opencl-dev."),
        .trait(
            name: "Formats",
            description: "PNG, JPEG, gzip and NPZ files; needs libpng-dev, libjpeg62-turbo-dev and zlib1g-dev."),
        .default(enabledTraits: ["OpenCL", "Formats"]),
    ],
    targets: [
        // C kernels. `formulas` and `dialect` are shared by every device.
        .target(name: "CUnloopFormulas", path: "CKernels/formulas", exclude: lists, cSettings: optimized),
        .target(name: "CUnloopCPU", path: "CKernels/cpu", exclude: lists, cSettings: optimized),
        .target(name: "CUnloopOpenCL", path: "CKernels/opencl", exclude: lists + ["kernels"]),
        .systemLibrary(name: "COpenCL", pkgConfig: "OpenCL", providers: [.apt(["ocl-icd-opencl-dev"])]),

        // Backends.
        .target(name: "UnloopBackend", dependencies: ["CUnloopFormulas"], exclude: lists + ["Numerics.md"]),
        .target(name: "UnloopLoop", dependencies: ["UnloopBackend", "CUnloopFormulas"], exclude: lists),
        .target(name: "UnloopCPU", dependencies: ["UnloopBackend", "CUnloopCPU"], exclude: lists),
        .target(
            name: "UnloopOpenCL",
            dependencies: [
                "UnloopBackend", "UnloopLoop", "CUnloopOpenCL", .target(name: "COpenCL", condition: openCL),
            ], exclude: lists),

        // Layers.
        .target(
            name: "UnloopTensor",
            dependencies: [
                "UnloopBackend", "UnloopLoop", "UnloopCPU", .target(name: "UnloopOpenCL", condition: openCL),
            ], exclude: lists),
        .target(name: "CUnloopData", exclude: lists + ["Resources"], cSettings: optimized),
        .target(name: "UnloopData", dependencies: ["UnloopTensor", "CUnloopData"], exclude: lists),
        .target(
            name: "CUnloopFormats", exclude: lists,
            cSettings: optimized + [.define("UNLOOP_FORMATS", formats)],
            linkerSettings: [
                .linkedLibrary("png", formats), .linkedLibrary("jpeg", formats), .linkedLibrary("z", formats),
            ]),
        .target(
            name: "UnloopFormats", dependencies: ["UnloopBackend", "UnloopData", "CUnloopFormats"], exclude: lists),
        .target(name: "UnloopPlot", exclude: lists),
        .target(name: "UnloopNetwork", dependencies: ["UnloopTensor", "UnloopData", "UnloopPlot"], exclude: lists),
        .target(
            name: "Unloop", dependencies: ["UnloopTensor", "UnloopData", "UnloopNetwork", "UnloopPlot"], exclude: lists),

        // What tests and the command line hold devices and operations to.
        .target(
            name: "UnloopConformance",
            dependencies: [
                "UnloopBackend", "UnloopTensor", "UnloopCPU", .target(name: "UnloopOpenCL", condition: openCL),
            ], exclude: lists),

        // The examples and the command line.
        .target(name: "UnloopExamples", dependencies: ["Unloop"], path: "Benchmarks/examples", exclude: lists),
        .executableTarget(
            name: "unloop-cli",
            dependencies: [
                "Unloop", "UnloopExamples", "UnloopConformance", "UnloopLoop", "UnloopCPU",
                .target(name: "COpenCL", condition: openCL),
                .target(name: "UnloopOpenCL", condition: openCL),
            ],
            path: "Benchmarks/unloop", exclude: lists),

        // What tests make OpenCL calls fail with.
        .target(name: "UnloopOpenCLLayer", path: "Tests/OpenCLLayer"),
        .target(name: "OpenCLLayerControl", path: "Tests/OpenCLLayerControl"),
        .executableTarget(
            name: "fault-injection",
            dependencies: [
                "Unloop", "UnloopLoop", "OpenCLLayerControl", .target(name: "UnloopOpenCL", condition: openCL),
            ], path: "Tests/FaultInjection"),
        .executableTarget(
            name: "stop-and-resume", dependencies: ["Unloop", "UnloopBackend", "UnloopCPU", "UnloopConformance"],
            path: "Tests/StopAndResume"),
        .executableTarget(
            name: "large-data", dependencies: ["Unloop", "UnloopFormats"], path: "Tests/LargeData"),

        // Tests.
        .testTarget(
            name: "FormulaTests",
            dependencies: ["CUnloopFormulas", "CUnloopCPU", "UnloopBackend", "UnloopLoop", "UnloopCPU"]),
        .testTarget(
            name: "BackendTests",
            dependencies: [
                "UnloopConformance", "UnloopLoop", "UnloopCPU", "CUnloopFormulas",
                .target(name: "UnloopOpenCL", condition: openCL),
            ]),
        .testTarget(
            name: "OpenCLTests",
            dependencies: [
                "UnloopBackend", "UnloopLoop", "UnloopTensor", "UnloopConformance", "OpenCLLayerControl",
                .target(name: "UnloopOpenCL", condition: openCL), .target(name: "COpenCL", condition: openCL),
            ]),
        .testTarget(name: "TensorTests", dependencies: ["UnloopTensor", "UnloopConformance"], exclude: ["Golden"]),
        .testTarget(name: "DataTests", dependencies: ["UnloopData"], exclude: ["Golden"]),
        .testTarget(name: "FormatsTests", dependencies: ["UnloopFormats"], exclude: ["Golden"]),
        .testTarget(
            name: "NetworkTests", dependencies: ["UnloopNetwork", "UnloopConformance", "UnloopLoop", "UnloopCPU"],
            exclude: ["Golden"]),
        .testTarget(
            name: "FuzzTests",
            dependencies: ["UnloopFormats", "UnloopNetwork", .target(name: "UnloopOpenCL", condition: openCL)],
            exclude: ["Corpus"]),
        .testTarget(name: "PlotTests", dependencies: ["UnloopPlot"]),
        .testTarget(name: "ExampleTests", dependencies: ["UnloopExamples"]),
        .testTarget(name: "CommandTests", dependencies: ["unloop-cli"]),
        .testTarget(name: "DocumentationTests", dependencies: ["Unloop"]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu2x
)
