// One kernel. products.c includes this file once for each, after it has defined
//   KERNEL(name)  the name of a function of this kernel,
//   LANES         the floats in a vector register, 4, 8 or 16,
//   REGISTERS     how many vector registers there are, 16 or 32,
//   FUSED         whether there is a fused multiply-add.
// Loops over a tile have constant bounds and are unrolled whole, so that the tile's sums stay in registers.

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

#define VECTOR floats(LANES)
#define INTEGERS integers(LANES)
#define UNALIGNED floats_unaligned(LANES)

#if FUSED
#define ADD_PRODUCT(sum, x, y) __builtin_elementwise_fma(x, y, sum)
#else
#define ADD_PRODUCT(sum, x, y) ((sum) + (x) * (y))
#endif

// The first `count` elements of a vector, and zeros; no other is read.
INLINE VECTOR KERNEL(load_part)(const float *source, size_t count) {
#if defined(__x86_64__) && LANES == 16
    return (VECTOR)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), source);
#elif defined(__x86_64__) && LANES == 8
    return (VECTOR)_mm256_maskload_ps(source, _mm256_loadu_si256((const __m256i_u *)(first_lanes + 8 - count)));
#else
    VECTOR part = {source[0], 0, 0, 0};
    if (count > 1) part[1] = source[1];
    if (count > 2) part[2] = source[2];
    return part;
#endif
}

// Stores the first `count` elements of a vector and touches no other.
INLINE void KERNEL(store_part)(float *target, VECTOR part, size_t count) {
#if defined(__x86_64__) && LANES == 16
    _mm512_mask_storeu_ps(target, (__mmask16)((1u << count) - 1), (__m512)part);
#elif defined(__x86_64__) && LANES == 8
    _mm256_maskstore_ps(target, _mm256_loadu_si256((const __m256i_u *)(first_lanes + 8 - count)), (__m256)part);
#else
    target[0] = part[0];
    if (count > 1) target[1] = part[1];
    if (count > 2) target[2] = part[2];
#endif
}

// A tile's vectors across the columns. The last is whole, or has `last` elements.
#define LOAD(source, v)                                                                                                \
    (is_partial && (v) == vectors - 1 ? KERNEL(load_part)(source, last) : *(const UNALIGNED *)(source))
#define STORE(target, v, sum)                                                                                          \
    do {                                                                                                               \
        if (is_partial && (v) == vectors - 1) {                                                                        \
            KERNEL(store_part)(target, sum, last);                                                                     \
        } else {                                                                                                       \
            *(UNALIGNED *)(target) = sum;                                                                              \
        }                                                                                                              \
    } while (0)

// The tile of `rows` × `vectors` sums over the next `k` products; written to `c`, or added to it. The left factor of
// row r and product p is at r · a_stride + p · a_step.
INLINE void KERNEL(tile)(const int rows, const int vectors, const bool is_partial, size_t last, const float *a,
                         size_t a_stride, size_t a_step, const float *b, size_t b_stride, size_t k, float scale,
                         bool adds, float *c, size_t c_stride) {
    VECTOR sums[8][16];
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int v = 0; v < vectors; v++) sums[r][v] = (VECTOR)(0.0f);
    }
    for (size_t p = 0; p < k; p++) {
        VECTOR factors[16];
        UNROLL for (int v = 0; v < vectors; v++) factors[v] = LOAD(b + p * b_stride + v * LANES, v);
        UNROLL for (int r = 0; r < rows; r++) {
            VECTOR factor = (VECTOR)(a[r * a_stride + p * a_step]);
            UNROLL for (int v = 0; v < vectors; v++) sums[r][v] = ADD_PRODUCT(sums[r][v], factor, factors[v]);
        }
    }
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int v = 0; v < vectors; v++) {
            float *place = c + r * c_stride + v * LANES;
            const VECTOR sum = sums[r][v] * scale;
            STORE(place, v, adds ? LOAD(place, v) + sum : sum);
        }
    }
}

