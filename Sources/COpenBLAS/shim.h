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

/// Brings a symmetric matrix to tridiagonal form by reflections (LAPACK dsytrd).
void dsytrd_(const char *uplo, const int *n, double *a, const int *lda, double *d, double *e, double *tau, double *work,
             const int *lwork, int *info, size_t uplo_length);

/// All eigenvalues of a symmetric tridiagonal matrix (LAPACK dsterf).
void dsterf_(const int *n, double *d, double *e, int *info);

/// Some eigenvalues and eigenvectors of a symmetric tridiagonal matrix by relatively robust representations (LAPACK dstemr).
void dstemr_(const char *jobz, const char *range, const int *n, double *d, double *e, const double *vl,
             const double *vu, const int *il, const int *iu, int *m, double *w, double *z, const int *ldz,
             const int *nzc, int *isuppz, int *tryrac, double *work, const int *lwork, int *iwork, const int *liwork,
             int *info, size_t jobz_length, size_t range_length);

/// Multiplies by the reflections of dsytrd (LAPACK dormtr).
void dormtr_(const char *side, const char *uplo, const char *trans, const int *m, const int *n, const double *a,
             const int *lda, const double *tau, double *c, const int *ldc, double *work, const int *lwork, int *info,
             size_t side_length, size_t uplo_length, size_t trans_length);
