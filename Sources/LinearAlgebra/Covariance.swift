/// The mean of a matrix's rows (columns) and their covariance (columns × columns), divided by the number of rows less one.
///
/// The rows are centered in `Double`, multiplied in `Float` and summed in `Double` between chunks of rows, so the error
/// does not grow with their number. The covariance is exactly symmetric. At least two rows are needed.
package func covariance(of rows: Matrix) -> (mean: [Double], covariance: [Double]) {
    let (n, d) = (rows.rowCount, rows.columnCount)
    precondition(n >= 2, "the covariance of \(n) rows; two are needed")
    var mean = [Double](repeating: 0, count: d)
    for row in 0..<n {
        for column in 0..<d { mean[column] += Double(rows.elements[row * d + column]) }
    }
    for column in 0..<d { mean[column] /= Double(n) }

    // So few rows that what they hold stays in a cache while each column is multiplied with each; a sum of so many products
    // has six digits in `Float`.
    let chunkLimit = 256
    var centered = [Float](repeating: 0, count: min(n, chunkLimit) * d)
    var product = [Float](repeating: 0, count: d * d)
    var sum = [Double](repeating: 0, count: d * d)
    var start = 0
    while start < n {
        let count = min(chunkLimit, n - start)
        for row in 0..<count {
            for column in 0..<d {
                let value = Double(rows.elements[(start + row) * d + column])
                centered[row * d + column] = Float(value - mean[column])
            }
        }
        let chunk = centered.span.extracting(0..<count * d)
        var target = product.mutableSpan
        multiply(chunk, .transposed, by: chunk, rows: d, inner: count, columns: d, into: &target)
        for row in 0..<d {
            for index in row * d + row..<(row + 1) * d { sum[index] += Double(product[index]) }
        }
        start += count
    }
    for row in 0..<d {
        for column in row..<d {
            let value = sum[row * d + column] / Double(n - 1)
            sum[row * d + column] = value
            sum[column * d + row] = value
        }
    }
    return (mean, sum)
}