// Some rows' sums over one piece for `n` columns, in tiles that the registers hold.
INLINE void KERNEL(strip)(const int rows, const float *a, size_t a_stride, size_t a_step, const float *b,
                          size_t b_stride, size_t k, size_t n, float scale, bool adds, float *c, size_t c_stride) {
    const int most = rows == 1 ? 8 : rows <= (REGISTERS == 32 ? 4 : 2) ? 4 : REGISTERS == 32 ? 3 : 2;
    size_t j = 0;
#define TILE(vectors, is_partial, last)                                                                                \
    KERNEL(tile)(rows, vectors, is_partial, last, a, a_stride, a_step, b + j, b_stride, k, scale, adds, c + j, c_stride)
    for (; j + most * LANES <= n; j += most * LANES) TILE(most, false, LANES);
    const size_t last = (n - j) % LANES;
#define REST(vectors)                                                                                                  \
    case vectors:                                                                                                      \
        if (vectors <= most) {                                                                                         \
            if (last != 0) {                                                                                           \
                TILE(vectors, true, last);                                                                             \
            } else {                                                                                                   \
                TILE(vectors, false, LANES);                                                                           \
            }                                                                                                          \
        }                                                                                                              \
        break;
    switch ((n - j + LANES - 1) / LANES) {
        REST(1)
        REST(2)
        REST(3)
        REST(4)
        REST(5)
        REST(6)
        REST(7)
        REST(8)
    }
#undef REST
#undef TILE
}

// All rows' sums over one piece for `n` columns.
INLINE void KERNEL(panel)(const float *a, size_t a_stride, size_t a_step, const float *b, size_t b_stride, size_t m,
                          size_t k, size_t n, float scale, bool adds, float *c, size_t c_stride) {
    size_t r = 0;
#define STRIPS(rows)                                                                                                   \
    for (; r + rows <= m; r += rows) {                                                                                 \
        KERNEL(strip)(rows, a + r * a_stride, a_stride, a_step, b, b_stride, k, n, scale, adds, c + r * c_stride,      \
                      c_stride);                                                                                       \
    }
#if REGISTERS == 32
    STRIPS(8)
#else
    STRIPS(6)
#endif
    STRIPS(4)
    STRIPS(2)
    STRIPS(1)
#undef STRIPS
}

// One row's sums over several whole pieces at a time. A sum waits for the one before it, so that few columns of one row
// leave the multipliers idle; the pieces' sums do not wait for each other.
INLINE void KERNEL(pieces)(const int pieces, const int vectors, const bool is_partial, size_t last, const float *a,
                           const float *b, size_t n, bool adds, float *c) {
    VECTOR sums[8][16];
    UNROLL for (int i = 0; i < pieces; i++) {
        UNROLL for (int v = 0; v < vectors; v++) sums[i][v] = (VECTOR)(0.0f);
    }
    for (size_t p = 0; p < HARKEN_PIECE; p++) {
        UNROLL for (int i = 0; i < pieces; i++) {
            const size_t q = i * HARKEN_PIECE + p;
            const VECTOR factor = (VECTOR)(a[q]);
            UNROLL for (int v = 0; v < vectors; v++) {
                sums[i][v] = ADD_PRODUCT(sums[i][v], factor, LOAD(b + q * n + v * LANES, v));
            }
        }
    }
    UNROLL for (int v = 0; v < vectors; v++) {
        float *place = c + v * LANES;
        VECTOR sum = adds ? LOAD(place, v) + sums[0][v] : sums[0][v];
        UNROLL for (int i = 1; i < pieces; i++) sum = sum + sums[i][v];
        STORE(place, v, sum);
    }
}

// One row's sums for the columns of some vectors.
INLINE void KERNEL(row_tile)(const int most, const int vectors, const bool is_partial, size_t last, const float *a,
                             const float *b, size_t k, size_t n, float *c) {
    size_t p = 0;
#define PIECES(count)                                                                                                  \
    for (; p + count * HARKEN_PIECE <= k; p += count * HARKEN_PIECE) {                                                 \
        KERNEL(pieces)(count, vectors, is_partial, last, a + p, b + p * n, n, p > 0, c);                               \
    }
    if (most >= 4) PIECES(4)
    if (most >= 2) PIECES(2)
    PIECES(1)
#undef PIECES
    if (p < k) KERNEL(tile)(1, vectors, is_partial, last, a + p, k, 1, b + p * n, n, k - p, 1, p > 0, c, n);
}

