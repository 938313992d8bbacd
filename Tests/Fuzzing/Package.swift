// swift-tools-version: 6.2
import PackageDescription

// A package of its own, because libFuzzer brings its own `main` and its flags must not reach the daemon. It compiles the
// decoders' sources again (the links in Sources/AnomalyDetection), so that they are instrumented. `./fuzz` builds and runs it.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library"]),
]

func fuzzer(_ name: String) -> Target {
    .executableTarget(
        name: name,
        dependencies: ["AnomalyDetection", "FuzzSupport", "FuzzerMain"],
        swiftSettings: settings,
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"]), .linkedLibrary("m")])
}

let package = Package(
    name: "fuzzing",
    targets: [
        .target(name: "AnomalyDetection", swiftSettings: settings),
        .target(name: "FuzzSupport", dependencies: ["AnomalyDetection"], swiftSettings: settings),
        .target(name: "FuzzerMain"),
        fuzzer("FuzzLineProtocol"),
        fuzzer("FuzzCSV"),
        fuzzer("FuzzJSONLines"),
    ]
)
