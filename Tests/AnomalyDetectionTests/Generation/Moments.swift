/// Moments of samples.
enum Moments {
    static func mean(_ values: some Collection<Double>) -> Double {
        values.reduce(0, +) / Double(values.count)
    }

    static func deviation(_ values: some Collection<Double>) -> Double {
        let center = mean(values)
        return mean(values.map { ($0 - center) * ($0 - center) }).squareRoot()
    }

    static func correlation(_ first: ArraySlice<Double>, _ second: ArraySlice<Double>) -> Double {
        let (firstMean, secondMean) = (mean(first), mean(second))
        let products = zip(first, second).map { ($0 - firstMean) * ($1 - secondMean) }
        return mean(products) / (deviation(first) * deviation(second))
    }
}