// One row by an untransposed matrix.
static void KERNEL(row)(const float *a, const float *b, size_t k, size_t n, float *c) {
    size_t j = 0;
    // As many columns as there are registers for: the longer the stretches of memory that are read, the better.
#if REGISTERS == 32
    for (; j + 16 * LANES <= n; j += 16 * LANES) KERNEL(row_tile)(1, 16, false, LANES, a, b + j, k, n, c + j);
#endif
    for (; j + 8 * LANES <= n; j += 8 * LANES) KERNEL(row_tile)(1, 8, false, LANES, a, b + j, k, n, c + j);
    for (; j + 4 * LANES <= n; j += 4 * LANES) KERNEL(row_tile)(2, 4, false, LANES, a, b + j, k, n, c + j);
    const size_t last = (n - j) % LANES;
    switch ((n - j + LANES - 1) / LANES) {
#define REST(vectors, most)                                                                                            \
    case vectors:                                                                                                      \
        if (last != 0) {                                                                                               \
            KERNEL(row_tile)(most, vectors, true, last, a, b + j, k, n, c + j);                                        \
        } else {                                                                                                       \
            KERNEL(row_tile)(most, vectors, false, LANES, a, b + j, k, n, c + j);                                      \
        }                                                                                                              \
        break;
        REST(1, 4)
        REST(2, 4)
        REST(3, 2)
        REST(4, 2)
#undef REST
    }
}

// Stores the first `k` elements of `n` rows of `b` element by element: (k × stride).
INLINE void KERNEL(pack)(const float *b, size_t b_stride, size_t k, size_t n, float *packed, size_t stride) {
    size_t j = 0;
#if LANES >= 16
    for (; j + 16 <= n; j += 16) {
        size_t p = 0;
        for (; p + 4 <= k; p += 4) {
            floats16 lines[4];
            UNROLL for (int i = 0; i < 4; i++) {
                const float *line = b + (j + i) * b_stride + p;
                floats8 low = __builtin_shufflevector(*(const floats4_unaligned *)line,
                                                      *(const floats4_unaligned *)(line + 4 * b_stride),
                                                      0, 1, 2, 3, 4, 5, 6, 7);
                floats8 high = __builtin_shufflevector(*(const floats4_unaligned *)(line + 8 * b_stride),
                                                       *(const floats4_unaligned *)(line + 12 * b_stride),
                                                       0, 1, 2, 3, 4, 5, 6, 7);
                lines[i] = __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
            }
#define PAIRS(x, y, o)                                                                                                 \
    __builtin_shufflevector(x, y, o, 16 + o, o + 1, 17 + o, 4 + o, 20 + o, 5 + o, 21 + o, 8 + o, 24 + o, 9 + o,        \
                            25 + o, 12 + o, 28 + o, 13 + o, 29 + o)
#define HALVES(x, y, o)                                                                                                \
    __builtin_shufflevector(x, y, o, o + 1, 16 + o, 17 + o, 4 + o, 5 + o, 20 + o, 21 + o, 8 + o, 9 + o, 24 + o,        \
                            25 + o, 12 + o, 13 + o, 28 + o, 29 + o)
            floats16 first = PAIRS(lines[0], lines[1], 0), second = PAIRS(lines[2], lines[3], 0);
            floats16 third = PAIRS(lines[0], lines[1], 2), fourth = PAIRS(lines[2], lines[3], 2);
            float *target = packed + p * stride + j;
            *(floats16_unaligned *)target = HALVES(first, second, 0);
            *(floats16_unaligned *)(target + stride) = HALVES(first, second, 2);
            *(floats16_unaligned *)(target + 2 * stride) = HALVES(third, fourth, 0);
            *(floats16_unaligned *)(target + 3 * stride) = HALVES(third, fourth, 2);
#undef PAIRS
#undef HALVES
        }
        for (; p < k; p++) {
            for (size_t i = j; i < j + 16; i++) packed[p * stride + i] = b[i * b_stride + p];
        }
    }
#endif
#if LANES >= 8
    for (; j + 8 <= n; j += 8) {
        size_t p = 0;
        for (; p + 4 <= k; p += 4) {
            floats8 lines[4];
            UNROLL for (int i = 0; i < 4; i++) {
                const float *line = b + (j + i) * b_stride + p;
                lines[i] = __builtin_shufflevector(*(const floats4_unaligned *)line,
                                                   *(const floats4_unaligned *)(line + 4 * b_stride),
                                                   0, 1, 2, 3, 4, 5, 6, 7);
            }
#define PAIRS(x, y, o) __builtin_shufflevector(x, y, o, 8 + o, o + 1, 9 + o, 4 + o, 12 + o, 5 + o, 13 + o)
#define HALVES(x, y, o) __builtin_shufflevector(x, y, o, o + 1, 8 + o, 9 + o, 4 + o, 5 + o, 12 + o, 13 + o)
            floats8 first = PAIRS(lines[0], lines[1], 0), second = PAIRS(lines[2], lines[3], 0);
            floats8 third = PAIRS(lines[0], lines[1], 2), fourth = PAIRS(lines[2], lines[3], 2);
            float *target = packed + p * stride + j;
            *(floats8_unaligned *)target = HALVES(first, second, 0);
            *(floats8_unaligned *)(target + stride) = HALVES(first, second, 2);
            *(floats8_unaligned *)(target + 2 * stride) = HALVES(third, fourth, 0);
            *(floats8_unaligned *)(target + 3 * stride) = HALVES(third, fourth, 2);
#undef PAIRS
#undef HALVES
        }
        for (; p < k; p++) {
            for (size_t i = j; i < j + 8; i++) packed[p * stride + i] = b[i * b_stride + p];
        }
    }
#endif
    for (; j + 4 <= n; j += 4) {
        size_t p = 0;
        for (; p + 4 <= k; p += 4) {
            floats4 lines[4];
            UNROLL for (int i = 0; i < 4; i++) lines[i] = *(const floats4_unaligned *)(b + (j + i) * b_stride + p);
#define PAIRS(x, y, o) __builtin_shufflevector(x, y, o, 4 + o, o + 1, 5 + o)
#define HALVES(x, y, o) __builtin_shufflevector(x, y, o, o + 1, 4 + o, 5 + o)
            floats4 first = PAIRS(lines[0], lines[1], 0), second = PAIRS(lines[2], lines[3], 0);
            floats4 third = PAIRS(lines[0], lines[1], 2), fourth = PAIRS(lines[2], lines[3], 2);
            float *target = packed + p * stride + j;
            *(floats4_unaligned *)target = HALVES(first, second, 0);
            *(floats4_unaligned *)(target + stride) = HALVES(first, second, 2);
            *(floats4_unaligned *)(target + 2 * stride) = HALVES(third, fourth, 0);
            *(floats4_unaligned *)(target + 3 * stride) = HALVES(third, fourth, 2);
#undef PAIRS
#undef HALVES
        }
        for (; p < k; p++) {
            for (size_t i = j; i < j + 4; i++) packed[p * stride + i] = b[i * b_stride + p];
        }
    }
    for (; j < n; j++) {
        for (size_t p = 0; p < k; p++) packed[p * stride + j] = b[j * b_stride + p];
    }
}

