#include "products.h"

#include <limits.h>

// A multiply-add is fused where a kernel says so and nowhere else.
#pragma STDC FP_CONTRACT OFF

// The panel of the right factor that is reused for the rows: it fits a first-level cache. Rows are taken in portions,
// whose factors of one piece stay in a cache from one panel to the next, as their sums do from one piece to the next.
#define PANEL_COLUMNS 128
#define PANEL_ROWS 128

typedef float floats4 __attribute__((ext_vector_type(4)));
typedef float floats8 __attribute__((ext_vector_type(8)));
typedef float floats16 __attribute__((ext_vector_type(16)));
typedef int integers4 __attribute__((ext_vector_type(4)));
typedef int integers8 __attribute__((ext_vector_type(8)));
typedef int integers16 __attribute__((ext_vector_type(16)));
typedef floats4 floats4_unaligned __attribute__((aligned(4), may_alias));
typedef floats8 floats8_unaligned __attribute__((aligned(4), may_alias));
typedef floats16 floats16_unaligned __attribute__((aligned(4), may_alias));

#define floats_(lanes) floats##lanes
#define floats(lanes) floats_(lanes)
#define integers_(lanes) integers##lanes
#define integers(lanes) integers_(lanes)
#define floats_unaligned_(lanes) floats##lanes##_unaligned
#define floats_unaligned(lanes) floats_unaligned_(lanes)

#if defined(__x86_64__)

#include <immintrin.h>

// Eight lanes of which the first `count` are set begin at 8 − count.
static const int first_lanes[16] = {-1, -1, -1, -1, -1, -1, -1, -1};

#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
#define KERNEL(name) name##_avx512
#define LANES 16
#define REGISTERS 32
#define FUSED 1
#include "kernel.inc.h"
#undef KERNEL
#undef LANES
#undef REGISTERS
#undef FUSED
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KERNEL(name) name##_avx2
#define LANES 8
#define REGISTERS 16
#define FUSED 1
#include "kernel.inc.h"
#undef KERNEL
#undef LANES
#undef REGISTERS
#undef FUSED
#pragma clang attribute pop

#define REGISTERS 16
#define FUSED 0

#else

#define REGISTERS 32
#define FUSED 1

#endif

#define KERNEL(name) name##_baseline
#define LANES 4
#include "kernel.inc.h"

bool harken_kernel_is_supported(harken_kernel kernel) {
    switch (kernel) {
    case HARKEN_KERNEL_BASELINE: return true;
#if defined(__x86_64__)
    case HARKEN_KERNEL_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case HARKEN_KERNEL_AVX512: return __builtin_cpu_supports("avx512f");
#else
    case HARKEN_KERNEL_AVX2:
    case HARKEN_KERNEL_AVX512: return false;
#endif
    }
}

// Calls a function of one kernel.
#if defined(__x86_64__)
#define CALL(name, ...)                                                                                                \
    switch (kernel) {                                                                                                  \
    case HARKEN_KERNEL_AVX512: name##_avx512(__VA_ARGS__); break;                                                      \
    case HARKEN_KERNEL_AVX2: name##_avx2(__VA_ARGS__); break;                                                          \
    case HARKEN_KERNEL_BASELINE: name##_baseline(__VA_ARGS__); break;                                                  \
    }
#else
#define CALL(name, ...) ((void)kernel, name##_baseline(__VA_ARGS__))
#endif

void harken_multiply(harken_kernel kernel, const float *a, bool a_transposed, const float *b, bool b_transposed,
                     size_t m, size_t k, size_t n, float scale, bool accumulates, float *c) {
    CALL(multiply, a, a_transposed, b, b_transposed, m, k, n, scale, accumulates, c);
}

void harken_multiply_block(harken_kernel kernel, const float *a, bool a_is_by_rows, const float *b, bool transposed,
                           size_t k, size_t n, float *c) {
    CALL(multiply_block, a, a_is_by_rows, b, transposed, k, n, c);
}

void harken_tanh(harken_kernel kernel, const float *bias, size_t rows, size_t columns, float *x) {
    CALL(tanh, bias, rows, columns, x);
}

void harken_block_tanh(harken_kernel kernel, const float *bias, size_t n, float *block) {
    CALL(block_tanh, bias, n, block);
}

void harken_move_by_adam(harken_kernel kernel, const harken_adam_step *step, const float *gradient, size_t count,
                         float *parameters, float *mean, float *square) {
    CALL(move_by_adam, step, gradient, count, parameters, mean, square);
}

void harken_centered_means(harken_kernel kernel, const float *x, size_t blocks, size_t rows, size_t columns,
                           float *means) {
    CALL(centered_means, x, blocks, rows, columns, means);
}

void harken_column_moments(harken_kernel kernel, const float *x, size_t rows, size_t columns, float *means,
                           float *squares) {
    CALL(column_moments, x, rows, columns, means, squares);
}

void harken_column_statistics(harken_kernel kernel, const float *x, size_t rows, size_t columns, float *numbers) {
    CALL(column_statistics, x, rows, columns, numbers);
}

void harken_difference(harken_kernel kernel, const harken_scaled_rows *left, const harken_scaled_rows *right,
                       const float *weights, size_t rows, size_t columns, float *even, float *weighted) {
    CALL(difference, left, right, weights, rows, columns, even, weighted);
}

void harken_sum_numbers(harken_kernel kernel, const float *x, size_t first, size_t rows, size_t columns, float *sums,
                        size_t *count) {
    CALL(sum_numbers, x, first, rows, columns, sums, count);
}

void harken_find_nearest(harken_kernel kernel, const float *products, const float *offsets, size_t count,
                         harken_nearest *nearest) {
    CALL(nearest, products, offsets, count, nearest);
}

void harken_find_nearest_windows(harken_kernel kernel, const float *products, const float *bases,
                                 const float *energies, const float *gains, size_t count, float base, float energy,
                                 float gain, harken_nearest *course, harken_nearest *shape) {
    CALL(nearest_windows, products, bases, energies, gains, count, base, energy, gain, course, shape);
}
