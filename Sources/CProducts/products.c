#include "products.h"

// A multiply-add is fused where a kernel says so and nowhere else.
#pragma STDC FP_CONTRACT OFF

// The panel of the right factor that is reused for the rows: it fits a first-level cache. Rows are taken in portions,
// whose factors of one piece stay in a cache from one panel to the next, as their sums do from one piece to the next.
#define PANEL_COLUMNS 128
#define PANEL_ROWS 128

typedef float floats4 __attribute__((ext_vector_type(4)));
typedef float floats8 __attribute__((ext_vector_type(8)));
typedef float floats16 __attribute__((ext_vector_type(16)));
typedef floats4 floats4_unaligned __attribute__((aligned(4), may_alias));
typedef floats8 floats8_unaligned __attribute__((aligned(4), may_alias));
typedef floats16 floats16_unaligned __attribute__((aligned(4), may_alias));

#define floats_(lanes) floats##lanes
#define floats(lanes) floats_(lanes)
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

void harken_multiply(harken_kernel kernel, const float *a, bool a_transposed, const float *b, bool b_transposed,
                     size_t m, size_t k, size_t n, float scale, bool accumulates, float *c) {
    switch (kernel) {
#if defined(__x86_64__)
    case HARKEN_KERNEL_AVX512:
        multiply_avx512(a, a_transposed, b, b_transposed, m, k, n, scale, accumulates, c);
        return;
    case HARKEN_KERNEL_AVX2:
        multiply_avx2(a, a_transposed, b, b_transposed, m, k, n, scale, accumulates, c);
        return;
#endif
    default:
        multiply_baseline(a, a_transposed, b, b_transposed, m, k, n, scale, accumulates, c);
        return;
    }
}

void harken_multiply_block(harken_kernel kernel, const float *a, bool a_is_by_rows, const float *b, bool transposed,
                           size_t k, size_t n, float *c) {
    switch (kernel) {
#if defined(__x86_64__)
    case HARKEN_KERNEL_AVX512: multiply_block_avx512(a, a_is_by_rows, b, transposed, k, n, c); return;
    case HARKEN_KERNEL_AVX2: multiply_block_avx2(a, a_is_by_rows, b, transposed, k, n, c); return;
#endif
    default: multiply_block_baseline(a, a_is_by_rows, b, transposed, k, n, c); return;
    }
}

void harken_tanh(harken_kernel kernel, const float *bias, size_t rows, size_t columns, float *x) {
    switch (kernel) {
#if defined(__x86_64__)
    case HARKEN_KERNEL_AVX512: tanh_avx512(bias, rows, columns, x); return;
    case HARKEN_KERNEL_AVX2: tanh_avx2(bias, rows, columns, x); return;
#endif
    default: tanh_baseline(bias, rows, columns, x); return;
    }
}

void harken_block_tanh(harken_kernel kernel, const float *bias, size_t n, float *block) {
    switch (kernel) {
#if defined(__x86_64__)
    case HARKEN_KERNEL_AVX512: block_tanh_avx512(bias, n, block); return;
    case HARKEN_KERNEL_AVX2: block_tanh_avx2(bias, n, block); return;
#endif
    default: block_tanh_baseline(bias, n, block); return;
    }
}

void harken_move_by_adam(harken_kernel kernel, const harken_adam_step *step, const float *gradient, size_t count,
                         float *parameters, float *mean, float *square) {
    switch (kernel) {
#if defined(__x86_64__)
    case HARKEN_KERNEL_AVX512: move_by_adam_avx512(step, gradient, count, parameters, mean, square); return;
    case HARKEN_KERNEL_AVX2: move_by_adam_avx2(step, gradient, count, parameters, mean, square); return;
#endif
    default: move_by_adam_baseline(step, gradient, count, parameters, mean, square); return;
    }
}