static void KERNEL(multiply)(const float *a, bool a_transposed, const float *b, bool b_transposed, size_t m, size_t k,
                             size_t n, float scale, bool accumulates, float *c) {
    if (m == 1 && !b_transposed && scale == 1 && !accumulates) {
        KERNEL(row)(a, b, k, n, c);
        return;
    }
    const size_t a_stride = a_transposed ? 1 : k;
    const size_t a_step = a_transposed ? m : 1;
    float packed[HARKEN_PIECE * PANEL_COLUMNS] __attribute__((aligned(64)));
    for (size_t r = 0; r < m; r += PANEL_ROWS) {
        const size_t rows = m - r < PANEL_ROWS ? m - r : PANEL_ROWS;
        for (size_t p = 0; p < k; p += HARKEN_PIECE) {
            const size_t count = k - p < HARKEN_PIECE ? k - p : HARKEN_PIECE;
            for (size_t j = 0; j < n; j += PANEL_COLUMNS) {
                const size_t columns = n - j < PANEL_COLUMNS ? n - j : PANEL_COLUMNS;
                const float *panel = b + p * n + j;
                size_t stride = n;
                if (b_transposed) {
                    stride = columns + (16 - columns % 16) % 16;
                    KERNEL(pack)(b + j * k + p, k, count, columns, packed, stride);
                    panel = packed;
                }
                KERNEL(panel)(a + r * a_stride + p * a_step, a_stride, a_step, panel, stride, rows, count, columns,
                              scale, p > 0 || accumulates, c + r * n + j, n);
            }
        }
    }
}

