// Matrix products in which each element of the result is summed in one fixed order, whatever the sizes around it are;
// and the functions of single elements beside them that cost most.
//
// An element c[r][j] is a sum over p of a[r][p] · b[p][j], taken in pieces of HARKEN_PIECE: within a piece the
// products are added one after the other to zero, by fused multiply-add where the kernel has it; the pieces' sums are
// added one after the other to the first. Vectors lie across elements, never along a sum, so that the number of rows,
// their places, the number of columns and which of the functions below is called make no difference to the bits.

#ifndef HARKEN_PRODUCTS_H
#define HARKEN_PRODUCTS_H

#include <stdbool.h>
#include <stddef.h>

/// How many products are summed before their sum is added to the others.
#define HARKEN_PIECE 64

/// The rows of a block that is stored feature by feature.
#define HARKEN_BLOCK_ROWS 16

/// The most blocks that windows are averaged over.
#define HARKEN_MOST_BLOCKS 32

/// The instructions that a kernel is made of. Those with fused multiply-add give the same bits as each other.
typedef enum {
    /// What every processor of the architecture has: SSE2 on x86-64 (not fused), NEON on arm64 (fused).
    HARKEN_KERNEL_BASELINE = 0,
    /// AVX2 and FMA.
    HARKEN_KERNEL_AVX2 = 1,
    /// AVX-512F.
    HARKEN_KERNEL_AVX512 = 2,
} harken_kernel;

/// Whether this processor and operating system can run a kernel.
bool harken_kernel_is_supported(harken_kernel kernel);

/// `c = scale · op(a) · op(b)`, all row by row, or with `accumulates` that much more than `c` held: op(a) is (m × k),
/// op(b) is (k × n), `c` is (m × n).
///
/// A transposed factor is stored with rows and columns exchanged. Each piece's sum is multiplied by `scale`; with
/// `accumulates` the first too is added to what `c` held. `c` overlaps neither factor. The kernel is one that is
/// supported.
void harken_multiply(harken_kernel kernel, const float *a, bool a_transposed, const float *b, bool b_transposed,
                     size_t m, size_t k, size_t n, float scale, bool accumulates, float *c);

/// `c = a · op(b)` for a block of sixteen rows, the result feature by feature: `c` is (n × 16).
///
/// `a` is stored by features (k × 16) or, with `a_is_by_rows`, by rows (16 × k); the rest is as in
/// harken_multiply, which gives the same bits.
void harken_multiply_block(harken_kernel kernel, const float *a, bool a_is_by_rows, const float *b, bool transposed,
                           size_t k, size_t n, float *c);

// Functions of single elements. Nothing in them is fused: all kernels give the same bits, wherever an element stands.

/// Adds `bias` (columns), unless it is null, to each row of `x` (rows × columns), and replaces the sums by their
/// hyperbolic tangents.
///
/// The error is at most 1e-6; the function is exactly odd, never leaves −1…1, and keeps NaN.
void harken_tanh(harken_kernel kernel, const float *bias, size_t rows, size_t columns, float *x);

/// The same for a block of sixteen rows stored feature by feature: `bias` is (n), `block` is (n × 16).
void harken_block_tanh(harken_kernel kernel, const float *bias, size_t n, float *block);

/// The numbers of one step of the Adam optimizer, which are the same for all parameters.
typedef struct {
    /// What is kept of the running mean and of the running square.
    float mean_decay, square_decay;
    /// The rate, corrected for a mean that began at zero, and the correction of the square.
    float rate, square_factor;
    /// What is added to the square's root.
    float epsilon;
} harken_adam_step;

/// Moves `count` parameters by one step, and their running means and squares with the gradient. Nothing overlaps.
void harken_move_by_adam(harken_kernel kernel, const harken_adam_step *step, const float *gradient, size_t count,
                         float *parameters, float *mean, float *square);

// Functions of windows, row by row (rows × columns). Nothing in them is fused, and the order of a sum depends on the
// sizes alone: all kernels give the same bits.

/// Writes the mean of each column over each of several blocks of rows, less the mean of them all, (blocks × columns).
/// There are at most HARKEN_MOST_BLOCKS; `x` is (blocks · rows × columns).
void harken_centered_means(harken_kernel kernel, const float *x, size_t blocks, size_t rows, size_t columns,
                           float *means);

/// Writes the mean of each column, and the sum of its squared differences from it.
void harken_column_moments(harken_kernel kernel, const float *x, size_t rows, size_t columns, float *means,
                           float *squares);

/// Writes mean, deviation, range, largest, smallest and mean absolute step of each column, (6 × columns). `x` is
/// (rows + 1 × columns): from its first row, at least one more follows, only the first step is taken.
void harken_column_statistics(harken_kernel kernel, const float *x, size_t rows, size_t columns, float *numbers);

/// Rows less the mean of each column, times a factor.
typedef struct {
    const float *elements, *means;
    float factor;
} harken_scaled_rows;

/// Writes the sum of the squared differences of two windows, and the same sum with a weight for each row.
void harken_difference(harken_kernel kernel, const harken_scaled_rows *left, const harken_scaled_rows *right,
                       const float *weights, size_t rows, size_t columns, float *even, float *weighted);

/// Writes the sum of each column over what is not NaN, and how many elements are not. Rows are added one after the other,
/// the one at `first` before all.
void harken_sum_numbers(harken_kernel kernel, const float *x, size_t first, size_t rows, size_t columns, float *sums,
                        size_t *count);

/// The smallest of some values, and where it is; of equal ones the first, and no NaN.
typedef struct {
    float value;
    size_t place;
} harken_nearest;

/// The smallest of `offset − 2 · product`.
void harken_find_nearest(harken_kernel kernel, const float *products, const float *offsets, size_t count,
                         harken_nearest *nearest);

/// The smallest of `base + its base − 2 · product`, which is no less than 0, and of the distance of shapes that follows
/// from it: `gain² · energy + its gain² · its energy − gain · its gain · (energy + its energy − that)`.
void harken_find_nearest_windows(harken_kernel kernel, const float *products, const float *bases,
                                 const float *energies, const float *gains, size_t count, float base, float energy,
                                 float gain, harken_nearest *course, harken_nearest *shape);

#endif
