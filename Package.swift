// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let realModule = Target.Dependency.product(name: "RealModule", package: "swift-numerics")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioConcurrencyHelpers = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")

let package = Package(
    name: "harken",
    products: [.executable(name: "harken", targets: ["harken"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .target(name: "CProducts"),
        .target(name: "LinearAlgebra", dependencies: ["COpenBLAS", "CProducts", realModule], swiftSettings: settings),
        .target(name: "VAE", dependencies: ["LinearAlgebra", realModule], swiftSettings: settings),
        .target(name: "AnomalyDetection", dependencies: ["LinearAlgebra", "VAE", realModule], swiftSettings: settings),
        .target(name: "Storage", dependencies: ["AnomalyDetection", grdb], swiftSettings: settings),
        .target(
            name: "Daemon",
            dependencies: [
                "AnomalyDetection", "Storage", crypto, logging, lifecycle, unixSignals, yams, httpClient,
                hummingbird, nioConcurrencyHelpers, nioCore, nioHTTP1, nioPosix,
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "harken",
            dependencies: [
                "AnomalyDetection", "Daemon", "LinearAlgebra", "Storage", "VAE", argumentParser, logging, nioCore,
                nioPosix,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "LinearAlgebraTests", dependencies: ["CAllocationCounter", "LinearAlgebra", realModule],
            swiftSettings: settings),
        .testTarget(
            name: "VAETests", dependencies: ["CAllocationCounter", "LinearAlgebra", "VAE", realModule],
            exclude: ["Fixtures"], swiftSettings: settings),
        .target(name: "CAllocationCounter", path: "Tests/TestSupport/CAllocationCounter"),
        .target(
            name: "TestSupport", dependencies: ["AnomalyDetection", "CAllocationCounter", "LinearAlgebra", "VAE"],
            path: "Tests/TestSupport", exclude: ["CAllocationCounter"], swiftSettings: settings),
        .testTarget(
            name: "AnomalyDetectionTests",
            dependencies: ["AnomalyDetection", "LinearAlgebra", "TestSupport", "VAE", realModule],
            exclude: ["Decoding/peers", "Evaluation/Fixtures", "Evaluation/peers", "Fixtures"],
            swiftSettings: settings),
        .testTarget(
            name: "StorageTests", dependencies: ["AnomalyDetection", "LinearAlgebra", "Storage", grdb],
            exclude: ["Fixtures"], swiftSettings: settings),
        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "AnomalyDetection", "Daemon", "Storage", logging, lifecycle, nioCore, nioHTTP1, nioPosix,
            ],
            exclude: ["Configuration/peers", "Delivery/peers", "HTTP/peers"], swiftSettings: settings),
        .testTarget(name: "EndToEndTests", dependencies: ["harken"], swiftSettings: settings),
    ]
)