// The sums of a block's sixteen rows over one piece for some columns; `a` is (k × 16), as is `c`.
INLINE void KERNEL(block_tile)(const int columns, const float *a, const float *b, size_t b_stride, size_t b_step,
                               size_t k, bool adds, float *c) {
    enum { vectors = HARKEN_BLOCK_ROWS / LANES };
    VECTOR sums[24][vectors];
    UNROLL for (int j = 0; j < columns; j++) {
        UNROLL for (int v = 0; v < vectors; v++) sums[j][v] = (VECTOR)(0.0f);
    }
    for (size_t p = 0; p < k; p++) {
        VECTOR rows[vectors];
        UNROLL for (int v = 0; v < vectors; v++) {
            rows[v] = *(const UNALIGNED *)(a + p * HARKEN_BLOCK_ROWS + v * LANES);
        }
        UNROLL for (int j = 0; j < columns; j++) {
            VECTOR factor = (VECTOR)(b[p * b_step + j * b_stride]);
            UNROLL for (int v = 0; v < vectors; v++) sums[j][v] = ADD_PRODUCT(sums[j][v], factor, rows[v]);
        }
    }
    UNROLL for (int j = 0; j < columns; j++) {
        UNROLL for (int v = 0; v < vectors; v++) {
            UNALIGNED *place = (UNALIGNED *)(c + j * HARKEN_BLOCK_ROWS + v * LANES);
            *place = adds ? *place + sums[j][v] : sums[j][v];
        }
    }
}

INLINE void KERNEL(block_panel)(const float *a, const float *b, size_t b_stride, size_t b_step, size_t k, size_t n,
                                bool adds, float *c) {
    size_t j = 0;
#define TILES(columns)                                                                                                 \
    for (; j + columns <= n; j += columns) {                                                                           \
        KERNEL(block_tile)(columns, a, b + j * b_stride, b_stride, b_step, k, adds, c + j * HARKEN_BLOCK_ROWS);        \
    }
#if LANES == 16
    TILES(16)
    TILES(8)
    TILES(4)
#elif LANES == 8
    TILES(6)
    TILES(4)
    TILES(2)
#elif REGISTERS == 32
    TILES(4)
    TILES(2)
#else
    TILES(2)
#endif
    TILES(1)
#undef TILES
}

static void KERNEL(multiply_block)(const float *a, bool a_is_by_rows, const float *b, bool transposed, size_t k,
                                   size_t n, float *c) {
    float packed[HARKEN_PIECE * HARKEN_BLOCK_ROWS] __attribute__((aligned(64)));
    for (size_t p = 0; p < k; p += HARKEN_PIECE) {
        size_t count = k - p < HARKEN_PIECE ? k - p : HARKEN_PIECE;
        const float *features = a + p * HARKEN_BLOCK_ROWS;
        if (a_is_by_rows) {
            KERNEL(pack)(a + p, k, count, HARKEN_BLOCK_ROWS, packed, HARKEN_BLOCK_ROWS);
            features = packed;
        }
        if (transposed) {
            KERNEL(block_panel)(features, b + p, k, 1, count, n, p > 0, c);
        } else {
            KERNEL(block_panel)(features, b + p * n, 1, n, count, n, p > 0, c);
        }
    }
}

#undef LOAD
#undef STORE

// MARK: Element by element

// A vector of which the first `count` elements are there, or more than it has; zeros stand beside them.
INLINE VECTOR KERNEL(load)(const float *source, size_t count) {
    return count < LANES ? KERNEL(load_part)(source, count) : *(const UNALIGNED *)source;
}

INLINE void KERNEL(store)(float *target, VECTOR vector, size_t count) {
    if (count < LANES) {
        KERNEL(store_part)(target, vector, count);
    } else {
        *(UNALIGNED *)target = vector;
    }
}

// The hyperbolic tangent by a rational function of degree 7 over 8.
//
// The coefficients minimize the largest absolute error over 0…7.9 (1.2e-7 before rounding): least squares for
// x · P(x²) − tanh x · Q(x²), weighted anew until the errors are level. Eigen's `ptanh`, of degree 13 over 6, is as
// good for us and costs a third more.
INLINE VECTOR KERNEL(hyperbolic_tangent)(VECTOR argument) {
    // Beyond this the tangent is within 3e-7 of 1. The quotient does not round to more than 1 anywhere below it.
    const VECTOR limit = (VECTOR)(7.9f);
    // In this order each line is one minimum or maximum, and NaN passes through.
    const VECTOR below = argument > limit ? limit : argument;
    const VECTOR x = below < -limit ? -limit : below;
    const VECTOR square = x * x;
    VECTOR numerator = (VECTOR)(1.141468006e-05f);
    numerator = numerator * square + 2.948511762e-03f;
    numerator = numerator * square + 1.292268561e-01f;
    numerator = numerator * square + 9.999994257e-01f;
    VECTOR denominator = (VECTOR)(2.457241326e-07f);
    denominator = denominator * square + 2.383954342e-04f;
    denominator = denominator * square + 2.380351258e-02f;
    denominator = denominator * square + 4.625580616e-01f;
    denominator = denominator * square + 1.0f;
    return x * numerator / denominator;
}

