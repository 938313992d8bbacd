// OpenBLAS carries the CBLAS interface and LAPACK in one library. Debian ships no LAPACK header with it, so the
// routines that Harken calls are declared here, as the Fortran ABI has them: every argument by address, the hidden
// lengths of character arguments last.
#include <cblas.h>
#include <stddef.h>

/// Eigenvalues and eigenvectors of a symmetric matrix by divide and conquer (LAPACK dsyevd).
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
             const int *lwork, int *iwork, const int *liwork, int *info, size_t jobz_length, size_t uplo_length);

/// Cholesky factor of a symmetric positive definite matrix (LAPACK dpotrf).
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t uplo_length);

/// Solves with a Cholesky factor (LAPACK dpotrs).
void dpotrs_(const char *uplo, const int *n, const int *nrhs, const double *a, const int *lda, double *b,
             const int *ldb, int *info, size_t uplo_length);