static void KERNEL(tanh)(const float *bias, size_t rows, size_t columns, float *x) {
    for (size_t r = 0; r < rows; r++) {
        float *row = x + r * columns;
        for (size_t j = 0; j < columns; j += LANES) {
            VECTOR sums = KERNEL(load)(row + j, columns - j);
            if (bias) sums += KERNEL(load)(bias + j, columns - j);
            KERNEL(store)(row + j, KERNEL(hyperbolic_tangent)(sums), columns - j);
        }
    }
}

static void KERNEL(block_tanh)(const float *bias, size_t n, float *block) {
    for (size_t i = 0; i < n * HARKEN_BLOCK_ROWS; i += LANES) {
        UNALIGNED *place = (UNALIGNED *)(block + i);
        *place = KERNEL(hyperbolic_tangent)(*place + bias[i / HARKEN_BLOCK_ROWS]);
    }
}

static void KERNEL(move_by_adam)(const harken_adam_step *step, const float *gradient, size_t count, float *parameters,
                                 float *mean, float *square) {
    for (size_t i = 0; i < count; i += LANES) {
        const size_t left = count - i;
        const VECTOR g = KERNEL(load)(gradient + i, left);
        const VECTOR m = step->mean_decay * KERNEL(load)(mean + i, left) + (1 - step->mean_decay) * g;
        const VECTOR v = step->square_decay * KERNEL(load)(square + i, left) + (1 - step->square_decay) * g * g;
        const VECTOR size = __builtin_elementwise_sqrt(v * step->square_factor) + step->epsilon;
        KERNEL(store)(mean + i, m, left);
        KERNEL(store)(square + i, v, left);
        KERNEL(store)(parameters + i, KERNEL(load)(parameters + i, left) - step->rate * m / size, left);
    }
}

// MARK: Windows, slot by slot

// A vector lies across columns, and the rows are taken one after the other; a long sum is made of four, each of every
// fourth row, for an addition waits for the one before it.
#define FOUR(v) (((v)[0] + (v)[1]) + ((v)[2] + (v)[3]))
#define FOUR_ZEROS {(VECTOR)(0.0f), (VECTOR)(0.0f), (VECTOR)(0.0f), (VECTOR)(0.0f)}
#define FOR_EACH_ROW(i, r, ...)                                                                                        \
    do {                                                                                                               \
        size_t start = 0;                                                                                              \
        for (; start + 4 <= rows; start += 4) {                                                                        \
            UNROLL for (int i = 0; i < 4; i++) {                                                                       \
                const size_t r = start + i;                                                                            \
                __VA_ARGS__                                                                                            \
            }                                                                                                          \
        }                                                                                                              \
        for (size_t r = start; r < rows; r++) {                                                                        \
            enum { i };                                                                                                \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    } while (0)

// Calls a function for the columns of each vector: of whole ones, and of the `count` that are left.
#define FOR_EACH_VECTOR(function, ...)                                                                                 \
    do {                                                                                                               \
        for (size_t j = 0; j < columns; j += LANES) {                                                                  \
            if (columns - j >= LANES) {                                                                                \
                KERNEL(function)(false, LANES, j, columns, __VA_ARGS__);                                               \
            } else {                                                                                                   \
                KERNEL(function)(true, columns - j, j, columns, __VA_ARGS__);                                          \
            }                                                                                                          \
        }                                                                                                              \
    } while (0)
#define COLUMNS const bool is_partial, size_t count, size_t j, size_t columns

#define LOAD(source) (is_partial ? KERNEL(load_part)(source, count) : *(const UNALIGNED *)(source))
#define ROW(x, r) LOAD((x) + (r) * columns + j)
#define STORE_ROW(x, r, vector) KERNEL(store)((x) + (r) * columns + j, vector, is_partial ? count : LANES)

INLINE void KERNEL(centered_means_of)(COLUMNS, const float *x, size_t blocks, size_t rows, float *means) {
    // Of powers of two this is exact, and a division takes longer than all else.
    const float row_share = 1 / (float)rows, block_share = 1 / (float)blocks;
    VECTOR sums[HARKEN_MOST_BLOCKS], total = (VECTOR)(0.0f);
    for (size_t b = 0; b < blocks; b++) {
        VECTOR sum = (VECTOR)(0.0f);
        for (size_t r = b * rows; r < (b + 1) * rows; r++) sum += ROW(x, r);
        sums[b] = sum * row_share;
        total += sums[b];
    }
    total *= block_share;
    for (size_t b = 0; b < blocks; b++) STORE_ROW(means, b, sums[b] - total);
}

static void KERNEL(centered_means)(const float *x, size_t blocks, size_t rows, size_t columns, float *means) {
    FOR_EACH_VECTOR(centered_means_of, x, blocks, rows, means);
}

// The mean of each column and the sum of its squared differences from that.
INLINE void KERNEL(find_moments)(COLUMNS, const float *x, size_t rows, VECTOR *mean, VECTOR *squares) {
    VECTOR sums[4] = FOUR_ZEROS, square_sums[4] = FOUR_ZEROS;
    FOR_EACH_ROW(i, r, sums[i] += ROW(x, r););
    *mean = FOUR(sums) / (float)rows;
    FOR_EACH_ROW(i, r, {
        const VECTOR difference = ROW(x, r) - *mean;
        square_sums[i] += difference * difference;
    });
    *squares = FOUR(square_sums);
}

INLINE void KERNEL(column_moments_of)(COLUMNS, const float *x, size_t rows, float *means, float *squares) {
    VECTOR mean, square;
    KERNEL(find_moments)(is_partial, count, j, columns, x, rows, &mean, &square);
    STORE_ROW(means, 0, mean);
    STORE_ROW(squares, 0, square);
}

static void KERNEL(column_moments)(const float *x, size_t rows, size_t columns, float *means, float *squares) {
    FOR_EACH_VECTOR(column_moments_of, x, rows, means, squares);
}

INLINE void KERNEL(column_statistics_of)(COLUMNS, const float *x, size_t rows, float *numbers) {
    const float *newest = x + columns;
    VECTOR mean, squares, steps[4] = FOUR_ZEROS;
    KERNEL(find_moments)(is_partial, count, j, columns, newest, rows, &mean, &squares);
    VECTOR before = ROW(x, 0), largest = ROW(newest, 0), smallest = largest;
    FOR_EACH_ROW(i, r, {
        const VECTOR value = ROW(newest, r);
        largest = value > largest ? value : largest;
        smallest = value < smallest ? value : smallest;
        steps[i] += __builtin_elementwise_abs(value - before);
        before = value;
    });
    STORE_ROW(numbers, 0, mean);
    STORE_ROW(numbers, 1, __builtin_elementwise_sqrt(squares / (float)rows));
    STORE_ROW(numbers, 2, largest - smallest);
    STORE_ROW(numbers, 3, largest);
    STORE_ROW(numbers, 4, smallest);
    STORE_ROW(numbers, 5, FOUR(steps) / (float)rows);
}

static void KERNEL(column_statistics)(const float *x, size_t rows, size_t columns, float *numbers) {
    FOR_EACH_VECTOR(column_statistics_of, x, rows, numbers);
}

INLINE void KERNEL(difference_of)(COLUMNS, const harken_scaled_rows *left, const harken_scaled_rows *right,
                                  const float *weights, size_t rows, float *even, float *weighted) {
    const VECTOR left_means = ROW(left->means, 0), right_means = ROW(right->means, 0);
    VECTOR even_sums[4] = FOUR_ZEROS, weighted_sums[4] = FOUR_ZEROS;
    FOR_EACH_ROW(i, r, {
        const VECTOR own = (ROW(left->elements, r) - left_means) * left->factor;
        const VECTOR difference = own - (ROW(right->elements, r) - right_means) * right->factor;
        const VECTOR square = difference * difference;
        even_sums[i] += square;
        weighted_sums[i] += square * weights[r];
    });
    const VECTOR even_sum = FOUR(even_sums), weighted_sum = FOUR(weighted_sums);
    for (size_t lane = 0; lane < count; lane++) {
        *even += even_sum[lane];
        *weighted += weighted_sum[lane];
    }
}

static void KERNEL(difference)(const harken_scaled_rows *left, const harken_scaled_rows *right, const float *weights,
                               size_t rows, size_t columns, float *even, float *weighted) {
    *even = *weighted = 0;
    FOR_EACH_VECTOR(difference_of, left, right, weights, rows, even, weighted);
}

INLINE void KERNEL(sum_numbers_of)(COLUMNS, const float *x, size_t first, size_t rows, float *sums, size_t *found) {
    VECTOR sum = (VECTOR)(0.0f);
    INTEGERS numbers = (INTEGERS)(0);
    for (size_t r = 0, place = first; r < rows; r++, place = place + 1 < rows ? place + 1 : 0) {
        const VECTOR value = ROW(x, place);
        const INTEGERS is_number = value == value;
        sum += is_number ? value : (VECTOR)(0.0f);
        numbers -= is_number;
    }
    STORE_ROW(sums, 0, sum);
    for (size_t lane = 0; lane < count; lane++) *found += (size_t)numbers[lane];
}

static void KERNEL(sum_numbers)(const float *x, size_t first, size_t rows, size_t columns, float *sums,
                                size_t *found) {
    *found = 0;
    FOR_EACH_VECTOR(sum_numbers_of, x, first, rows, sums, found);
}

// MARK: The nearest

// For each lane the smallest value so far and where it was.
typedef struct {
    VECTOR values;
    INTEGERS places;
} KERNEL(smallest);

// Takes the first `count` candidates, which begin at a place.
INLINE void KERNEL(take)(const bool is_partial, size_t count, size_t place, VECTOR candidates,
                         KERNEL(smallest) *smallest) {
    INTEGERS lanes;
    UNROLL for (int lane = 0; lane < LANES; lane++) lanes[lane] = lane;
    INTEGERS is_smaller = candidates < smallest->values;
    if (is_partial) is_smaller &= lanes < (int)count;
    smallest->values = is_smaller ? candidates : smallest->values;
    smallest->places = is_smaller ? lanes + (int)place : smallest->places;
}

// The smallest of all lanes; of equal ones the first.
INLINE void KERNEL(find_smallest)(const KERNEL(smallest) *smallest, harken_nearest *best) {
    best->value = __builtin_reduce_min(smallest->values);
    const INTEGERS is_best = smallest->values == best->value;
    best->place = (size_t)__builtin_reduce_min(is_best ? smallest->places : (INTEGERS)(INT_MAX));
}

INLINE void KERNEL(nearest_of)(COLUMNS, const float *products, const float *offsets, KERNEL(smallest) *smallest) {
    KERNEL(take)(is_partial, count, j, ROW(offsets, 0) - 2 * ROW(products, 0), smallest);
}

static void KERNEL(nearest)(const float *products, const float *offsets, size_t columns, harken_nearest *nearest) {
    KERNEL(smallest) smallest = {(VECTOR)(__builtin_inff()), (INTEGERS)(0)};
    FOR_EACH_VECTOR(nearest_of, products, offsets, &smallest);
    KERNEL(find_smallest)(&smallest, nearest);
}

INLINE void KERNEL(nearest_windows_of)(COLUMNS, const float *products, const float *bases, const float *energies,
                                       const float *gains, float base, float energy, float gain,
                                       KERNEL(smallest) *courses, KERNEL(smallest) *shapes) {
    const VECTOR other = ROW(gains, 0), its_energy = ROW(energies, 0);
    const VECTOR difference = base + ROW(bases, 0) - 2 * ROW(products, 0);
    const VECTOR distance = difference < 0 ? (VECTOR)(0.0f) : difference;
    const VECTOR scaled = gain * gain * energy + other * other * its_energy;
    KERNEL(take)(is_partial, count, j, distance, courses);
    KERNEL(take)(is_partial, count, j, scaled - gain * other * (energy + its_energy - distance), shapes);
}

static void KERNEL(nearest_windows)(const float *products, const float *bases, const float *energies,
                                    const float *gains, size_t columns, float base, float energy, float gain,
                                    harken_nearest *course, harken_nearest *shape) {
    KERNEL(smallest) courses = {(VECTOR)(__builtin_inff()), (INTEGERS)(0)}, shapes = courses;
    FOR_EACH_VECTOR(nearest_windows_of, products, bases, energies, gains, base, energy, gain, &courses, &shapes);
    KERNEL(find_smallest)(&courses, course);
    KERNEL(find_smallest)(&shapes, shape);
}

#undef LOAD
#undef STORE_ROW
#undef ROW
#undef COLUMNS
#undef FOR_EACH_VECTOR
#undef FOR_EACH_ROW
#undef FOUR_ZEROS
#undef FOUR
#undef ADD_PRODUCT
#undef VECTOR
#undef INTEGERS
#undef UNALIGNED
#undef UNROLL
#undef INLINE
